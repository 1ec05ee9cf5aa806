"""Windows that cover the time once, filters that say what comes next, fields that an account allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.errors import AnalyticsQueryError, AnalyticsRangeError
from wfp_ops.usage.buckets import BUCKETS, WHOLE, bucket_of
from wfp_ops.usage.planner import (
    QUANTILES,
    SUMS,
    Level,
    Queries,
    Window,
    after,
    halves_of,
    selection_of,
    windows_of,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = bucket_of("1h")
LEVEL = Level(HOUR, ("dispatchNamespaceName", "scriptName"))

buckets = st.sampled_from([*BUCKETS, WHOLE])
seconds = st.integers(1, 100 * 86400)


@given(bucket=buckets, length=seconds, widest=st.none() | seconds)
def test_windows_cover_the_time_once(bucket, length, widest):
    """They join on, none is wider than allowed, cuts lie between buckets, and there are as few as can be."""
    end = START + timedelta(seconds=length)
    allowed = None if widest is None else timedelta(seconds=widest)
    step = bucket.length or timedelta(seconds=1)
    if allowed is not None and allowed < step and end - START > allowed:
        with pytest.raises(AnalyticsRangeError):
            windows_of(START, end, bucket=bucket, widest=allowed)
        return
    windows = windows_of(START, end, bucket=bucket, widest=allowed)
    assert windows[0].start == START
    assert windows[-1].end == end
    assert all(one.end == other.start for one, other in pairwise(windows))
    assert all(each.start < each.end for each in windows)
    assert all((each.start - START) % step == timedelta(0) for each in windows)
    if allowed is not None:
        assert all(each.end - each.start <= allowed for each in windows)
        assert len(windows) <= -(-(end - START) // (allowed // step * step or allowed))


def test_no_time_needs_no_window():
    """Nothing to ask."""
    assert windows_of(START, START, bucket=HOUR, widest=timedelta(days=1)) == []


@given(bucket=st.sampled_from(BUCKETS), steps=st.integers(1, 100), more=st.integers(0, 299))
def test_halves_are_the_window(bucket, steps, more):
    """Two that join on, cut between buckets; what is one bucket long can't be cut."""
    window = Window(START, START + steps * bucket.length + timedelta(seconds=more))
    halves = halves_of(window, bucket)
    if steps == 1 and not more:
        assert halves == []
        return
    assert [halves[0].start, halves[1].end] == [window.start, window.end]
    assert halves[0].end == halves[1].start
    assert window.start < halves[0].end < window.end
    assert (halves[0].end - START) % bucket.length == timedelta(0)


def test_one_bucket_for_all_is_cut_down_to_an_hour():
    """Where it is too much at once; its sums are added up again."""
    first, second = halves_of(Window(START, START + timedelta(days=3)), WHOLE)
    assert first.end == second.start == START + timedelta(hours=36)
    assert halves_of(Window(START, START + timedelta(hours=1)), WHOLE) == []


_keys = st.lists(st.text("aB-é", max_size=2), min_size=3, max_size=3)


@given(row=_keys, last=_keys)
def test_what_comes_after(row, last):
    """The filter lets exactly those keys pass that are greater than the last one."""
    names = ("a", "b", "c")
    filtered = after(names, last)
    values = dict(zip(names, row, strict=True))

    def fits(each):
        return all(
            values[name[:-3]] > wanted if name.endswith("_gt") else values[name] == wanted
            for name, wanted in each.items()
        )

    assert any(map(fits, filtered["OR"])) == (row > last)


def test_whose_rows_are_asked_for():
    """Customers' Workers and dispatchers are never asked for together."""
    window = Window(START, START + timedelta(hours=1))
    for dispatchers in (False, True):
        queries = Queries(LEVEL, selection_of(LEVEL, None, bounds=False), dispatchers)
        nodes = [
            queries.page(window, 10, None),
            *queries.total(window, window.end, 10),
            *queries.tags(window, 10),
        ]
        assert len(nodes) == (2 if dispatchers else 3)
        for node in nodes:
            assert node.filter["datetime_geq"] == "2026-11-01T00:00:00Z"
            assert node.filter["datetime_lt"] == "2026-11-01T01:00:00Z"
            assert node.filter.get("isDispatcher") == (None if dispatchers else 0)
            assert node.filter.get("isDispatcher_neq") == (0 if dispatchers else None)
            assert ("dispatchNamespaceName_neq" in node.filter) != dispatchers


def test_the_total_is_of_what_is_settled():
    """Parts of the newest minutes may be newer than the total: they are not compared."""
    window = Window(START, START + timedelta(hours=2))
    queries = Queries(LEVEL, selection_of(LEVEL, None, bounds=False), dispatchers=False)
    (node,) = queries.total(window, START + timedelta(hours=1), 10)
    assert node.filter["datetime_lt"] == "2026-11-01T01:00:00Z"
    assert not list(queries.total(window, START, 10))


def test_all_fields_where_nothing_speaks_against():
    """Sums, quantiles, and bounds where somebody wants them."""
    selection = selection_of(LEVEL, NodeLimits(enabled=True), bounds=True)
    assert (selection.sums, selection.quantiles, selection.bounds) == (SUMS, QUANTILES, ("requests",))
    assert not selection_of(LEVEL, None, bounds=False).bounds


@pytest.mark.parametrize("most", range(5, 20))
def test_no_more_fields_than_allowed(most):
    """Bounds go first, then quantiles, then sums; requests stay."""
    selection = selection_of(LEVEL, NodeLimits(enabled=True, max_number_of_fields=most), bounds=True)
    assert len(selection.fields) <= most
    assert selection.dimensions == LEVEL.key
    assert selection.sums[0] == "requests"
    assert not selection.bounds or selection.quantiles == QUANTILES
    assert not selection.quantiles or selection.sums == SUMS


def test_too_few_fields():
    """Where not even the names fit, it says so."""
    with pytest.raises(AnalyticsQueryError, match="may ask for 4 fields") as caught:
        selection_of(LEVEL, NodeLimits(enabled=True, max_number_of_fields=4), bounds=False)
    assert caught.value.hint


def test_fields_that_an_account_lacks():
    """What nothing can be told without is an error; the rest is left out."""
    every = selection_of(LEVEL, None, bounds=True).fields
    less = [name for name in every if name not in ("sum_wallTime", "quantiles_wallTimeP99")]
    selection = selection_of(LEVEL, NodeLimits(enabled=True, available_fields=less), bounds=False)
    assert selection.sums == SUMS[:-1]
    assert selection.quantiles == QUANTILES[:-1]
    for needed in ("sum_requests", "dimensions_datetimeHour", "dimensions_dispatchNamespaceName"):
        known = [name for name in every if name != needed]
        with pytest.raises(AnalyticsQueryError, match=needed):
            selection_of(LEVEL, NodeLimits(enabled=True, available_fields=known), bounds=False)
