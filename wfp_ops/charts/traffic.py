"""Requests and errors of a chart's rows, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wfp_ops.charts.spans import Grid
from wfp_ops.charts.tally import (
    Flags,
    Floats,
    Owners,
    Row,
    amounts,
    flags,
    line_of,
    moments,
    table_of,
    unknown_numbers,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Traffic:
    """``requests`` and ``errors`` have a line for each of ``rows`` and a column for each cell of ``grid``.

    ``obscure`` are the cells with requests of which nobody knows whether they failed.
    """

    customers: int
    rows: list[Row]
    grid: Grid
    requests: Floats
    errors: Floats
    obscure: Flags
    incomplete: Flags
    notes: list[str]

    @classmethod
    def of(cls, usage: pd.DataFrame, owners: Owners, rows: list[Row], grid: Grid) -> Traffic:
        """Sums of a usage frame whose rows are these owners'."""
        requests, errors = amounts(usage, "usage", "requests"), amounts(usage, "usage", "errors")
        cells, lines = grid.cells(moments(usage, "usage", "time")), line_of(owners, rows)
        shape = (len(rows), grid.count)
        hidden = np.isnan(errors) & ~(requests == 0)
        obscure = np.zeros(shape, dtype=bool)
        obscure[lines[hidden], cells[hidden]] = True
        return cls(
            len(owners.ids),
            rows,
            grid,
            table_of(lines, cells, requests, shape),
            table_of(lines, cells, errors, shape),
            obscure,
            grid.incomplete(cells, flags(usage, "usage", "complete")),
            unknown_numbers(requests, "requests") + unknown_numbers(errors, "errors"),
        )
