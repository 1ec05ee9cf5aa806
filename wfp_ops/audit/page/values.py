"""Single values as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from wfp_ops.errors import visible


def moment(when: datetime) -> str:
    """A moment as people write it."""
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


def share(part: int, whole: int) -> str:
    """A part of a whole in percent."""
    percent = 100 * part / whole
    return "< 0.1 %" if percent < 0.1 else f"{percent:.1f} %"


def texts(frame: pd.DataFrame, columns: Sequence[str]) -> list[list[str]]:
    """These columns of a frame as rows of visible text; null is empty."""
    cells = [
        ["" if missing else visible(str(value)) for value, missing in zip(series, series.isna(), strict=True)]
        for series in (frame[name] for name in columns)
    ]
    return [list(row) for row in zip(*cells, strict=True)]


def table_view(frame: pd.DataFrame, columns: Sequence[tuple[str, str]], limit: int) -> dict[str, Any]:
    """The first rows of a frame for a smaller table; a column that says nothing is left out.

    Args:
        frame: what to show.
        columns: (column, heading), in order.
        limit: how many rows.

    Returns:
        ``headings``; ``cells``, for each row its (class, heading, text); ``total``, rows in all.
    """
    said = [(name, heading) for name, heading in columns if frame[name].notna().any()]
    rows = texts(frame.head(limit), [name for name, _ in said])
    return {
        "headings": [heading for _, heading in said],
        "cells": [
            [(_class(name), heading, text) for (name, heading), text in zip(said, row, strict=True)]
            for row in rows
        ],
        "total": len(frame),
    }


def _class(column: str) -> str:
    if column in ("severity", "kind", "change"):
        return column
    return "name" if column in ("namespace", "worker", "customer_id", "before", "after", "value") else "text"
