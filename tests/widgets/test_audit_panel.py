"""The audit as a panel, driven as a person drives it, without a browser."""

from __future__ import annotations

import csv
import io
import re
import threading
from dataclasses import replace

import pytest
from support.hostile import HOSTILE, hostile_audit

import wfp_ops
from wfp_ops.frames.provenance import Completeness
from wfp_ops.widgets.audit_panel import AuditPanel
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.rows import Filter

ACTIVE = "customer_id,status\n1,active\n2,active\n"


def run(panel):
    """Click, and wait for what comes."""
    panel.run.click()
    assert panel.wait(30)
    return panel


def seen(widget):
    """Whether it is on the page."""
    return widget.layout.display != "none"


@pytest.fixture
def shown(acme):
    """The demo's audit, on a panel."""
    return run(AuditPanel(acme))


def test_before_it_was_run_it_offers_to(acme):
    """And nothing was asked of the account."""
    panel = AuditPanel(acme)
    assert panel.audit is None
    assert not seen(panel._result)
    assert not seen(panel._exports)
    assert panel.run.description == "Run the audit"


def test_it_shows_what_the_audit_found(shown):
    """The counts, the evidence, and every finding."""
    assert shown.error is None
    audit = shown.audit
    assert seen(shown._result)
    assert len(shown.findings.rows.ids) == len(audit.findings) > 30
    facts = shown._facts.value
    for state, count in audit.counts["states"]["namespaces"].items():
        assert f"{state} <b>{count:,}</b>" in facts
    assert "inventory proven complete" in facts
    assert f"{len(audit.findings):,} findings" in shown._headline.value
    assert shown.run.description == "Run it again"


def test_findings_can_be_looked_at_by_kind_and_severity(shown):
    """As the drop-downs do."""
    frame = shown.audit.findings
    shown.findings.narrow(severity="critical")
    wanted = frame.index[frame["severity"] == "critical"]
    assert shown.findings.shown == tuple(map(str, wanted))
    shown.findings.narrow("customer-158", kind="churned")
    assert [frame["namespace"][int(place)] for place in shown.findings.shown] == ["customer-158"]


def test_the_csv_holds_what_the_filter_shows(shown):
    """Safe to open in a spreadsheet."""
    shown.findings.narrow(kind="orphaned")
    shown.csv.click()
    rows = list(csv.DictReader(io.StringIO(shown.csv.made.content.decode("utf-8"))))
    assert {row["kind"] for row in rows} == {"orphaned"}
    assert len(rows) == len(shown.findings.shown)
    assert shown.csv.made.name == "findings-2026-11-23.csv"


def test_the_report_is_the_audits_own_page(shown):
    """The same bytes as the library's."""
    shown.report.click()
    assert shown.report.made.content.decode("utf-8") == shown.audit.to_html()


def test_nothing_is_exported_before_there_is_something(acme):
    """Scripts click what is not there."""
    panel = AuditPanel(acme)
    panel.csv.click()
    assert panel.said.title == "there is no audit yet"
    assert panel.csv.made is None
    panel.report.click()
    assert panel.report.made is None


def test_the_code_does_the_same(acme, shown, tmp_path, monkeypatch):
    """A person can do without the panel."""
    monkeypatch.chdir(tmp_path)
    names = {"account": acme, "wfp_ops": wfp_ops}
    exec(shown.code(), names)
    assert len(names["audit"].findings) == len(shown.audit.findings)
    assert (tmp_path / "audit.html").exists()


def test_two_clicks_read_once(connect, sandbox):
    """A double click fires the handler twice."""
    sandbox.load("customer-1")
    panel = AuditPanel(connect(), _list(ACTIVE))
    with sandbox.holding(route="*/dispatch/namespaces") as held:
        panel.run.click()
        panel.run.click()
        held.wait()
        assert held.count <= 2  # the listing and, where that proves it, its second page
    assert panel.wait(60)
    assert panel.error is None


def test_a_cancelled_reading_leaves_the_panel_free(connect, sandbox):
    """What it brings later is dropped."""
    sandbox.load("customer-1")
    panel = AuditPanel(connect(), _list(ACTIVE))
    with sandbox.holding():
        panel.run.click()
        thread = panel.job._thread
        panel.job.cancel()
        assert not panel.job.running
        assert panel.said.title == "cancelled"
    thread.join(60)
    assert panel.audit is None
    run(panel)
    assert panel.audit is not None


def _list(text):
    with open("customers.csv", "w", encoding="utf-8") as file:  # noqa: PTH123 (the test's own folder)
        file.write(text)
    return "customers.csv"


def test_no_customer_list_is_said_with_what_to_do(connect):
    """As on the command line."""
    panel = run(AuditPanel(connect()))
    assert panel.said.title == "no customer list"
    assert "customers" in panel.said.hint
    assert not seen(panel._result)


@pytest.mark.parametrize("text", ["", "customer_id,status\n"])
def test_an_empty_customer_list_is_said(connect, sandbox, text):
    """No customers: an error, or an audit where everything is nobody's; never a silence."""
    sandbox.load("customer-1")
    panel = run(AuditPanel(connect(), _list(text)))
    if panel.audit is None:
        assert panel.said.title
    else:
        assert "orphaned" in panel._facts.value


def test_no_namespaces_are_an_audit_like_any_other(connect):
    """Every customer lacks one."""
    panel = run(AuditPanel(connect(), _list(ACTIVE)))
    assert panel.error is None
    assert "0 namespaces" in panel._facts.value
    assert set(panel.findings.rows.cells[1]) == {"missing"}


def test_no_findings_are_said_so(connect, sandbox):
    """An empty table with words in it, and the headline."""
    sandbox.load(*({"name": f"customer-{each}", "workers": [{"name": "x"}]} for each in (1, 2)))
    panel = run(AuditPanel(connect(), _list(ACTIVE)))
    assert panel.findings.rows.ids == ()
    assert "No findings" in panel.findings._empty
    assert "no findings" in panel._headline.value


def test_an_account_that_cannot_be_reached_is_said(connect, tmp_path):
    """In words; the panel is free to try again."""
    with_no_wait = "[api]\ndeadline_s = 0.5\n"
    panel = run(AuditPanel(connect(with_no_wait, base_url="http://127.0.0.1:9/client/v4"), _list(ACTIVE)))
    assert isinstance(panel.error, wfp_ops.errors.APIConnectionError)
    assert panel.said.facts["endpoint"].startswith("GET ")
    assert not panel.run.disabled


def test_a_token_without_permission_is_said_and_never_shown(connect):
    """Neither the token nor what was sent with it."""
    panel = run(AuditPanel(connect(token="not-the-token-at-all"), _list(ACTIVE)))
    assert isinstance(panel.error, wfp_ops.errors.APIStatusError)
    assert "not-the-token-at-all" not in panel._status.value
    assert panel.said.hint


def test_a_network_that_fails_in_the_middle_leaves_what_was_there(connect, sandbox):
    """The last audit stays, with its time; the error stands above it."""
    sandbox.load("customer-1")
    panel = run(AuditPanel(connect("[api]\ndeadline_s = 0.5\n"), _list(ACTIVE)))
    before = panel.audit
    sandbox.fault("cut", route="*/dispatch/namespaces")
    run(panel)
    assert panel.error is not None
    assert panel.audit is before
    assert seen(panel._result)


def test_an_inventory_that_is_not_proven_is_marked(acme, shown):
    """Where a person can't miss it."""
    panel = AuditPanel(acme)
    panel.desk.put(replace(shown.audit, evidence=Completeness("unproven", "page 2 <b> is missing")))
    assert "INVENTORY NOT PROVEN COMPLETE: page 2 &lt;b&gt; is missing" in panel._facts.value
    assert "wfp-bad" in panel._facts.value


def test_an_audit_of_another_panel_is_shown_and_taken_away(acme, shown):
    """After an apply it is true no longer."""
    desk = Desk(acme)
    panel = AuditPanel(acme, desk=desk)
    desk.put(shown.audit)
    assert seen(panel._result)
    desk.forget("the account was changed")
    assert not seen(panel._result)
    assert panel.said.title == "the account was changed"


def test_reading_again_keeps_the_filter(shown):
    """A person goes on where they were."""
    shown.findings.narrow("customer", severity="warning")
    run(shown)
    assert shown.findings.filter == Filter("customer", {"severity": "warning"})


def test_hostile_names_are_text(acme):
    """In facts, headline and table; nothing of them is markup."""
    panel = AuditPanel(acme)
    panel.desk.put(hostile_audit())
    for shown in (panel._facts, panel._headline, panel._status):
        tags = set(re.findall(r"<(\w+)", re.sub(r'"[^"]*"', '""', shown.value)))
        assert tags <= {"div", "span", "b", "i", "strong", "bdi", "p"}
    texts = set(panel.findings.rows.cells[2])
    assert HOSTILE[0] in texts
    panel.csv.click()
    assert b"\n=1+1" not in panel.csv.made.content
    panel.report.click()
    assert panel.error is None


def test_worker_tenancy_names_the_worker(connect, sandbox):
    """A column more."""
    sandbox.load({"name": "production", "workers": [{"name": "customer-9"}, {"name": "customer-1"}]})
    settings = "[audit]\ntenancy = 'worker'\nnamespaces = ['production']\nselect = 'name'\n"
    panel = run(AuditPanel(connect(settings), _list(ACTIVE)))
    assert panel.error is None
    assert "Worker" in [column.title for column in panel.findings.rows.columns]
    assert "customer-9" in panel.findings.rows.cells[3]
    assert "2 Workers" in panel._facts.value


def test_a_reading_runs_in_a_thread_of_its_own(acme):
    """The kernel's thread is free for other clicks."""
    panel = AuditPanel(acme)
    names = []
    panel.watch(lambda: names.append(threading.current_thread() is threading.main_thread()))
    run(panel)
    assert names == [False]
