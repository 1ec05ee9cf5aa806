"""Quantiles: rising, within the extremes, right for one Worker and for a mix, and no average of others."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.usage_world import UsageWorld, namespace

from wfp_ops.sandbox.analytics.profiles import METRICS, PACES, USUAL
from wfp_ops.sandbox.analytics.quantiles import RANKS, Mix, quantile

DAY = {"date": "2026-11-12"}
ALL = " ".join(f"{metric}{rank}" for metric in METRICS for rank in RANKS)
EXTREMES = " ".join(METRICS)


@pytest.fixture(scope="module")
def world():
    """Customers with one Worker, with several, and with hardly a request."""
    return UsageWorld(
        namespace("one", "site", traffic={"hourly": 50, "steady": True}),
        namespace("several", "site", "api", "feed", "app", traffic={"hourly": 80}),
        namespace("hardly", "site", traffic={"hourly": 0.1}),
    )


@pytest.mark.parametrize(
    "dimensions", ["", "dispatchNamespaceName", "dispatchNamespaceName datetimeHour", "status"]
)
def test_they_rise_and_lie_within_the_extremes(world, dimensions):
    """Min <= P25 <= P50 <= ... <= P999 <= max for every metric, however rows are grouped."""
    grouped = f"dimensions {{ {dimensions} }}" if dimensions else ""
    outcome = world.ask(
        {
            "query": f"""{{ viewer {{ accounts(filter: {{accountTag: "023e105f4ecef8ad9ca31a8372d0c353"}}) {{
              workersInvocationsAdaptive(limit: 1000, filter: {{date: "2026-11-12"}}) {{
              {grouped} quantiles {{ {ALL} }} min {{ {EXTREMES} }} max {{ {EXTREMES} }} }} }} }} }}"""
        }
    )
    rows = outcome.data["viewer"]["accounts"][0]["workersInvocationsAdaptive"]
    assert rows
    for row in rows:
        for metric in METRICS:
            chain = [
                row["min"][metric],
                *(row["quantiles"][metric + rank] for rank in RANKS),
                row["max"][metric],
            ]
            assert chain == sorted(chain)
            assert chain[0] > 0


def test_one_worker_is_log_normal(world):
    """A closed form: the middle is exp(mu), and ranks lie as many deviations away as they should."""
    (place,) = [n for n, life in enumerate(world.profiles.lives) if life.names[0][0] == "one"]
    (row,) = world.rows(
        "quantiles { cpuTimeP50 cpuTimeP99 wallTimeP25 }", {**DAY, "dispatchNamespaceName": "one"}
    )
    for column, metric, rank in (("cpuTimeP50", 0, 0.5), ("cpuTimeP99", 0, 0.99), ("wallTimeP25", 1, 0.25)):
        mu, sigma = world.profiles.mu[metric, place], world.profiles.sigma[metric, place]
        exact = np.exp(mu + NormalDist().inv_cdf(rank) * sigma) * PACES[USUAL]
        assert row[column] == pytest.approx(exact, rel=1e-5)


def test_the_mean_is_that_of_the_sums(world):
    """What the sums say of one request is the distribution's mean."""
    (place,) = [n for n, life in enumerate(world.profiles.lives) if life.names[0][0] == "one"]
    (row,) = world.rows("sum { requests cpuTimeUs }", {**DAY, "dispatchNamespaceName": "one"})
    mu, sigma = world.profiles.mu[0, place], world.profiles.sigma[0, place]
    assert row["cpuTimeUs"] / row["requests"] == pytest.approx(np.exp(mu + sigma**2 / 2), rel=1e-3)


@given(
    parts=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, len(PACES) - 1), st.floats(1, 1e6)),
        min_size=1,
        max_size=8,
    ),
    metric=st.sampled_from(METRICS),
    rank=st.floats(0.001, 0.999),
)
def test_a_mix_is_solved(world, parts, metric, rank):
    """Exactly the wanted share of all requests lies below the value, by the exact distribution functions."""
    life, pace, weight = (np.array(each) for each in zip(*parts, strict=True))
    life %= len(world.profiles.lives)
    mix = Mix(life, pace, weight.astype(float), np.array([0]))
    value = quantile(world.profiles, mix, metric, np.array([rank]))[0]
    number = METRICS.index(metric)
    paces = np.ones(len(PACES)) if metric == "responseBodySize" else np.array(PACES)
    mu = world.profiles.mu[number, life] + np.log(paces[pace])
    sigma = world.profiles.sigma[number, life]
    below = (
        sum(w * NormalDist(m, s).cdf(np.log(value)) for w, m, s in zip(weight, mu, sigma, strict=True))
        / weight.sum()
    )
    assert below == pytest.approx(rank, abs=1e-5)


def test_a_groups_quantile_is_no_average(world):
    """The account's P99 is neither the mean of the customers' nor the mean of their hours'."""
    where = {**DAY, "dispatchNamespaceName_neq": "hardly"}
    (whole,) = world.rows("quantiles { cpuTimeP99 }", where)
    parts = world.rows("dimensions { scriptTag } quantiles { cpuTimeP99 }", where)
    mean = sum(part["cpuTimeP99"] for part in parts) / len(parts)
    assert whole["cpuTimeP99"] != pytest.approx(mean, rel=0.02)
    assert min(p["cpuTimeP99"] for p in parts) <= whole["cpuTimeP99"] <= max(p["cpuTimeP99"] for p in parts)
