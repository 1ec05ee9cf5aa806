"""Text becomes HTML in one module, escaped."""

from __future__ import annotations

import re

import pytest
from support.hostile import HOSTILE
from support.pages import ROOT

from wfp_ops.widgets.markup import box, class_for, element, joined, ours, put

ROOM = ROOT / "wfp_ops" / "widgets"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_becomes_markup(name):
    """Neither inside an element, nor in an attribute, nor alone."""
    html = str(element("div", name, joined([name, name], name), title=name))
    tags = re.findall(r"<[^>]*>", re.sub(r'"[^"]*"', '""', html))
    assert set(tags) <= {'<div title="">', "</div>", "<bdi>", "</bdi>"}
    shown = box(name)
    assert re.findall(r"<[^>]*>", shown.value.replace("<bdi>", "").replace("</bdi>", "")) == []


def test_markup_of_ours_stays():
    """What a room below has rendered is not escaped twice."""
    shown = box(ours("<b>plan</b>"))
    assert shown.value == "<b>plan</b>"
    put(shown, element("p", element("b", "x"), " < ", classes="a"))
    assert shown.value == '<p class="a"><b>x</b> &lt; </p>'


@pytest.mark.parametrize("word", ["a b", 'x" onclick="', "", "Ä"])
def test_a_word_that_is_none_of_ours_makes_no_class(word):
    """Only the prefix is left."""
    assert class_for("wfp-s", word) == "wfp-s"
    assert class_for("wfp-s", "orphaned") == "wfp-s-orphaned"


def test_html_is_made_in_one_module():
    """Whoever wants a widget of HTML must go through what escapes."""
    wrong = re.compile(
        r"\b(HTML|HTMLMath|Markup|Output|IFrame|Javascript)\(|\.style\b.*Styler|append_display_data"
    )
    found = {
        path.name: wrong.findall(path.read_text(encoding="utf-8"))
        for path in ROOM.rglob("*.py")
        if path.name != "markup.py"
    }
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("])
def test_scripts_put_text_as_text(word):
    """No script of ours makes markup of a string."""
    for path in (ROOM / "static").glob("*.js"):
        assert word not in path.read_text(encoding="utf-8"), path.name


def test_nothing_is_fetched_from_elsewhere():
    """No address stands in a script or style sheet but the name of SVG's vocabulary, which nobody asks for."""
    for path in (ROOM / "static").iterdir():
        text = path.read_text(encoding="utf-8").replace("xmlns='http://www.w3.org/2000/svg'", "")
        assert "//" not in re.sub(r"^\s*// .*$", "", text, flags=re.MULTILINE), path.name
