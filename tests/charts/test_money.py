"""Cost by customer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from support import charted

from wfp_ops import charts
from wfp_ops.frames.usage import COST

FEES = ("requests_fee", "cpu_fee", "scripts_fee", "base_fee")
CENTS = st.integers(0, 10**6).map(lambda cents: cents / 100)


def cost_of(*given_rows):
    """A cost frame of (customer id, name, four fees)."""
    data = {"customer_id": [row[0] for row in given_rows], "name": [row[1] for row in given_rows]}
    for place, fee in enumerate(FEES):
        data[fee] = [row[2][place] for row in given_rows]
    data["total"] = [round(sum(row[2]), 2) for row in given_rows]
    return COST.build(data, length=len(given_rows))


def test_a_bar_of_four_pieces_for_each():
    """Requests, CPU time, scripts, base fee, in this order and these colours; the others; then nobody's rows."""
    figure = charts.cost_by_customer(charted.cost(12), top=3)
    (axes,) = figure.axes
    assert charted.labels(axes)[-3:] == ["others (9\u00a0customers)", "unallocated", "dispatcher"]
    assert [len(parts) for parts in charted.bars(axes)] == [4] * 6
    assert [to_hex(patch.get_facecolor()) for patch in axes.patches[:4]] == [
        "#56b4e9",
        "#e69f00",
        "#cc79a7",
        "#009e73",
    ]
    assert axes.get_xlabel() == "US dollars"


def money_of(said):
    """The number behind a bar."""
    return float(said.split()[0].replace("$", "").replace(",", ""))


ROW = st.tuples(
    st.sampled_from(["a", "b", "c", "d", "e", None]),
    st.sampled_from(["unallocated", None, " "]),
    st.tuples(*[CENTS] * 4),
)


@given(st.lists(ROW, min_size=1, max_size=12), st.integers(1, 6))
def test_pieces_add_up_to_each_fee(given_rows, top):
    """Each fee over all bars is the frame's, and each row that is nobody's has its bar.

    A bar that is cut has but its number to add.
    """
    frame = cost_of(*given_rows)
    figure = charts.cost_by_customer(frame, top=top)
    if not frame["total"].sum():
        assert "no cost in this month" in charted.texts(figure)
        return
    found = charted.bars(figure.axes[0])
    said = [money_of(text.get_text()) for text in figure.axes[0].texts]
    assert sum(said) == pytest.approx(frame["total"].sum())
    longest = max(frame[list(FEES)].sum(axis=1)[frame["customer_id"] == who].sum() for who in "abcde")
    cut = [parts for parts, number in zip(found, said, strict=True) if sum(parts) < number - 0.05]
    assert all(sum(parts) == pytest.approx(1.4 * longest) for parts in cut)
    for place, fee in enumerate(FEES if not cut else ()):
        assert sum(parts[place] for parts in found) == pytest.approx(frame[fee].sum())
    known = frame["customer_id"].nunique()
    assert len(found) == min(top, known) + (known > top) + frame["customer_id"].isna().sum()


def test_a_cut_bar_keeps_the_shares_of_its_pieces():
    """Where the others' bar is cut, each fee is in it as large as it is of the whole; their number is true."""
    few = [(str(number), None, (1, 1, 0, 0)) for number in range(2)]
    many = [(f"x{number}", None, (0.25, 0.5, 0.25, 0)) for number in range(100)]
    figure = charts.cost_by_customer(cost_of(*few, *many), top=2)
    (axes,) = figure.axes
    pieces = charted.bars(axes)[2]
    assert sum(pieces) == pytest.approx(1.4 * 2)
    assert [piece / sum(pieces) for piece in pieces] == pytest.approx([0.25, 0.5, 0.25, 0])
    assert any(text.startswith("$100.00") for text in charted.texts(figure))
    assert "a bar with // is cut to leave room for the rest; its number is whole" in charted.texts(figure)


def test_numbers_are_to_the_cent():
    """The total as the table has it, each fee in the key, all in all above."""
    figure = charts.cost_by_customer(
        cost_of(("a", "Ann", (1, 2, 3, 4)), ("b", "Bob", (1000, 0, 0, 234.5))), month="2026-10"
    )
    said = charted.texts(figure)
    assert {
        "$1,234.50   99.2\u00a0%",
        "$10.00   0.80\u00a0%",
        "requests  $1,001.00",
        "scripts  $3.00",
    } <= set(said)
    assert any(text.startswith("2026-10 \u00b7 $1,244.50 in all") for text in said)


def test_names_come_from_the_table():
    """A customer without a name is called by its id, a row of nobody's without one is unallocated."""
    figure = charts.cost_by_customer(
        cost_of(("7", None, (3, 0, 0, 0)), ("8", "Eight", (2, 0, 0, 0)), (None, None, (1, 0, 0, 0)))
    )
    assert charted.labels(figure.axes[0]) == ["7", "Eight", "unallocated"]
