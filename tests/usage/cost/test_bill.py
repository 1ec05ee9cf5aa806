"""The bill, held against Cloudflare's own example."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.usage.cost.bill import Used, bill_of, to_the_cent
from wfp_ops.usage.cost.month import Month
from wfp_ops.usage.cost.prices import read_prices

PRICES = read_prices().of(Month(2026, 10))
EXAMPLE = Used(requests=Decimal(100_000_000), cpu_ms=Decimal(1_000_000_000), scripts=Decimal(1200))


def test_cloudflares_example():
    """100 million requests of 10 ms each, 1,200 scripts: 25 + 24 + 18.80 + 4 = 71.80 dollars."""
    bill = bill_of(EXAMPLE, PRICES)
    assert (bill.base_fee, bill.requests_fee, bill.cpu_fee, bill.scripts_fee) == (
        Decimal("25.00"),
        Decimal("24.00"),
        Decimal("18.80"),
        Decimal("4.00"),
    )
    assert bill.total == Decimal("71.80")


def test_within_the_allotments():
    """The plan's price is all; the very last included unit is free, and the next one may cost a cent."""
    free = Used(requests=Decimal(20_000_000), cpu_ms=Decimal(60_000_000), scripts=Decimal(1000))
    assert bill_of(free, PRICES).total == 25
    assert bill_of(replace(free, scripts=Decimal(1001)), PRICES).total == Decimal("25.02")
    assert bill_of(replace(free, requests=Decimal(20_000_000 + 16_666)), PRICES).requests_fee == 0
    assert bill_of(replace(free, requests=Decimal(20_000_000 + 16_667)), PRICES).requests_fee == Decimal(
        "0.01"
    )
    assert bill_of(Used(requests=Decimal(0), cpu_ms=Decimal(0), scripts=Decimal(0)), PRICES).total == 25


@given(st.decimals(0, 10**9, places=4))
def test_rounding(amount):
    """To the nearest cent, half a cent up."""
    rounded = to_the_cent(amount)
    assert abs(rounded - amount) <= Decimal("0.005")
    assert rounded == round(rounded, 2)


def test_half_a_cent_goes_up():
    """As on a bill."""
    assert to_the_cent(Decimal("0.005")) == Decimal("0.01")
    assert to_the_cent(Decimal("0.015")) == Decimal("0.02")
