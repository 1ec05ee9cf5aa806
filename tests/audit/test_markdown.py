"""An audit as Markdown: what it says, and that no name becomes anything but a name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support.audit_frames import audit_of, inventory

from wfp_ops.audit.markdown import MOST_CHARACTERS, as_markdown, name, table, text
from wfp_ops.audit.rules import Rules
from wfp_ops.errors import visible
from wfp_ops.frames.provenance import Completeness

MARKDOWN = MarkdownIt("commonmark").enable("table")
HOSTILE = [
    "a|b",
    "a\\|b",
    "a`b",
    "``",
    "\\",
    "<script>alert(1)</script>",
    "<!-- -->",
    "&lt;",
    "@octocat",
    "#123",
    "org/repo#1",
    "GH-12",
    "https://evil.example/x",
    "www.evil.example",
    "joe@evil.example",
    "[click](https://evil.example)",
    "![](https://evil.example/pixel)",
    "[x]: https://evil.example",
    "*bold* _it_ ~~no~~",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "| --- |",
    "line\nbreak",
    "\u202etxt.exe",
    "0123456789abcdef0123456789abcdef01234567",
    "$x^2$",
    ":smile:",
    " blanks ",
    "عميل-7",
    "🦊",
]


def cells(markdown):
    """The rows of a page's only table: what a reader sees in each cell, and the cell's HTML without code."""
    html = MARKDOWN.render(markdown)
    rows = re.findall(r"<tr>\n?(.*?)</tr>", html, re.DOTALL)
    return [re.findall(r"<t[hd]>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]


def seen(cell):
    """The text of a cell as a browser shows it."""
    from html import unescape

    return unescape(re.sub(r"</?code>", "", cell))


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("shape", [name, text])
def test_hostile_names_are_only_seen(word, shape):
    """Whatever stands in a name is read in its own cell as it is, and is no markup to anybody."""
    rows = cells("\n".join(table(["a", "b"], [(shape(word), "other")])))
    assert [seen(cell) for cell in rows[1]] == [visible(word), "other"]
    outside = re.sub(r"<code>.*?</code>", "", rows[1][0])
    assert not re.search(r"[@#<>*_~`|\\!\[\]&:$]|://|www\.|GH-", outside)


@given(st.text(min_size=1, max_size=8))
def test_any_name_keeps_its_cell(word):
    """Any text at all: two cells stay two cells, and the first shows the text."""
    rows = cells("\n".join(table(["a", "b"], [(name(word), text(word) or "x")])))
    assert [len(row) for row in rows] == [2, 2]
    assert seen(rows[1][0]) == visible(word)


def test_plain_sentences_stay_plain():
    """What the audit itself says needs no code span."""
    for sentence in (
        "no customer has the id '9'; 3 Workers inside",
        "correct the record (row 7)",
        "'a-1' is mapped",
    ):
        assert text(sentence) == sentence
    assert text("see the commit deadbeef") == "`see the commit deadbeef`"
    assert text("") == ""


def test_what_the_page_says():
    """Account, counts, evidence, each kind with its number, its meaning, advice and worst rows."""
    audit = audit_of(["customer-1", "customer-8", "customer-9", "Staging"], ["1", "2"])
    page = as_markdown(audit, limit=1)
    assert page == audit.to_markdown(limit=1)
    assert page.startswith("## Audit of `test`\n\n**")
    for kind, number in audit.counts["findings"].items():
        assert re.search(rf"^### [✖▲●] {kind}: {number} \(\w+\)$", page, re.MULTILINE)
    assert "2 customer records read" in page
    assert "- inventory proven complete: made for a test" in page
    assert "| `customer-8` | `8` | no customer has the id '8'; 1 Worker inside |" in page
    assert "`customer-9`" not in page
    assert "… 1 more" in page
    assert "**What to do:** look for this id" in page


def test_an_unproven_inventory_is_said_to_be_one():
    """It stands out at the top."""
    unproven = inventory(["customer-1"], proof=Completeness("unproven", "page 2 is <missing>"))
    assert "inventory **NOT proven complete**: `page 2 is <missing>`" in as_markdown(
        audit_of(unproven, ["1"])
    )


def test_no_findings():
    """Nothing wrong is a page, too."""
    page = as_markdown(audit_of(["customer-1"], ["1"]))
    assert "no findings: every namespace has its customer" in page
    assert "###" not in page


def test_a_page_is_never_too_long_for_a_comment():
    """Very many, very long names are cut, and what is left out is counted."""
    names = [f"{'|' * 300}{number}" for number in range(400)] + [f"customer-{n}" for n in range(400)]
    audit = audit_of(names, ["x"], Rules())
    page = as_markdown(audit, limit=400)
    assert len(page) < MOST_CHARACTERS + 2000
    assert "Left out here" in page
    assert len(as_markdown(audit)) < MOST_CHARACTERS
