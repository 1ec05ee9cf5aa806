"""What namespaces were called: by Cloudflare's ids, which survive a rename, in the audits that are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from wfp_ops.errors import SnapshotError
from wfp_ops.memory.snapshots import Snapshots

MOST_READ = 60
"""So many snapshots are read at the most: of a month of audits about two a day."""


@dataclass(frozen=True)
class Called:
    """A namespace's name as an audit saw it at ``at``; ``modified_on`` is since when it was surely so."""

    name: str
    at: datetime
    modified_on: datetime | None


def names_since(
    snapshots: Snapshots, ids: Collection[str], since: datetime
) -> Mapping[str, Sequence[Called]]:
    """What the namespaces of these ids were called since a moment, the oldest first; no entry: nobody knows.

    The last audit before that moment counts, too: a name that it saw may have held until a later one. A
    snapshot that can't be used is passed by.

    Raises:
        StateError: the folder can't be read.
    """
    found: defaultdict[str, list[Called]] = defaultdict(list)
    wanted = set(ids)
    for name in _chosen(snapshots, since):
        try:
            frame, at = snapshots.namespaces(name), snapshots.taken_at(name)
        except SnapshotError:
            continue
        for row in frame[frame["namespace_id"].isin(wanted)].to_dict("records"):
            called = Called(str(row["namespace"]), at, _moment(row["modified_on"]))
            found[str(row["namespace_id"])].append(called)
    return dict(found)


def _chosen(snapshots: Snapshots, since: datetime) -> list[str]:
    """The snapshots from the last one before a moment on, the oldest first; of very many evenly some."""
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
    if len(chosen) <= MOST_READ:
        return chosen
    step = (len(chosen) - 1) / (MOST_READ - 1)
    return [chosen[round(place * step)] for place in range(MOST_READ)]


def _moment(value: Any) -> datetime | None:
    if pd.isna(value):
        return None
    moment: datetime = value.to_pydatetime()
    return moment
