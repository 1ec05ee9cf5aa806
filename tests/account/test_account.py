"""``Account``: it reads, it joins, and it refuses what would mislead."""

from __future__ import annotations

import pandas as pd
import pytest
from support.stub_server import StubServer, ok

import wfp_ops
from wfp_ops.errors import CustomerListError, NamespaceNotFoundError, SettingsError, WorkerNotFoundError
from wfp_ops.frames.columns import CUSTOMERS, NAMESPACES, WORKERS
from wfp_ops.frames.export import to_json

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
LISTING = f"/accounts/{ACCOUNT}/workers/dispatch/namespaces"


def test_the_frames_are_as_declared(acme):
    """Namespaces, Workers and customers come as their declarations say, with proof."""
    namespaces, workers, customers = acme.namespaces(), acme.workers("staging"), acme.customers()
    NAMESPACES.check(namespaces)
    WORKERS.check(workers)
    CUSTOMERS.check(customers)
    assert wfp_ops.completeness(namespaces).proven
    assert set(workers["namespace"]) == {"staging"}


def test_workers_of_one_of_several_and_of_all(acme):
    """A name, several names, or None for all; progress counts namespaces."""
    seen = []
    everything = acme.workers(progress=lambda done, total: seen.append((done, total)))
    namespaces = acme.namespaces()
    assert len(everything) == namespaces["workers"].sum()
    assert seen[-1] == (len(namespaces), len(namespaces))
    two = acme.workers(["staging", "customer-8", "staging"])
    assert set(two["namespace"]) == {"staging", "customer-8"}
    assert not two.duplicated(["namespace", "worker"]).any()


def test_one_namespace_and_one_worker(acme):
    """Single reads come as objects; what is not there has errors of its own."""
    assert acme.namespace("staging").name == "staging"
    worker = acme.workers("staging")["worker"][0]
    assert acme.worker("staging", worker).name == worker
    with pytest.raises(NamespaceNotFoundError):
        acme.namespace("no-such-namespace")
    with pytest.raises(WorkerNotFoundError):
        acme.worker("staging", "no-such-worker")


def test_the_audit_adds_up(acme):
    """Every namespace and every record is in one state; the document holds the same counts."""
    audit = acme.audit()
    states = audit.counts["states"]
    assert sum(states["namespaces"].values()) == audit.counts["namespaces"] == len(acme.namespaces())
    assert sum(states["customers"].values()) == audit.counts["customers"] == audit.customers_read
    assert audit.evidence.proven
    assert audit.account_id == ACCOUNT
    assert audit.taken_at.isoformat().startswith("2026-11-23T12:")
    assert sum(audit.counts["findings"].values()) == len(audit.findings)


def test_every_source_of_customers_gives_the_same_audit(acme):
    """Path, raw frame, validated frame and the account's own list come to the same findings."""
    path = acme.customers_source
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    kinds = [
        acme.audit(source).findings["kind"].value_counts().to_dict()
        for source in (None, path, raw, wfp_ops.read_customers(path), acme.customers())
    ]
    assert all(kind == kinds[0] for kind in kinds)


def test_a_frame_that_is_no_customer_list_is_refused(acme):
    """Nothing that was not validated is ever compared."""
    with pytest.raises(CustomerListError):
        acme.audit(pd.DataFrame({"a": [1]}))


@pytest.fixture
def stubbed(stub_server: StubServer, tmp_path, monkeypatch):
    """An account on the scriptable server, with settings of the test's choice."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFP_OPS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("WFP_OPS_API__DEADLINE_S", "2")
    opened = []

    def open_account(settings: str = "") -> wfp_ops.Account:
        (tmp_path / "wfp-ops.toml").write_text(settings, encoding="utf-8")
        account = wfp_ops.connect(account_id=ACCOUNT, token="stub-token", base_url=stub_server.base_url)
        opened.append(account)
        return account

    yield open_account
    for account in opened:
        account.close()


def test_without_a_customer_list_there_is_no_audit(stubbed, stub_server):
    """No source is an error of settings that says both ways out, before anything is asked."""
    with pytest.raises(SettingsError, match="--customers") as caught:
        stubbed().audit()
    assert caught.value.key == "customers.source"
    assert not stub_server.received


def test_the_settings_apply_to_the_list(stubbed, stub_server, tmp_path):
    """Column map, status map, duplicates and case come from the settings."""
    (tmp_path / "crm.csv").write_text("CRM Id,Stage\nA1,Won\nb2,Cancelled\nb2,Won\n", encoding="utf-8")
    account = stubbed("""
        [customers]
        source = "crm.csv"
        duplicates = "active_wins"
        columns = { customer_id = "CRM Id", status = "Stage" }
        status = { Won = "active", Cancelled = "churned" }
        [audit]
        id_case = "fold"
    """)
    customers = account.customers()
    assert customers[["customer_id", "status"]].to_numpy().tolist() == [["A1", "active"], ["b2", "active"]]
    stub_server.on("GET", LISTING, ok([{"namespace_name": "customer-a1"}]))
    assert account.audit().joined["namespace_state"].dropna().tolist() == ["matched"]


def test_worker_tenancy_reads_the_listed_namespaces_alone(stubbed, stub_server):
    """Workers of the listed namespaces are told apart by tag; no other namespace is read."""
    stub_server.on("GET", LISTING, ok([{"namespace_name": "production"}, {"namespace_name": "staging"}]))
    workers = [{"id": "api", "tags": ["customer-1"]}, {"id": "web", "tags": ["customer-2", "pro"]}]
    stub_server.on("GET", f"{LISTING}/production/scripts", ok(workers))
    account = stubbed('[audit]\ntenancy = "worker"\nnamespaces = ["production"]\nselect = "tag"\n')
    audit = account.audit(pd.DataFrame({"customer_id": ["1", "3"], "status": ["active", "active"]}))
    states = audit.joined.set_index("customer_id")["namespace_state"].dropna().to_dict()
    assert states == {"1": "matched", "2": "orphaned"}
    assert not stub_server.count("GET", f"{LISTING}/staging/scripts")


def test_fewer_workers_than_cloudflare_counts_are_unproven(stubbed, stub_server):
    """A listing that falls short of its namespace's script_count is marked, alone and in an audit."""
    stub_server.on("GET", LISTING, ok([{"namespace_name": "production", "script_count": 250}]))
    stub_server.on("GET", f"{LISTING}/production/scripts", ok([{"id": f"customer-{n}"} for n in range(7)]))
    account = stubbed('[audit]\ntenancy = "worker"\nnamespaces = ["production"]\n')
    said = "production has 250 Workers by its script_count, 7 were listed"
    assert said in wfp_ops.completeness(account.workers()).how
    audit = account.audit(pd.DataFrame({"customer_id": ["1"], "status": ["active"]}))
    assert said in wfp_ops.completeness(audit.workers).how
    assert not wfp_ops.completeness(audit.workers).proven


def test_worker_tenancy_refuses_a_namespace_that_is_not_there(stubbed, stub_server):
    """A listed namespace that does not exist would make every customer look missing."""
    stub_server.on("GET", LISTING, ok([{"namespace_name": "prod"}]))
    account = stubbed('[audit]\ntenancy = "worker"\nnamespaces = ["production"]\n')
    with pytest.raises(SettingsError, match="no namespace 'production'") as caught:
        account.audit(pd.DataFrame({"customer_id": ["1"]}))
    assert caught.value.key == "audit.namespaces"


def test_a_token_never_comes_out(stubbed, stub_server):
    """Not in the account, the audit, its document or the frames."""
    stub_server.on("GET", LISTING, ok([{"namespace_name": "customer-1"}]))
    account = stubbed()
    audit = account.audit(pd.DataFrame({"customer_id": ["1"], "status": ["active"]}))
    said = f"{account!r}{account._repr_html_()}{audit!r}{audit._repr_html_()}{to_json(audit.to_dict())}"
    assert "stub-token" not in said


def test_what_of_an_account_changes_anything():
    """Public names are readings, plans, what is kept on this machine; and the four that change something."""
    names = {name for name in dir(wfp_ops.Account) if not name.startswith("_")}
    reading = {"audit", "customers", "doctor", "namespace", "namespaces", "usage", "worker", "workers"}
    kept = {"accept", "accepted", "changes", "save", "snapshots", "state_folder"}
    ledger = {"mark", "marks", "protect", "protections", "unprotect"}
    plans = {"plan_create", "plan_create_namespace", "plan_delete", "plan_delete_namespace", "plan_rename"}
    plans |= {"plan_restore", "rehearse"}
    done = {"archives", "compare", "departure", "journal_paths", "journals", "purge_archives"}
    measured = {"collect_usage", "cost", "customer", "history_data", "usage_history"}
    running = {"attach", "running"}
    rooms = {
        "analytics",
        "audited_again",
        "audited_by",
        "candidates",
        "own_customers_source",
        "owners",
        "rules",
    }
    rooms |= {"staged"}
    changing = {"apply", "resume", "start", "start_resume"}
    assert names == reading | measured | kept | ledger | plans | done | running | rooms | changing | {"close"}
