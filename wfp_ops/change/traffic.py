"""Evidence for the guard ``traffic``: what analytics say of things that somebody wants to be changed.

First everything is asked for under every name that it had. What nobody has seen a request of is asked for
once more, by the ids of its Workers: a rename that no audit has seen hides nothing then.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wfp_ops.api.analytics.client import Analytics
from wfp_ops.change.gather import Gathered
from wfp_ops.change.selection import Item
from wfp_ops.change.steps import DELETIONS
from wfp_ops.clock import iso, parse_time
from wfp_ops.memory.names import Called, Former
from wfp_ops.usage.traffic import Seen, traffic, traffic_by_id, traffic_of_workers

Requests = Mapping[str, tuple[int | None, str]]

MOST_HELD = 1000
"""So many things that another guard holds back are asked about all the same, for the reader's sake."""


@dataclass(frozen=True, kw_only=True)
class TrafficLook:
    """Asks about traffic at one moment.

    Args:
        analytics: the account's.
        days: ``traffic_days``.
        now: the present moment.
        former: what namespaces of these ids were called since a moment, by the audits that are kept.
    """

    analytics: Analytics
    days: int
    now: datetime
    former: Callable[[Collection[str], datetime], Former]

    @property
    def since(self) -> datetime:
        """From when on requests count."""
        return self.now - timedelta(days=self.days)

    def by_name(self, items: Iterable[Item]) -> Requests:
        """What is known of each of these things, by its name, under all names that its namespace had."""
        asked = [item for item in items if is_asked(item)]
        if not asked:
            return {}
        called = self._called(asked)
        found: dict[str, Seen] = {}
        spaces = [item for item in asked if item.worker is None]
        if spaces:
            found |= traffic(
                self.analytics,
                {item.name: _names(called.of(item.namespace_id)) for item in spaces},
                days=self.days,
                now=self.now,
                created={item.name: item.created_on for item in spaces},
            )
        for namespace, inside in _by_namespace(asked).items():
            of_it = traffic_of_workers(
                self.analytics,
                namespace,
                _names(called.of(inside[0].namespace_id)),
                [str(item.worker) for item in inside],
                days=self.days,
                now=self.now,
                created={str(item.worker): item.created_on for item in inside},
            )
            found |= {f"{namespace}/{worker}": seen for worker, seen in of_it.items()}
        return {name: _whole(seen) for name, seen in found.items()}

    def by_id(self, items: Iterable[Item], before: Requests, gathered: Gathered) -> Requests:
        """What was known, and of what nobody has seen a request: what the ids of its Workers say.

        Where no ids tell, and no audit says what the namespace was called all the time, it is unknown.
        """
        silent = [item for item in items if before.get(item.name, (None, ""))[0] == 0]
        silent = [item for item in silent if item.namespace in gathered.seen]
        ids = {item.name: ids_of(item, gathered) for item in silent}
        found = dict(before)
        known = {name: each for name, each in ids.items() if each}
        if known:
            seen = traffic_by_id(self.analytics, known, days=self.days, now=self.now)
            found |= {name: _both(found[name], _whole(each), len(known[name])) for name, each in seen.items()}
        unsure = [item for item in silent if ids[item.name] is None]
        called = self._called(unsure) if unsure else Former()
        for item in unsure:
            why = gap(item, gathered, called, self.since)
            if why is not None and found[item.name][0] == 0:
                found[item.name] = None, why
        return found

    def again(self, items: Sequence[Item], ids: Mapping[str, Sequence[str]]) -> Requests:
        """Both looks at once, of things whose Workers' ids are known already."""
        found = dict(self.by_name(items))
        seen = traffic_by_id(
            self.analytics, {name: each for name, each in ids.items() if each}, days=self.days, now=self.now
        )
        return found | {
            name: _worse(found[name], _whole(each)) for name, each in seen.items() if name in found
        }

    def _called(self, items: Sequence[Item]) -> Former:
        return self.former({item.namespace_id for item in items if item.namespace_id is not None}, self.since)


def is_asked(item: Item) -> bool:
    """Whether traffic speaks against doing this to it."""
    return item.action in DELETIONS or item.action == "rename_namespace"


def ids_of(item: Item, gathered: Gathered) -> list[str] | None:
    """The ids of the Workers that go with it; None where there is none, or not of each."""
    seen = gathered.seen[item.namespace]
    inside = [worker.tag for worker in seen.workers if item.worker in (None, worker.name)]
    return [tag for tag in inside if tag] if inside and all(inside) and seen.complete else None


def gap(item: Item, gathered: Gathered, former: Former, since: datetime) -> str | None:
    """Why it may have had a name that nobody knows; None where its names are known all the time.

    Cloudflare dates a rename as every change. So a name has held since the namespace was last changed, and
    of the time before that only an audit can tell.
    """
    space = gathered.seen[item.namespace].namespace
    modified, created = _moment(space.modified_on), _moment(space.created_on)
    dates = [*(each.modified_on for each in former.of(item.namespace_id)), modified]
    known = [date for date in dates if date is not None]
    if len(known) < len(dates):
        return "nobody knows when it was changed, and so whether it had another name"
    first = min(known)
    if first > since and (created is None or first > created):
        return f"it was changed {iso(first)}, and no audit is kept that says what it was called before"
    unread = former.hiding(item.namespace_id, modified)
    if unread is not None:
        return f"it was changed around the audit {unread}, which can't be read and may have seen another name"
    return None


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_time(text)
    except ValueError:
        return None


def _names(called: Iterable[Called]) -> list[str]:
    return list(dict.fromkeys(each.name for each in called))


def _by_namespace(items: Sequence[Item]) -> dict[str, list[Item]]:
    found: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        if item.worker is not None:
            found[item.namespace].append(item)
    return dict(found)


def _whole(seen: Seen) -> tuple[int | None, str]:
    """Requests as a whole number: a part of one, which an estimate may be, is a request."""
    requests, how = seen
    return None if requests is None else math.ceil(requests), how


def _both(by_name: tuple[int | None, str], by_id: tuple[int | None, str], ids: int) -> tuple[int | None, str]:
    """The worse of the two; that both are silent is said."""
    if by_id[0] == 0 == by_name[0]:
        plural = "" if ids == 1 else "s"
        return 0, f"{by_name[1]}; nor by the id{plural} of {ids} Worker{plural}"
    return _worse(by_name, by_id)


def _worse(one: tuple[int | None, str], other: tuple[int | None, str]) -> tuple[int | None, str]:
    """Of two looks the one that speaks against it: a request that was seen, else what is not known."""
    return max(one, other, key=lambda each: (each[0] or 0, each[0] is None))
