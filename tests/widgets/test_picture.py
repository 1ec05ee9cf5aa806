"""A chart on a panel: as wide as the page, light or dark, with words for who can't see it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from support import charted

from wfp_ops import charts
from wfp_ops.widgets.picture import Picture


@pytest.fixture
def picture():
    """A picture, and what failed on it."""
    failed = []
    made = Picture(failed.append)
    made.failed = failed
    return made


def draw(picture, usage=None):
    """Draw the usual chart."""
    frame = charted.usage() if usage is None else usage
    picture.draw(lambda style, size: charts.usage_by_customer(frame, style=style, size=size))


def test_it_is_a_png_with_words(picture):
    """Twice as many dots as pixels; the words are the chart's own."""
    draw(picture)
    with Image.open(io.BytesIO(picture._png)) as shown:
        assert shown.format == "PNG"
        assert list(shown.size) == [2 * each for each in picture._pixels]
    assert picture.alt == picture.chart.description
    assert "Requests by customer" in picture.alt


@pytest.mark.parametrize(
    ("room", "width"), [({"width": 780}, 780), ({"width": 340}, 400), ({"width": 9000}, 1180), ({}, 1000)]
)
def test_it_fits_the_room_that_the_page_has(picture, room, width):
    """Within what can be read and what makes sense; before the page has said so, the usual size."""
    picture._room = room
    draw(picture)
    assert picture._pixels[0] == width


def test_another_theme_or_width_draws_it_anew(picture):
    """In place; before anything was drawn nothing is."""
    picture._room = {"width": 800, "dark": True}
    assert picture._png == b""
    draw(picture)
    dark = picture._png
    assert picture.style == "dark"
    picture._room = {"width": 800, "dark": False}
    assert picture.style == "light"
    assert picture._png != dark


@pytest.mark.parametrize("told", [{"width": "wide", "dark": 1}, {"width": -5}, {"width": None, "x": []}])
def test_what_a_page_says_is_not_believed_blindly(picture, told):
    """It may say anything."""
    draw(picture)
    picture._room = told
    assert picture.failed == []
    assert 400 <= picture._pixels[0] <= 1180
    assert picture.style == "light"


def test_what_can_not_be_drawn_leaves_what_was_shown(picture):
    """The error goes to whoever asked: the caller, or the panel."""
    draw(picture)
    before = picture._png

    def fail(_style, _size):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        picture.draw(fail)
    assert picture._png == before
    picture._make = fail
    picture._room = {"width": 500, "dark": False}
    assert [str(error) for error in picture.failed] == ["no"]


def test_it_can_be_taken_away(picture):
    """Then another width draws nothing."""
    draw(picture)
    picture.clear()
    picture._room = {"width": 500, "dark": False}
    assert (picture._png, picture.alt, picture.chart) == (b"", "", None)
