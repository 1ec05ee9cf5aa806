"""Requests by status."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import StepPatch
from support import charted

from wfp_ops import charts
from wfp_ops.charts.outcomes import STATUSES


def layers(axes):
    """The areas of a panel, from the lowest: colour and height in each cell."""
    found = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    return [(to_hex(each.get_facecolor()), each.get_data()[0] - each.get_data()[2]) for each in found]


def keys(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]  # column by column


def frame_of(*given_rows):
    start = pd.Timestamp(charted.START)
    return STATUSES.build(
        {
            "time": [start + pd.Timedelta(hours=hour) for _, hour, _ in given_rows],
            "status": [status for status, _, _ in given_rows],
            "requests": [requests for _, _, requests in given_rows],
        },
        length=len(given_rows),
    )


def test_success_lies_at_the_bottom_and_is_left_out_below():
    """The second panel shows what did not succeed, where it can be seen."""
    figure = charts.status_mix(charted.statuses())
    every, failed = figure.axes
    assert [color for color, _ in layers(every)] == ["#009e73", "#56b4e9", "#d55e00", "#e69f00", "#cc79a7"]
    assert [color for color, _ in layers(failed)] == ["#56b4e9", "#d55e00", "#e69f00", "#cc79a7"]
    assert {key.split("  ")[0] for key in keys(figure)} == {
        "success",
        "client disconnected",
        "script threw an exception",
        "exceeded its resources",
        "internal error",
    }


def test_shares_are_of_all_requests():
    """Not of those that failed."""
    figure = charts.status_mix(frame_of(("success", 0, 75), ("internalError", 0, 25)))
    assert layers(figure.axes[1])[0][1].tolist() == [0.25]
    assert any("25\u00a0% did not succeed" in text for text in charted.texts(figure))


STATUS = st.sampled_from(["success", "internalError", "canceled", "new1", "new2", "new3", "others", None])


@given(
    st.lists(st.tuples(STATUS, st.integers(0, 9), st.integers(0, 10**9).map(float)), min_size=1, max_size=30)
)
def test_layers_add_up_to_the_frame(given_rows):
    """Whatever Cloudflare calls them: no request is dropped, in no cell, and the shares are no more than all."""
    frame = frame_of(*given_rows)
    figure = charts.status_mix(frame)
    if not frame["requests"].sum():
        assert "no requests in this period" in charted.texts(figure)
        return
    every, failed = figure.axes
    found = np.sum([height for _, height in layers(every)], axis=0)
    assert found.sum() == pytest.approx(frame["requests"].sum())
    good = frame[frame["status"] == "success"]["requests"].sum()
    bad = sum((height for _, height in layers(failed)), np.zeros_like(found))
    assert (bad * found).sum() == pytest.approx(frame["requests"].sum() - good)
    assert (bad <= 1 + 1e-9).all()


def test_more_statuses_than_colours_become_others():
    """The largest two unknown words have their own colour; the rest is one, counted."""
    figure = charts.status_mix(
        frame_of(*((f"word{number}", 0, 10 - number) for number in range(6)), (None, 0, 1))
    )
    assert [key.split("  ")[0] for key in keys(figure)] == ["word0", "word1", "4 others", "unknown status"]


def test_keys_read_row_by_row():
    """In the order of the layers, as text is read, although there is no room for all of them in one row."""
    figure = charts.status_mix(charted.statuses(), size=(640, 400))
    figure.canvas.draw()
    texts = figure.legends[0].get_texts()
    lines = {round(text.get_window_extent().y0 / 8) for text in texts}
    read = sorted(
        texts, key=lambda text: (-round(text.get_window_extent().y0 / 8), text.get_window_extent().x0)
    )
    assert 1 < len(lines) < len(texts)
    assert [text.get_text().split("  ")[0] for text in read] == [
        "success",
        "client disconnected",
        "script threw an exception",
        "exceeded its resources",
        "internal error",
    ]


def test_hostile_statuses_are_words():
    """Neither a formula nor a legend entry that matplotlib hides because it begins with a line."""
    figure = charts.status_mix(frame_of(("_hidden", 0, 5), ("$x^{", 0, 4)))
    assert [key.split("  ")[0] for key in keys(figure)] == ["_hidden", "$x^{"]
    charted.texts(figure)


def test_incomplete_spans_are_hatched_where_the_frame_says_so():
    """The column is optional."""
    frame = charted.statuses(spans=4)
    frame["complete"] = frame["time"] < frame["time"].max()
    assert "incomplete" in keys(charts.status_mix(frame))
    assert "incomplete" not in keys(charts.status_mix(charted.statuses(spans=4)))
