"""What namespaces were called: by Cloudflare's ids, which survive a rename, in the audits that are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from wfp_ops.errors import SnapshotError
from wfp_ops.memory.snapshots import Snapshots


@dataclass(frozen=True)
class Called:
    """A namespace's name as an audit saw it at ``at``; ``modified_on`` is since when it was surely so."""

    name: str
    at: datetime
    modified_on: datetime | None


@dataclass(frozen=True)
class Former:
    """What namespaces were called.

    Args:
        called: by id, as audits saw it, the oldest first; no entry: nobody knows.
        unread: the audits that can't be read, by their moment, where they may have seen something else.
    """

    called: Mapping[str, Sequence[Called]] = field(default_factory=dict)
    unread: Mapping[datetime, str] = field(default_factory=dict)

    def of(self, namespace_id: str | None) -> Sequence[Called]:
        """What the namespace of this id was called, the oldest first; nothing where nobody knows."""
        return self.called.get(namespace_id or "", ())

    def hiding(self, namespace_id: str | None, modified_on: datetime | None) -> str | None:
        """The audit that may have seen another name than all others, and can't be read; None: there is none.

        Args:
            namespace_id: the namespace's.
            modified_on: when it was changed last, as Cloudflare says now; None where that is not known.
        """
        sightings = self.of(namespace_id)
        for moment, audit in self.unread.items():
            before = [each.at for each in sightings if each.at <= moment]
            after = [each.modified_on for each in sightings if each.at > moment]
            since = after[0] if after else modified_on
            # What the first one saw, and how long it had been so, nothing that came before it can change
            if before and (since is None or since > before[-1]):
                return audit
        return None


def names_since(snapshots: Snapshots, ids: Collection[str], since: datetime) -> Former:
    """What the namespaces of these ids were called since a moment.

    The last audit before that moment counts, too: a name that it saw may have held until a later one. What
    lies between two audits is read only where something was changed between them.

    Raises:
        StateError: the folder can't be read.
    """
    wanted = set(ids)
    chosen = _chosen(snapshots, since) if wanted else []
    reading = _Reading(snapshots, chosen, wanted)
    reading.between(0, len(chosen) - 1)
    return reading.former()


class _Reading:
    """Reads of the snapshots what it takes, each once."""

    def __init__(self, snapshots: Snapshots, chosen: Sequence[str], wanted: Collection[str]) -> None:
        self._snapshots = snapshots
        self._chosen = chosen
        self._wanted = wanted
        self._read: dict[int, dict[str, Called] | None] = {}

    def between(self, first: int, last: int) -> None:
        """These two, and of those between them what may tell something else."""
        if first > last:
            return
        earlier, later = self._sight(first), self._sight(last)
        if last - first < 2 or self._joined(first, earlier, later):
            return
        middle = (first + last) // 2
        self.between(first, middle)
        self.between(middle, last)

    def former(self) -> Former:
        """All that was read, the oldest first."""
        called: defaultdict[str, list[Called]] = defaultdict(list)
        unread = {}
        for place, sight in sorted(self._read.items()):
            if sight is None:
                unread[self._snapshots.taken_at(self._chosen[place])] = self._chosen[place]
                continue
            for namespace_id, each in sight.items():
                called[namespace_id].append(each)
        return Former(dict(called), unread)

    def _joined(
        self, first: int, earlier: Mapping[str, Called] | None, later: Mapping[str, Called] | None
    ) -> bool:
        """Whether nothing was changed between the two, by the dates of the later one."""
        if earlier is None or later is None:
            return False
        start = self._snapshots.taken_at(self._chosen[first])
        return earlier.keys() == later.keys() and all(
            each.modified_on is not None and each.modified_on <= start for each in later.values()
        )

    def _sight(self, place: int) -> Mapping[str, Called] | None:
        """What one of them says; None where it can't be read."""
        if place not in self._read:
            name = self._chosen[place]
            try:
                frame, at = self._snapshots.namespaces(name), self._snapshots.taken_at(name)
            except SnapshotError:
                self._read[place] = None
                return None
            rows = frame[frame["namespace_id"].isin(list(self._wanted))].to_dict("records")
            self._read[place] = {
                str(row["namespace_id"]): Called(str(row["namespace"]), at, _moment(row["modified_on"]))
                for row in rows
            }
        return self._read[place]


def _chosen(snapshots: Snapshots, since: datetime) -> list[str]:
    """The snapshots from the last one before a moment on, the oldest first."""
    chosen: list[str] = []
    for name in snapshots.names():
        try:
            before = snapshots.taken_at(name) <= since
        except SnapshotError:
            continue
        chosen.append(name)
        if before:
            break
    chosen.reverse()
    return chosen


def _moment(value: Any) -> datetime | None:
    if pd.isna(value):
        return None
    moment: datetime = value.to_pydatetime()
    return moment
