"""Renaming by clicks, against a real sandbox."""

from __future__ import annotations

import pytest
from support.panels import LOOKED, carried_out, choose, click, override, type_words

from wfp_ops.widgets.rename_panel import RenamePanel


@pytest.fixture
def panel(account):
    """The panel with its candidates."""
    made = RenamePanel(account)
    click(made, made.read)
    assert made.error is None
    return made


def test_the_misnamed_stand_there_with_their_new_names(panel):
    """And nothing is chosen."""
    assert panel.table.rows.cells[0] == ["Customer_60"]
    assert panel.table.rows.cells[1] == ["customer-60"]
    assert panel.table.chosen == ()


def test_one_is_renamed(panel, firm):
    """Preview, words, result; there is no archive, and no way back but another rename."""
    ids = firm.company.ids()
    choose(panel, "Customer_60")
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    assert panel.flow.preview.items.rows.cells[1] == ["Customer_60 -> customer-60"]
    assert carried_out(panel).done == 1
    assert firm.company.ids()["customer-60"] == ids["Customer_60"]


def test_other_words_rename_nothing(panel, firm):
    """They must be the plan's own."""
    choose(panel, "Customer_60")
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    type_words(panel, "rename 1 namespace")
    assert panel.said.title == "these are not the words"
    assert "Customer_60" in firm.names


def test_a_name_that_is_taken_blocks_the_row(account, firm):
    """With the reason: a second one would be nobody's."""
    firm.company.create("customer-60")
    panel = RenamePanel(account)
    click(panel, panel.read)
    if panel.table.rows.ids:
        (reason,) = panel.table.rows.blocked.values()
        assert "is there already" in reason


def test_only_guards_of_renames_are_offered(panel):
    """Grace is about deletions."""
    assert set(panel.overrides.guard.options) == {
        "quarantine",
        "unproven",
        "state",
        "protected",
        "traffic",
        "bound",
    } & set(panel.overrides.guard.options)
    assert "grace" not in panel.overrides.guard.options
    assert "traffic" in panel.overrides.guard.options


def test_the_code_is_true_to_what_is_chosen(panel, account):
    """It makes the same plan."""
    choose(panel, "Customer_60")
    override(panel, "traffic", LOOKED["traffic"])
    names = {"account": account}
    exec(panel.code(), names)
    assert [step.new_name for step in names["plan"].steps] == ["customer-60"]
