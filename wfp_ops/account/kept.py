"""What is kept of an account's changes: journals, and archives of what was deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from wfp_ops.change.archive.purge import purge, purged
from wfp_ops.change.archive.read import load, names, rows
from wfp_ops.change.journal.progress import fold
from wfp_ops.change.journal.reader import begin_of, read, verify
from wfp_ops.errors import ArchiveError, JournalError, SettingsError
from wfp_ops.frames.applies import JOURNALS
from wfp_ops.frames.changing import ARCHIVES
from wfp_ops.frames.columns import FrameSpec
from wfp_ops.memory.applied import Applied, AppliedPlans
from wfp_ops.memory.folder import StateFolder
from wfp_ops.settings.explain import alike


def journal_paths(folder: StateFolder) -> Sequence[Path]:
    """The journals of every apply, the oldest first; also those that lie elsewhere."""
    return [Path(each.journal) for each in AppliedPlans(folder).all()]


def journals_frame(folder: StateFolder) -> pd.DataFrame:
    """Every apply, the newest first, with what came of it."""
    every = [_row(each) for each in reversed(AppliedPlans(folder).all())]
    return _built(JOURNALS, every)


def _row(applied: Applied) -> dict[str, Any]:
    path = Path(applied.journal)
    row: dict[str, Any] = {"journal": applied.journal, "at": applied.at, "digest": applied.digest}
    if not path.exists():
        return {**row, "state": "missing", "problem": "there is no such file any more"}
    try:
        found = verify(path)
        begin = begin_of(path).facts
        states = fold(read(path, allow_torn=True), len(begin["plan"]["steps"]))
    except (JournalError, ValueError, KeyError, TypeError) as error:
        return {**row, "state": "tampered", "problem": getattr(error, "message", str(error))}
    counts = Counter(state.status for state in states)
    return {
        **row,
        "confirmation": begin["confirmation"],
        "state": found.state,
        "problem": found.problem,
        **{name: counts[name] for name in ("done", "dropped", "failed")},
        "left": counts["pending"] + counts["in_flight"],
    }


def archives_frame(folder: StateFolder) -> pd.DataFrame:
    """Every archive, the newest first, each checked from end to end."""
    return _built(ARCHIVES, rows(folder))


def _built(spec: FrameSpec, every: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return spec.build({name: [row.get(name) for row in every] for name in spec.names}, length=len(every))


def purge_archives(
    folder: StateFolder,
    *,
    older_than: timedelta | None,
    namespace: str | None,
    dry_run: bool,
    now: datetime,
) -> list[str]:
    """Remove archives by age, by namespace, or by both.

    Raises:
        SettingsError: neither is given.
        ArchiveError: there is no archive of that namespace, and there was none that was removed.
        StateError: one can't be removed.
    """
    if older_than is None and namespace is None:
        raise SettingsError(
            "which archives?", key="older_than", hint="say how old, or of which namespace, or both"
        )
    if namespace is not None:
        _refuse_never_archived(folder, namespace, now)
    return purge(folder, older_than=older_than, namespace=namespace, now=now, dry_run=dry_run)


def _refuse_never_archived(folder: StateFolder, namespace: str, now: datetime) -> None:
    """Whoever has a duty to erase and slips must not read that all is done.

    Raises:
        ArchiveError: there is no archive of that namespace, and there was none that was removed.
    """
    if purge(folder, older_than=None, namespace=namespace, now=now, dry_run=True):
        return
    if namespace in {row["namespace"] for row in purged(folder)}:
        return  # done by an earlier run
    meant = alike(namespace, _namespaces(folder))
    raise ArchiveError(
        f"there is no archive of the namespace {namespace!r}, and none was purged",
        path=namespace,
        hint=f"{f'{meant} ' if meant else ''}Nothing was removed; list what there is: wfp-ops archive list",
    )


def _namespaces(folder: StateFolder) -> list[str]:
    """Those that can be told by their archives."""
    found = set()
    for name in names(folder):
        with suppress(ArchiveError):
            found.add(load(folder, name).namespace.name)
    return sorted(found)
