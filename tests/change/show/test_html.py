"""A plan, and what came of it, as HTML: what is said, that every text is escaped, that it stays small."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from support.hostile import HOSTILE
from support.shown_plans import (
    applied_of,
    creation,
    deletion,
    empty_plan,
    hostile_applied,
    hostile_plan,
    huge_plan,
    plan_of,
    refused_plan,
    usual_applied,
    usual_plan,
)

from wfp_ops.errors import visible
from wfp_ops.frames.changing import COMPARISON

FRAGMENT_TAGS = {
    "div",
    "strong",
    "code",
    "span",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "bdi",
}


class _Tags(HTMLParser):
    """Every element, every attribute, and the texts."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = set(), set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def parsed(html):
    """The HTML taken apart; elements that are not closed in order fail."""
    parser = _Tags()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


def said(html):
    """What a reader sees, blanks levelled."""
    return " ".join("".join(parsed(html).texts).split())


def test_the_fragment_says_what_the_plan_is():
    """Account, end, digest, counts, steps, losses, what is left out, guards, overrides, forecast, words."""
    plan = usual_plan()
    text = said(plan._repr_html_())
    for words in (
        "Plan for acme-prod",
        f"expires 24 Nov 2026, 12:00 UTC · digest {plan.digest[:12]}",
        "delete 7 namespaces",
        "What can't be brought back",
        "Left out: 4",
        "grace 2 · refuses less than grace_days (30)",
        "its grace ends on 2026-12-04",
        "contract ended in May",
        "Applying it takes about 140 requests, 12 s at the account's rate budget.",
        f"Its words: {plan.confirmation}",
    ):
        assert words in text


def test_a_refused_fragment_says_so_before_its_steps():
    """With each reason, and without words."""
    text = said(refused_plan()._repr_html_())
    assert text.index("REFUSED") < text.index("delete 40 namespaces")
    assert "count: 40 deletions here" in text
    assert "Its words" not in text


def test_an_empty_fragment():
    """No table of steps, and what was left out."""
    html = empty_plan()._repr_html_()
    assert "NOTHING TO DO" in html
    assert "Workers" not in said(html).split("Left out")[0]


@pytest.mark.parametrize("make", [usual_plan, refused_plan, hostile_plan])
def test_fragments_hold_no_more_than_they_should(make):
    """Known elements alone, no handlers, nothing to load, no style sheet."""
    found = parsed(make()._repr_html_())
    assert found.tags <= FRAGMENT_TAGS
    assert found.attributes <= {"style", "role", "title", "open"}


def test_hostile_texts_are_only_seen():
    """Each comes out as the very text, once what can't be seen in it is spelt out."""
    html = plan_of(
        *(deletion(name, customer_id=name, why=f"<{name}>") for name in HOSTILE[:15])
    )._repr_html_()
    text = "".join(parsed(html).texts)
    for name in HOSTILE[:15]:
        assert f"<{visible(name)}>" in text


def test_ten_thousand_steps_make_a_small_fragment():
    """The first few, and how many more."""
    html = huge_plan()._repr_html_()
    assert len(html) < 40_000
    assert "9,985 more: plan.steps" in said(html)
    assert "9,992 more: plan.excluded" in said(html)


def test_colours_of_text_come_from_the_theme():
    """Nothing sets a background or a colour of running text that a dark theme would swallow."""
    html = usual_plan()._repr_html_() + usual_applied()._repr_html_()
    backgrounds = set(re.findall(r"background:([^;\"]+)", html))
    assert backgrounds == {"none"}
    fixed = set(re.findall(r"[;\"]color:(#[0-9a-f]{6})", html))
    assert fixed <= {"#c2185b", "#d55e00", "#0072b2", "#009e73"}


def test_the_page_is_self_contained():
    """Its policy allows its own style alone, there is no script, and nothing is loaded."""
    html = usual_plan().to_html()
    found = parsed(html)
    assert not found.tags & {"script", "img", "iframe", "link", "object", "form", "input"}
    assert not found.attributes & {"src", "href", "onclick", "onload"}
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in html
    assert "default-src &#39;none&#39;" in html
    assert " style=" not in html


def test_the_page_shows_every_step_and_the_whole_digest():
    """Who approves the digest has seen what it stands for."""
    plan = plan_of(*(creation(f"customer-{number}") for number in range(300)))
    html = plan.to_html()
    text = said(html)
    assert plan.digest in text
    assert plan.confirmation in text
    assert all(f">customer-{number}</td>" in html for number in range(300))
    assert "Create 300 namespaces in acme-prod" in text


def test_a_very_long_page_says_what_it_leaves_out():
    """Five thousand steps are shown, the others are counted."""
    html = huge_plan().to_html()
    assert html.count(">create</td>") == 5_000
    assert "and 5,000 more: wfp-ops plan show plan.json --format json" in said(html)


def test_a_refused_page_says_so_first():
    """In the title, and above all facts; with nothing to approve."""
    html = refused_plan().to_html()
    text = said(html)
    assert "<title>Refused: Delete 40 namespaces in acme-prod" in html
    assert text.index("REFUSED") < text.index("Account id")
    assert "approves" not in text
    assert "Nothing to do in acme-prod" in said(empty_plan().to_html())


def test_what_came_of_it():
    """What went otherwise than planned first and open, what is done closed, how to go on, what is lost."""
    html = usual_applied()._repr_html_()
    text = said(html)
    assert "Applied to acme-prod: 2 done, 1 dropped out, 1 failed, 1 left" in text
    assert text.index("failed 1") < text.index("dropped out 1") < text.index("left 1") < text.index("done 2")
    assert "moved: its id was a and is b" in text
    assert "account.resume('/state/journals/20261123T120000Z-dddddddd.jsonl')" in text
    assert "archived as customer-7-20261123T120000Z" in text
    assert "Gone, and can't be brought back customer-7the value of the secret" in text
    assert html.count("<details open") == 3
    assert html.count("<details style") == 1


def test_all_done_has_nothing_to_go_on_with():
    """No alarm, no resume."""
    text = said(applied_of(("done", creation("customer-1")))._repr_html_())
    assert "resume" not in text
    assert "brought back" not in text


def test_left_without_a_stop_can_be_resumed():
    """An unknown outcome is something to go on with."""
    assert "To go on: account.resume(" in said(applied_of(("unknown", creation("a")))._repr_html_())


def test_after_a_restore():
    """What did not come back is called so, and where the comparison is."""
    step = creation("customer-1")
    back = type(step)(**{**vars(step), "evidence": {"cannot": ["the value of a secret"]}})
    frame = COMPARISON.build({name: [] for name in COMPARISON.names}, length=0)
    assert isinstance(frame, pd.DataFrame)
    text = said(applied_of(("done", back), comparison=frame)._repr_html_())
    assert "What did not come back with it customer-1the value of a secret" in text
    assert "applied.comparison" in text


def test_hostile_results():
    """Known elements alone, and small."""
    found = parsed(hostile_applied()._repr_html_())
    assert found.tags <= FRAGMENT_TAGS
    assert found.attributes <= {"style", "role", "open"}
    many = applied_of(*(("left", creation(f"customer-{number}")) for number in range(10_000)))
    assert len(many._repr_html_()) < 20_000
