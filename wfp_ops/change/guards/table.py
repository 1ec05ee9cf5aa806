"""Every guard, declared once: what it is for, what it refuses, its default, how it is overridden.

To add one: its row here, its function in ``plan_level`` or ``item_level``, its call in ``judge``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wfp_ops.errors import SettingsError


@dataclass(frozen=True)
class Guard:
    """One guard. ``level`` says whether it refuses the plan or keeps an item out.

    ``actions`` are what it is asked about; ``never`` says that no reason overrides it; ``setting`` is the
    key under ``[change]`` that moves its threshold.
    """

    name: str
    level: Literal["plan", "item"]
    applies_to: str
    refuses: str
    why: str
    setting: str | None = None
    never: bool = False


GUARDS: tuple[Guard, ...] = (
    Guard(
        "count",
        "plan",
        "deletions",
        "more than `max_deletions` (25) in any 24 hours, by the journals",
        "a wrong list makes many candidates at once; several plans in a row add up",
        "max_deletions",
    ),
    Guard(
        "share",
        "plan",
        "deletions",
        "more than `max_share` (10 %) of that kind in its scope in any 24 hours",
        "25 of 30 are not a cleanup; small accounts are no exemption",
        "max_share",
    ),
    Guard(
        "quarantine",
        "plan",
        "deletions and renames",
        "a customer list that is empty, older than `max_age_hours` (48), has over 1 % of its rows set "
        "aside, or lost more than 20 % of the accepted ids; or none was accepted yet",
        "a cut or stale list makes orphans of running customers",
        "max_age_hours",
    ),
    Guard(
        "unproven",
        "plan",
        "deletions and renames",
        "an inventory not proven complete (no override); one that shrank by more than 20 % against the "
        "accepted one",
        "absence of evidence is no evidence of absence",
    ),
    Guard(
        "state",
        "item",
        "deletions, renames, creations",
        "a state that the action is not for; creating for a customer whom a suspect may belong to",
        "`matched` is a running customer: only an override of that one item lets it in",
    ),
    Guard(
        "protected",
        "item",
        "deletions, renames, overwrites",
        "what `protect` (globs) or a dated protection (`wfp-ops mark --protect`) names",
        "somebody who knows has said so",
        "protect",
    ),
    Guard(
        "grace",
        "item",
        "deletions",
        "less than `grace_days` (30) since the latest of churn, first sighting as a candidate and creation, "
        "or one of these is not known",
        "customers come back, and lists are mended",
        "grace_days",
    ),
    Guard(
        "traffic",
        "item",
        "deletions and renames",
        "requests in `traffic_days` (30) under any name that it had, or nobody knows: analytics can't be "
        "read, don't reach back so far, or don't show another Worker's requests in the same answer",
        "what is called belongs to somebody",
        "traffic_days",
    ),
    Guard(
        "workers",
        "item",
        "deletions",
        "more than `max_workers` (20) Workers inside",
        "who has so many is hardly gone",
        "max_workers",
    ),
    Guard("trusted", "item", "deletions", "trusted mode", "it is often the platform's own"),
    Guard(
        "bound",
        "item",
        "deletions and renames",
        "a Worker of the account binds the namespace",
        "its dispatcher would break for everybody behind it",
    ),
    Guard(
        "irreversible",
        "item",
        "deletions",
        "something inside that can't be archived (assets, Durable Objects)",
        "it could not be brought back",
    ),
    Guard(
        "moved",
        "item",
        "everything, at planning and again right before the change",
        "the thing, or its customer, is not what the plan saw",
        "what was approved is what is done, or nothing",
        never=True,
    ),
)

NAMES = tuple(guard.name for guard in GUARDS)


def guard_named(name: str) -> Guard:
    """A guard by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    for guard in GUARDS:
        if guard.name == name:
            return guard
    raise SettingsError(
        f"there is no guard {name!r}", key="override", hint=f"the guards are {', '.join(NAMES)}"
    )
