"""Nothing is cut, nothing lies over something else: each chart in three sizes, light and dark, at its worst."""

from __future__ import annotations

from itertools import pairwise

import pytest
from matplotlib.text import Text
from support import charted

SIZES = ((480, 320), (640, 400), (1000, 600), (1600, 900))
LONG = [f"The {number}th Company of Forty Letters Ltd.".ljust(40, "x")[:40] for number in range(30)]


def _frames(case):
    if case == "empty":
        return (
            charted.usage(2).head(0),
            charted.customers([]),
            charted.statuses().head(0),
            charted.cost(2).head(0),
        )
    if case == "one":
        frame = charted.usage(1, spans=1, unknown=False)
        people = charted.customers("1", churned={"1": "2026-11-09"})
        return frame, people, charted.statuses(1, words=("success",)), charted.cost(1, nobodys=False)
    count, spans = {"few": (3, 30), "long": (30, 70), "hostile": (12, 30)}[case]
    frame = charted.usage(count, spans=spans, incomplete=2)
    ids = sorted(frame["customer_id"].dropna().unique(), key=int)
    names = {"few": None, "long": LONG, "hostile": charted.HOSTILE}[case]
    people = charted.customers(ids, names, churned=dict.fromkeys(ids[::2], "2026-11-10"))
    bill = charted.cost(count)
    if names is not None:
        bill["name"] = [*names, "unallocated", "dispatcher"]
    return frame, people, charted.statuses(spans, words=[*_WORDS, *(names or [])][: 5 + count]), bill


_WORDS = ("success", "clientDisconnected", "scriptThrewException", "exceededResources", "internalError")
CASES = ("empty", "one", "few", "long", "hostile")
NAMES = tuple(charted.every(*_frames("few")))


def boxes(figure, texts):
    renderer = figure.canvas.get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def seen(figure):
    """Every text that is drawn: of ticks, those within the axes."""
    ticks = {
        label: (axis.get_view_interval(), axis)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for label in (*axis.get_majorticklabels(), *axis.get_minorticklabels())
    }
    drawn = {
        label
        for axes in figure.axes
        if axes.axison
        for axis in (axes.xaxis, axes.yaxis)
        if axis.get_visible()
        for tick in axis._update_ticks()
        for label in (tick.label1,)
        if label.get_visible()
    }
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and (text not in ticks or text in drawn)
    ]


@pytest.mark.parametrize("style", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_written_is_on_the_sheet_and_apart(name, case, size, style):
    """No text leaves the picture, and no two texts lie over each other."""
    figure = charted.every(*_frames(case), size=size, style=style)[name]()
    figure.canvas.draw()
    assert figure.pixels[0] == size[0]
    assert figure.pixels[1] >= size[1]
    placed = boxes(figure, seen(figure))
    for text, box in placed:
        assert box.x0 >= -1, text
        assert box.x1 <= figure.pixels[0] + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= figure.pixels[1] + 1, text
    for place, (text, box) in enumerate(placed):
        for other, beside in placed[place + 1 :]:
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            up = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            assert min(across, up) <= 2.5, (text, other)


@pytest.mark.parametrize("size", SIZES[1:], ids=str)
def test_forty_letters_are_not_cut(size):
    """Names of forty letters are read whole in every size that has room for them."""
    frame, people, ways, bill = _frames("long")
    for name in ("usage_by_customer", "error_heatmap", "churn_view", "cost_by_customer"):
        (axes,) = charted.every(frame, people, ways, bill, size=size)[name]().axes
        found = charted.labels(axes)
        assert sum(label in LONG for label in found) >= 9, (name, found)


@pytest.mark.parametrize("name", NAMES)
def test_rows_keep_their_distance(name):
    """Names beside rows are a line apart, however many there are."""
    frame, people, ways, bill = _frames("long")
    figure = charted.every(frame, people, ways, bill, size=(640, 400))[name]()
    figure.canvas.draw()
    heights = sorted(box.y0 for _, box in boxes(figure, figure.axes[0].get_yticklabels()))
    assert all(late - early > 10 for early, late in pairwise(heights))
