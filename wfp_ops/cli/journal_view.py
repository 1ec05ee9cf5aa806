"""Journals for the terminal: an entry for each apply, a line for each record, the verdict of a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Group
from rich.text import Text

from wfp_ops.change.show.words import counted
from wfp_ops.cli.audit_view import STYLES, SYMBOLS
from wfp_ops.cli.tables import cell
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.change.journal.reader import Verification

_TONES = {"complete": "good", "unfinished": "warning", "tampered": "critical", "missing": "critical"}
_COUNTS = {"done": "done", "dropped": "dropped out", "failed": "failed", "left": "left"}
_LONGEST_NAME = 48


def journals_view(journals: pd.DataFrame) -> Group:
    """An entry for each apply, in the frame's order."""
    entries = [_entry(row) for row in journals.to_dict("records")]
    return Group(*(line for entry in entries for line in entry))


def _entry(row: Mapping[Any, Any]) -> Iterator[Text]:
    tone = _TONES[row["state"]]
    counts = [
        f"{row[name]:,} {words}" for name, words in _COUNTS.items() if not pd.isna(row[name]) and row[name]
    ]
    yield Text.assemble(
        (f"{SYMBOLS[tone]} {row['state']:<10}", STYLES[tone]),
        ("  ", ""),
        cell(row["at"]),
        (" UTC  ", "dim"),
        (", ".join(counts), "bold"),
    )
    if not pd.isna(row["confirmation"]):
        yield Text(f"  {visible(row['confirmation'])}")
    if not pd.isna(row["problem"]):
        yield Text(f"  {visible(row['problem'])}", style=STYLES["critical"])
    # unbroken, so that it can be copied
    yield Text(f"  {visible(row['journal'])}", style="dim", no_wrap=True, overflow="ignore")


def record_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each row of ``as_rows``, columns below each other; plain, as a journal may be very long."""
    about = [_about(row) for row in rows]
    digits = max((len(str(row["step"])) for row in rows if row["step"] is not None), default=1)
    longest = min(max(map(len, about), default=0), _LONGEST_NAME)
    for row, name in zip(rows, about, strict=True):
        step = "" if row["step"] is None else row["step"]
        at = str(row["at"])[:19].replace("T", " ")
        yield f"{at}  {step:>{digits}}  {name:<{longest}}  {visible(row['what'])}"


def _about(row: Mapping[str, Any]) -> str:
    if row["namespace"] is None:
        return ""
    verb = "" if row["action"] is None else f"{str(row['action']).partition('_')[0]} "
    inside = "" if row["worker"] is None else f"/{row['worker']}"
    return visible(f"{verb}{row['namespace']}{inside}")


def verdict_lines(found: Verification) -> Iterator[str]:
    """What a check from end to end came to."""
    said = f"{found.state}: {counted(found.records, 'whole record')}"
    if found.problem is not None:
        where = "" if found.line is None else f" (line {found.line:,})"
        before = counted(found.records, "record")
        said = f"TAMPERED{where}: {visible(found.problem)}; whole before it: {before}"
    elif found.state == "unfinished":
        said += "; it can be resumed"
    yield said
    if found.last_hash is not None:
        yield f"last hash: {found.last_hash}"
    yield from (f"note: {visible(note)}" for note in found.notes)
