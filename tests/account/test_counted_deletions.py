"""The guard ``count`` when the state folder is half gone: it never forgets what was deleted."""

from __future__ import annotations

import shutil

import pytest
from support.company import LOOKED, apply_checked

from wfp_ops.change.journal.head import Head, head_path
from wfp_ops.change.journal.reader import begin_of


@pytest.fixture
def journal(account, plan):
    """The journal of an apply that made three deletions."""
    return apply_checked(account, plan).journal


def _count(account):
    """What the guard says of another plan of deletions."""
    found = account.plan_delete(account.audit(), overrides=LOOKED)
    return next(row for row in found.guards if row.guard == "count")


def _cut(journal):
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    head_path(journal).unlink()


def test_three_are_counted(account, journal):
    """Those that the journal tells of."""
    assert journal.exists()
    assert _count(account).detail == "0 deletions here and 3 in the last 24 hours; at most 25 in any 24 hours"


def test_without_the_register_nobody_knows(company, account, journal):
    """The journals are there still: the reason names one, and says what to do."""
    shutil.rmtree(company.state_folder() / "applied")
    said = _count(account)
    assert said.verdict == "unknown"
    assert str(journal) in said.detail
    assert "bring the folder applied/ back from a backup" in said.detail


@pytest.mark.parametrize("with_a_head", [False, True])
def test_a_journal_that_was_cut_to_its_first_line(account, journal, with_a_head):
    """All that its apply was to delete is counted, with the command that settles it."""
    _cut(journal)
    if with_a_head:
        head = Head(0, begin_of(journal).hash)
        head_path(journal).write_bytes(f'{{"n":{head.n:>15},"hash":"{head.hash}"}}\n'.encode())
    said = _count(account)
    assert said.detail.startswith("0 deletions here and 3 in the last 24 hours")
    assert f"wfp-ops journal resume {journal} settles that" in said.detail


def test_to_resume_a_cut_journal_does_not_forget(account, journal):
    """It may be resumed, and the namespaces are found gone; that says nothing of who deleted them."""
    _cut(journal)
    resumed = account.resume(journal)
    assert (resumed.left, resumed.done) == (0, 0)
    said = _count(account)
    assert said.detail.startswith("0 deletions here and 3 in the last 24 hours")
    assert "its head was missing when it was resumed" in said.detail
