"""The cost table: it adds up to the bill, whatever it is made of."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.charts import cost_by_customer
from wfp_ops.usage.cost.month import Month
from wfp_ops.usage.cost.prices import read_prices
from wfp_ops.usage.cost.shares import RULES
from wfp_ops.usage.cost.table import Part, cost_table

PRICES = read_prices().of(Month(2026, 10))
FEES = ["base_fee", "requests_fee", "cpu_fee", "scripts_fee"]
REST = (Part(customer_id=None, name="unallocated"), Part(customer_id=None, name="dispatcher"))

amounts = st.one_of(st.just(0), st.integers(0, 10**9)).map(Decimal)
parts = st.lists(
    st.builds(
        lambda requests, cpu, scripts, mrr: {
            "requests": requests,
            "cpu_ms": cpu,
            "scripts": scripts,
            "mrr": mrr,
        },
        amounts,
        amounts,
        st.decimals(0, 5000, places=3),
        st.one_of(st.none(), st.decimals(0, 10**6, places=2)),
    ),
    max_size=30,
).map(lambda each: [Part(customer_id=str(at), name=None, **facts) for at, facts in enumerate(each)])


@given(parts, amounts, amounts, st.sampled_from(RULES))
def test_it_adds_up_to_the_cent(customers, unallocated, dispatcher, rule):
    """Each line over all rows is the bill's line, and each row's lines are its total."""
    rest = [
        Part(customer_id=None, name="unallocated", requests=unallocated, scripts=unallocated % 50),
        Part(customer_id=None, name="dispatcher", requests=dispatcher % 1000, cpu_ms=dispatcher),
    ]
    frame, bill = cost_table([*customers, *rest], PRICES, rule)
    assert len(frame) == len(customers) + 2
    for fee in FEES:
        assert round(frame[fee].sum() * 100) == bill.__getattribute__(fee) * 100
    assert round(frame["total"].sum() * 100) == bill.total * 100
    assert (abs(frame[FEES].sum(axis=1) - frame["total"]) < 1e-6).all()
    assert (frame["total"] * 100 == (frame["total"] * 100).round()).all() or (
        abs(frame["total"] * 100 - (frame["total"] * 100).round()) < 1e-6
    ).all()
    with_revenue = frame[frame["mrr"].notna()]
    assert (abs(with_revenue["mrr"] - with_revenue["total"] - with_revenue["margin"]) < 1e-6).all()
    assert frame.loc[frame["mrr"].isna(), "margin"].isna().all()


def test_cloudflares_example_shared():
    """Two customers share its 71.80 dollars in proportion to what they used."""
    customers = [
        Part(
            customer_id="1",
            name="One",
            requests=Decimal(75_000_000),
            cpu_ms=Decimal(250_000_000),
            scripts=Decimal(300),
        ),
        Part(
            customer_id="2",
            name="Two",
            requests=Decimal(25_000_000),
            cpu_ms=Decimal(750_000_000),
            scripts=Decimal(900),
        ),
    ]
    frame, bill = cost_table([*customers, *REST], PRICES, "proportional")
    assert str(bill.total) == "71.80"
    rows = frame.set_index("name")
    assert rows.loc["One", FEES].tolist() == [18.75, 18.0, 4.7, 1.0]
    assert rows.loc["Two", FEES].tolist() == [6.25, 6.0, 14.1, 3.0]
    assert rows["total"].tolist() == [42.45, 29.35, 0.0, 0.0]
    assert list(frame["name"]) == ["One", "Two", "unallocated", "dispatcher"]


def test_even_shares():
    """Who stays below an even share of what is included bears nothing of the fee."""
    customers = [
        Part(customer_id="1", name="One", requests=Decimal(75_000_000)),
        Part(customer_id="2", name="Two", requests=Decimal(5_000_000)),
        Part(customer_id="3", name="Three"),
    ]
    frame, bill = cost_table([*customers, *REST], PRICES, "even")
    rows = frame.set_index("name")
    assert bill.requests_fee == 18
    assert rows["requests_fee"].tolist() == [18.0, 0.0, 0.0, 0.0, 0.0]
    assert rows["base_fee"].to_dict() == {
        "One": 12.5,
        "Two": 12.5,
        "Three": 0.0,
        "unallocated": 0.0,
        "dispatcher": 0.0,
    }


@pytest.mark.parametrize("rule", RULES)
def test_zero_traffic(rule):
    """The plan's price is paid all the same, and is nobody's."""
    frame, _ = cost_table([Part(customer_id="1", name="One"), *REST], PRICES, rule)
    assert frame.set_index("name")["total"].to_dict() == {"One": 0.0, "unallocated": 25.0, "dispatcher": 0.0}


def test_a_chart_can_be_made_of_it():
    """The frame is what the chart takes, nobody's rows included."""
    frame, _ = cost_table([Part(customer_id="1", name="One", requests=Decimal(10**8)), *REST], PRICES, "even")
    frame.attrs["month"] = "2026-10"
    texts = [
        text.get_text() for text in cost_by_customer(frame).findobj(lambda each: hasattr(each, "get_text"))
    ]
    assert any("2026-10" in text for text in texts)
    assert isinstance(frame, pd.DataFrame)
