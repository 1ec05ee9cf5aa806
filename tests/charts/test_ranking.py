"""Usage by customer: who has a bar, what the bars add up to, what is said beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import charted

from wfp_ops import charts
from wfp_ops.charts.numbers import short
from wfp_ops.errors import FrameError, SettingsError


def test_top_others_and_unknown_have_a_bar_each():
    """Three customers, then all others as one, then what is nobody's."""
    frame = charted.usage(12)
    (axes,) = charts.usage_by_customer(frame, top=3).axes
    assert charted.labels(axes) == ["1", "2", "3", "others (9\u00a0customers)", "unallocated"]
    assert len(charted.bars(axes)) == 5


def test_no_others_where_all_have_a_bar():
    """With as many bars as customers there are no others; without a null there is nobody unknown."""
    (axes,) = charts.usage_by_customer(charted.usage(4, unknown=False), top=4).axes
    assert charted.labels(axes) == ["1", "2", "3", "4"]


def test_equal_customers_stand_in_the_order_of_their_ids():
    """The order of rows decides nothing: the same frame gives the same chart."""
    frame = charted.rows(("b", 0, 5), ("c", 0, 5), ("a", 0, 5))
    for shuffled in (frame, frame.iloc[::-1], frame.iloc[[1, 0, 2]]):
        assert charted.labels(charts.usage_by_customer(shuffled, top=2).axes[0])[:2] == ["a", "b"]


def test_each_bar_has_its_number_and_its_share():
    """Numbers in three digits, shares that never claim all or nothing."""
    frame = charted.rows(("big", 0, 1_234_567), ("small", 0, 12), (None, 0, 400))
    said = charted.texts(charts.usage_by_customer(frame))
    assert "1.23\u00a0M   >99.9\u00a0%" in said
    assert "12   <0.01\u00a0%" in said
    assert "400   0.03\u00a0%" in said


def test_title_period_total_and_unit():
    """What, when, how much, of how many, and what the axis counts."""
    figure = charts.usage_by_customer(charted.usage(12), top=3)
    said = charted.texts(figure)
    assert said[0] == "Requests by customer" or "Requests by customer" in said
    assert any(
        text.startswith("9\u201310\u00a0Nov 2026 (UTC) \u00b7 ") and "12\u00a0customers" in text
        for text in said
    )
    assert "requests" in said


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("requests", "requests"),
        ("errors", "failed requests"),
        ("subrequests", "subrequests"),
        ("cpu_ms", "minutes"),
        ("wall_ms", "minutes"),
    ],
)
def test_other_metrics(metric, unit):
    """Each metric adds up, in a unit in which it can be read."""
    frame = charted.usage(12)
    (axes,) = charts.usage_by_customer(frame, metric=metric).axes
    divisor = 60_000 if unit == "minutes" else 1
    assert axes.get_xlabel() == unit
    assert sum(map(sum, charted.bars(axes))) * divisor == pytest.approx(frame[metric].sum())


def test_an_unknown_metric_is_refused():
    """The refusal lists those that there are."""
    with pytest.raises(SettingsError, match="requests, errors"):
        charts.usage_by_customer(charted.usage(2), metric="reqs")


@pytest.mark.parametrize("top", [0, -1, 2.5, True, "3", None])
def test_top_must_be_a_number_of_customers(top):
    """Nothing else is one."""
    with pytest.raises(SettingsError, match="top"):
        charts.usage_by_customer(charted.usage(2), top=top)


AMOUNT = st.one_of(st.integers(0, 10**12).map(float), st.none())
ROW = st.tuples(st.sampled_from(["a", "b", "c", "d", "e", "others", None]), st.integers(0, 5), AMOUNT)


@given(st.lists(ROW, min_size=1, max_size=30), st.integers(1, 8))
def test_bars_add_up_to_the_frame(given_rows, top):
    """Whoever has a bar: nothing is dropped, nothing is counted twice, and each bar is its customers' sum."""
    frame = charted.rows(*given_rows)
    total = frame["requests"].sum()
    (axes,) = charts.usage_by_customer(frame, top=top).axes
    if not total:
        assert "no requests in this period" in charted.texts(axes.figure)
        return
    found = [sum(parts) for parts in charted.bars(axes)]
    sums = frame.groupby("customer_id")["requests"].sum().astype(float)
    first = sorted(sums.sort_index().items(), key=lambda pair: -pair[1])[:top]
    aside = [sums.sum() - sum(value for _, value in first)] if len(sums) > top else []
    aside += [float(total) - sums.sum()] if frame["customer_id"].isna().any() else []
    longest = max((value for _, value in first), default=0.0)
    dwarfed = longest > 0 and max(aside, default=0.0) > 2.5 * longest
    assert found[len(first) :] == pytest.approx(
        [min(value, 1.4 * longest) if dwarfed else value for value in aside], rel=1e-5
    )
    assert [text.get_text().split("   ")[0] for text in axes.texts][len(first) :] == [*map(short, aside)]
    assert found[: len(first)] == pytest.approx([value for _, value in first])
    assert charted.labels(axes)[: len(first)] == [name for name, _ in first]
    assert len(found) == len(first) + (len(sums) > top) + bool(frame["customer_id"].isna().any())


def test_what_comes_from_incomplete_spans_is_hatched():
    """A piece of its own at the end of the bar, and a key that says what it is."""
    frame = charted.rows(("a", 0, 30), {"id": "a", "hour": 1, "requests": 12, "complete": False}, ("b", 0, 7))
    figure = charts.usage_by_customer(frame)
    (axes,) = figure.axes
    assert charted.bars(axes) == [[30, 12], [7]]
    assert [bool(patch.get_hatch()) for patch in axes.patches] == [False, True, False]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["from incomplete spans"]
    assert not charts.usage_by_customer(frame.iloc[[0, 2]]).legends


def test_a_number_that_is_not_known_is_no_zero():
    """A null adds nothing, and that is said."""
    said = charted.texts(charts.usage_by_customer(charted.rows(("a", 0, 3), ("b", 0, None))))
    assert "requests are not known for 1\u00a0row of the frame, which add nothing here" in said


def test_all_others_together_may_not_dwarf_the_rest():
    """Their bar is cut, and keeps its number; that is drawn and said."""
    frame = charted.rows(*((f"{number:04}", 0, 10) for number in range(1000)))
    figure = charts.usage_by_customer(frame, top=5)
    (axes,) = figure.axes
    assert charted.bars(axes)[-1] == [pytest.approx(14)]
    assert axes.texts[-1].get_text() == "9,950   99.5\u00a0%"
    assert axes.get_xlim()[1] < 40
    assert any("//" in text for text in charted.texts(figure))
    whole = charts.usage_by_customer(frame.head(12), top=5)
    assert whole.axes[0].get_xlim()[1] > 12
    assert not any("//" in text for text in charted.texts(charts.usage_by_customer(frame.head(7), top=5)))


def test_customers_are_called_by_their_names():
    """With the id where several have one name, by the id where the list has no name."""
    frame = charted.rows(("1", 0, 9), ("2", 0, 8), ("3", 0, 7), ("4", 0, 6), ("5", 0, 5))
    people = charted.customers("1234", ["Ann", "Twin", "Twin", None])
    (axes,) = charts.usage_by_customer(frame, customers=people).axes
    assert charted.labels(axes) == ["Ann", "Twin (2)", "Twin (3)", "4", "5"]


def test_ids_that_are_numbers_are_taken_as_they_come():
    """Whoever read a CSV without types gets a chart as well."""
    frame = charted.usage(3, unknown=False)
    frame["customer_id"] = frame["customer_id"].astype(int)
    assert charted.labels(charts.usage_by_customer(frame).axes[0]) == ["1", "2", "3"]


def test_what_is_not_yes_or_no_is_refused():
    """``complete`` with a null: nobody knows what that means."""
    frame = charted.usage(2)
    frame["complete"] = pd.array([None] * len(frame), dtype="boolean")
    with pytest.raises(FrameError, match="complete"):
        charts.usage_by_customer(frame)


def test_a_chart_grows_for_more_bars():
    """No row gets thinner than its letters."""
    frame = charted.usage(80)
    few, many = (
        charts.usage_by_customer(frame, size=(640, 400)),
        charts.usage_by_customer(frame, top=60, size=(640, 400)),
    )
    assert few.pixels == (640, 400)
    assert many.pixels[0] == 640
    assert many.pixels[1] > 1000
    heights = np.diff(many.axes[0].transData.transform([(0, place) for place in (1, 0)])[:, 1])
    assert heights[0] > 15
