"""Traffic before and after churn."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch
from support import charted

from wfp_ops import charts
from wfp_ops.audit.kinds import COLORS
from wfp_ops.charts.look import PALETTES

LEFT = "2026-11-10"  # a day after the frames begin


def beside(figure):
    """The numbers behind the rows: before, then after."""
    said = [text.get_text() for text in figure.axes[0].texts]
    rows = len(charted.labels(figure.axes[0]))
    return said[1 : rows + 1], said[rows + 2 :]


def drawn(figure):
    """What is drawn before and after, in each row, as a share of the row's highest cell."""
    areas = [patch.get_data() for patch in figure.axes[0].patches if isinstance(patch, StepPatch)]
    heights = [(each[2] - each[0]).round(6) for each in areas]
    return heights[::2], heights[1::2]


def test_requests_are_told_apart_by_the_day():
    """A span that begins on the day is after; one that begins a second before is not."""
    frame = charted.rows(("1", 23, 5), ("1", 24, 7), ("1", 25, 8), ("2", 0, 100))
    figure = charts.churn_view(frame, charted.customers("12", churned={"1": LEFT}))
    assert beside(figure) == (["5"], ["15"])
    assert charted.labels(figure.axes[0]) == ["Customer number 1 of the list"]
    (before,), (after,) = drawn(figure)
    assert (before > 0)[-3:].tolist() == [True, False, False]
    assert (after > 0)[-3:].tolist() == [False, True, True]


def test_who_goes_on_comes_first():
    """By what came after, however much there was before."""
    frame = charted.rows(("loud", 0, 10**6), ("loud", 1, 0), ("undead", 30, 3), ("gone", 0, 7))
    people = charted.customers(
        ["loud", "undead", "gone"], churned=dict.fromkeys(["loud", "undead", "gone"], LEFT)
    )
    figure = charts.churn_view(frame, people.assign(name=None))
    assert charted.labels(figure.axes[0]) == ["undead", "loud", "gone"]
    assert any("1 had requests afterwards" in text for text in charted.texts(figure))


# Few enough that each sum is written out
ROW = st.tuples(st.sampled_from("abcdefg"), st.integers(0, 60), st.integers(0, 300).map(float))


@given(st.lists(ROW, min_size=1, max_size=25), st.integers(1, 4))
def test_rows_add_up_to_what_those_who_left_had(given_rows, top):
    """Before and after, of those with a row, of the others, and of those who left nobody knows when."""
    frame = charted.rows(*given_rows)
    figure = charts.churn_view(
        frame, charted.customers("abcdefg", churned={**dict.fromkeys("abcd", LEFT), "e": None}), top=top
    )
    mine = frame[frame["customer_id"].isin(list("abcde"))]
    if not mine["requests"].sum():
        assert any("nobody who left" in text or "no requests" in text for text in charted.texts(figure))
        return
    dated, undated = mine["customer_id"].isin(list("abcd")), mine["customer_id"] == "e"
    known = mine[dated]["customer_id"].nunique()
    names = charted.labels(figure.axes[0])
    assert len(names) == min(top, known) + (known > top) + undated.any()
    late = mine["time"] >= pd.Timestamp(LEFT, tz="UTC")
    before, after = (
        [int(text.replace(",", "").replace("?", "0")) for text in column] for column in beside(figure)
    )
    assert sum(before) == mine[~late | undated]["requests"].sum()
    assert sum(after) == mine[late & dated]["requests"].sum()
    if undated.any():
        assert names[-1].startswith("left, nobody knows when")
        assert before[-1] == mine[undated]["requests"].sum()


def test_who_left_nobody_knows_when_is_not_dropped():
    """The status alone says it: a row of its own, neither before nor after."""
    figure = charts.churn_view(charted.rows(("1", 0, 5)), charted.customers("1", churned={"1": None}))
    assert charted.labels(figure.axes[0]) == ["left, nobody knows when (1\u00a0customer)"]
    assert beside(figure) == (["5"], ["?"])


def test_a_day_outside_of_the_chart_is_an_arrow():
    """To the side on which it lies."""
    frame = charted.rows(("1", 0, 5), ("2", 0, 5), ("3", 2, 5))
    people = charted.customers("123", churned={"1": "2026-11-01", "2": "2026-12-01", "3": "2026-11-09"})
    lines = charts.churn_view(frame, people).axes[0].lines
    assert sorted(line.get_marker() for line in lines if line.get_marker() != "None") == ["<", ">"]


@pytest.mark.parametrize(
    ("frame", "people", "said"),
    [
        (charted.usage(2).head(0), charted.customers("1", churned={"1": LEFT}), "no requests in this period"),
        (charted.usage(2), charted.customers("12"), "no customer of the list has left"),
        (
            charted.usage(2),
            charted.customers("9", churned={"9": LEFT}),
            "nobody who left had requests in this period",
        ),
    ],
)
def test_nothing_to_show_says_why(frame, people, said):
    """Three different kinds of nothing."""
    assert said in charted.texts(charts.churn_view(frame, people))


def test_churned_has_the_colour_that_it_has_everywhere():
    """The audit's."""
    for palette in PALETTES.values():
        assert palette.left == COLORS["churned"]
    figure = charts.churn_view(charted.usage(2), charted.customers("12", churned={"1": LEFT}))
    colors = {
        to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches if isinstance(patch, StepPatch)
    }
    assert COLORS["churned"] in colors
