"""Who plays in ``acme``: every customer past and present, with the part it plays, its size and its dates."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from statistics import NormalDist

from wfp_ops.sandbox.scenarios.names import AWKWARD_NAMES, combined_names

_OLDEST_DAYS, _NEWEST_DAYS = 1500.0, 2.0
_GROWTH = 1.3  # above 1: more customers came lately than in the first years
_SIZE_SPREAD = 1.1  # of the log-normal sizes: half lie under 1, one in fifty over 9.5, the largest near 28
_ID_STEPS = (1, 1, 1, 2, 2, 3, 5)  # ids are given out in order; trials that never started left gaps

_REGIONS = ("eu-west", "eu-west", "eu-central", "us-east", "us-east", "us-west", "apac", "latam")
_MANAGERS = (
    "Marta Nováková",
    "Dele Ayodeji",
    "Ines Carvalho",
    "Tom Brannigan",
    "Yuki Hamada",
    "Siân Prosser",
)


class Role(Enum):
    """What part a customer plays. ``stories`` says what comes of each."""

    OWN = auto()
    MAPPED = auto()
    DUPLICATE = auto()
    CLAIMANT = auto()
    CLAIMED = auto()
    SHARER = auto()
    CO_SHARER = auto()
    DANGLING = auto()
    MISNAMED = auto()
    MISNAMED_LEFT = auto()
    LEFT = auto()
    LEFT_CLEANED = auto()
    MISSING = auto()
    ZERO_PADDED = auto()
    ABSENT = auto()
    NO_ID = auto()
    WENT = auto()
    CAME_BACK = auto()
    FORGOTTEN = auto()


@dataclass(frozen=True)
class Part:
    """How many customers play a role, and what they have in common.

    ``came`` is the stretch of the company's history in which they came (0 the oldest customer, 1 the
    newest), ``left_days`` the span of days before now in which they left, if they did.
    """

    role: Role
    count: int
    came: tuple[float, float] = (0.0, 1.0)
    status: str = "active"
    left_days: tuple[float, float] | None = None
    empty: bool = False
    trusted: bool = False
    awkward: bool = False


_LEFT_DAYS = (3.0, 400.0)

# The most tightly placed come first: each part draws from the places that are still free.
PARTS = (
    Part(Role.MISSING, 1, (0.96, 1.0), "trial"),
    Part(Role.NO_ID, 1, (0.95, 1.0)),
    Part(Role.OWN, 7, (0.95, 1.0), "trial", empty=True),
    Part(Role.OWN, 7, (0.95, 1.0), "trial"),
    Part(Role.CAME_BACK, 1, (0.9, 0.95)),
    Part(Role.ZERO_PADDED, 2, (0.0, 0.3)),
    Part(Role.WENT, 1, (0.0, 0.4), "churned", left_days=(150.0, 300.0)),
    Part(Role.FORGOTTEN, 9, (0.0, 0.45), "churned", left_days=(420.0, 600.0)),
    Part(Role.FORGOTTEN, 1, (0.0, 0.45), "churned", left_days=(420.0, 600.0), empty=True),
    Part(Role.LEFT, 9, (0.0, 0.55), "churned", left_days=_LEFT_DAYS),
    Part(Role.LEFT, 1, (0.0, 0.55), "churned", left_days=_LEFT_DAYS, empty=True),
    Part(Role.LEFT_CLEANED, 4, (0.0, 0.55), "churned", left_days=(40.0, 400.0)),
    Part(Role.MISNAMED_LEFT, 1, (0.0, 0.55), "churned", left_days=(40.0, 400.0)),
    Part(Role.MISNAMED, 5, (0.0, 0.7)),
    Part(Role.MAPPED, 6, (0.0, 0.7)),
    Part(Role.DUPLICATE, 2, (0.0, 0.7)),
    Part(Role.CLAIMANT, 1, (0.2, 0.8)),
    Part(Role.CLAIMED, 1, (0.0, 0.2)),
    Part(Role.SHARER, 1, (0.2, 0.5)),
    Part(Role.CO_SHARER, 1, (0.5, 0.8)),
    Part(Role.DANGLING, 1, (0.2, 0.8)),
    Part(Role.MISSING, 1, (0.3, 0.95)),
    Part(Role.ABSENT, 2, (0.2, 0.9), "suspended"),
    Part(Role.OWN, 2, (0.1, 0.7), trusted=True),
    Part(Role.OWN, 8, (0.1, 0.9), "suspended"),
    Part(Role.OWN, len(AWKWARD_NAMES), awkward=True),
    Part(Role.OWN, 325),
)
_PARTNERS = ((Role.CLAIMANT, Role.CLAIMED), (Role.SHARER, Role.CO_SHARER), (Role.WENT, Role.CAME_BACK))


@dataclass(frozen=True)
class Member:
    """One customer: its archetype (``started``, ``launched``, ``left``, ``size``), and what the list says.

    ``size`` is 1 for the customer in the middle, with a heavy tail; Workers, plan and price follow it.
    ``launched`` is when its first code went up; ``left`` is None for who stayed. ``nth`` counts the members
    of one role from 0. Times are aware UTC.
    """

    role: Role
    nth: int
    customer_id: str
    name: str
    status: str
    plan: str
    started: datetime
    launched: datetime
    left: datetime | None
    size: float
    mrr: float
    region: str
    account_manager: str
    empty: bool = False
    trusted: bool = False
    partner: str = ""


def build_cast(rng: random.Random, now: datetime) -> list[Member]:
    """Every customer past and present, in the order in which they came; equal arguments, equal cast."""
    total = sum(part.count for part in PARTS)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    started = [today - timedelta(days=days) for days in _ages(rng, total)]
    ids = _ids(rng, total)
    sizes = _sizes(rng, total)
    plain = iter(combined_names(rng, total))
    awkward = iter(rng.sample(AWKWARD_NAMES, len(AWKWARD_NAMES)))
    seen: dict[Role, int] = {}
    members: list[Member | None] = [None] * total
    for part, places in _places(rng, total):
        for place, left in zip(places, _leaving(rng, part, today), strict=True):
            nth = seen[part.role] = seen.get(part.role, -1) + 1
            name = next(awkward) if part.awkward else next(plain)
            members[place] = _member(
                rng, part, nth, ids[place], name, started=started[place], left=left, size=sizes[place]
            )
    return _with_partners([member for member in members if member is not None])


def _ages(rng: random.Random, total: int) -> list[int]:
    """Days since each customer came, oldest first; one draw in each of ``total`` equal strata."""
    shares = [(total - place - rng.random()) / total for place in range(total)]
    return [math.ceil(_NEWEST_DAYS + (_OLDEST_DAYS - _NEWEST_DAYS) * share**_GROWTH) for share in shares]


def _ids(rng: random.Random, total: int) -> list[str]:
    """Rising numbers as text, without leading zeros, so that no two differ by zeros alone."""
    last = rng.randint(6, 14)
    ids = []
    for _ in range(total):
        last += rng.choice(_ID_STEPS)
        ids.append(str(last))
    return ids


def _sizes(rng: random.Random, total: int) -> list[float]:
    """Log-normal sizes, shuffled; taken from even quantiles, so that every seed has its giants."""
    normal = NormalDist()
    sizes = [math.exp(_SIZE_SPREAD * normal.inv_cdf((rank + 0.5) / total)) for rank in range(total)]
    rng.shuffle(sizes)
    return sizes


def _places(rng: random.Random, total: int) -> Iterator[tuple[Part, list[int]]]:
    """For each part its places in the order of coming; every place is given out exactly once."""
    free = list(range(total))
    for part in PARTS:
        first, last = (share * total for share in part.came)
        fitting = [place for place in free if first <= place < last]
        places = sorted(rng.sample(fitting, part.count))
        taken = set(places)
        free = [place for place in free if place not in taken]
        yield part, places


def _leaving(rng: random.Random, part: Part, today: datetime) -> Sequence[datetime | None]:
    """When each player of a part left: spread over the span, the more the nearer to now."""
    if part.left_days is None:
        return [None] * part.count
    first, last = part.left_days
    shares = [(rank + rng.random()) / part.count for rank in range(part.count)]
    days = [math.ceil(first + (last - first) * share**2) for share in shares]
    rng.shuffle(days)
    return [today - timedelta(days=day) for day in days]


def _member(
    rng: random.Random,
    part: Part,
    nth: int,
    customer_id: str,
    name: str,
    *,
    started: datetime,
    left: datetime | None,
    size: float,
) -> Member:
    if part.status == "trial":
        size = min(size, 1.5)
    plan = _plan(rng, size)
    return Member(
        role=part.role,
        nth=nth,
        customer_id=customer_id,
        name=name,
        status=part.status,
        plan=plan,
        started=started,
        # The newest came two days ago: even who takes a day to begin has begun before today.
        launched=started + timedelta(days=rng.choice((0, 0, 1)), seconds=rng.uniform(7 * 3600, 19 * 3600)),
        left=left,
        size=size,
        mrr=_mrr(rng, plan, size) if part.status in {"active", "suspended"} else 0.0,
        region=rng.choice(_REGIONS),
        account_manager=rng.choice(_MANAGERS) if plan in {"business", "enterprise"} else "",
        empty=part.empty,
        trusted=part.trusted,
    )


def _plan(rng: random.Random, size: float) -> str:
    if size < 0.6:
        return rng.choice(("free", "free", "pro"))
    if size < 2:
        return rng.choice(("pro", "pro", "pro", "business"))
    return "business" if size < 6 else "enterprise"


def _mrr(rng: random.Random, plan: str, size: float) -> float:
    price = {"free": 0.0, "pro": 49.0, "business": 199.0, "enterprise": 490.0}[plan]
    return round(price * max(size, 0.6) * rng.uniform(0.8, 1.25), 2)


def _with_partners(members: list[Member]) -> list[Member]:
    """Tell the two of each pair about one another; who came back has the old id and the old name."""
    by_role = {member.role: member for member in members}
    for one, other in _PARTNERS:
        first, second = by_role[one], by_role[other]
        if other is Role.CAME_BACK:
            second = replace(second, customer_id=first.customer_id, name=first.name, region=first.region)
        by_role[one] = replace(first, partner=second.customer_id)
        by_role[other] = replace(second, partner=first.customer_id)
    paired = {role for pair in _PARTNERS for role in pair}
    return [by_role[member.role] if member.role in paired else member for member in members]
