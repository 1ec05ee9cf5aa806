"""Creating what customers lack by clicks, against a real sandbox."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from support.company import ROWS
from support.hostile import hostile_audit
from support.panels import LACKING, NOW, carried_out, click, customer, namespace, seen, settle, type_words

import wfp_ops
from wfp_ops.frames.provenance import Completeness
from wfp_ops.widgets.create_panel import CreatePanel

WANTED = {f"customer-{number}" for number in LACKING}


def opened(account):
    """The panel with its candidates."""
    panel = CreatePanel(account)
    click(panel, panel.read)
    return panel


def previewed(account):
    """With the plan on it."""
    panel = opened(account)
    click(panel, panel.make)
    assert panel.error is None
    return panel


def test_who_lacks_one_is_chosen_to_begin_with(account):
    """Under the names that the convention makes."""
    panel = opened(account)
    assert set(panel.table.rows.cells[3]) == WANTED
    assert len(panel.table.chosen) == 2
    assert panel.overrides is None


def test_conflicts_suspects_and_unusable_records_stand_there_with_the_reason(acme):
    """And can't be chosen."""
    panel = opened(acme)
    shown = dict(zip(panel.table.rows.ids, panel.table.rows.cells[0], strict=True))
    blocked = panel.table.rows.blocked
    assert {shown[key] for key in panel.table.chosen} == {"554", "883"}
    assert blocked["customer 232"] == "the suspect 'customer-0232' may be this customer's already"
    assert blocked["customer 462"] == "its mapping names 'anchor-media', which does not exist"
    assert blocked["record 2"] == "row 390: it has no id"
    with pytest.raises(wfp_ops.errors.FrameError, match="can't be chosen"):
        panel.table.choose(["customer 462"])


def test_a_batch_is_created(account, firm):
    """Preview, words, all of them, and what came of each."""
    panel = previewed(account)
    assert panel.flow.confirm.button.description == "Create them"
    assert "21 namespaces now" in panel.flow.preview._head.value
    applied = carried_out(panel)
    assert applied.done == 2
    assert firm.names >= WANTED
    assert set(panel.flow.result.steps.rows.cells[0]) == {"done"}
    assert not seen(panel.flow.back)


def test_nobody_chosen_creates_nothing(account, firm):
    """Scripts click what is grey."""
    panel = opened(account)
    panel.table.clear()
    click(panel, panel.make)
    assert panel.said.title == "nothing is chosen"
    assert not firm.names & WANTED


def test_what_failed_is_tried_again(account, firm, sandbox):
    """Cloudflare refused one: it stands there, and a new plan is of it alone."""
    panel = previewed(account)
    sandbox.fault(
        "status", status=400, code=10001, message="no", method="POST", route="*/dispatch/namespaces", skip=1
    )
    type_words(panel)
    settle(panel)
    applied = panel.flow.result.applied
    assert (applied.done, applied.failed) == (1, 1)
    assert seen(panel.flow.retry)
    sandbox.control("DELETE", "faults")
    click(panel, panel.flow.retry)
    (step,) = panel.flow.plan.steps
    assert {step.namespace} == WANTED - (firm.names & WANTED)
    assert carried_out(panel).done == 1
    assert firm.names >= WANTED


def test_other_words_create_nothing(account, firm):
    """They must be the plan's own."""
    panel = previewed(account)
    type_words(panel, "create 2 namespaces")
    settle(panel)
    assert panel.said.title == "these are not the words"
    assert not firm.names & WANTED


def test_a_name_that_somebody_takes_meanwhile_drops_out(account, firm):
    """It is theirs."""
    panel = previewed(account)
    firm.company.create("customer-61")
    applied = carried_out(panel)
    assert (applied.done, applied.dropped) == (1, 1)


def test_a_plan_that_has_expired_creates_nothing(firm):
    """It is refused in words."""
    with wfp_ops.connect(now=NOW) as account:
        panel = previewed(account)
        panel.flow.propose(replace(panel.flow.plan, expires_at=panel.flow.plan.created_at))
        type_words(panel)
        settle(panel)
        assert isinstance(panel.error, wfp_ops.errors.RefusedError)
        assert not panel.flow.applying
        assert seen(panel._chooser)
    assert not firm.names & WANTED


def test_the_code_is_true_to_what_is_chosen(account):
    """It makes the same plan."""
    panel = opened(account)
    panel.table.choose(["customer 62"])
    names = {"account": account}
    exec(panel.code(), names)
    assert [step.customer_id for step in names["plan"].steps] == ["62"]


def test_a_customer_that_is_called_like_a_state(account, firm):
    """Is meant by itself."""
    firm.write([*ROWS, customer("missing")])
    panel = opened(account)
    panel.table.choose(["customer missing"])
    names = {"account": account}
    exec(panel.code(), names)
    assert [step.namespace for step in names["plan"].steps] == ["customer-missing"]
    click(panel, panel.make)
    assert panel.flow.plan.steps == names["plan"].steps


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("x" * 300, "makes no valid name"),
        ("\u05d0\u05d1\u05d2", "makes no valid name"),
        ("\U0001f600", "makes no valid name"),
        ("<img src=x onerror=window.ran=1>", "makes no valid name"),
    ],
)
def test_ids_that_make_no_name_are_blocked_with_the_reason(account, firm, number, words):
    """Long ones, right-to-left ones, emoji, markup."""
    firm.write([*ROWS, customer(number)])
    panel = opened(account)
    assert panel.error is None
    (reason,) = panel.table.rows.blocked.values()
    assert words in reason or "name" in reason
    assert len(panel.table.chosen) == 2


def test_nobody_lacks_one(account, firm, sandbox):
    """An empty table with words in it."""
    sandbox.load(*(namespace(name) for name in WANTED), mode="merge")
    panel = opened(account)
    assert panel.table.rows.ids == ()
    assert panel.table.chosen == ()


def test_an_empty_account_lacks_all(account, sandbox):
    """The account had namespaces when its list was accepted: nobody is chosen unasked, with the reason."""
    sandbox.load()
    panel = opened(account)
    assert panel.table.chosen == ()
    assert "the inventory shrank from 21 to 0 namespaces" in panel._facts.value
    assert all(note in panel._facts.value for note in map(html.escape, panel.desk.audit.notes))
    panel.table.choose([key for key in panel.table.rows.ids if key not in panel.table.rows.blocked])
    assert len(panel.table.chosen) == 20
    click(panel, panel.make)
    assert len(panel.flow.plan.steps) == 20


def test_worker_tenancy_is_said(connect, sandbox, firm):
    """Creating means deploying there."""
    sandbox.load({"name": "production", "workers": [{"name": "customer-1"}]})
    firm.settings(more="[audit]\ntenancy = 'worker'\nnamespaces = ['production']\nselect = 'name'\n")
    with wfp_ops.connect(now=NOW) as account:
        panel = opened(account)
        assert "in worker tenancy" in panel.said.title


def test_hostile_names_are_text(acme):
    """Nothing of them is markup."""
    panel = CreatePanel(acme)
    panel.desk.put(replace(hostile_audit(), account_id=acme.account_id))
    assert panel.error is None
    panel._show_code.value = True
    for shown in (panel._facts, panel._status, panel._code):
        assert "<img" not in shown.value
        assert "<script" not in shown.value


def test_an_inventory_that_is_not_proven_chooses_nobody(account):
    """What is missing in it may be there."""
    panel = opened(account)
    unproven = Completeness("unproven", "page 2 is missing")
    panel.desk.put(replace(panel.desk.audit, evidence=unproven, notes=("<b>look here</b>",)))
    assert panel.table.chosen == ()
    assert "Nobody is chosen to begin with: the inventory is not proven complete" in panel._facts.value
    assert "&lt;b&gt;look here&lt;/b&gt;" in panel._facts.value


def test_a_record_of_acceptance_that_cannot_be_read_chooses_nobody(account):
    """Nobody can tell whether the inventory shrank."""
    panel = opened(account)
    assert len(panel.table.chosen) == 2
    (record,) = account.state_dir.rglob("baseline.json")
    record.write_text("{", encoding="utf-8")
    panel.desk.put(replace(panel.desk.audit))
    assert panel.table.chosen == ()
    assert "nobody can tell whether the inventory shrank" in panel._facts.value


def test_one_is_created_in_the_singular(account):
    """On the button, too."""
    panel = opened(account)
    panel.table.choose(["customer 62"])
    click(panel, panel.make)
    assert panel.flow.confirm.button.description == "Create it"
