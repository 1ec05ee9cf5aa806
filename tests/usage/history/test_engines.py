"""pandas, DuckDB and Spark say the same of the same files: one function runs on all of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date, timedelta

import fsspec
import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from support.fake_clock import FakeClock
from support.history_rows import day_of, row
from support.names import ACCOUNT

from wfp_ops.errors import HistoryError, MissingExtraError, SettingsError
from wfp_ops.frames.history import HISTORY_DAYS, HISTORY_USAGE
from wfp_ops.frames.provenance import completeness
from wfp_ops.naming.convention import Convention
from wfp_ops.usage.history import engines, tally
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS
from wfp_ops.usage.history.names import Seen, add_names
from wfp_ops.usage.history.store import LocalStore, open_store
from wfp_ops.usage.history.summing import in_pandas
from wfp_ops.usage.history.view import UsageHistory
from wfp_ops.usage.owners import Owners
from wfp_ops.usage.sums import MEASURES

ENGINES = ["pandas", "duckdb", "spark"]
FIRST = date(2026, 10, 24)
DAYS = 12  # over a month's end, and over the night on which Europe sets its clocks back


def made_up(data, seed=5):
    """Days with gaps, nulls, samples, incomplete hours, names in scripts of all kinds, and nobody's rows."""
    random = np.random.default_rng(seed)
    names = ["customer-1", "customer-2", "customer-007", "customer-é", "客户", "x' OR 1=1", "customer-9"]
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        busy = [(hour, name) for hour in range(24) for name in names if random.random() < 0.4]
        rows = [
            row(hour, name, day=day, complete=(number, hour) != (DAYS - 1, 23), **measures(random, name))
            for hour, name in busy
        ]
        data.write(CUSTOMERS, day_of(rows, day=day, quiet=range(24) if number < DAYS - 1 else ()))


def measures(random, name):
    """Of one row: whole requests, nulls here and there, CPU time that customer 9 has none of."""
    return {
        "requests": float(random.integers(0, 10**6)),
        "errors": None if random.random() < 0.1 else float(random.integers(0, 50)),
        "subrequests": None,
        "cpu_ms": None if name == "customer-9" else float(random.integers(1, 10**6)) / 1000,
        "wall_ms": float(random.integers(1, 10**9)) / 1000,
        "sample_interval": float(random.choice([1.0, 1.0, 10.0])),
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A history of twelve days."""
    made = HistoryData(LocalStore(tmp_path_factory.mktemp("history")), ACCOUNT)
    made_up(made)
    return made


def history(data, owners=None):
    """As an account hands it over."""
    return UsageHistory(data, FakeClock(), lambda customers, query: owners or Owners())


@pytest.fixture
def engine(request):
    """Each engine, Spark where it can be had."""
    if request.param == "spark":
        request.getfixturevalue("spark")
    return request.param


def expected(data, monthly=False):
    """The same by pandas' own means."""
    frame = engines.pandas_rows(
        data, CUSTOMERS, data.days(CUSTOMERS), [*MEASURES, "customer_id", "sample_interval"]
    )
    frame["month"] = frame["day"].str[:7] if monthly else None
    frame["recorded"] = frame["requests"] / frame["sample_interval"]
    key = ["customer_id", *(["month"] if monthly else [])]
    sums = frame.groupby(key, dropna=False)[[*MEASURES, "recorded"]].sum(min_count=1).reset_index()
    for share, name in (("requests_share", "requests"), ("cpu_share", "cpu_ms")):
        whole = sums.groupby("month")[name].transform("sum") if monthly else sums[name].sum()
        sums[share] = sums[name].fillna(0.0) / whole
    sums["sample_interval"] = sums["requests"] / sums["recorded"]
    return sums


def same(frame, sums, key):
    """Whether a frame says what the sums say."""
    HISTORY_USAGE.check(frame)
    both = frame.merge(sums, on=key, how="outer", suffixes=("", "_really"), indicator=True)
    assert (both["_merge"] == "both").all()
    for name in (*MEASURES, "sample_interval", "requests_share", "cpu_share"):
        found, really = (
            both[each].astype("Float64").fillna(-1.0).to_numpy(float) for each in (name, f"{name}_really")
        )
        assert found == pytest.approx(really, rel=1e-12), name


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_by_customer(data, engine):
    """Sums, shares and sample intervals of each customer; nobody's rows are one, measures nobody has are null."""
    frame = history(data).by_customer(engine=engine)
    same(frame, expected(data), ["customer_id"])
    assert set(frame["customer_id"].dropna()) == {"1", "2", "007", "é", "9"}
    assert frame["subrequests"].isna().all()
    assert pd.isna(frame.set_index("customer_id").loc["9", "cpu_ms"])
    assert list(frame["requests"]) == sorted(frame["requests"], reverse=True)
    assert frame["requests_share"].sum() == pytest.approx(1)
    assert completeness(frame).how == "287 of 288 hours are complete in the history"
    assert not completeness(frame).proven


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_by_month(data, engine):
    """Months begin at midnight in UTC, each a whole of its own."""
    frame = history(data).by_month(engine=engine)
    same(frame, expected(data, monthly=True), ["customer_id", "month"])
    assert list(frame.groupby("month")["requests_share"].sum()) == pytest.approx([1, 1])


def test_the_three_are_equal(data, spark):
    """To the last digit of what is whole, and to the last but some of the rest."""
    frames = [history(data).by_month(engine=engine) for engine in ENGINES]
    frames += [history(data).by_month(engine="spark", spark=spark)]
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0], rtol=1e-12)
        assert list(frame["requests"]) == list(frames[0]["requests"])


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_one_month(data, engine):
    """Only its days are read, and its proof is its own."""
    frame = history(data).by_customer(month="2026-10", engine=engine)
    monthly = history(data).by_month(engine="pandas")
    october = monthly[monthly["month"] == "2026-10"].reset_index(drop=True)
    assert list(frame["requests"]) == list(october["requests"])
    assert completeness(frame).how == "192 of 744 hours are complete in the history"
    whole = history(data).by_customer(start="2026-10-25", end=date(2026, 10, 28), engine=engine)
    assert completeness(whole).proven


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_told_again_by_a_list_of_today(data, engine):
    """Whose a row is can be asked anew; what was kept with it does not count then."""
    owners = Owners(Convention("customer-{id}"), mapped={"客户": "1", "customer-2": None})
    frame = history(data, owners).by_customer(engine=engine, customers="a list")
    monthly = history(data, owners).by_month(engine=engine, customers="a list")
    before = expected(data).set_index("customer_id")["requests"]
    after = frame.set_index("customer_id")["requests"]
    assert after.sum() == before.sum()
    assert after["007"] == before["007"]
    assert after["1"] > before["1"]
    assert "2" not in after.index
    assert monthly.groupby("customer_id")["requests"].sum()["1"] == after["1"]


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
@pytest.mark.parametrize(("namespaces", "expected"), [(True, {"7": 7.0}), (False, {"7": 2.0, None: 5.0})])
def test_old_names_of_a_namespace(tmp_path, engine, namespaces, expected):
    """Are the customer's who has it now, unless Workers and not namespaces belong to customers."""
    data = HistoryData(LocalStore(tmp_path), ACCOUNT)
    data.write(CUSTOMERS, day_of([row(1, "beta", requests=5.0), row(2, "customer-7", requests=2.0)]))
    add_names(data, [("beta", "tag"), ("customer-7", "tag")], Seen(FIRST, FIRST))
    known = UsageHistory(data, FakeClock(), lambda *_: Owners(), namespaces=namespaces)
    frame = known.by_customer(engine=engine)
    ids = frame["customer_id"].astype(object).where(frame["customer_id"].notna(), None)
    assert dict(zip(ids, frame["requests"], strict=True)) == expected


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_an_amount_shared_out(data, engine):
    """In proportion, on whichever engine; the parts are the whole."""
    days = data.days(CUSTOMERS)
    if engine == "pandas":
        rows = engines.pandas_rows(
            data, CUSTOMERS, days, [*MEASURES, "customer_id", "sample_interval", "complete"]
        )
    elif engine == "duckdb":
        rows = history(data).duckdb().view("usage")
    else:
        rows = history(data).spark()
    native = tally.allocated(tally.by_month(rows), 71.8, on="requests", within=["month"])
    assert isinstance(nw.from_native(native), nw.DataFrame if engine == "pandas" else nw.LazyFrame)
    frame = in_pandas(native)
    assert list(frame.groupby("month")["allocated"].sum()) == pytest.approx([71.8, 71.8])
    shares = frame["requests"] / frame.groupby("month")["requests"].transform("sum")
    assert frame["allocated"].to_numpy(float) == pytest.approx((shares * 71.8).to_numpy(float))


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_no_traffic_at_all(tmp_path, engine):
    """No rows, no shares, and that is proven."""
    data = HistoryData(LocalStore(tmp_path), ACCOUNT)
    data.write(CUSTOMERS, day_of([], quiet=range(24)))
    frame = history(data).by_customer(engine=engine)
    HISTORY_USAGE.check(frame)
    assert frame.empty
    assert completeness(frame).proven


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_machines_zone_does_not_matter(data, monkeypatch, zone):
    """Neither to months nor to the view's times."""
    before = history(data).by_month(engine="duckdb")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        pd.testing.assert_frame_equal(history(data).by_month(engine="duckdb"), before)
        days = history(data).duckdb().sql("SELECT count(*) FROM usage WHERE time::DATE <> day").fetchall()
        assert days == [(0,)]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_sql_of_ones_own(data):
    """The view holds every row, with its day as a date."""
    connection = history(data).duckdb(month="2026-11", memory_limit="200MB")
    [(rows, days, kind)] = connection.sql(
        "SELECT count(*), count(DISTINCT day), any_value(typeof(day)) FROM usage"
    ).fetchall()
    assert (days, kind) == (4, "DATE")
    listed = history(data).days()
    assert rows == listed[listed["day"] >= "2026-11-01"]["rows"].sum()


def test_in_an_object_store(data):
    """DuckDB reads what fsspec opens; Spark is told to use its own connectors."""
    remote = HistoryData(open_store("memory://bucket/usage"), ACCOUNT)
    try:
        made_up(remote)
        for engine in ("duckdb", "pandas"):
            frame = history(remote).by_month(engine=engine)
            pd.testing.assert_frame_equal(frame, history(data).by_month(engine="pandas"), rtol=1e-12)
    finally:
        fsspec.filesystem("memory").store.clear()


def test_spark_and_a_url(tmp_path):
    """Says what to do instead."""
    pytest.importorskip("pyspark")
    remote = HistoryData(open_store("memory://bucket/usage"), ACCOUNT)
    remote.write(CUSTOMERS, day_of([row(1)]))
    try:
        with pytest.raises(SettingsError) as caught:
            history(remote).by_customer(engine="spark")
    finally:
        fsspec.filesystem("memory").store.clear()
    assert 'spark.read.parquet("memory://bucket/usage/hours")' in caught.value.hint


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
@pytest.mark.parametrize("damage", ["cut", "flipped", "other rows"])
def test_a_broken_file(tmp_path, engine, damage):
    """Names the file, on each engine; no sum of the others comes back."""
    data = HistoryData(LocalStore(tmp_path), ACCOUNT)
    for number in range(3):
        day = FIRST + timedelta(days=number)
        rows = [
            row(hour, f"customer-{n}", day=day, requests=float(hash((hour, n)) % 1000))
            for hour in range(24)
            for n in range(50)
        ]
        data.write(CUSTOMERS, day_of(rows, day=day))
    path = tmp_path / "hours" / f"day={FIRST + timedelta(days=1)}" / "usage.parquet"
    content = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        for at in range(200, len(content) // 2, 97):
            content[at] ^= 0x5A
        path.write_bytes(content)
    else:
        import pyarrow.parquet as pq

        table = pq.read_table(path, partitioning=None)
        pq.write_table(table.slice(1), path)
    with pytest.raises(HistoryError) as caught:
        history(data).by_customer(engine=engine)
    assert caught.value.path == str(path)


def test_days(data):
    """What is kept of each, by the footers."""
    frame = history(data).days()
    HISTORY_DAYS.check(frame)
    assert list(frame["complete"]) == [24] * 11 + [23]
    assert frame["rows"].sum() == len(
        engines.pandas_rows(data, CUSTOMERS, data.days(CUSTOMERS), ["requests"])
    )
    assert "Usage history" in history(data)._repr_html_()
    assert str(data.store.url) in repr(history(data))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"month": "October"}, "no month"),
        ({"month": "2026-13"}, "no month"),
        ({"month": "2026-10", "start": "2026-10-01"}, "a month, or days"),
        ({"start": "soon"}, "no day"),
        ({"start": "2026-10-30", "end": "2026-10-29"}, "not before"),
        ({"engine": "polars"}, "no engine"),
        ({"memory_limit": "much"}, "no amount"),
    ],
)
def test_bad_input(data, words, said):
    """Each says what is wrong, and how it is written."""
    with pytest.raises(SettingsError, match=said) as caught:
        history(data).by_customer(**words)
    assert caught.value.hint


def test_a_month_that_was_not_collected(data, tmp_path):
    """Is an error, and no empty frame."""
    with pytest.raises(HistoryError, match="2026-10-24 to 2026-11-04"):
        history(data).by_customer(month="2025-01")
    with pytest.raises(HistoryError, match="empty"):
        history(HistoryData(LocalStore(tmp_path), ACCOUNT)).by_month()


def test_a_frame_of_another_kind():
    """A frame that lacks a column is refused by the engine itself; nothing is made up."""
    with pytest.raises(Exception, match=r"day|sample_interval"):
        tally.by_month(pd.DataFrame({"customer_id": ["1"], "requests": [1.0]}))


@pytest.mark.parametrize(
    ("package", "extra"), [("narwhals", "history"), ("duckdb", "history"), ("pyspark", "spark")]
)
def test_a_missing_extra(data, monkeypatch, package, extra):
    """Says the line to type."""
    for name in list(sys.modules):
        if name.partition(".")[0] == package:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError) as caught:
        history(data).by_customer(engine="spark" if package == "pyspark" else "duckdb")
    assert caught.value.hint == f"pip install 'wfp-ops[{extra}]'"


def test_no_java(tmp_path):
    """An error that says what to install, not a page of Java's."""
    pytest.importorskip("pyspark")
    environment = {**os.environ, "PATH": str(tmp_path), "JAVA_HOME": str(tmp_path)}
    code = "from wfp_ops.usage.history.engines import local_spark; local_spark()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert "SettingsError" in done.stderr
    assert "Java 17" in done.stderr


def test_nothing_heavy_is_loaded_without_need():
    """The collector and the reader need neither Narwhals nor DuckDB nor fsspec."""
    code = (
        "import sys, wfp_ops.usage.history.collect, wfp_ops.usage.history.combine, wfp_ops.usage.history.view; "
        "print([name for name in ('narwhals', 'duckdb', 'pyspark', 'fsspec') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
