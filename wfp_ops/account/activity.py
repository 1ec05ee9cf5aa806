"""What an audit is told of usage: by analytics, in a few questions, or by a usage frame that is at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.audit.activity import Activity, Thing
from wfp_ops.errors import APIError, StateError
from wfp_ops.memory.names import Former, names_since
from wfp_ops.memory.snapshots import Snapshots
from wfp_ops.usage.active import Active, Key, active_in, active_since, days_of

if TYPE_CHECKING:
    from wfp_ops.account.account import Account

PATIENCE_S = 20.0
"""An audit is worth having without usage: it does not wait for it longer than that."""


def look_at_usage(
    account: Account, namespaces: pd.DataFrame, usage: pd.DataFrame | None
) -> Callable[[Sequence[Thing]], Activity | str]:
    """What ``build_audit`` asks about traffic.

    Args:
        account: whose analytics are asked, where no frame is given.
        namespaces: the inventory (``NAMESPACES``).
        usage: a frame of ``account.usage()``, by namespace (in worker tenancy by Worker) and day.

    Raises:
        FrameError: the frame can't tell.
    """
    workers = account.rules.tenancy == "worker"
    given = None if usage is None else active_in(usage, workers=workers)

    def look(gone: Sequence[Thing]) -> Activity | str:
        try:
            active, notes = (given, ()) if given is not None else _asked(account, gone)
        except APIError as error:
            return error.message
        activity = Activity(
            since=active.since,
            until=active.until,
            requests={_thing(key): requests for key, requests in active.requests.items()},
            by_day={_thing(key): days for key, days in active.by_day.items()},
            silence=active.silence,
            notes=notes,
        )
        return _with_former_names(account, activity, namespaces, workers=workers)

    return look


def _asked(account: Account, gone: Sequence[Thing]) -> tuple[Active, tuple[str, ...]]:
    """Everybody's requests, and by day those of whom nobody should have any."""
    analytics = account.analytics()
    listed = list(account.settings.audit.namespaces) if account.rules.tenancy == "worker" else None
    active = active_since(
        analytics,
        days=account.rules.idle_days,
        now=account.clock.now(),
        namespaces=listed,
        patience_s=PATIENCE_S,
    )
    called = [key for key in map(_key, gone) if active.requests.get(key, 0.0) > 0]
    if not called:
        return active, ()
    by_day, more = days_of(analytics, called, active, patience_s=PATIENCE_S)
    note = f"{more:,} more had requests though their customers are gone; they are too many to be asked about"
    return replace(active, by_day=by_day), (note,) if more else ()


def _with_former_names(
    account: Account, activity: Activity, namespaces: pd.DataFrame, *, workers: bool
) -> Activity:
    """With the requests under names from before; of what may have had another one nobody knows is unsure."""
    changed = namespaces[~(namespaces["modified_on"] <= activity.since).fillna(False).astype(bool)]
    if changed.empty:
        return activity
    try:
        ids = set(changed["namespace_id"].dropna())
        called = names_since(Snapshots(account.state_folder()), ids, activity.since)
    except StateError:
        called = Former()
    now_of: dict[str, str] = {}
    unsure: set[Thing] = set()
    for row in changed.to_dict("records"):
        name, namespace_id = str(row["namespace"]), _present(row["namespace_id"])
        known = called.of(namespace_id)
        now_of |= {each.name: name for each in known if each.name != name}
        first = min((each.modified_on for each in known if each.modified_on is not None), default=None)
        hidden = called.hiding(namespace_id, _present(row["modified_on"]))
        if first is None or first > activity.since or hidden is not None:
            unsure.add((name, None))
    requests: defaultdict[Thing, float] = defaultdict(float, activity.requests)
    for (name, worker), amount in activity.requests.items():
        if name in now_of:
            requests[now_of[name], worker] += amount
    # a Worker says by its own requests that its namespace was called so; of an empty one nobody knows
    return replace(activity, requests=dict(requests), unsure=frozenset() if workers else frozenset(unsure))


def _present(value: Any) -> Any:
    return None if pd.isna(value) else value


def _thing(key: Key) -> Thing:
    return key[0], key[1] if len(key) > 1 else None


def _key(thing: Thing) -> Key:
    return (thing[0],) if thing[1] is None else (thing[0], thing[1])
