"""The traffic itself: closed functions of Worker and hour, with launches, ends, rhythm and incidents."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.usage_world import NOW, UsageWorld, namespace

from wfp_ops.sandbox.analytics.cells import in_part, in_slot, make_cells
from wfp_ops.sandbox.analytics.noise import draw, key_of, normal, uniform
from wfp_ops.sandbox.analytics.profiles import SLOTS, STATUSES, build_profiles
from wfp_ops.sandbox.analytics.rhythm import requests

HOUR = int(NOW.timestamp()) // 3600
DAY = np.arange(HOUR - 24 * 28, HOUR)


def hourly(world, worker=0, hours=DAY):
    """Requests of one Worker in each of the hours."""
    return requests(world.profiles, np.array([worker]), hours)


def one(**traffic):
    """A world with one Worker."""
    return UsageWorld(namespace("customer-1", "site", traffic=traffic))


def test_it_depends_on_ids_and_seed_alone():
    """Neither the order of the inventory nor what else is in it nor the moment changes a Worker's traffic."""
    first, second = namespace("customer-1", "site"), namespace("customer-2", "site", "api")
    alone, both = UsageWorld(first), UsageWorld(second, first, now=NOW + timedelta(days=3))
    place = [life.names[-1][0] for life in both.profiles.lives].index("customer-1")
    assert hourly(alone).tolist() == hourly(both, place).tolist()
    assert hourly(UsageWorld(first, seed=2)).tolist() != hourly(alone).tolist()


def test_any_hours_can_be_asked_for():
    """An hour has the same number alone, in a row, and in a grid."""
    world = UsageWorld(namespace("customer-1", "a", "b", "c"))
    grid = requests(world.profiles, np.arange(3)[:, None], DAY[None, :])
    assert (grid[1] == hourly(world, 1)).all()
    assert grid[2, 100] == hourly(world, 2, DAY[100:101])[0]


def test_steady_is_exactly_steady():
    """The same in each hour; a fraction adds up over the hours; no error, no sampling below the bound."""
    assert set(hourly(one(hourly=100, steady=True)).tolist()) == {100}
    counts = hourly(one(hourly=2.25, steady=True))
    assert set(counts.tolist()) == {2, 3}
    assert abs(int(counts.sum()) - 2.25 * len(DAY)) <= 1
    (row,) = one(hourly=100, steady=True, cpu_ms=10).truth("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
    assert (row["requests"], row["errors"], row["cpu_us"]) == (2400, 0, 2400 * 10_000)


def test_zero_is_zero():
    """A quiet customer has not one request."""
    assert hourly(one(hourly=0)).sum() == 0


def test_the_week_has_a_rhythm():
    """Days differ from nights and weekdays from the weekend; the mean of a usual hour is about what was said."""
    counts = hourly(one(hourly=500)).reshape(4, 7, 24)
    by_hour, by_day = counts.mean(axis=(0, 1)), counts.mean(axis=(0, 2))
    assert by_hour.max() > 2.5 * by_hour.min()
    assert by_day.max() > 1.15 * by_day.min()


def test_sizes_have_a_heavy_tail():
    """Of many customers of whom nothing is said, a tenth has most of the traffic, and none is like another."""
    world = UsageWorld(*(namespace(f"customer-{n}", "site") for n in range(300)))
    totals = sorted(requests(world.profiles, np.arange(300)[:, None], DAY[None, :]).sum(axis=1).tolist())
    assert sum(totals[-30:]) > 0.5 * sum(totals)
    assert totals[0] > 0
    assert len(set(totals)) > 295


def test_nothing_before_the_launch():
    """From the first whole hour after the creation on, and less in the first days than later."""
    world = UsageWorld(namespace("c", "w", created_on="2026-11-02T10:15:00Z", traffic={"hourly": 200}))
    launch = int(NOW.timestamp() - 21.1 * 86400) // 3600
    counts = hourly(world)
    born = DAY[np.flatnonzero(counts)[0]]
    assert born == int((NOW.replace(day=2, hour=11)).timestamp()) // 3600
    assert launch < born
    assert hourly(world, hours=born + np.arange(48)).mean() < 0.7 * hourly(world, hours=DAY[-48:]).mean()


def test_an_end_with_and_without_fading_and_remains():
    """Exactly nothing from the end on, or the share that stays; fading days have less than those before."""
    end = "2026-11-15T00:00:00Z"
    after = int(NOW.replace(day=15, hour=0).timestamp()) // 3600 <= DAY
    sharp, faded = hourly(one(hourly=100, ends_on=end)), hourly(one(hourly=100, ends_on=end, fades_days=5))
    remains = hourly(one(hourly=100, ends_on=end, left_over=0.2))
    assert sharp[after].sum() == faded[after].sum() == 0
    assert sharp[~after].all()
    assert faded[~after][-48:].sum() < 0.3 * sharp[~after][-48:].sum()
    assert 0.1 < remains[after].mean() / remains[~after].mean() < 0.3


def test_failing_spells():
    """The share of errors is what was said while it lasts, and the usual one before and after."""
    world = one(
        hourly=800,
        error_share=0.001,
        failing_from="2026-11-20T00:00:00Z",
        failing_until="2026-11-21T00:00:00Z",
        failing_share=0.4,
    )
    shares = {}
    for row in world.truth("2026-11-18T00:00:00Z", "2026-11-23T00:00:00Z", "day"):
        shares[row["day"]] = row["errors"] / row["requests"]
    assert shares["2026-11-20"] == pytest.approx(0.4, abs=0.01)
    assert shares["2026-11-19"] < 0.1
    assert shares["2026-11-21"] < 0.1


def test_incidents_strike_single_customers_for_hours():
    """Over a year and many customers: most hours are good, some customers fail for hours on end."""
    world = UsageWorld(*(namespace(f"customer-{n}", "site", traffic={"hourly": 400}) for n in range(40)))
    cells = make_cells(world.profiles, np.arange(40)[:, None], DAY[None, :], sampling=False)
    total = cells.counts.sum(axis=0)
    share = cells.counts[2:].sum(axis=0) / np.maximum(total, 1)
    bad = share > 0.05
    assert 0 < bad.mean() < 0.05
    customers = Counter(np.nonzero(bad)[0].tolist())
    assert max(customers.values()) >= 2
    assert (cells.pace[bad] == 5).mean() > 0.5


@given(st.integers(1, 100_000), st.lists(st.integers(0, 3600), min_size=1, max_size=6), st.integers(0, 500))
def test_parts_of_an_hour_are_the_hour(count, cuts, hour):
    """However an hour is cut, by seconds and by data centres, status by status nothing is lost or made."""
    world = one(hourly=count, steady=True, error_share=0.3)
    cells = make_cells(world.profiles, np.array([0]), np.array([HOUR - hour]), sampling=False)
    edges = sorted({0, 3600, *cuts})
    total = np.zeros((len(STATUSES), 1), np.int64)
    for slot in range(SLOTS):
        parts = [
            in_part(world.profiles, cells, slot, np.array([a]), np.array([b]))
            for a, b in itertools.pairwise(edges)
        ]
        assert all((part >= 0).all() for part in parts)
        assert (sum(parts) == in_slot(world.profiles, cells, slot)).all()
        total += sum(parts)
    assert (total == cells.counts).all()
    assert cells.counts.sum() == count


def test_a_part_has_its_share():
    """A quarter of an hour has about a quarter of its requests."""
    world = one(hourly=10_000, steady=True)
    cells = make_cells(world.profiles, np.array([0]), np.array([HOUR]), sampling=False)
    quarter = sum(in_part(world.profiles, cells, s, np.array([900]), np.array([1800])) for s in range(SLOTS))
    assert quarter.sum() == pytest.approx(2500, abs=5)


def test_each_purpose_has_chance_of_its_own():
    """Draws are even, normal where asked, and those for two purposes have nothing to do with one another."""
    key = np.array([key_of("a")], np.uint64)
    numbers = np.arange(20_000)
    first, second = draw(key, 1, numbers), draw(key, 2, numbers)
    for bits in (first, second):
        assert uniform(bits).mean() == pytest.approx(0.5, abs=0.01)
        assert normal(bits).std() == pytest.approx(1, abs=0.02)
    assert abs(np.corrcoef(uniform(first), uniform(second))[0, 1]) < 0.03
    assert abs(np.corrcoef(uniform(first)[:-1], uniform(first)[1:])[0, 1]) < 0.03


def test_data_centres_differ():
    """Each Worker runs in several, the busiest with half or so; not all Workers in the same."""
    world = UsageWorld(*(namespace(f"customer-{n}", "site", traffic={"hourly": 400}) for n in range(30)))
    where = {"date": "2026-11-12"}
    shares = defaultdict(dict)
    for row in world.rows("dimensions { dispatchNamespaceName coloCode } sum { requests }", where):
        shares[row["dispatchNamespaceName"]][row["coloCode"]] = row["requests"]
    assert {len(each) for each in shares.values()} == {SLOTS}
    for each in shares.values():
        assert max(each.values()) / sum(each.values()) == pytest.approx(0.55, abs=0.05)
    assert len({colo for each in shares.values() for colo in each}) > 15
    (row,) = world.rows("sum { requests }", {**where, "coloCode_in": ["AMS", "FRA", "LHR"]})
    assert row["requests"] == sum(
        count for each in shares.values() for colo, count in each.items() if colo in ("AMS", "FRA", "LHR")
    )


def test_an_account_without_workers():
    """Nothing to tell of is no failure."""
    world = UsageWorld()
    assert build_profiles([], 1).lives == ()
    assert world.rows("sum { requests } quantiles { cpuTimeP50 }", {"date": "2026-11-12"}) == []
    assert world.rows("dimensions { status scriptName } sum { requests }", {"date": "2026-11-12"}) == []
    assert world.truth("2026-11-12T00:00:00Z", "2026-11-13T00:00:00Z", "namespace") == []
    assert not math.isnan(requests(one().profiles, np.array([0]), DAY).mean())
