"""Cleaning up after churn by clicks, against a real sandbox: every flow, and every refusal."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from support.company import ROWS
from support.hostile import HOSTILE, hostile_audit
from support.panels import (
    DELETED,
    LOOKED,
    NOW,
    Firm,
    carried_out,
    choose,
    click,
    customer,
    in_the_middle,
    namespace,
    override,
    point,
    seen,
    settle,
    type_words,
    wait_for,
)

import wfp_ops
from wfp_ops.widgets.delete_panel import DeletePanel
from wfp_ops.widgets.desk import Desk


def opened(account, **given):
    """The panel with its candidates."""
    panel = DeletePanel(account, **given)
    click(panel, panel.read)
    assert panel.measuring.wait(30)
    return panel


def previewed(account, *names):
    """The panel with the plan of these on it."""
    panel = opened(account)
    choose(panel, *(names or DELETED))
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    assert panel.error is None
    return panel


def cell(panel, name, column):
    """What the table of candidates shows."""
    rows = panel.table.rows
    place = [each.name for each in rows.columns].index(column)
    names = rows.cells[0]
    return rows.cells[place][names.index(name)]


# --- looking and choosing -------------------------------------------------------------------------


def test_before_it_was_read_it_offers_to(account):
    """And nothing can be previewed."""
    panel = DeletePanel(account)
    assert not seen(panel._chooser)
    assert panel.read.description == "Read the account"
    click(panel, panel.make)
    assert panel.said.title == "nothing is chosen"


def test_the_candidates_have_what_a_person_decides_by(account):
    """Whose it was, when they left, what is inside, and nothing is chosen."""
    panel = opened(account)
    assert tuple(panel.table.rows.cells[0]) == DELETED
    assert panel.table.chosen == ()
    assert cell(panel, "customer-50", "state") == "churned"
    assert cell(panel, "customer-50", "status") == "churned"
    assert cell(panel, "customer-50", "churned_on") == "2026-06-01"
    assert cell(panel, "customer-50", "workers") == "2"
    assert cell(panel, "customer-50", "trusted") == "no"
    assert cell(panel, "customer-50", "last") == "2026-11-23"
    assert cell(panel, "customer-52", "last") == "none in 30 d"
    assert cell(panel, "customer-50", "age_days") == "687"
    assert cell(panel, "customer-50", "verdict") == "nothing so far"
    (ranks,) = [column.ranks for column in panel.table.rows.columns if column.name == "verdict"]
    assert ranks[0] == "nothing so far"


def test_a_guard_that_refuses_stands_next_to_the_item(firm, account):
    """Before any plan, and in the plan."""
    firm.settings(change="max_share = 1.0\nprotect = ['customer-51']\nmax_workers = 1\n")
    with wfp_ops.connect(now=NOW) as strict:
        panel = opened(strict)
        assert (
            cell(panel, "customer-51", "detail")
            == "protected: 'customer-51' is on the protect list ('customer-51')"
        )
        assert cell(panel, "customer-50", "detail") == "workers: 2 Workers inside; at most 1 may be"
        choose(panel, *DELETED)
        override(panel, "traffic", LOOKED["traffic"])
        click(panel, panel.make)
        items = dict(
            zip(panel.flow.preview.items.rows.cells[1], panel.flow.preview.items.rows.cells[0], strict=True)
        )
        assert items == {"customer-52": "delete", "customer-50": "skip", "customer-51": "skip"}
        why = panel.flow.preview.items.rows.cells[5]
        assert any("on the protect list" in text for text in why)


def test_what_the_filter_hides_stays_chosen(account):
    """And is said."""
    panel = opened(account)
    choose(panel, "customer-50", "customer-51")
    panel.table.narrow("customer-51")
    assert panel.table.summary == "2 chosen, 1 of them hidden by the filter"
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    assert [step.namespace for step in panel.flow.plan.steps] == ["customer-50", "customer-51"]


def test_a_list_that_nobody_accepted_is_refused(connect, sandbox, tmp_path):
    """With the reason, and no words are asked for."""
    Firm(sandbox, tmp_path)
    with wfp_ops.connect(now=NOW) as account:
        panel = opened(account)
        choose(panel, "customer-50")
        for guard in ("traffic", "grace"):
            override(panel, guard, "asked them by mail")
        click(panel, panel.make)
        assert "no customer list was accepted yet" in panel.flow.preview._head.value
        assert not panel.flow.confirm.offered
        panel.flow.confirm.typed.value = panel.flow.plan.confirmation
        click(panel, panel.flow.confirm.button)
        assert panel.said.title == "nothing waits to be confirmed"


def test_a_list_is_vouched_for_with_words(connect, sandbox, tmp_path):
    """Other words accept nothing; the right ones once."""
    Firm(sandbox, tmp_path)
    with wfp_ops.connect(now=NOW) as account:
        panel = opened(account)
        vouching = panel.vouching
        assert seen(vouching.view)
        click(panel, vouching.confirm.button)
        assert panel.error is not None
        click(panel, vouching.begin)
        vouching.confirm.typed.value = "accept 23 records"
        click(panel, vouching.confirm.button)
        assert panel.said.title == "these are not the words"
        assert account.accepted() is None
        vouching.confirm.typed.value = "accept 23 customer records"
        click(panel, vouching.confirm.button)
        assert panel.error is None
        assert account.accepted().customers == 23
        assert not seen(vouching.view)
        choose(panel, "customer-50")
        override(panel, "traffic", LOOKED["traffic"])
        click(panel, panel.make)
        (left_out,) = panel.flow.plan.excluded
        assert left_out.guard == "grace"
        assert not panel.flow.plan.refusals


def test_where_a_list_was_accepted_nobody_is_asked(account):
    """Once is enough."""
    assert not seen(opened(account).vouching.view)


# --- overrides ------------------------------------------------------------------------------------


def test_an_override_needs_a_reason(account):
    """In writing."""
    panel = opened(account)
    override(panel, "grace", "")
    assert "needs a reason" in panel.said.title
    assert panel.reasons == {}


def test_an_override_stands_in_the_words_and_can_be_taken_back(account):
    """For one item alone; taking it back takes the preview away."""
    panel = opened(account)
    choose(panel, "customer-50", "customer-51")
    override(panel, "traffic", "looked at the logs", "customer-50")
    assert panel.reasons == {"traffic:customer-50": "looked at the logs"}
    click(panel, panel.make)
    assert panel.flow.plan.confirmation.endswith("overriding traffic:customer-50 (looked at the logs)")
    assert [step.namespace for step in panel.flow.plan.steps] == ["customer-50"]
    panel.overrides._list.children[0].children[1].click()
    assert panel.reasons == {}
    assert panel.flow.plan is None
    assert not panel.flow.confirm.offered


def test_an_override_goes_with_its_item(account):
    """What is not chosen any more needs none, and a plan would refuse it."""
    panel = opened(account)
    choose(panel, "customer-50", "customer-51")
    override(panel, "grace", "contract ended in May", "customer-51")
    choose(panel, "customer-50")
    assert panel.reasons == {}


# --- nothing is deleted but by the words ----------------------------------------------------------


@pytest.mark.parametrize("words", ["", "yes", "delete 3 namespaces", "DELETE 3 NAMESPACES"])
def test_other_words_delete_nothing(account, firm, words):
    """Whatever is typed."""
    panel = previewed(account)
    type_words(panel, words)
    settle(panel)
    assert panel.said.title == "these are not the words"
    assert set(DELETED) <= firm.names


def test_a_double_click_deletes_once(account, firm):
    """The second click finds nothing to confirm; one journal is written."""
    panel = previewed(account)
    confirm = panel.flow.confirm
    confirm.typed.value = panel.flow.plan.confirmation
    confirm.button.click()
    confirm.button.click()
    settle(panel)
    assert panel.flow.result.applied.done == 3
    assert len(firm.company.journals()) == 1


def test_a_stale_button_does_nothing(account, firm):
    """After the apply, after the choice has changed, after the candidates were read again."""
    panel = previewed(account, "customer-50")
    words, button = panel.flow.plan.confirmation, panel.flow.confirm.button
    choose(panel, "customer-51")
    for _ in range(2):
        panel.flow.confirm.typed.value = words
        click(panel, button)
        assert panel.said.title == "nothing waits to be confirmed"
        click(panel, panel.read)
    choose(panel, "customer-51")
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    type_words(panel, panel.flow.plan.confirmation)
    settle(panel)
    assert panel.flow.result.applied.done == 1
    panel.flow.confirm.typed.value = words
    click(panel, button)
    assert panel.said.title == "nothing waits to be confirmed"
    assert firm.names & set(DELETED) == {"customer-50", "customer-52"}


def test_a_cell_that_runs_again_deletes_nothing(account, firm):
    """A new panel knows no plan; its buttons do nothing, pressed in whatever order."""
    previewed(account)
    panel = DeletePanel(account)
    for button in (
        panel.make,
        panel.flow.confirm.button,
        panel.flow.go_on,
        panel.flow.retry,
        panel.flow.back,
    ):
        click(panel, button)
        assert panel.error is not None
    assert set(DELETED) <= firm.names
    assert firm.company.journals() == []


def test_a_choice_that_changes_while_the_plan_is_made_is_not_offered(account, sandbox):
    """What is seen is what was chosen."""
    panel = opened(account)
    choose(panel, "customer-50")
    override(panel, "traffic", LOOKED["traffic"])
    with sandbox.holding("GET") as held:
        panel.make.click()
        choose(panel, "customer-51")
        held.release()
        settle(panel)
    assert panel.said.title == "the choice has changed meanwhile"
    assert panel.flow.plan is None
    assert not panel.flow.confirm.offered


def test_two_tabs_delete_once(account, firm):
    """The same plan in two panels: the second is refused, whoever is first."""
    one, other = previewed(account, "customer-50"), previewed(account, "customer-50")
    carried_out(one)
    type_words(other)
    settle(other)
    assert other.error is not None
    assert not other.flow.confirm.offered
    assert other.flow.result.applied is None
    assert firm.names & set(DELETED) == {"customer-51", "customer-52"}


def test_two_tabs_at_once_delete_once(account, firm, sandbox):
    """While one goes on, the other is told so; it can watch."""
    one, other = previewed(account), previewed(account)
    with sandbox.holding("DELETE") as held:
        type_words(one)
        held.wait()
        type_words(other)
        settle(other)
        assert isinstance(other.error, wfp_ops.errors.StateError | wfp_ops.errors.RefusedError)
        held.release()
        settle(one)
    assert one.flow.result.applied.done == 3
    assert len(firm.company.journals()) == 1


# --- an apply -------------------------------------------------------------------------------------


def test_deleting_archives_and_brings_back_on_the_same_screen(account, firm, sandbox):
    """Chosen, previewed, confirmed, gone, and back again with its Workers."""
    before = sandbox.state()["customer-50"]
    panel = previewed(account)
    applied = carried_out(panel)
    assert applied.done == 3
    assert firm.names.isdisjoint(DELETED)
    assert not seen(panel._chooser)
    assert panel.desk.audit is None
    point(panel.flow.result.steps, "0")
    assert panel.flow.back.description == "Bring back customer-50"
    click(panel, panel.flow.back)
    assert panel.flow.plan.confirmation.startswith("create 1 namespace and upload 2 Workers in ")
    assert panel.flow.confirm.button.description == "Bring it back"
    assert "account.plan_restore(" in panel.code()
    back = carried_out(panel)
    assert back.done == 3
    assert set(panel.flow.result.comparison.rows.cells[1]) == {"equal"}
    after = sandbox.state()["customer-50"]
    assert [each["name"] for each in after["workers"]] == [each["name"] for each in before["workers"]]


def test_after_the_result_the_candidates_are_read_anew(account):
    """What is gone is no candidate."""
    panel = previewed(account, "customer-50")
    carried_out(panel)
    click(panel, panel.flow.leave)
    assert not seen(panel.flow._came_out)
    assert panel.read.description == "Read the account"
    click(panel, panel.read)
    assert tuple(panel.table.rows.cells[0]) == ("customer-51", "customer-52")


def gone(firm):
    """How many are deleted."""
    return len(set(DELETED) - firm.names)


def test_cancelled_in_the_middle_it_can_be_gone_on_with(account, firm, sandbox):
    """What is done is done, the rest is there; resuming needs no words, and does the rest."""
    panel = previewed(account)
    with in_the_middle(sandbox) as held:
        type_words(panel)
        held.wait()
        panel.job.cancel()
        wait_for(lambda: "1/3, cancelling" in panel.job.text)
        held.release()
        settle(panel)
    applied = panel.flow.result.applied
    assert (applied.done, applied.left) == (2, 1)
    assert applied.stopped == "cancelled"
    assert gone(firm) == 2
    assert seen(panel.flow.go_on)
    click(panel, panel.flow.go_on)
    assert panel.flow.result.applied.complete
    assert gone(firm) == 3


def test_it_can_be_paused(account, firm, sandbox):
    """Nothing more is done until somebody says go on."""
    panel = previewed(account)
    with in_the_middle(sandbox) as held:
        type_words(panel)
        held.wait()
        panel.job.pause_or_go_on()
        wait_for(lambda: "1/3, pausing" in panel.job.text)
    wait_for(lambda: account.running()["state"].tolist() == ["paused"])
    wait_for(lambda: "2/3, paused" in panel.job.text)
    threading.Event().wait(1.0)
    assert gone(firm) == 2
    panel.job.pause_or_go_on()
    settle(panel)
    assert gone(firm) == 3
    assert panel.flow.result.applied.complete


def test_another_panel_finds_what_goes_on_and_watches(account, firm, sandbox):
    """As after a kernel's restart: it offers to watch, and can pause and cancel."""
    first = previewed(account)
    with wfp_ops.connect(now=NOW) as again:
        with in_the_middle(sandbox) as held:
            type_words(first)
            held.wait()
            second = DeletePanel(again)
            assert seen(second.flow.notice)
            assert "delete 3 namespaces" in second.flow._elsewhere.value
            second.flow.watch.click()
            wait_for(lambda: "1/3" in second.job.text)
            second.job.pause_or_go_on()
            wait_for(lambda: "1/3, pausing" in second.job.text)
        wait_for(lambda: first.job._pause.description == "Go on")
        with sandbox.holding("DELETE"):
            second.job.pause_or_go_on()
            wait_for(lambda: first.job._pause.description == "Pause")
        settle(second)
        assert second.flow.result.applied.done == 3
    settle(first)
    assert first.flow.result.applied.done == 3


def test_what_moved_meanwhile_drops_out(account, firm):
    """Its reason stands beside it, and it can be planned again."""
    panel = previewed(account)
    firm.company.deploy("customer-50")
    applied = carried_out(panel)
    assert (applied.done, applied.dropped) == (2, 1)
    assert "customer-50" in firm.names
    assert seen(panel.flow.retry)
    click(panel, panel.flow.retry)
    assert panel.error is None
    assert [step.namespace for step in panel.flow.plan.steps] == ["customer-50"]
    carried_out(panel)
    assert firm.names.isdisjoint(DELETED)


def test_a_network_that_fails_in_the_middle_leaves_the_rest(account, firm, sandbox):
    """The breaker stops; what is left is gone on with once the network is back."""
    sandbox.fault("slow", method="DELETE", delay_s=5, skip=1, count=1, route="*/dispatch/namespaces/*")
    panel = previewed(account)
    type_words(panel)
    wait_for(lambda: gone(firm) == 1)
    sandbox.fault("reset", route="/accounts/*")
    settle(panel, 120)
    applied = panel.flow.result.applied
    assert applied.left >= 1
    assert applied.stopped
    assert applied.stopped in panel.flow.result._head.value
    sandbox.control("DELETE", "faults")
    click(panel, panel.flow.go_on)
    assert gone(firm) == 3


def test_a_customer_who_came_back_is_spared(account, firm):
    """The list is read again before anything is done."""
    panel = previewed(account, "customer-50")
    firm.write([row if row["customer_id"] != "50" else customer("50") for row in ROWS])
    type_words(panel)
    settle(panel)
    assert isinstance(panel.error, wfp_ops.errors.RefusedError)
    assert "customer-50" in firm.names
    assert not panel.flow.applying


def test_a_rehearsal_changes_nothing(account, firm):
    """And is shown where the plan is."""
    panel = previewed(account)
    panel.flow.rehearse.click()
    settle(panel, 120)
    assert panel.error is None
    assert "wfp-rehearsal" in panel.flow._rehearsed.value
    assert set(DELETED) <= firm.names
    assert panel.flow.confirm.offered


# --- the code -------------------------------------------------------------------------------------


def test_the_code_is_true_to_what_is_chosen(account):
    """It makes the same plan."""
    panel = previewed(account, "customer-50", "customer-52")
    code = panel.code()
    assert "account.apply(plan, confirm=" in code
    names = {"account": account}
    exec("\n".join(line for line in code.split("\n") if "account.apply" not in line), names)
    assert names["plan"].steps == panel.flow.plan.steps
    assert names["plan"].confirmation == panel.flow.plan.confirmation
    choose(panel, "customer-52")
    assert "customer-50" not in panel.code()
    assert "account.apply" not in panel.code()


def test_a_name_that_is_a_state_is_a_name_in_the_code(account, firm, sandbox):
    """And in the plan: nobody means all orphans by it."""
    sandbox.load(namespace("orphaned"), namespace("customer-99"), mode="merge")
    rows = [*({"customer_id": str(n), "status": "active", "started_on": "2025-01-01"} for n in range(1, 18))]
    rows.append({**customer("77", "churned"), "namespace": "orphaned"})
    firm.write(rows)
    panel = opened(account)
    choose(panel, "orphaned")
    code = panel.code()
    names = {"account": account}
    exec(code, names)
    asked = [*names["plan"].steps, *(each.step for each in names["plan"].excluded)]
    assert [step.namespace for step in asked] == ["orphaned"]


# --- bad input ------------------------------------------------------------------------------------


def test_no_namespaces_are_said(account, sandbox):
    """An empty table with words in it."""
    sandbox.load()
    panel = opened(account)
    assert panel.error is None
    assert panel.table.rows.ids == ()
    assert "Nothing to clean up" in panel.table._empty


def test_no_customers_delete_nobody(account, firm):
    """Everything is an orphan then, and no plan of it is offered."""
    firm.write([])
    panel = opened(account)
    if panel.candidates is not None:
        panel.table.choose(panel.table.rows.ids)
        for guard in ("traffic", "grace"):
            override(panel, guard, "asked them by mail")
        click(panel, panel.make)
        assert not panel.flow.confirm.offered
    else:
        assert panel.error is not None


def test_an_account_that_cannot_be_reached_is_said(firm):
    """And the panel is free to try again."""
    firm.settings(more="[api]\ndeadline_s = 0.5\n")
    with wfp_ops.connect(now=NOW, base_url="http://127.0.0.1:9/client/v4") as account:
        panel = DeletePanel(account)
        click(panel, panel.read)
        assert isinstance(panel.error, wfp_ops.errors.APIConnectionError)
        assert not panel.read.disabled
        assert not seen(panel._chooser)


def test_a_token_without_permission_is_said_and_never_shown(firm):
    """Neither the token nor what was sent with it."""
    with wfp_ops.connect(now=NOW, token="not-the-token-at-all") as account:
        panel = DeletePanel(account)
        click(panel, panel.read)
        assert isinstance(panel.error, wfp_ops.errors.APIStatusError)
        assert "not-the-token-at-all" not in panel._status.value


def test_without_analytics_the_last_request_is_unknown_and_all_else_works(account, sandbox):
    """The guards say so, too."""
    sandbox.fault("graphql_errors", route="/graphql", message="not authorized for that account")
    panel = opened(account)
    assert panel.error is None
    assert cell(panel, "customer-50", "last") == "unknown"
    assert "is not known" in panel._requests.value
    choose(panel, "customer-50")
    click(panel, panel.make)
    (left_out,) = panel.flow.plan.excluded
    assert left_out.guard == "traffic"
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    assert panel.flow.plan.can_be_applied


def test_an_audit_of_another_panel_takes_the_preview_away(account):
    """Candidates of now, a plan of before: only the former stays."""
    desk = Desk(account)
    panel = DeletePanel(account, desk=desk)
    desk.put(account.audit())
    assert panel.measuring.wait(30)
    choose(panel, "customer-50")
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    assert panel.flow.plan is not None
    desk.put(account.audit())
    assert panel.flow.plan is None
    assert panel.table.chosen == ()
    desk.forget("the account was changed")
    assert not seen(panel._chooser)
    assert panel.said.title == "the account was changed"


def test_hostile_names_are_text(acme):
    """In the table, the facts, the preview and the code; nothing of them is markup."""
    panel = DeletePanel(acme)
    panel.desk.put(replace(hostile_audit(), account_id=acme.account_id))
    assert panel.measuring.wait(30)
    assert panel.error is None
    for shown in (panel._facts, panel._status, panel._requests, panel.flow._elsewhere):
        assert "<img" not in shown.value
    assert f"customer-{HOSTILE[5]}" in panel.table.rows.cells[0]
    panel.table.choose(panel.table.rows.ids)
    panel._show_code.value = True
    assert "&lt;script" in panel._code.value
    assert "<script" not in panel._code.value


def test_a_name_of_300_characters_is_deleted_like_any_other(account, firm, sandbox):
    """What a sandbox holds, a panel shows, and a plan names."""
    long = f"customer-{'x' * 300}"
    sandbox.load(namespace(long), mode="merge")
    firm.write([*ROWS, {**customer("77", "churned"), "namespace": long}])
    panel = opened(account)
    choose(panel, long)
    for guard in ("traffic", "grace"):
        override(panel, guard, "asked them by mail")
    click(panel, panel.make)
    assert panel.error is None
    assert carried_out(panel).done == 1
    assert long not in firm.names


def test_an_override_ends_with_what_it_was_given_for(account, firm):
    """A new reading and an apply take it away: it would spread to what it was not about."""
    panel = opened(account)
    override(panel, "traffic", LOOKED["traffic"])
    assert panel.overrides.given
    click(panel, panel.read)
    assert panel.overrides.given == {}
    assert not seen(panel.overrides._list)
    choose(panel, "customer-50")
    override(panel, "traffic", LOOKED["traffic"])
    click(panel, panel.make)
    assert carried_out(panel).done == 1
    assert panel.overrides.given == {}


def test_what_failed_is_tried_again_with_the_overrides_of_its_plan(account, firm, sandbox):
    """They were given for the very items that failed."""
    panel = previewed(account, "customer-50")
    sandbox.fault(
        "status", status=400, code=10001, message="no", method="DELETE", route="*/dispatch/namespaces/*"
    )
    type_words(panel)
    settle(panel)
    assert panel.flow.result.applied.failed == 1
    sandbox.control("DELETE", "faults")
    click(panel, panel.flow.retry)
    assert dict(panel.flow.plan.overrides.reasons) == {"traffic": LOOKED["traffic"]}
    assert [step.namespace for step in panel.flow.plan.steps] == ["customer-50"]


def test_reading_again_closes_a_result(account, firm):
    """Who reads sees what was read."""
    panel = previewed(account, "customer-50")
    carried_out(panel)
    assert seen(panel.flow._came_out)
    assert not seen(panel._chooser)
    click(panel, panel.read)
    assert not seen(panel.flow._came_out)
    assert seen(panel._chooser)
    assert "customer-50" not in panel.table.rows.cells[0]


def test_what_an_audit_notes_stands_above_the_choice(account):
    """As text."""
    panel = opened(account)
    panel.desk.put(replace(panel.desk.audit, notes=("the list is <i>old</i>",)))
    assert "the list is &lt;i&gt;old&lt;/i&gt;" in panel._facts.value


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "needs a reason of 3 to 500 characters"),
        ("asked \u202e them", "has a reason with a character that can't be seen (U+202E)"),
    ],
)
def test_what_is_wrong_with_a_reason_is_said_without_the_words_of_a_terminal(account, reason, words):
    """A page has a form for it."""
    panel = opened(account)
    override(panel, "grace", reason)
    assert panel.said.title == f"the override 'grace' {words}"
    assert panel.said.facts == {}
    assert "GUARD=" not in panel.said.hint
    assert panel.overrides.given == {}
