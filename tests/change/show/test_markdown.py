"""A plan as Markdown: what it says, that it fits into a comment, and that no name becomes markup."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from support.hostile import HOSTILE
from support.shown_plans import (
    deletion,
    empty_plan,
    hostile_plan,
    huge_plan,
    plan_of,
    refused_plan,
    usual_plan,
)

from wfp_ops.change.overrides import Overrides
from wfp_ops.errors import visible

MARKDOWN = MarkdownIt("commonmark").enable("table")
COMMENT = 65_536


def test_what_the_page_says():
    """Heading, digest, words, steps, losses, overrides, guards, and what is left out, folded."""
    plan = usual_plan()
    page = plan.to_markdown()
    assert page.startswith("## Plan for `acme-prod`\n\n**delete 7 namespaces**\n")
    assert f"```text\n{plan.digest}\n```" in page
    assert f"```text\n{plan.confirmation}\n```" in page
    assert "| delete | `customer-100` | `100` | 12 | customer '100' left on 2026-08-01 |" in page
    assert "| `customer-100` | the value of the secret DB of 'shop' |" in page
    assert "| `grace:customer-9` | contract ended in May |" in page
    assert "| pass | quarantine | 402 customers, 3 fewer than accepted |" in page
    assert "- expires: 24 Nov 2026, 12:00 UTC" in page
    folded = page.split("<details>")[1]
    assert "**grace**: 2 (refuses less than grace_days (30)" in folded
    assert "| `customer-42` | `42` | its grace ends on 2026-12-01 12:00 UTC (30 days) |" in folded
    assert page.endswith("</details>\n")


def test_a_refused_plan_says_so_first():
    """Right below the heading, as a caution; nothing is said of approving it."""
    page = refused_plan().to_markdown()
    assert page.startswith(
        "## Plan for `acme-prod`\n\n> [!CAUTION]\n> **REFUSED: this plan can't be applied**\n>\n"
        "> - **count**: 40 deletions here and 0 in the last 24 hours\n"
    )
    assert "| **unknown** | share |" in page
    assert "approve" not in page
    assert "Its words" not in page


def test_an_empty_plan():
    """It says so, and why."""
    page = empty_plan().to_markdown()
    assert "**NOTHING TO DO: no step is left in this plan**" in page
    assert "### Steps" not in page
    assert "3 grace" in page


def test_it_fits_into_a_comment():
    """Ten thousand steps are cut and counted; so are long texts everywhere."""
    page = huge_plan().to_markdown()
    assert len(page) < COMMENT
    shown = page.count("| create |")
    assert f"... {10_000 - shown:,} more" in page
    long = plan_of(
        *(deletion("|" * 300 + str(number), why="`" * 300, cannot=["|" * 300] * 9) for number in range(400)),
        overrides=Overrides({f"grace:{'|' * 200}{number}": "|" * 500 for number in range(200)}),
    )
    assert len(long.to_markdown()) < COMMENT
    assert len(hostile_plan().to_markdown()) < COMMENT


def _outside_of_code(page):
    """The page's HTML as a renderer makes it, without what stands in code."""
    html = MARKDOWN.render(page)
    return re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("plan", [usual_plan(), hostile_plan()], ids=["usual", "hostile"])
def test_hostile_names_are_only_seen(plan):
    """No link, picture, heading, script or mention comes of a name; the only HTML is what folds."""
    html = _outside_of_code(plan.to_markdown())
    tags = set(re.findall(r"</?([a-z0-9]+)", html))
    assert tags <= {
        *("h2", "h3", "p", "strong", "ul", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td"),
        *("details", "summary"),
    }
    assert not re.search(r"@SUM|javascript:|window\.ran|#REF|\{\{|__proto__", html)
    assert html.count("<h2>") == 1


def test_hostile_names_keep_their_cells():
    """Each row of steps has as many cells as the head."""
    plan = plan_of(*(deletion(name, customer_id=name, why=name) for name in HOSTILE))
    html = MARKDOWN.render(plan.to_markdown())
    steps = html.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", steps, re.DOTALL)
    assert [row.count("<td>") for row in rows] == [5] * len(HOSTILE)
    assert visible(HOSTILE[-1]) in rows[-1]


@pytest.mark.parametrize("reason", ["a ``` b", "```` and more", "~~~", "</details>", "# head"])
def test_the_words_can_be_copied_whatever_is_in_them(reason):
    """They stand in a fence that nothing in them ends."""
    plan = plan_of(deletion("customer-7"), overrides=Overrides({"grace": reason}))
    blocks = [token.content for token in MARKDOWN.parse(plan.to_markdown()) if token.type == "fence"]
    assert blocks == [f"{plan.digest}\n", f"{plan.confirmation}\n"]
