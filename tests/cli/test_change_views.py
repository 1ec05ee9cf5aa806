"""Plans and what came of them as pages for the terminal: sizes, hostile names, empty states. No account is needed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
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

from wfp_ops.cli.applied_view import comparison_view, summary
from wfp_ops.cli.plan_view import plan_view
from wfp_ops.frames.changing import COMPARISON

WIDTHS = (60, 100, 200)


def drawn(what, width=100):
    """What a terminal of this width shows, without colours."""
    stream = io.StringIO()
    Console(file=stream, width=width, markup=False, emoji=False, highlight=False).print(what, crop=False)
    return stream.getvalue()


def lines(what, width=100):
    return [line.rstrip() for line in drawn(what, width).splitlines()]


def test_a_refused_plan_says_so_first():
    """Right below the title, with each reason; no words at the end."""
    shown = lines(plan_view(refused_plan(), steps=25))
    assert shown[2] == "✖ REFUSED: this plan can't be applied"
    assert shown[3].split(maxsplit=1) == ["count", "40 deletions here and 0 in the last 24 hours"]
    assert "… 15 more: --format json or html shows them" in shown
    assert not any(line.startswith("its words") for line in shown)


def test_an_empty_plan():
    """What is left out and why; nothing about time or words."""
    shown = lines(plan_view(empty_plan(), steps=25))
    assert shown[2] == "✖ NOTHING TO DO: no step is left in this plan"
    assert any(line.startswith("  grace  3  such as customer-0") for line in shown)
    assert not any("applying it takes" in line for line in shown)


def test_columns_that_say_nothing_are_left_out():
    """Creations hold no Workers; a restore knows no customers."""
    head = next(line for line in lines(plan_view(plan_of(creation("a")), steps=5)) if line.startswith("what"))
    assert head.split() == ["what", "name", "customer", "why"]
    back = type(creation("a"))(action="put_worker", namespace="a", worker="w", reason="restore")
    head = next(line for line in lines(plan_view(plan_of(back), steps=5)) if line.startswith("what"))
    assert head.split() == ["what", "name", "why"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("make", [usual_plan, hostile_plan, refused_plan])
def test_plans_fit_their_terminal(make, width):
    """No line is wider than the terminal, and no character of a name moves the cursor."""
    shown = drawn(plan_view(make(), steps=100), width)
    assert all(character.isprintable() or character == "\n" for character in shown)
    assert max(map(len, shown.splitlines())) <= width


@pytest.mark.parametrize("width", [80, 100, 200])
def test_a_long_name_is_broken_only_where_it_must_be(width):
    """Names are what people compare: the reasons give way to them, down to a width that can be read."""
    long = "customer-9-of-a-town-far-away"
    why = "customer '9' left on 2026-08-01, and its contract ended on the last day of that month"
    shown = lines(plan_view(plan_of(deletion(long, customer_id="9", why=why)), steps=5), width)
    assert sum(long in line for line in shown) == 1
    assert max(map(len, shown)) <= width


def test_names_that_would_look_alike():
    """In quotes: blanks at the ends, and letters that are put together from several."""
    names = ["customer-51", "customer-51 ", "customer-\u00e9", "customer-e\u0301"]
    shown = [
        line.split("   ")[1]
        for line in lines(plan_view(plan_of(*map(deletion, names)), steps=5))
        if line.startswith("delete  ")
    ]
    assert shown == ["customer-51", "'customer-51 '", "customer-\u00e9", "'customer-e\\u0301'"]


def test_ten_thousand_steps_are_a_page():
    """As many as are wanted, and how many more."""
    shown = lines(plan_view(huge_plan(), steps=25))
    assert len(shown) < 60
    assert "… 9,975 more: --format json or html shows them" in shown


def test_names_are_whole():
    """However long a name is, all of it is there."""
    longest = max(HOSTILE, key=len)
    shown = drawn(plan_view(plan_of(deletion(longest, customer_id="1", why="left")), steps=5), 120)
    assert shown.count("a") >= len(longest)


def test_every_step_that_is_not_done_is_listed():
    """Failed, dropped and left each with what there is to say; what is done is counted."""
    shown = lines(summary(usual_applied()))
    assert shown[0] == "✖ Applied to acme-prod: 2 done, 1 dropped out, 1 failed, 1 left"
    assert shown[1] == "stopped: cancelled"
    for words in (
        "  delete  customer-10  Cloudflare says: not now",
        "  delete  customer-9  moved: its id was a and is b",
        "  delete  customer-11",
        "  customer-7  the value of the secret API_KEY of 'shop'",
        "journal  /state/journals/20261123T120000Z-dddddddd.jsonl",
    ):
        assert words in shown
    assert not any("customer-8" in line for line in shown)


def test_many_that_are_left_are_counted():
    """They have nothing to say for themselves; those that failed do."""
    left = [("left", creation(f"left-{number}")) for number in range(5_000)]
    failed = [("failed", creation(f"failed-{number}")) for number in range(60)]
    shown = lines(summary(applied_of(*failed, *left)))
    assert sum("failed-" in line for line in shown) == 60
    assert sum("left-" in line for line in shown) == 20
    assert "  … 4,980 more: --format json shows them" in shown


def test_a_long_path_is_not_broken():
    """The journal's path can be copied whole."""
    path = "/state/" + "long/" * 40 + "journal.jsonl"
    assert f"journal  {path}" in lines(summary(applied_of(("done", creation("a")), journal=path)), 60)


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_results(width):
    """No character of a name, a detail or an archive moves the cursor."""
    shown = drawn(summary(hostile_applied()), width)
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_a_comparison():
    """The namespace is called so, equal advice is said once, what is missing all the same is a warning."""
    rows = {
        "worker": [None, "api", "web", "cron"],
        "verdict": ["missing", "missing", "equal", "different"],
        "equal": [None, None, "code", "code"],
        "different": [None, None, None, "tags"],
        "missing": ["the namespace itself", "the Worker itself", "the secrets KEY", None],
        "to_do": ["restore it", "restore it", "put the secrets again", "decide which of both is right"],
    }
    shown = lines(comparison_view(COMPARISON.build(rows, length=4)))
    assert shown == [
        "✖ missing    the namespace  missing: the namespace itself",
        "                            → restore it",
        "✖ missing    api            missing: the Worker itself",
        "▲ equal      web            missing: the secrets KEY",
        "                            → put the secrets again",
        "▲ different  cron           different: tags",
        "                            → decide which of both is right",
    ]
