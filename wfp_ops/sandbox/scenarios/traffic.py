"""How much the customers of ``acme`` use, and who went quiet; drawn apart, to reshuffle nothing else."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from wfp_ops.sandbox.model import SeedNamespace, SeedPast
from wfp_ops.sandbox.scenarios.cast import Member, Role
from wfp_ops.sandbox.scenarios.code import MOST_WORKERS, build_workers
from wfp_ops.sandbox.traffic import Traffic, iso

Kind = Literal["live", "quiet", "idle", "stopped", "after_churn"]

_HOURLY = 90.0  # of each Worker of the customer in the middle
_IDLE, _QUIET = 6, 6

# What the namespaces of the house are asked in an hour, by the beginning of their names.
_HOUSE = (
    ("staging", 60.0),
    ("internal-tools", 15.0),
    ("internal-metrics", 240.0),
    ("loadtest", None),
    ("wildcard-fallback", 35.0),
    ("customer-demo", 4.0),
    ("customer-onboarding-test", 0.0),
    ("customer-", 12.0),
)


@dataclass(frozen=True)
class Usage:
    """The traffic of a namespace's Workers, in which way it is remarkable, and why.

    ``live`` has some now, ``quiet`` never had any, ``idle`` belongs to somebody who has had none for more
    than 30 days, ``stopped`` ended when the customer left, ``after_churn`` went on. ``until`` is its end.
    """

    traffic: Traffic
    kind: Kind
    why: str
    until: datetime | None = None


class Script:
    """Who among the members plays which part in the usage; ``of`` and ``of_house`` say what comes of it."""

    def __init__(self, rng: random.Random, members: Sequence[Member], now: datetime) -> None:
        self._rng = rng
        self._now = now
        settled = [
            m
            for m in members
            if m.role is Role.OWN and m.status == "active" and not m.trusted and _days(m.launched, now) > 120
        ]
        small = [m.customer_id for m in settled if m.size < 1.5]
        chosen = rng.sample(small, _IDLE + _QUIET)
        self._idle, self._quiet = set(chosen[:_IDLE]), set(chosen[_IDLE:])
        self._failing = rng.choice([m.customer_id for m in settled if 2 <= m.size < 8])
        gone = [m for m in members if m.role is Role.LEFT and not m.empty and m.left is not None]
        gone.sort(key=lambda m: (m.left or now, m.customer_id))
        self._lingering = gone[0].customer_id
        # one who left some weeks ago, and whose visitors took days to go: the first behind the longest gone
        late = [m.customer_id for m in gone[1:] if _days(m.left or now, now) > 40]
        self._fading = late[-1] if late else ""

    def of(self, member: Member, nth: int) -> Usage:
        """The usage of the nth namespace that a customer brings."""
        if member.empty:
            return Usage(Traffic(hourly=0), "quiet", "no Worker was ever deployed")
        hourly = round(_HOURLY * member.size**0.5, 1)
        if member.left is not None and member.role is not Role.WENT:
            return self._left(member, hourly, member.left)
        if member.role is Role.DUPLICATE and nth == 1:
            return self._ended(hourly, "nobody has asked for it since the move")
        if member.status == "suspended":
            return self._ended(hourly, "suspended")
        return self._stayed(member.customer_id if member.role is Role.OWN else "", hourly)

    def _stayed(self, customer_id: str, hourly: float) -> Usage:
        if customer_id in self._idle:
            return self._ended(hourly, "went quiet without a word")
        if customer_id in self._quiet:
            return Usage(Traffic(hourly=0), "quiet", "deployed, and never asked for")
        if customer_id == self._failing:
            since = self._now - timedelta(hours=3)
            failing = Traffic(hourly=hourly, failing_from=iso(since), failing_share=0.4)
            return Usage(failing, "live", "two of five requests have failed for three hours")
        return Usage(Traffic(hourly=hourly), "live", "in use")

    def _left(self, member: Member, hourly: float, left: datetime) -> Usage:
        if member.role is Role.LEFT and member.customer_id == self._lingering:
            lingering = Traffic(hourly=max(hourly, 60.0), ends_on=iso(left), left_over=0.2)
            return Usage(lingering, "after_churn", "left, and part of the traffic stayed")
        if member.role is Role.LEFT and member.customer_id == self._fading:
            end = left + timedelta(days=6)
            fading = Traffic(hourly=max(hourly, 60.0), ends_on=iso(end), fades_days=8)
            return Usage(fading, "stopped", "left, and the last visitors went some days later", end)
        days = self._rng.choice((0, 0, 3, 10))
        ending = Traffic(hourly=hourly, ends_on=iso(left), fades_days=days)
        return Usage(ending, "stopped", "ended when the customer left", left)

    def _ended(self, hourly: float, why: str) -> Usage:
        end = self._now - timedelta(days=self._rng.uniform(35, 70))
        return Usage(Traffic(hourly=hourly, ends_on=iso(end), fades_days=5), "idle", why, end)

    def of_house(self, name: str) -> Usage:
        """The usage of a namespace that is no customer's."""
        hourly = next(hourly for start, hourly in _HOUSE if name.startswith(start))
        if hourly is None:
            end = self._now - timedelta(days=80)
            peak = Traffic(hourly=3000.0, ends_on=iso(end))
            return Usage(peak, "idle", "the load test is over", end)
        if hourly == 0:
            return Usage(Traffic(hourly=0), "quiet", "a try that nobody ever asked for")
        return Usage(Traffic(hourly=hourly), "live", "the platform's own")

    def cleaned_up(self, member: Member) -> SeedPast | None:
        """The namespace of a customer who left, deleted some days later; None for everybody else."""
        if member.role is not Role.LEFT_CLEANED or member.left is None:
            return None
        rng = self._rng
        count = min(max(round(member.size), 1), MOST_WORKERS)
        tags = (f"customer-{member.customer_id}", member.plan)
        maker = f"{rng.getrandbits(128):032x}"
        space = SeedNamespace(
            name=f"customer-{member.customer_id}",
            namespace_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            created_on=member.launched,
            modified_on=member.launched,
            created_by=maker,
            modified_by=maker,
            workers=build_workers(
                rng, count, tenant=member.customer_id, tags=tags, since=member.launched, until=member.left
            ),
            traffic=Traffic(hourly=round(_HOURLY * member.size**0.5, 1), ends_on=iso(member.left)),
        )
        return SeedPast(space, member.left + timedelta(days=rng.uniform(1, 20)))


def _days(moment: datetime, now: datetime) -> float:
    return (now - moment) / timedelta(days=1)
