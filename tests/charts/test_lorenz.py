"""How few customers make how much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import charted

from wfp_ops import charts


def frame_of(amounts):
    return charted.rows(*((f"{place:05}", 0, float(amount)) for place, amount in enumerate(amounts)))


def gini(figure):
    facts = [text for text in charted.texts(figure) if "Gini" in text]
    return float(facts[0].split("Gini ")[1].split(" ")[0])


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([5] * 10, 0.0), ([1] + [0] * 9, 0.9), ([1, 3], 0.25), ([0] * 99 + [7], 0.99), ([1, 2, 3, 4], 0.25)],
)
def test_ginis_coefficient(amounts, expected):
    """By the known cases: all the same, one of all, and two in between."""
    assert gini(charts.concentration(frame_of(amounts))) == expected


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=60).filter(any))
def test_the_curve_never_falls_and_ends_at_all(amounts):
    """It lies above the line of equals, and Gini's coefficient is the mean difference over twice the mean."""
    figure = charts.concentration(frame_of(amounts))
    shares = figure.axes[0].lines[0].get_ydata()[-len(amounts) :]
    assert (np.diff(shares) >= -1e-12).all()
    assert (np.diff(shares, 2) <= 1e-9).all()
    assert shares[-1] == pytest.approx(1)
    assert (shares >= np.arange(1, len(amounts) + 1) / len(amounts) - 1e-9).all()
    differences = np.abs(np.subtract.outer(amounts, amounts)).mean() / (2 * np.mean(amounts))
    assert gini(figure) == pytest.approx(differences, abs=0.0051)


def test_how_many_have_how_much():
    """In words, above the curve."""
    said = charted.texts(charts.concentration(frame_of([60, 10, 10, 10, 10])))
    assert any("100\u00a0requests of 5\u00a0customers" in text for text in said)
    assert any("1 has half of them, 3 have 80\u00a0%" in text for text in said)
    assert "the first: 60\u00a0%" in said


def test_customers_without_a_request_count_where_the_list_has_them():
    """They are customers, and have nothing."""
    frame = frame_of([10, 10])
    people = charted.customers(["00000", "00001", "quiet", "silent"])
    assert gini(charts.concentration(frame)) == 0
    assert gini(charts.concentration(frame, customers=people)) == 0.5


def test_what_is_nobodys_is_named_and_left_out():
    """It is no customer, however large."""
    figure = charts.concentration(charted.rows(("a", 0, 10), ("b", 0, 10), (None, 0, 80)))
    assert gini(figure) == 0
    assert "80 requests (80\u00a0%) are unallocated, and left out" in charted.texts(figure)


def test_many_customers_stand_on_a_log_scale():
    """Or the first few would stick to the axis."""
    few, many = charts.concentration(frame_of(range(1, 20))), charts.concentration(frame_of(range(1, 301)))
    assert (few.axes[0].get_xscale(), many.axes[0].get_xscale()) == ("linear", "log")
    assert {"the first: 0.66\u00a0%", "the first 10: 6.5\u00a0%", "the first 100: 55\u00a0%"} <= set(
        charted.texts(many)
    )


def test_one_customer_has_it_all():
    """No coefficient, no crash."""
    said = charted.texts(charts.concentration(frame_of([5])))
    assert not any("Gini" in text for text in said)
    assert "the first: 100\u00a0%" in said


@pytest.mark.parametrize("size", [(400, 300), (480, 320), (1000, 600), (1600, 900)], ids=str)
@pytest.mark.parametrize("count", [40, 400, 10_000])
@pytest.mark.parametrize("power", [0, 0.5, 1.2])
def test_words_stand_clear_of_the_axis_and_of_the_lines(size, count, power):
    """However little the first has: it is written above the curve where there is no room below it."""
    frame = charted.rows(*((f"{place:05}", 0, 10**6 / place**power) for place in range(1, count + 1)))
    figure = charts.concentration(frame, size=size)
    figure.canvas.draw()
    (axes,) = figure.axes
    curve = axes.lines[0].get_ydata()
    for text in axes.texts:
        box = text.get_window_extent()
        begin, end = axes.transData.inverted().transform([(box.x0, 0), (box.x1, 0)])[:, 0]
        here = [np.interp(at, np.arange(1, count + 1), curve) for at in (begin, end)]
        first, last = axes.transData.transform([(1, here[0]), (1, here[1])])[:, 1]
        same = axes.transData.transform((1, end / count))[1]
        assert box.y0 >= last or (box.y1 <= first and box.y0 >= max(axes.bbox.y0, same)), text.get_text()
