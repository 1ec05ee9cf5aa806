"""Names of other people in charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from support import charted

from wfp_ops import charts
from wfp_ops.charts.lettering import drawable, fitted, fitted_apart, shown, width, wrapped
from wfp_ops.charts.names import Names

ANY = st.text(max_size=80)


@given(ANY)
def test_what_is_shown_can_be_drawn_and_seen(text):
    """No control or bidi character is left, and no character that no font has."""
    found = shown(text)
    assert found.isprintable()
    assert drawable(found)


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=50))
def test_plain_text_stays_as_it_is(text):
    """Dollars, backslashes and carets as well."""
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u202eabc", "\\u202eabc"),
        ("a\nb\x00", "a\\nb\\x00"),
        ("\u4e2d", "\\u4e2d"),
        ("\ud800", "\\ud800"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * 3 + "\\u0301" * 2),
        ("Zo\u00eb & Bj\u00f6rn \u2014 \u03a9", "Zo\u00eb & Bj\u00f6rn \u2014 \u03a9"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
    ],
)
def test_what_cannot_be_seen_or_drawn_is_an_escape(text, expected):
    """Letters that a font has stay letters, right-to-left ones, too."""
    if text == "\u4e2d" and drawable(text):
        pytest.skip("this machine has a font for Chinese")
    assert shown(text) == expected


@given(ANY, st.floats(30, 400), st.floats(6, 20))
def test_what_is_fitted_fits(text, room, size):
    """Never wider than its room (an ellipsis aside), never cut where it fits."""
    text = shown(text)
    found = fitted(text, room, size)
    assert width(found, size) <= max(room, width("\u2026", size))
    if width(text, size) <= room:
        assert found == text


def test_names_are_cut_in_their_middle():
    """Because many of them differ at the end."""
    found = fitted("International Holdings of the North, unit 17", 150, 9.5)
    assert found.startswith("Internat")
    assert found.endswith("nit 17")
    assert found.count("\u2026") == 1


@given(st.lists(ANY, max_size=8))
def test_two_rows_never_look_alike(names):
    """What became alike by cutting is numbered."""
    found = fitted_apart([shown(name) for name in names], 120, 9.5)
    assert len(set(found)) == len(found)
    assert all(width(each, 9.5) <= 121 for each in found)


@given(st.lists(st.text(alphabet="abc ", min_size=1, max_size=60), max_size=6), st.floats(60, 500))
def test_wrapped_lines_fit_and_lose_no_word(parts, room):
    """Broken between parts first, then between words."""
    lines = wrapped(parts, room, 9.5)
    assert all(width(line, 9.5) <= room for line in lines)
    if not any("\u2026" in line for line in lines):
        assert [word for line in lines for word in line.replace(" \u00b7 ", " ").split()] == [
            word for part in parts for word in part.split()
        ]


def test_a_name_that_no_font_can_draw_gives_way_to_the_id():
    """Boxes say nothing, and five escapes little."""
    if drawable("\u4e2d\u6587"):
        pytest.skip("this machine has a font for Chinese")
    names = Names(charted.customers(["42"], ["\u4e2d\u6587"]))
    assert names.of("42") == "42"
    assert names.title("42") == "Customer 42"


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_hostile_names_are_never_a_formula_nor_a_warning(kind, tmp_path):
    """In names, ids, statuses and the month; no mathtext, no TeX, no missing glyph (warnings are errors)."""
    frame = charted.usage(len(charted.HOSTILE), spans=3, unknown=False)
    ids = sorted(frame["customer_id"].unique(), key=int)
    people = charted.customers(ids, charted.HOSTILE, churned={ids[0]: "2026-11-09"})
    bill = charted.cost(len(ids)).assign(name=[*charted.HOSTILE, *charted.HOSTILE[:2]])
    ways = charted.statuses(2, words=charted.HOSTILE)
    for named, with_ids in ((frame, people), (_as_ids(frame, ids), _as_ids(people, ids))):
        for name, make in charted.every(named, with_ids, ways, bill).items():
            figure = make()
            charts.save(figure, tmp_path / f"{name}.{kind}")
            assert not any(text.get_usetex() for text in figure.findobj(Text))
            names = [text for text in figure.findobj(Text) if "frac" in text.get_text()]
            assert not any(text.get_parse_math() for text in names), name
    assert charted.labels(charts.usage_by_customer(frame, customers=people).axes[0])[0] == charted.HOSTILE[0]


def _as_ids(frame, ids):
    hostile = {
        each: f"{name}{place}" for place, (each, name) in enumerate(zip(ids, charted.HOSTILE, strict=True))
    }
    return frame.assign(customer_id=frame["customer_id"].map(hostile).astype(object))
