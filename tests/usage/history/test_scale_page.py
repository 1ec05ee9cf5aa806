"""What docs/scale.md shows for DuckDB's own shell and for a Spark cluster runs as it stands."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd
import pytest
from support.history_rows import day_of, row
from support.names import ACCOUNT
from support.pages import ROOT, blocks

from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS
from wfp_ops.usage.history.store import LocalStore
from wfp_ops.usage.sums import MEASURES

PAGE = ROOT / "docs" / "scale.md"
SHOWN = "usage-history"


@pytest.fixture
def folder(tmp_path):
    """Two days, of October and November; customer 2 went quiet."""
    data = HistoryData(LocalStore(tmp_path / SHOWN), ACCOUNT)
    for day, names in (
        (date(2026, 10, 31), ("customer-1", "customer-2")),
        (date(2026, 11, 1), ("customer-1",)),
    ):
        rows = [row(hour, name, day=day, requests=hour + 1.0) for hour in range(24) for name in names]
        data.write(CUSTOMERS, day_of(rows, day=day))
    return tmp_path


def test_the_columns_are_those_that_it_lists(folder):
    """Measures among them, so that what it says of the schema is true."""
    frame = pd.read_parquet(folder / SHOWN / "hours")
    assert set(MEASURES) < set(frame.columns)
    assert str(frame["day"].iloc[0]) == "2026-10-31"


def test_sql(folder, monkeypatch):
    """Each statement, one after the other; the last one finds who went quiet."""
    monkeypatch.chdir(folder)
    (script,) = blocks(PAGE, "sql")
    with duckdb.connect() as connection:
        answers = [
            connection.execute(statement).fetchall() for statement in duckdb.extract_statements(script)
        ]
    assert answers[-3] == [("1", 300.0, 24.0), ("2", 300.0, 24.0)] or answers[-3] == [
        ("2", 300.0, 24.0),
        ("1", 300.0, 24.0),
    ]
    assert [day for day, *_ in answers[-2]] == [date(2026, 10, 31), date(2026, 11, 1)]
    assert [requests for *_, requests in answers[-2]] == [48.0, 24.0]
    assert answers[-1] == [("2", 300.0)]


def test_spark(folder, spark, capfd):
    """The whole script, in local mode; what it writes is usage by customer and month."""
    (script,) = blocks(PAGE, "py")
    moved = script.replace(f'"{SHOWN}', f'"{folder / SHOWN}').replace(
        '"usage-by-month"', f'"{folder / "out"}"'
    )
    exec(compile(moved, "docs/scale.md", "exec"), {"__name__": "__main__"})
    assert "requests_share" in capfd.readouterr().out
    written = pd.read_parquet(folder / "out").sort_values(["month", "customer_id"])
    columns = zip(written["customer_id"], written["month"], written["requests"], strict=True)
    assert list(columns) == [("1", "2026-10", 300.0), ("2", "2026-10", 300.0), ("1", "2026-11", 300.0)]
    assert spark.version
