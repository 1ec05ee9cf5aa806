"""How much was deleted in the last 24 hours, by the journals of every apply of the account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from wfp_ops.change.journal.deletions import Deletion, deletions
from wfp_ops.change.journal.reader import read
from wfp_ops.change.judge import Recent
from wfp_ops.change.plan import LONGEST_LIFE
from wfp_ops.errors import JournalError
from wfp_ops.memory.applied import Applied, AppliedPlans
from wfp_ops.memory.folder import StateFolder

WINDOW = timedelta(hours=24)


def recent_deletions(folder: StateFolder, now: datetime) -> Recent:
    """The deletions that happened, or may have, within 24 hours before ``now``.

    Of an apply whose journal can't be read, everything that it was to delete counts as deleted just now.

    Raises:
        StateError: the register of applies can't be read, so nobody knows.
    """
    # A plan is applied within its life; a clock that was set back since then makes none of them too old
    begun = now - WINDOW - LONGEST_LIFE - timedelta(days=1)
    made = [
        deletion
        for applied in AppliedPlans(folder).all()
        if applied.deletions and applied.at >= begun
        for deletion in _of(applied, now)
        if deletion.at > now - WINDOW
    ]
    inside = Counter(each.namespace for each in made if each.worker is not None)
    return Recent(namespaces=sum(each.worker is None for each in made), workers=dict(inside))


def _of(applied: Applied, now: datetime) -> Iterator[Deletion]:
    try:
        yield from deletions(read(Path(applied.journal), allow_torn=True))
    except (JournalError, ValueError, KeyError):
        # nobody can tell what of it was done, so all of it counts
        for action, namespace, worker, namespace_id in applied.deletions:
            kind = "delete_namespace" if worker is None else "delete_worker"
            if action == kind:
                yield Deletion(now, kind, namespace, worker, namespace_id)  # type: ignore[arg-type]
