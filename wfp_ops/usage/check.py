"""Adds up the parts of a window as they come in, and holds them against its total as far as it is settled."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wfp_ops.usage.planner import Window
from wfp_ops.usage.span import Span
from wfp_ops.usage.wholeness import Verdict, adds_up, ratio_of, too_few


class Check:
    """One window's parts so far, against its total. ``to`` is up to when numbers are settled in it."""

    def __init__(self, window: Window, span: Span, dimension: str | None) -> None:
        self._window = window
        self._dimension = dimension
        self.to = window.end
        self._before: str | None = None
        settled_to = span.bucket.floor(span.watermark)
        if dimension is not None and settled_to < window.end:
            self.to = max(settled_to, window.start)
            self._before = span.bucket.written(settled_to)
        self._parts = 0.0
        self._total: float | None = None
        self._recorded = 0.0
        self._total_interval = 1.0
        self._control = 0.0

    def against(self, rows: list[Any]) -> None:
        """The total as it was answered; no row is no traffic, unless nothing was asked."""
        if self.to > self._window.start:
            self._total = sum(row.sum.requests for row in rows)
            sampled = [row.avg.sampleInterval or 1.0 for row in rows if hasattr(row, "avg")]
            self._total_interval = max([1.0, *sampled])

    def control(self, rows: list[Any]) -> None:
        """What all Workers of the account had about then: beside it, silence is an answer."""
        self._control = sum(row.sum.requests for row in rows)

    def add(self, page: pa.Table) -> None:
        """One more page of parts."""
        if self._before is not None:
            page = page.filter(pc.less(page[self._dimension], self._before))
        self._parts += pc.sum(page["requests"]).as_py() or 0.0
        if "sampleInterval" in page.column_names:
            interval = pc.max_element_wise(page["sampleInterval"], 1.0)
            self._recorded += pc.sum(pc.divide(page["requests"], interval)).as_py() or 0.0

    @property
    def _interval(self) -> float:
        """One request in how many was recorded: of the parts or of the total, whichever is sampled more."""
        parts = self._parts / self._recorded if self._recorded else 1.0
        return max(self._total_interval, parts)

    @property
    def lacks(self) -> bool:
        """Whether parts are missing so far."""
        return self._total is not None and too_few(self._parts, self._total, self._interval)

    def verdict(self) -> Verdict:
        """What came of it."""
        silent = self._total == 0 and self._parts == 0 and not self._control > 0
        whole = self._total is not None and adds_up(self._parts, self._total, self._interval)
        return Verdict(
            self._window.start,
            self._window.end,
            self.to,
            self._parts,
            self._total,
            None if silent else ratio_of(self._parts, self._total),
            whole and not silent,
            silent,
        )
