"""The table's numbers: top, others, total, which always add up."""

from __future__ import annotations

import pandas as pd
import pytest
from support.fake_analytics import FakeAnalytics, request

from wfp_ops.usage.overview import overview_of
from wfp_ops.usage.owners import Owners

AT = "2026-11-20T10:20:00Z"
RECORDS = [
    request(AT, f"customer-{number}", worker, requests=number)
    for number in range(1, 11)
    for worker in ("a", "b")
]


@pytest.mark.parametrize("limit", [0, 1, 3, 100])
@pytest.mark.parametrize("by", [("namespace", "worker"), ("namespace",), ("customer",), ()])
def test_parts_and_others_add_up(world, by, limit):
    """Whatever the limit and what is told apart."""
    found = overview_of(world.frame(FakeAnalytics(RECORDS), "7d", "1d", by=by), limit=limit)
    count, others = found.others
    assert len(found.top) + count == found.things
    assert found.total["requests"] == 110
    assert found.top["requests"].sum() + others["requests"] == 110
    assert found.top["requests"].is_monotonic_decreasing


def test_what_is_shown(world):
    """The names that tell things apart, and the customer where any is known."""
    fake = FakeAnalytics(RECORDS)
    assert overview_of(world.frame(fake, "7d", "1d"), limit=1).names == ("namespace", "worker", "customer_id")
    assert overview_of(world.frame(fake, "7d", "1d", by=()), limit=1).names == ()
    strangers = world.frame(
        fake, "7d", "1d", by=("namespace",), owners=Owners(mapped={f"customer-{n}": None for n in range(11)})
    )
    assert overview_of(strangers, limit=1).names == ("namespace",)


def test_customers_are_called_by_their_names(world):
    """Where a list says them; who is in no list, or has no name there, stands with the id alone."""
    listed = pd.DataFrame({"customer_id": ["10", "9", "8"], "name": ["Ten Ltd", None, "Eight"]})
    frame = world.frame(FakeAnalytics(RECORDS), "7d", "1d", by=("customer",))
    found = overview_of(frame, limit=4, customers=listed)
    assert found.names == ("customer_id", "name")
    assert found.top["customer_id"].tolist() == ["10", "9", "8", "7"]
    assert found.top["name"].fillna("-").tolist() == ["Ten Ltd", "-", "Eight", "-"]
    assert (
        overview_of(world.frame(FakeAnalytics(RECORDS), "7d", by=()), limit=4, customers=listed).names == ()
    )


def test_no_usage(world):
    """Nothing, and a total of nothing."""
    found = overview_of(world.frame(FakeAnalytics([]), "7d", "1d"), limit=5)
    assert (found.things, found.total["requests"], len(found.top)) == (0, 0, 0)
