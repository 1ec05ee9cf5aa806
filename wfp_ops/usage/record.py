"""What travels beside a usage frame, in ``frame.attrs``: what it covers, and how whole it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wfp_ops.clock import iso
from wfp_ops.frames.provenance import ATTRS_KEY, Completeness, Provenance, mark_complete
from wfp_ops.usage.wholeness import Verdict, share_of

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.usage.fetch import Fetched

KIND = "usage"


def usage_record(frame: pd.DataFrame) -> Mapping[str, Any] | None:
    """The record of a usage frame; None for a frame that is none.

    Its keys: ``start``, ``end``, ``watermark`` (ISO 8601; numbers after it are incomplete), ``every``,
    ``by``, ``dispatchers``, ``queries``, ``ratio`` (the parts' share of the totals, None where nothing could
    be compared), ``windows`` (each with ``start``, ``end``, ``checked_to``, ``requests``, ``total``,
    ``ratio``, ``whole``, ``silent``), ``sources`` (what came from ``analytics`` and what from the
    ``history``, each with ``start`` and ``end``), ``gaps`` (stretches of which nothing is known), ``renamed``
    (lists of names that one namespace had, in the order of their first request) and ``notes``.
    ``wfp_ops.completeness(frame)`` reads the verdict.
    """
    record = frame.attrs.get(ATTRS_KEY)
    return record if isinstance(record, Mapping) and record.get("kind") == KIND else None


def attach(
    frame: pd.DataFrame,
    fetched: Fetched,
    *,
    by: Sequence[str],
    key: Sequence[str],
    renamed: Sequence[Sequence[str]],
    notes: Sequence[str],
    taken_at: datetime,
) -> None:
    """Write the record beside the frame, bound to its rows as every proof is."""
    verdicts = fetched.verdicts
    span = fetched.span
    mark_complete(frame, proof_of(verdicts, span.watermark), key=key, taken_at=iso(taken_at))
    frame.attrs[ATTRS_KEY] = Provenance(
        {
            **frame.attrs[ATTRS_KEY],
            "kind": KIND,
            "start": iso(span.start),
            "end": iso(span.end),
            "watermark": iso(span.watermark),
            "every": span.bucket.name,
            "by": list(by),
            "dispatchers": fetched.dispatchers,
            "queries": fetched.queries,
            "ratio": share_of(verdicts),
            "windows": [each.as_record() for each in verdicts],
            "sources": [{"source": "analytics", "start": iso(span.start), "end": iso(span.end)}],
            "gaps": [],
            "renamed": [list(names) for names in renamed],
            "notes": list(notes),
        }
    )


def proof_of(verdicts: Sequence[Verdict], watermark: datetime) -> Completeness:
    """Whether the parts of every window add up to its total, as far as its numbers are settled.

    A window in which the whole account was silent adds up, and proves nothing: analytics answer the same
    where they have lost something, or where the token sees nothing.
    """
    compared = [each for each in verdicts if each.total is not None]
    for each in compared:
        if not each.whole:
            share = "more than" if each.ratio is None else f"{each.ratio:.2%} of"
            said = "no Worker of the account had a request, which is not believed by itself"
            said = said if each.silent else f"the rows add up to {share} the total"
            return Completeness("unproven", f"between {iso(each.start)} and {iso(each.checked_to)} {said}")
    if not compared:
        return Completeness("unproven", "all of it is newer than what Cloudflare has settled")
    windows = "the rows add" if len(compared) == 1 else f"in each of {len(compared)} windows the rows add"
    settled_to = iso(min(compared[-1].checked_to, watermark))
    return Completeness("proven", f"{windows} up to the total, up to {settled_to}")
