"""The error share of customers over time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgba
from support import charted

from wfp_ops import charts
from wfp_ops.charts.look import PALETTES

LIGHT = PALETTES["light"]


def cells(figure):
    """The colours of the map, row by row."""
    (image,) = figure.axes[0].images
    return image.get_array()


def one(requests, errors):
    """The colour of a single cell."""
    row = {"id": "1", "hour": 0, "requests": requests, "errors": errors}
    return tuple(cells(charts.error_heatmap(charted.rows(row, ("2", 0, 1))))[0][0])


@pytest.mark.parametrize(
    ("errors", "color"),
    [
        (0, LIGHT.quiet),
        (1, LIGHT.shares[0]),
        (2, LIGHT.shares[1]),
        (10, LIGHT.shares[1]),
        (11, LIGHT.shares[2]),
        (51, LIGHT.shares[3]),
        (201, LIGHT.shares[4]),
        (1000, LIGHT.shares[4]),
    ],
)
def test_a_share_has_its_colour(errors, color):
    """From no error at all to more than a fifth; a limit belongs to the milder side."""
    row = {"id": "1", "hour": 0, "requests": 1000, "errors": errors}
    assert tuple(cells(charts.error_heatmap(charted.rows(row)))[0][0]) == to_rgba(color)


def test_no_requests_are_not_no_errors():
    """A quiet cell is blank."""
    frame = charted.rows(*({"id": "1", "hour": hour, "requests": 5, "errors": 0} for hour in (0, 1, 3)))
    assert [tuple(each) == to_rgba(LIGHT.paper) for each in cells(charts.error_heatmap(frame))[0]] == [
        False,
        False,
        True,
        False,
    ]


def test_unknown_errors_are_neither_none_nor_few():
    """A null has a colour of its own, and sums say that they are the least."""
    known = {"id": "1", "hour": 0, "requests": 100, "errors": 7}
    figure = charts.error_heatmap(charted.rows(known, ("1", 1, 100), ("2", 0, 5)))
    assert [tuple(each) for each in cells(figure)[0]] == [to_rgba(LIGHT.shares[3]), to_rgba(LIGHT.unknown)]
    said = charted.texts(figure)
    assert {"\u2265 7", "?", "errors unknown"} <= set(said)
    assert any("at least 7 of 205" in text for text in said)
    assert any(
        "nobody knows how many" in text
        for text in charted.texts(charts.error_heatmap(charted.rows(("1", 0, 5))))
    )


def test_who_fails_most_comes_first_and_nobody_is_dropped():
    """By errors, not by requests; the rest is one row, and so is what is nobody's."""
    frame = charted.rows(
        *(
            {"id": name, "hour": 0, "requests": 1000, "errors": errors}
            for name, errors in (("a", 1), ("b", 30), ("c", 9))
        ),
        {"id": None, "hour": 0, "requests": 10, "errors": 2},
    )
    figure = charts.error_heatmap(frame, top=1)
    assert charted.labels(figure.axes[0]) == ["b", "others (2\u00a0customers)", "unallocated"]
    said = charted.texts(figure)
    assert [text for text in said if text in {"30", "10", "2"}] == ["30", "10", "2"]
    assert {"3.0\u00a0%", "0.50\u00a0%", "20\u00a0%"} <= set(said)


ROW = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c", None]),
        "hour": st.integers(0, 400),
        "requests": st.integers(1, 1000).map(float),
        "errors": st.just(0.0),
    }
)


@given(st.lists(ROW, min_size=1, max_size=20), st.integers(1, 3))
def test_a_cell_is_blank_if_and_only_if_nothing_happened(given_rows, top):
    """However long the cells have become: as many rows as there are, none of them blank throughout."""
    image = cells(charts.error_heatmap(charted.rows(*given_rows), top=top))
    customers = {row["id"] for row in given_rows}
    known = customers - {None}
    assert len(image) == min(top, len(known)) + (len(known) > top) + (None in customers)
    busy = (image != np.array(to_rgba(LIGHT.paper))).any(axis=2)
    assert busy.any(axis=1).all()
    assert busy.sum() <= len(given_rows)


def test_cells_get_longer_rather_than_invisible():
    """A month of hours does not fit; the facts say what a cell is."""
    figure = charts.error_heatmap(charted.usage(3, spans=720))
    assert any("a cell is 3\u00a0hours" in text for text in charted.texts(figure))
    assert cells(figure).shape[1] == 240


def test_colours_get_darker_or_lighter_all_the_way():
    """Who sees no hue sees the order: one step after the other, light on dark and dark on light."""
    for palette in PALETTES.values():
        brightness = [np.dot(to_rgba(color)[:3], (0.2126, 0.7152, 0.0722)) for color in palette.shares]
        steps = np.diff(brightness)
        assert (steps < -0.04).all() or (steps > 0.02).all()
