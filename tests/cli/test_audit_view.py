"""The audit's page at every width: whole, in order, and deaf to what names say."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from support.audit_frames import audit_of

from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.cli.audit_view import audit_view, next_steps

EVIL = "x\x1b[2J\u202e[red]y[/red]"


def _render(audit, *, width=100, limit=5, color=None):
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color is not None,
        color_system=color,
        markup=False,
        highlight=False,
    )
    console.print(audit_view(audit, width=width, limit=limit))
    return console.file.getvalue()


def _audit(**options):
    names = [*(f"customer-{n}" for n in range(30)), "staging", EVIL]
    return audit_of(names, [str(n) for n in range(20)], **options)


@pytest.mark.parametrize("width", [40, 80, 100, 140, 220])
def test_no_line_is_wider_than_the_terminal(width):
    """Whatever the width, nothing runs over it, and every count is there."""
    page = _render(_audit(), width=width)
    assert max(map(len, page.splitlines())) <= width
    for count in ("20", "10", "2"):
        assert count in page


def test_names_are_shown_and_not_obeyed():
    """Escapes, bidi overrides and markup in a name come out as text, also in colour."""
    page = _render(_audit(), width=140, color="truecolor")
    assert "x\\x1b[2J\\u202e[red]y[/red]" in page
    assert "\x1b[2J" not in page
    assert "\u202e" not in page


def test_severity_is_told_without_colour():
    """A symbol and a word say what colour says."""
    page = _render(_audit())
    assert "▲ orphaned  10 namespaces  warning" in page
    assert "\x1b" not in page


def test_ten_thousand_findings_do_not_flood():
    """The page stays a page, however many findings there are."""
    page = _render(audit_of([f"customer-{n}" for n in range(10_000)], ["x"]), limit=5)
    assert len(page.splitlines()) < 120
    assert "… 9,985 more" in page


def test_what_was_accepted_and_set_aside_is_told():
    """Neither is silent: how many findings were accepted, which records can't be used."""
    rules = Rules(accepted=(Accepted("unrecognised", "staging", "our own"),))
    page = _render(audit_of(["staging"], ["1", None], rules=rules))
    assert "1 finding accepted in [[audit.accepted]]" in page
    assert "1 record of the customer list can't be used (row " in page


def test_no_findings_is_good_news():
    """An account without a finding says so."""
    page = _render(audit_of(["customer-1"], ["1"]))
    assert "✔ No findings" in page


def test_an_empty_account_has_a_page():
    """No namespace and a few customers: nothing divides by zero."""
    page = _render(audit_of([], ["1"]))
    assert "missing" in page


def test_commands_are_never_broken():
    """What is there to be copied stays on one line, however narrow the terminal."""
    command = f"wfp-ops audit --customers {'x' * 90}.csv"
    console = Console(file=io.StringIO(), width=40)
    console.print(next_steps([(command, "again")]), crop=False)
    assert f"  {command}\n" in console.file.getvalue()
