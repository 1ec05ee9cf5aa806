"""What was done, by clicks: details, checks, going on, watching, restoring, and the record for a customer."""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import replace

import pytest
from support.panels import (
    DELETED,
    LOOKED,
    NOW,
    carried_out,
    choose,
    click,
    in_the_middle,
    override,
    point,
    seen,
    settle,
    type_words,
    wait_for,
)

import wfp_ops
from wfp_ops.widgets.delete_panel import DeletePanel
from wfp_ops.widgets.journal_panel import JournalPanel


def plan_of(account, *names):
    """A plan that deletes these."""
    return account.plan_delete(account.audit(), names or DELETED, overrides=LOOKED)


def opened(account):
    """The panel with its lists."""
    panel = settle(JournalPanel(account))
    assert panel.error is None
    return panel


@pytest.fixture
def applied(account):
    """Two were deleted."""
    plan = plan_of(account, "customer-50", "customer-51")
    return account.apply(plan, confirm=plan.confirmation)


@pytest.fixture
def cut_off(account):
    """One of three was deleted, then somebody cancelled."""
    plan, control = plan_of(account), wfp_ops.Control()

    def stop(progress):
        if progress.done:
            control.cancel()

    made = account.apply(plan, confirm=plan.confirmation, control=control, progress=stop)
    assert made.left
    return made


def pointed(panel, journal):
    """The panel with an apply's details."""
    point(panel.applies, str(journal))
    return settle(panel)


def test_nothing_was_applied(account):
    """Both tables say so."""
    panel = opened(account)
    assert panel.applies.rows.ids == ()
    assert "Nothing was applied" in panel.applies._empty
    for button in (panel.watch_it, panel.go_on, panel.check, panel.show_lines, panel.restore, panel.compare):
        click(panel, button)
        assert isinstance(panel.error, wfp_ops.errors.RefusedError)


def test_an_apply_shows_what_came_of_it(account, applied):
    """A click on it is enough."""
    panel = pointed(opened(account), applied.journal)
    assert panel.error is None
    assert panel._cell("state") == "complete"
    assert panel.flow.result.applied.done == 2
    assert panel.flow.result.steps.rows.cells[2] == ["customer-50", "customer-51"]
    assert not seen(panel.flow.go_on)
    assert seen(panel.flow.back)


def test_the_record_is_checked(account, applied):
    """Whole, with its last hash."""
    panel = pointed(opened(account), applied.journal)
    click(panel, panel.check)
    assert panel.said.title.startswith("the record is whole")
    assert "last hash" in panel.said.hint


def test_a_record_that_was_changed_is_said_and_not_gone_on_with(account, cut_off):
    """In the list, and when it is checked."""
    text = cut_off.journal.read_text(encoding="utf-8")
    cut_off.journal.write_text(text.replace("customer-51", "customer-99"), encoding="utf-8")
    panel = pointed(opened(account), cut_off.journal)
    assert panel._cell("state") == "tampered"
    click(panel, panel.check)
    assert panel.said.title == "the journal was tampered with"
    click(panel, panel.show_lines)
    assert isinstance(panel.error, wfp_ops.errors.JournalError)
    click(panel, panel.go_on)
    assert isinstance(panel.error, wfp_ops.errors.JournalError)


def test_every_line_is_shown(account, applied):
    """In words."""
    panel = pointed(opened(account), applied.journal)
    click(panel, panel.show_lines)
    assert seen(panel.lines)
    said = panel.lines.rows.cells[4]
    assert said[0].startswith("began: delete 2 namespaces")
    assert said[-1].startswith("ended: 2 done")
    assert set(panel.lines.rows.cells[1]) == {"", "1", "2"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", at) for at in panel.lines.rows.cells[0])


def test_what_was_cut_off_is_gone_on_with(account, cut_off, firm):
    """Without the words: it was confirmed when it began. The lists are read anew afterwards."""
    panel = pointed(opened(account), cut_off.journal)
    assert panel._cell("state") in ("interrupted", "unfinished")
    assert panel._cell("left") == str(cut_off.left)
    click(panel, panel.go_on)
    assert panel.error is None
    assert panel.flow.result.applied.complete
    assert firm.names.isdisjoint(DELETED)
    assert panel.applies.rows.cells[1] == ["complete"]


def test_what_goes_on_is_watched_paused_and_cancelled(account, firm, sandbox):
    """Whoever began it; what is left is gone on with."""
    first = DeletePanel(account)
    click(first, first.read)
    choose(first, *DELETED)
    override(first, "traffic", LOOKED["traffic"])
    click(first, first.make)
    with wfp_ops.connect(now=NOW) as again:
        with in_the_middle(sandbox) as held:
            type_words(first)
            held.wait()
            panel = opened(again)
            assert "an apply goes on" in panel.said.title
            (journal,) = panel.applies.rows.ids
            pointed(panel, journal)
            assert panel._cell("state") == "running"
            panel.watch_it.click()
            wait_for(lambda: "1/3" in panel.job.text)
            panel.job.pause_or_go_on()
            wait_for(lambda: "1/3, pausing" in panel.job.text)
        wait_for(lambda: "2/3, paused" in panel.job.text)
        panel.job.cancel()
        settle(panel)
        assert panel.flow.result.applied.left == 1
        settle(first)
        assert first.flow.result.applied.stopped == "cancelled"
        click(panel, panel.flow.go_on)
        assert firm.names.isdisjoint(DELETED)


def test_an_apply_whose_process_was_killed_is_gone_on_with(account, firm, sandbox):
    """It stands there as interrupted; what was in flight is settled by reads, then the rest is done."""
    plan = plan_of(account)
    with in_the_middle(sandbox) as held:
        running = account.start(plan, confirm=plan.confirmation)
        held.wait()
        os.kill(running.progress().pid, signal.SIGKILL)
        wait_for(lambda: running.progress().state == "interrupted")
    panel = pointed(opened(account), running.journal)
    assert panel._cell("state") == "interrupted"
    assert panel.flow.result.applied.left >= 1
    click(panel, panel.go_on)
    assert panel.error is None
    assert panel.flow.result.applied.complete
    assert firm.names.isdisjoint(DELETED)


def test_an_archive_is_compared_and_brought_back(account, applied, firm):
    """By the same words as any plan."""
    panel = opened(account)
    archive = next(each.archive for each in applied.steps if each.step.namespace == "customer-50")
    point(panel.archives, archive)
    click(panel, panel.compare)
    assert set(panel.comparison.rows.cells[1]) == {"missing"}
    click(panel, panel.restore)
    assert panel.flow.plan.restores == archive
    type_words(panel, "bring it back")
    assert panel.said.title == "these are not the words"
    assert "customer-50" not in firm.names
    carried_out(panel)
    assert "customer-50" in firm.names
    assert len(panel.applies.rows.ids) == 2


def test_an_archive_that_was_changed_is_not_restored(account, applied):
    """The list says so, too."""
    archive = next(each.archive for each in applied.steps)
    manifest = account.state_folder().path / "archives" / archive / "manifest.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace("customer-50", "customer-99"), encoding="utf-8"
    )
    panel = opened(account)
    problems = dict(zip(panel.archives.rows.ids, panel.archives.rows.cells[5], strict=True))
    assert problems[archive]
    point(panel.archives, archive)
    click(panel, panel.restore)
    assert isinstance(panel.error, wfp_ops.errors.ArchiveError)
    assert panel.flow.plan is None


def test_the_record_for_a_customer(account, applied):
    """One file, without a word of others."""
    panel = opened(account)
    panel.customer.value = "50"
    panel.departure.click()
    assert panel.error is None
    document = json.loads(panel.departure.made.content)
    assert document == account.departure("50")
    assert b"customer-51" not in panel.departure.made.content
    assert panel.said.title == ""
    archive = document["journals"][0]["steps"][0]["archive"]
    account.apply(plan := account.plan_restore(archive), confirm=plan.confirmation)
    panel.departure.click()
    assert (panel.said.title, panel.error) == ("this proves no departure", None)
    assert archive in panel.said.hint


@pytest.mark.parametrize("number", ["", "  ", "999", "<img src=x onerror=window.ran=1>", "\u05d0", "x" * 300])
def test_no_record_for_a_customer(account, applied, number):
    """Of whom no journal speaks."""
    panel = opened(account)
    panel.customer.value = number
    panel.departure.click()
    assert isinstance(panel.error, wfp_ops.errors.RefusedError)
    assert panel.departure.made is None
    assert "<img" not in panel._status.value


def test_a_journal_that_is_gone_is_said(account, applied):
    """The register still knows of it."""
    applied.journal.unlink()
    panel = pointed(opened(account), applied.journal)
    assert panel._cell("state") == "missing"
    click(panel, panel.check)
    assert isinstance(panel.error, wfp_ops.errors.JournalError)


def test_the_code_is_true_to_what_is_chosen(account, applied):
    """It shows the same, and makes the same plan."""
    panel = pointed(opened(account), applied.journal)
    archive = panel.archives.rows.ids[0]
    point(panel.archives, archive)
    panel.customer.value = "50"
    click(panel, panel.restore)
    code = panel.code()
    names = {"account": account}
    exec("\n".join(line for line in code.split("\n") if "account.apply" not in line), names)
    assert names["running"].result().done == 2
    assert names["plan"].steps == panel.flow.plan.steps
    assert "account.apply(plan, confirm=" in code
    assert "account.departure('50')" in code


def test_two_clicks_go_on_once(account, cut_off, firm):
    """A double click fires the handler twice."""
    panel = pointed(opened(account), cut_off.journal)
    panel.go_on.click()
    panel.go_on.click()
    settle(panel)
    assert panel.flow.result.applied.complete
    assert firm.names.isdisjoint(DELETED)


def test_the_row_of_what_is_watched_counts_along(account, cut_off):
    """It says what the line above it says; the cursor stays."""
    panel = pointed(opened(account), cut_off.journal)
    running = account.attach(cut_off.journal)
    panel._progressed(running, replace(running.progress(), done=2, left=1))
    rows = panel.applies.rows
    counts = {name: rows.cells[at][0] for at, name in enumerate(column.name for column in rows.columns)}
    assert (counts["done"], counts["left"]) == ("2", "1")
    assert panel.applies.active == str(cut_off.journal)
