"""Small multiples."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import StepPatch
from support import charted

from wfp_ops import charts


def areas(axes):
    """Requests, then errors, of a pane, cell by cell."""
    return [patch.get_data()[0] for patch in axes.patches if isinstance(patch, StepPatch)]


def names(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_a_pane_for_each_of_the_first_one_for_the_others_one_for_nobody():
    """In the order of their requests."""
    figure = charts.small_multiples(charted.usage(20), 5)
    assert names(figure) == ["1", "2", "3", "4", "5", "others (15\u00a0customers)", "unallocated"]


def test_twelve_unless_asked_otherwise():
    """And the others."""
    assert len(charts.small_multiples(charted.usage(20, unknown=False)).axes) == 13


ROW = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c", "d", None]),
        "hour": st.integers(0, 500),
        "requests": st.integers(0, 10**6).map(float),
        "errors": st.integers(0, 10).map(float),
    }
)


@given(st.lists(ROW, min_size=1, max_size=20), st.integers(1, 5))
def test_panes_add_up_to_the_frame(given_rows, top):
    """Requests and errors, whatever the cells."""
    frame = charted.rows(*given_rows)
    figure = charts.small_multiples(frame, top)
    if not frame["requests"].sum():
        assert "no requests in this period" in charted.texts(figure)
        return
    for place, column in enumerate(("requests", "errors")):
        assert sum(areas(axes)[place].sum() for axes in figure.axes) == pytest.approx(frame[column].sum())


def test_each_pane_says_how_high_it_is():
    """Scales differ, so the number stands there."""
    figure = charts.small_multiples(charted.rows(("1", 0, 12_000), ("1", 1, 3_000), ("2", 0, 7)))
    said = charted.texts(figure)
    assert "15\u00a0k, at most 12\u00a0k" in said
    assert "7, at most 7" in said


def test_a_bad_hour_is_marked_behind_the_pane():
    """More than a twentieth failed: that can be seen in a pane as small as this."""
    frame = charted.rows(
        {"id": "1", "hour": 0, "requests": 100, "errors": 5},
        {"id": "1", "hour": 1, "requests": 100, "errors": 6},
    )
    assert "over 5\u00a0% failed" in charted.texts(charts.small_multiples(frame))
    assert "over 5\u00a0% failed" not in charted.texts(charts.small_multiples(frame.head(1)))


@pytest.mark.parametrize("size", [(480, 320), (1000, 600), (1600, 900)], ids=str)
@pytest.mark.parametrize(("spans", "step"), [(3, "1D"), (4, "1D"), (30, "1h"), (1, "1h"), (9, "7D")])
def test_times_stay_below_their_pane(size, spans, step):
    """No label stands out far over its pane, where it would read as its neighbour's; none touches another."""
    figure = charts.small_multiples(charted.usage(30, spans=spans, step=step), size=size)
    figure.canvas.draw()
    em = figure.look.em
    for axes in figure.axes:
        every = [label for label in axes.get_xticklabels() if label.get_text() and label.get_visible()]
        boxes = [label.get_window_extent() for label in every]
        assert all(box.x0 >= axes.bbox.x0 - 0.75 * em for box in boxes)
        assert all(box.x1 <= axes.bbox.x1 + 0.75 * em for box in boxes)
        assert all(late.x0 - early.x1 >= 0.5 * em for early, late in pairwise(boxes))
    assert any(label.get_text() for label in figure.axes[-1].get_xticklabels())
