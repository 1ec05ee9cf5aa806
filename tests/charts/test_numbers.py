"""Numbers, shares, money and spans as charts write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.charts.numbers import dollars, money, percent, share, short, span_unit


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (7, "7"),
        (0.5, "0.5"),
        (9.87, "9.9"),
        (999.6, "1,000"),
        (1234, "1,234"),
        (9999, "9,999"),
        (9999.6, "10 k"),
        (12_345, "12.3 k"),
        (99_950, "100 k"),
        (999_499, "999 k"),
        (999_999, "1 M"),
        (1_234_567, "1.23 M"),
        (5e9, "5 G"),
        (7.25e12, "7.25 T"),
        (1e15, "1 P"),
        (-12_345, "-12.3 k"),
        (float("nan"), "unknown"),
    ],
)
def test_three_digits_and_a_suffix(value, written):
    """Thousands apart below ten thousand, SI suffixes from there on."""
    assert short(value) == written.replace(" ", "\u00a0")


@given(st.floats(1, 1e17))
def test_what_is_written_is_the_value(value):
    """Read back, it is within half of the last of three digits."""
    number, _, suffix = short(value).replace(",", "").partition("\u00a0")
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}[suffix]
    assert float(number) * scale == pytest.approx(value, rel=0.0051 if value >= 100 else 0.051)


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (0, 10, "0 %"),
        (10, 10, "100 %"),
        (1, 3, "33 %"),
        (1, 300, "0.33 %"),
        (1, 30, "3.3 %"),
        (1, 10**9, "<0.01 %"),
        (10**9 - 1, 10**9, ">99.9 %"),
        (995, 1000, "99.5 %"),
        (1, 0, "\u2013"),
    ],
)
def test_shares_never_round_to_none_or_all(part, whole, written):
    """``0 %`` is nothing and ``100 %`` is everything."""
    assert share(part, whole) == written.replace(" ", "\u00a0")


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_none_and_all_are_said_of_nothing_else(part, whole):
    """The law behind the table."""
    part = min(part, whole)
    assert (share(part, whole) == "0\u00a0%") == (part == 0)
    assert (share(part, whole) == "100\u00a0%") == (part == whole)


@pytest.mark.parametrize(
    ("value", "table", "axis"),
    [
        (0, "$0.00", "$0"),
        (71.8, "$71.80", "$71.80"),
        (1234.5, "$1,234.50", "$1,234.50"),
        (2000, "$2,000.00", "$2,000"),
        (250_000, "$250,000.00", "$250\u00a0k"),
        (-3.5, "-$3.50", "-$3.50"),
    ],
)
def test_money(value, table, axis):
    """To the cent, except where an axis has none to show."""
    assert (money(value), dollars(value)) == (table, axis)


def test_percent_on_an_axis():
    """No digit too many."""
    assert [percent(value) for value in (0, 0.005, 0.25, 1)] == [
        "0\u00a0%",
        "0.5\u00a0%",
        "25\u00a0%",
        "100\u00a0%",
    ]


@pytest.mark.parametrize(
    ("milliseconds", "unit"),
    [
        (0, "milliseconds"),
        (1999, "milliseconds"),
        (2000, "seconds"),
        (3e5, "minutes"),
        (9e6, "hours"),
        (1e9, "days"),
    ],
)
def test_units_of_time(milliseconds, unit):
    """At least two of a unit."""
    assert span_unit(milliseconds).name == unit
