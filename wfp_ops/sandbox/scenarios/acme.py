"""``acme``: a platform company with a few hundred customers, and everything that goes wrong over the years.

Every namespace and every record is made knowing what it is (``stories``), so the truth is no audit's opinion.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from wfp_ops.sandbox.model import Scenario, SeedNamespace
from wfp_ops.sandbox.scenarios.cast import Member, Role, build_cast
from wfp_ops.sandbox.scenarios.code import MOST_WORKERS, build_workers
from wfp_ops.sandbox.scenarios.routers import build_account_workers
from wfp_ops.sandbox.scenarios.stories import CONVENTION, HOUSE, STORIES, words
from wfp_ops.sandbox.scenarios.traffic import Script
from wfp_ops.sandbox.scenarios.truth import Truth
from wfp_ops.sandbox.traffic import Traffic

CUSTOMER_COLUMNS = (
    "customer_id",
    "name",
    "status",
    "plan",
    "started_on",
    "churned_on",
    "namespace",
    "mrr",
    "region",
    "account_manager",
)
_INCLUDED_WORKERS = 1000  # in the plan's price: Cloudflare docs, Workers for Platforms, pricing
_FEWEST_WORKERS, _MOST_WORKERS = 930, 985
_HOUSE_WORKERS = (6, 3, 2, 4, 1, 2, 1, 2)


@dataclass(frozen=True)
class _Lot:
    """A namespace to be: its name, who runs what in it, and between which moments it was worked on."""

    name: str
    tenant: str
    tags: tuple[str, ...]
    workers: int
    since: datetime
    until: datetime
    traffic: Traffic
    trusted: bool = False


def build_acme(*, seed: int, now: datetime) -> Scenario:
    """The company at the moment ``now`` (aware UTC): 412 namespaces, 405 customer records, and the truth.

    Two Workers of the account itself bind a namespace each.

    Equal arguments give an equal scenario; nothing in it lies after ``now``.

    Raises:
        ValueError: ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must say its time zone")
    now = now.astimezone(UTC)
    # A stream for each part, so that a change to one doesn't reshuffle the others.
    members = build_cast(random.Random(f"acme/{seed}/customers"), now)  # noqa: S311
    inside = random.Random(f"acme/{seed}/workers")  # noqa: S311
    truth = Truth(CONVENTION)
    script = Script(random.Random(f"acme/{seed}/traffic"), members, now)  # noqa: S311
    lots = [lot for member in members for lot in _lots_of(member, now, truth, script)]
    lots += _house(inside, members, now, truth, script)
    lots = _settle(inside, lots)
    rows = [row for member in members if (row := _row_of(member, truth)) is not None]
    total = sum(lot.workers for lot in lots)
    _flag_account(truth, total)
    namespaces = _namespaces(inside, lots)
    routing = random.Random(f"acme/{seed}/account")  # noqa: S311
    left = next(member for member in members if member.role is Role.LEFT)
    workers = build_account_workers(routing, namespaces, left=left, now=now, truth=truth)
    return Scenario(
        name="acme",
        seed=seed,
        now=now,
        namespaces=namespaces,
        customer_columns=CUSTOMER_COLUMNS,
        customers=tuple(rows),
        truth=truth.as_json(workers=total),
        workers=workers,
        deleted=tuple(past for member in members if (past := script.cleaned_up(member)) is not None),
    )


def _lots_of(member: Member, now: datetime, truth: Truth, script: Script) -> Iterator[_Lot]:
    """The namespaces that a customer brings, each noted in the truth with its flags."""
    story, said = STORIES[member.role], words(member)
    gone = member.left if member.role is not Role.WENT else None
    workers = 0 if member.empty else min(max(round(member.size), 1), MOST_WORKERS)
    for nth, space in enumerate(story.spaces):
        name = space.name.format(**said)
        truth.namespace(
            name, space.state, space.why.format(**said), member.customer_id if space.owned else None
        )
        usage = script.of(member, nth)
        truth.usage(name, usage.kind, usage.why, usage.until)
        if member.empty:
            truth.flag("empty", "no Worker was ever deployed", namespace=name, customer_id=member.customer_id)
        if member.trusted:
            truth.flag("trusted", "switched to trusted mode", namespace=name, customer_id=member.customer_id)
        yield _Lot(
            name=name,
            tenant=member.customer_id,
            tags=(f"customer-{member.customer_id}", member.plan),
            workers=workers if nth == 0 else 1,
            since=member.launched,
            until=gone or now,
            traffic=usage.traffic,
            trusted=member.trusted,
        )
    if story.duplicate:
        truth.flag("duplicate", story.duplicate.format(**said), customer_id=member.customer_id)


def _house(
    rng: random.Random, members: Sequence[Member], now: datetime, truth: Truth, script: Script
) -> Iterator[_Lot]:
    """The namespaces that are no customer's: the platform's own, and tries that were never cleaned up."""
    busy = rng.choice([m for m in members if m.role is Role.OWN and m.status == "active" and not m.trusted])
    for space, workers in zip(HOUSE, _HOUSE_WORKERS, strict=True):
        name = space.name.format(busy=busy.customer_id)
        truth.namespace(name, space.state, space.why, None)
        since = now - timedelta(days=rng.uniform(100, 1500))
        usage = script.of_house(name)
        truth.usage(name, usage.kind, usage.why, usage.until)
        yield _Lot(
            name,
            tenant=name,
            tags=("internal",),
            workers=workers,
            since=since,
            until=now,
            traffic=usage.traffic,
        )


def _settle(rng: random.Random, lots: Sequence[_Lot]) -> list[_Lot]:
    """The same with Workers added, or taken from who has several, until the account is nearly full."""
    counts = [lot.workers for lot in lots]
    wanted = rng.randint(_FEWEST_WORKERS, _MOST_WORKERS)
    while (total := sum(counts)) != wanted:
        step = 1 if total < wanted else -1
        fitting = [n for n, count in enumerate(counts) if (1 if step > 0 else 2) <= count < MOST_WORKERS]
        for n in rng.sample(fitting, min(abs(wanted - total), len(fitting))):
            counts[n] += step
    return [replace(lot, workers=count) for lot, count in zip(lots, counts, strict=True)]


def _row_of(member: Member, truth: Truth) -> dict[str, str] | None:
    """A customer's row in the list as text, noted in the truth; None for who was struck off."""
    line, said = STORIES[member.role].line, words(member)
    if line is None:
        return None
    customer_id = member.customer_id if line.has_id else ""
    truth.customer(customer_id, line.state, line.why.format(**said))
    return {
        "customer_id": customer_id,
        "name": member.name,
        "status": member.status,
        "plan": member.plan,
        "started_on": member.started.date().isoformat(),
        "churned_on": said["left"],
        "namespace": line.mapping.format(**said),
        "mrr": f"{member.mrr:.2f}",
        "region": member.region,
        "account_manager": member.account_manager,
    }


def _flag_account(truth: Truth, workers: int) -> None:
    truth.flag("near_limit", f"{workers} of the {_INCLUDED_WORKERS} Workers that the plan includes")
    truth.flag("layout", "a namespace for each customer, where Cloudflare advises one for all of them")


def _namespaces(rng: random.Random, lots: Sequence[_Lot]) -> tuple[SeedNamespace, ...]:
    """The namespaces in the order in which they were created."""
    makers = [f"{rng.getrandbits(128):032x}" for _ in range(4)]
    seeds = []
    for lot in lots:
        workers = build_workers(
            rng, lot.workers, tenant=lot.tenant, tags=lot.tags, since=lot.since, until=lot.until
        )
        maker = rng.choice(makers)
        # Trusted mode is a later change; else a namespace is rarely touched once it is there.
        touched = lot.trusted or rng.random() < 0.1
        modified = lot.since + (lot.until - lot.since) * rng.random() if touched else lot.since
        seeds.append(
            SeedNamespace(
                name=lot.name,
                namespace_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
                created_on=lot.since,
                modified_on=modified,
                created_by=maker,
                modified_by=rng.choice(makers) if touched else maker,
                trusted_workers=lot.trusted,
                workers=workers,
                traffic=lot.traffic,
            )
        )
    return tuple(sorted(seeds, key=lambda space: (space.created_on, space.name)))
