"""How many requests applying a plan takes, so that a person knows beforehand how long it will."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from wfp_ops.change.plan import Forecast
from wfp_ops.change.steps import Step

# Reads again: the listing, and the account's own Workers (a few)
_FIRST = 4
# What one step sends: preconditions, the change, and the read that verifies it
_EACH = {
    "create_namespace": 3,
    "delete_namespace": 5,
    "rename_namespace": 5,
    "put_worker": 4,
    "delete_worker": 5,
    "tag_worker": 4,
}
# What a Worker that is archived takes: itself twice, its code, settings and secrets; and its settings
# once more when the guards are asked again
_PER_WORKER = 6


def in_words(forecast: Forecast) -> str:
    """How many requests, and how long that takes at the account's rate budget."""
    requests = f"about {forecast.requests:,} requests"
    if forecast.seconds < 1:
        return f"{requests}, which fit into the account's rate budget as it stands"
    minutes, seconds = divmod(forecast.seconds, 60)
    span = f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
    return f"{requests}, about {span} at the account's rate budget"


def requests_to_look(names: Collection[str], deleted: Collection[str]) -> int:
    """About how many requests it takes to look into namespaces before anything is planned.

    Each one's Workers are listed; of those that are to be deleted each Worker's settings are read. How many
    there are is known only then: one each is what most have.
    """
    return _FIRST + len(names) + len(deleted)


def requests_for(steps: Iterable[Step]) -> int:
    """About how many requests; 0 for no steps."""
    chosen = list(steps)
    inside = sum(len(step.evidence.get("workers") or ()) for step in chosen if step.is_deletion)
    return _FIRST + sum(_EACH[step.action] for step in chosen) + _PER_WORKER * inside if chosen else 0
