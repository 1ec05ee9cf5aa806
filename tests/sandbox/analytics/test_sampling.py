"""Sampling: who is sampled, how far the sums are off, and what the answer tells of it."""

from __future__ import annotations

import pytest
from support.usage_world import UsageWorld, namespace

MONTH = {"date_geq": "2026-10-24", "date_lt": "2026-11-22"}
FIELDS = "dimensions { dispatchNamespaceName datetimeHour } sum { requests errors } avg { sampleInterval }"
CONFIDENCE = """
confidence(level: %s) { level sum {
  requests { estimate lower upper sampleSize isValid } errors { estimate lower upper sampleSize isValid }
  cpuTimeUs { estimate lower upper sampleSize isValid } } }
"""


@pytest.fixture(scope="module")
def world():
    """A small customer, a middling one and a giant."""
    return UsageWorld(
        namespace("small", "site", traffic={"hourly": 60}),
        namespace("middling", "site", traffic={"hourly": 3000, "error_share": 0.05}),
        namespace("giant", "site", traffic={"hourly": 900_000}),
    )


def truth_of(world, name, by="hour"):
    rows = world.truth("2026-10-24T00:00:00Z", "2026-11-22T00:00:00Z", "namespace", by)
    return {row[by]: row for row in rows if row["namespace"] == name}


def test_few_requests_are_all_recorded(world):
    """The interval is 1, and the sums are exact."""
    rows = world.rows(FIELDS, {**MONTH, "dispatchNamespaceName": "small"})
    assert {row["sampleInterval"] for row in rows} == {1}
    true = truth_of(world, "small")
    assert all(row["requests"] == true[row["datetimeHour"]]["requests"] for row in rows)


@pytest.mark.parametrize("name", ["middling", "giant"])
def test_many_are_sampled_and_right_on_the_average(world, name):
    """Single hours are off by what chance makes of about a thousand records; a month is nearly right."""
    rows = world.rows(FIELDS, {**MONTH, "dispatchNamespaceName": name}, order=["datetimeHour_ASC"])
    true = truth_of(world, name)
    off = [
        row["requests"] / true[row["datetimeHour"]]["requests"] - 1
        for row in rows
        if row["sampleInterval"] > 1
    ]
    assert len(off) > 300
    assert 0.005 < (sum(x * x for x in off) / len(off)) ** 0.5 < 0.06
    total, exact = sum(r["requests"] for r in rows), sum(r["requests"] for r in true.values())
    assert total != exact
    assert total == pytest.approx(exact, rel=0.01)
    assert all(row["requests"] % row["sampleInterval"] == 0 for row in rows)


def test_the_more_the_thinner(world):
    """A giant's hours stand for hundreds of requests each; mixed rows have an interval in between."""
    giant = world.rows(FIELDS, {"date": "2026-11-12", "dispatchNamespaceName": "giant"})
    assert min(row["sampleInterval"] for row in giant) >= 128
    (mixed,) = world.rows("sum { requests } avg { sampleInterval }", {"date": "2026-11-12"})
    assert 1 < mixed["sampleInterval"] < max(row["sampleInterval"] for row in giant)


def test_without_sampling_all_is_exact(world):
    """The switch turns it off."""
    before, world.switches = world.switches, world.switches.changed({"analytics_sampling": False})
    rows = world.rows(FIELDS, {**MONTH, "dispatchNamespaceName": "giant"})
    world.switches = before
    true = truth_of(world, "giant")
    assert {row["sampleInterval"] for row in rows} == {1}
    assert {r["datetimeHour"]: r["requests"] for r in rows} == {h: r["requests"] for h, r in true.items()}


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_intervals_hold_the_truth_as_often_as_they_say(world, level):
    """Of several hundred hours, requests and errors lie within the bounds about as often as the level says."""
    fields = f"dimensions {{ datetimeHour }} sum {{ requests errors }} {CONFIDENCE % level}"
    outcome = world.rows(fields, {**MONTH, "dispatchNamespaceName": "middling"})
    true = truth_of(world, "middling")
    for measure in ("requests", "errors"):
        inside = []
        for row in outcome:
            assert row["level"] == level
            bounds = row["sum"][measure]
            assert bounds["estimate"] == row[measure]
            assert bounds["lower"] <= bounds["estimate"] <= bounds["upper"]
            if bounds["lower"] < bounds["upper"]:
                inside.append(bounds["lower"] <= true[row["datetimeHour"]][measure] <= bounds["upper"])
        assert len(inside) > 400
        assert sum(inside) / len(inside) == pytest.approx(level, abs=0.09)


def test_an_unsampled_row_has_no_doubt(world):
    """Both bounds are the estimate, and the sample is everything."""
    fields = f"sum {{ requests }} {CONFIDENCE % 0.95}"
    (row,) = world.rows(fields, {"date": "2026-11-12", "dispatchNamespaceName": "small"})
    bounds = row["sum"]["requests"]
    assert bounds["lower"] == bounds["upper"] == bounds["estimate"] == bounds["sampleSize"] == row["requests"]
    assert bounds["isValid"] is True


def test_a_thin_sample_is_told(world):
    """A few records of many requests make no valid interval."""
    fields = f"sum {{ requests }} {CONFIDENCE % 0.95}"
    where = {"datetimeMinute": "2026-11-12T10:10:00Z", "dispatchNamespaceName": "giant"}
    (row,) = world.rows(fields, where)
    bounds = row["sum"]["requests"]
    assert 0 < bounds["sampleSize"] < 30
    assert bounds["isValid"] is False
    assert bounds["upper"] - bounds["lower"] > 0.3 * bounds["estimate"]


def test_sums_of_parts_stay_whole(world):
    """Also sampled, statuses and minutes add up to the hour."""
    where = {"datetimeHour": "2026-11-12T10:00:00Z", "dispatchNamespaceName": "giant"}
    (whole,) = world.rows("sum { requests errors cpuTimeUs }", where)
    parts = world.rows(
        "dimensions { status datetimeFiveMinutes coloCode } sum { requests errors cpuTimeUs }", where
    )
    for measure in ("requests", "errors", "cpuTimeUs"):
        assert sum(part[measure] for part in parts) == whole[measure]
