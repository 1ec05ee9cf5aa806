"""Usage added up by customer, the quiet ones included."""

from __future__ import annotations

import pandas as pd
import pytest
from support import charted

from wfp_ops.frames.provenance import Completeness, mark_complete
from wfp_ops.frames.usage import USAGE_BY_CUSTOMER
from wfp_ops.usage.customers import by_customer


@pytest.fixture
def usage():
    """Twelve customers, and what is nobody's."""
    return charted.usage()


def test_it_adds_up_to_the_usage(usage):
    """Also what is nobody's."""
    sums = by_customer(usage)
    USAGE_BY_CUSTOMER.check(sums)
    for name in ("requests", "errors", "cpu_ms"):
        assert sums[name].sum() == pytest.approx(usage[name].sum())
    assert sums["customer_id"].isna().sum() == 1
    assert sums["requests"].is_monotonic_decreasing


def test_who_used_nothing_is_there_with_zero_or_unknown(usage):
    """Zero only where the usage is proven whole."""
    ids = [*usage["customer_id"].dropna().unique(), "quiet"]
    listed = charted.customers(ids)
    listed["status"] = "active"
    unsure = by_customer(usage, listed).set_index("customer_id")
    assert pd.isna(unsure.loc["quiet", "requests"])
    mark_complete(usage, Completeness("proven", "x"), key=["customer_id", "time"], taken_at="now")
    sure = by_customer(usage, listed).set_index("customer_id")
    assert sure.loc["quiet", "requests"] == 0
    assert pd.isna(sure.loc["quiet", "error_share"])
    assert len(sure) == len(ids) + 1


def test_nothing_at_all_is_an_empty_frame():
    """With its columns."""
    sums = by_customer(charted.usage().head(0))
    assert len(sums) == 0
    USAGE_BY_CUSTOMER.check(sums)


def test_the_share_of_errors_is_one_of_all_requests(usage):
    """Between nothing and all."""
    sums = by_customer(usage).dropna(subset=["error_share"])
    assert ((sums["errors"] / sums["requests"]) == sums["error_share"]).all()
