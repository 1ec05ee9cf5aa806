"""The account at a glance, driven as a person drives it, without a browser."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.hostile import hostile_audit
from support.panels import LACKING, click, seen, settle

import wfp_ops
from wfp_ops.change.control import Control
from wfp_ops.frames.provenance import Completeness
from wfp_ops.widgets.overview_panel import OverviewPanel

ACTIVE = "customer_id,status\n1,active\n2,active\n"


def listed(tmp_path, text=ACTIVE):
    """A customer list."""
    path = tmp_path / "customers.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def lines(panel):
    """The evidence, by name."""
    return {line.name: line for line in panel.evidence}


@pytest.fixture(scope="module")
def shown(acme):
    """The demo's account."""
    panel = OverviewPanel(acme)
    return click(panel, panel.run)


def test_before_it_was_read_it_offers_to(acme):
    """And nothing was asked of the account."""
    panel = OverviewPanel(acme)
    assert panel.audit is None
    assert not seen(panel._result)
    assert panel.run.description == "Read the account"


def test_it_shows_counts_evidence_and_what_to_do(shown):
    """Each finding's kind is a step, with its number."""
    assert shown.error is None
    audit = shown.audit
    assert f"matched <b>{audit.counts['states']['namespaces']['matched']:,}</b>" in shown._bars.value
    counts = audit.findings["kind"].value_counts()
    assert {step.kind: step.count for step in shown.steps} == counts.to_dict()
    assert len(shown._next.children) == len(shown.steps)
    evidence = lines(shown)
    assert evidence["inventory"].verdict == "ok"
    assert evidence["analytics"].verdict == "ok"
    assert evidence["customer list"].verdict == "warn"
    assert "3 of them set aside" in evidence["customer list"].detail
    assert evidence["accepted list"].verdict == "warn"


def test_alone_it_has_no_way_to_anywhere(shown):
    """On a workbench each step has its button."""
    assert all(len(step.children) == 1 for step in shown._next.children)
    shown.lead("create")
    assert shown.error is None


def test_a_step_leads_to_what_does_it(acme, shown):
    """With the kind of finding that it is about."""
    went = []
    panel = OverviewPanel(acme, go=lambda where, kind: went.append((where, kind)))
    panel.desk.put(shown.audit)
    buttons = {
        step.kind: line.children[1] for step, line in zip(panel.steps, panel._next.children, strict=True)
    }
    buttons["missing"].click()
    buttons["suspect"].click()
    assert went == [("create", "missing"), ("audit", "suspect")]
    assert buttons["missing"].description == "Create them"
    assert buttons["live_after_churn"].description == "Look at it"


def test_the_code_does_the_same(acme, shown):
    """A person can do without the panel."""
    names = {"account": acme, "wfp_ops": wfp_ops}
    exec(shown.code(), names)
    assert len(names["next_steps"](names["audit"])) == len(shown.steps)


def test_a_list_that_somebody_vouched_for_is_said(connect, sandbox, tmp_path):
    """With the day."""
    sandbox.load("customer-1")
    account = connect()
    account.accept(account.audit(listed(tmp_path)))
    panel = OverviewPanel(account, listed(tmp_path))
    click(panel, panel.run)
    assert lines(panel)["accepted list"].verdict == "ok"
    assert "2026-11-23" in lines(panel)["accepted list"].detail


def test_analytics_that_may_not_be_read_are_said_and_the_rest_works(connect, sandbox, tmp_path):
    """What depends on them is unknown."""
    sandbox.load("customer-1")
    sandbox.switch(analytics_permitted=False)
    panel = OverviewPanel(connect(), listed(tmp_path))
    click(panel, panel.run)
    assert panel.error is None
    assert lines(panel)["analytics"].verdict == "warn"
    assert [step.kind for step in panel.steps if step.kind == "missing"]


def test_an_inventory_that_is_not_proven_is_the_first_thing(acme, shown):
    """In both lists."""
    panel = OverviewPanel(acme)
    panel.desk.put(replace(shown.audit, evidence=Completeness("unproven", "page 2 <b> is missing")))
    assert panel.steps[0].kind == "unproven"
    assert lines(panel)["inventory"].verdict == "fail"
    assert "page 2 &lt;b&gt; is missing" in panel._rests_on.value


def test_no_namespaces_and_no_customers_are_said(connect, tmp_path):
    """Everybody lacks one; or there is no list at all."""
    panel = OverviewPanel(connect(), listed(tmp_path))
    click(panel, panel.run)
    assert [step.said for step in panel.steps] == ["2 customers lack a namespace"]
    panel = OverviewPanel(connect())
    click(panel, panel.run)
    assert panel.said.title == "no customer list"
    assert panel.said.hint


def test_an_account_that_cannot_be_reached_is_said(connect, tmp_path):
    """The panel is free to try again."""
    account = connect("[api]\ndeadline_s = 0.5\n", base_url="http://127.0.0.1:9/client/v4")
    panel = OverviewPanel(account, listed(tmp_path))
    click(panel, panel.run)
    assert isinstance(panel.error, wfp_ops.errors.APIConnectionError)
    assert not panel.run.disabled


def test_a_token_without_permission_is_said_and_never_shown(connect, tmp_path):
    """Neither the token nor what was sent with it."""
    panel = OverviewPanel(connect(token="not-the-token-at-all"), listed(tmp_path))
    click(panel, panel.run)
    assert isinstance(panel.error, wfp_ops.errors.APIStatusError)
    assert "not-the-token-at-all" not in panel._status.value


def test_a_network_that_fails_in_the_middle_leaves_what_was_there(connect, sandbox, tmp_path):
    """The last audit stays; the error stands above it."""
    sandbox.load("customer-1")
    panel = OverviewPanel(connect("[api]\ndeadline_s = 0.5\n"), listed(tmp_path))
    click(panel, panel.run)
    before = panel.audit
    sandbox.fault("cut", route="*/dispatch/namespaces")
    click(panel, panel.run)
    assert panel.error is not None
    assert panel.audit is before
    assert seen(panel._result)


def test_an_apply_that_was_cut_off_stands_above_all_of_it(account):
    """With the way to where it is gone on with."""
    plan = account.plan_create(account.audit(), LACKING)
    control = Control()
    control.cancel()
    account.apply(plan, confirm=plan.confirmation, control=control)
    went = []
    panel = OverviewPanel(account, go=lambda *where: went.append(where))
    assert seen(panel._notice)
    assert "did not come to its end" in panel._elsewhere.value
    assert plan.confirmation in panel._elsewhere.value
    panel._journal.click()
    assert went == [("journal", "")]
    account.resume(account.running()["journal"].iloc[0])
    panel._show()
    assert not seen(panel._notice)


def test_a_customer_list_without_a_customer_is_said(connect, sandbox, tmp_path):
    """Everything is nobody's then, and the list is what to look at."""
    sandbox.load("customer-1")
    panel = OverviewPanel(connect(), listed(tmp_path, "customer_id,status\n"))
    click(panel, panel.run)
    if panel.audit is None:
        assert panel.said.title
    else:
        assert lines(panel)["customer list"].verdict == "warn"
        assert "0 records read" in lines(panel)["customer list"].detail


def test_after_a_change_elsewhere_it_says_so(acme, shown):
    """What was read is not true any more."""
    panel = OverviewPanel(acme)
    panel.desk.put(shown.audit)
    panel.desk.forget("the account was changed")
    assert not seen(panel._result)
    assert panel.said.title == "the account was changed"


def test_a_cancelled_reading_leaves_the_panel_free(connect, sandbox, tmp_path):
    """What it brings later is dropped."""
    panel = OverviewPanel(connect(), listed(tmp_path))
    with sandbox.holding():
        panel.run.click()
        panel.job.cancel()
    assert panel.said.title == "cancelled"
    click(panel, panel.run)
    assert panel.audit is not None


def test_hostile_names_are_text(acme):
    """In every box."""
    panel = OverviewPanel(acme, go=lambda where, kind: None)
    panel.desk.put(hostile_audit())
    boxes = [panel._bars, panel._headline, panel._rests_on, panel._taken]
    boxes += [line.children[0] for line in panel._next.children]
    for shown in boxes:
        tags = set(re.findall(r"<(\w+)", re.sub(r'"[^"]*"', '""', shown.value)))
        assert tags <= {"div", "span", "b", "i", "bdi", "ul", "li"}
    assert settle(panel).error is None


def test_worker_tenancy_speaks_of_workers(connect, sandbox, tmp_path):
    """Which are deployed, not created."""
    sandbox.load({"name": "production", "workers": [{"name": "customer-9"}, {"name": "customer-1"}]})
    settings = "[audit]\ntenancy = 'worker'\nnamespaces = ['production']\nselect = 'name'\n"
    panel = OverviewPanel(connect(settings), listed(tmp_path))
    click(panel, panel.run)
    steps = {step.kind: step for step in panel.steps}
    assert steps["missing"].said == "1 customer lacks a Worker"
    assert steps["missing"].where == "audit"
    assert steps["orphaned"].where == "delete"


def test_what_nobody_looked_at_is_not_known_yet(acme, shown):
    """Another panel has read: no sign of an older reading stands under the new time."""
    assert lines(shown)["analytics"].verdict == "ok"
    panel = OverviewPanel(acme)
    panel.desk.put(shown.audit)
    assert lines(panel)["analytics"].verdict == "unknown"
    assert lines(panel)["analytics"].detail == "not known yet"
    click(panel, panel.run)
    assert lines(panel)["analytics"].verdict == "ok"
    panel.desk.put(replace(panel.audit))
    assert lines(panel)["analytics"].verdict == "unknown"


def test_the_audit_is_seen_before_the_rest_is_looked_up_and_no_click_comes_between(acme, monkeypatch):
    """Both are one piece of work, during which nothing else begins."""
    panel = OverviewPanel(acme)
    asked = acme.doctor
    seen_meanwhile = []

    def doctor():
        seen_meanwhile.append((panel.audit is not None, panel.work("other", lambda _: 1, print)))
        return asked()

    monkeypatch.setattr(acme, "doctor", doctor)
    click(panel, panel.run)
    assert seen_meanwhile == [(True, False)]
    assert lines(panel)["analytics"].verdict == "ok"


def test_advice_is_for_each_of_several_and_names_no_document(shown):
    """Who reads a dashboard has no folder of documents."""
    advice = {
        step.kind: line.children[0].value
        for step, line in zip(shown.steps, shown._next.children, strict=True)
    }
    assert "for each: create its namespace" in advice["missing"]
    assert "for each:" not in advice["live_after_churn"]
    assert "for each:" not in advice["layout"]
    assert not any("docs/" in text for text in advice.values())
