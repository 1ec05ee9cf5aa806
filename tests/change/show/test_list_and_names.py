"""What every form of a plan shows alike: how the list is read, names that look alike, overrides without need."""

from __future__ import annotations

import html
import io
import unicodedata
from dataclasses import replace

import pytest
from rich.console import Console
from support.shown_plans import deletion, left_out, plan_of

from wfp_ops.change.overrides import Overrides
from wfp_ops.change.show.words import named, read_as
from wfp_ops.change.steps import GuardRow
from wfp_ops.cli.plan_view import plan_view


def _terminal(plan):
    stream = io.StringIO()
    Console(file=stream, width=200, markup=False, emoji=False, highlight=False).print(
        plan_view(plan, steps=20), crop=False
    )
    return stream.getvalue()


def _plain(text):
    """Markup's escapes taken back, and what isolates a text's direction taken out."""
    plain = html.unescape(text).replace("\\", "").replace("<wbr>", "")
    return "".join(each for each in plain if unicodedata.category(each) != "Cf")


FORMS = {
    "terminal": _terminal,
    "repr": repr,
    "markdown": lambda plan: _plain(plan.to_markdown()),
    "fragment": lambda plan: _plain(plan._repr_html_()),
    "page": lambda plan: _plain(plan.to_html()),
}
LIST = {"path": "/srv/lists/c.csv", "reading": {"status": {"Paused": "churned"}, "duplicates": "active_wins"}}


@pytest.mark.parametrize("form", FORMS)
def test_how_the_list_is_read(form):
    """Whoever approves it sees what makes a customer one who left, and which file says so."""
    plan = plan_of(deletion("customer-9"))
    shown = FORMS[form](replace(plan, customers=replace(plan.customers, **LIST)))
    assert "/srv/lists/c.csv" in shown
    assert "Paused counts as churned; of an id that stands twice the active record counts" in shown
    usual = FORMS[form](replace(plan, customers=replace(plan.customers, reading={"duplicates": "refuse"})))
    assert "read as" not in usual.lower()


def test_every_way_to_read():
    """Columns, words for a status, ids that stand twice, their case, the sheet."""
    reading = {
        "columns": {"customer_id": "CRM Id"},
        "status": {"Paused": "churned", "Gone ": "churned"},
        "duplicates": "active_wins",
        "id_case": "fold",
        "sheet": 0,
    }
    assert list(read_as(reading)) == [
        "customer_id from the column 'CRM Id'",
        "Paused counts as churned",
        "'Gone ' counts as churned",
        "of an id that stands twice the active record counts",
        "ids in any case are the same",
        "the sheet 0",
    ]
    assert list(read_as({"duplicates": "refuse", "id_case": "exact", "columns": {}, "sheet": None})) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("customer-51", "customer-51"),
        ("customer-51 ", "'customer-51 '"),
        (" customer-51", "' customer-51'"),
        ("customer 51", "customer 51"),
        ("customer-\u00e9", "customer-\u00e9"),
        ("customer-e\u0301", "'customer-e\\u0301'"),
        ("", ""),
    ],
)
def test_a_name_in_quotes(name, shown):
    """Where it would look like another one, and nowhere else."""
    assert named(name) == shown


@pytest.mark.parametrize("form", FORMS)
def test_names_that_look_alike_do_not(form):
    """In steps, in what is left out and in what is lost."""
    steps = [deletion("customer-51 ", cannot=["a secret"]), deletion("customer-e\u0301")]
    shown = FORMS[form](plan_of(*steps, excluded=(left_out("customer-7 ", "grace", "later"),)))
    assert shown.count("'customer-51 '") >= 2
    assert "customer-eu0301" in shown.replace("\\", "")
    assert "'customer-7 '" in shown


def _row(guard, verdict="overridden", namespace=None, worker=None):
    return GuardRow(guard=guard, verdict=verdict, detail="seen", namespace=namespace, worker=worker)


OVERRIDDEN = Overrides(
    {
        "count": "not many at all",
        "grace": "contract ended",
        "grace:customer-9": "asked them",
        "share": "they all left",
        "state:p/site": "asked for",
        "traffic": "looked at the logs",
    }
)
ROWS = (
    _row("count"),
    _row("share", "pass"),
    _row("grace", namespace="customer-9"),
    _row("grace", "pass", namespace="customer-10"),
    _row("state", namespace="p", worker="site"),
    _row("traffic", "pass", namespace="customer-9"),
)


@pytest.mark.parametrize("form", FORMS)
def test_overrides_that_were_not_needed(form):
    """What no guard had to be passed over by is told apart from what one had."""
    shown = FORMS[form](plan_of(deletion("customer-9"), overrides=OVERRIDDEN, guards=ROWS))
    for reason in ("contract ended", "they all left", "looked at the logs"):
        assert f"(not needed) {reason}" in shown
    for reason in ("not many at all", "asked them", "asked for"):
        assert reason in shown
        assert f"(not needed) {reason}" not in shown
