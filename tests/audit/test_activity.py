"""The flags that rest on usage: only what is known, and nothing that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from support.audit_frames import NOW, PROVEN, customer_list, inventory, kinds, worker_inventory

from wfp_ops.account.memory import kept_of
from wfp_ops.audit.activity import Activity
from wfp_ops.audit.build import build_audit
from wfp_ops.audit.kinds import BY_USAGE, FLAGS, finding_kind
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.frames.provenance import mark_complete
from wfp_ops.memory.diff import diff

UNTIL = datetime(2026, 11, 23, 11, 50, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=30)
TODAY, YESTERDAY = date(2026, 11, 23), date(2026, 11, 22)


def active(requests=(), **changes):
    """What usage says: these names had requests."""
    found = requests if isinstance(requests, dict) else {(name, None): 5.0 for name in requests}
    return replace(Activity(SINCE, UNTIL, found), **changes)


def audited(seen, names=("customer-1", "customer-2"), customers=("1", "2"), rules=None, **more):
    """An audit that asks; ``seen`` is what it is answered, or a function of whom it asks about."""
    rules = rules or Rules()
    frame = names if isinstance(names, pd.DataFrame) else inventory(list(names), rules)
    rows = [row if isinstance(row, dict) else {"customer_id": row} for row in customers]
    return build_audit(
        namespaces=frame,
        customers=customer_list(rows),
        rules=rules,
        account_id="0" * 32,
        account_name="test",
        taken_at=NOW,
        look=None if seen is None else (seen if callable(seen) else lambda gone: seen),
        **more,
    )


def idle(audit):
    """Who is idle."""
    return audit.findings.loc[audit.findings["kind"] == "idle", "namespace"].tolist()


def live(audit):
    """Who is live after churn, with the words."""
    rows = audit.findings[audit.findings["kind"] == "live_after_churn"]
    return dict(zip(rows["namespace"], rows["detail"], strict=True))


def test_the_kinds():
    """One is bad at once, the other is worth knowing; both stand beside the state."""
    assert BY_USAGE == ("live_after_churn", "idle")
    assert [finding_kind(name).severity for name in BY_USAGE] == ["critical", "info"]
    assert set(BY_USAGE) <= {kind.name for kind in FLAGS}


def test_idle():
    """Who had no request, and nobody else."""
    audit = audited(active(["customer-1"]))
    assert idle(audit) == ["customer-2"]
    (row,) = audit.findings.to_dict("records")
    assert (row["kind"], row["severity"], row["customer_id"]) == ("idle", "info", "2")
    assert row["detail"] == "no request in 30 days, up to 2026-11-23 11:50 UTC"
    assert audit.by_usage == BY_USAGE
    assert audit.counts["findings"] == {"idle": 1}


@pytest.mark.parametrize(
    "seen",
    [
        None,
        "the token may not read analytics",
        active(["customer-1"], silence="nobody had a request"),
        active(["customer-1"], since=SINCE + timedelta(hours=2)),
        active(["customer-1"], unsure=frozenset({("customer-2", None)})),
    ],
)
def test_what_is_not_known_is_no_flag(seen):
    """Not asked, refused, not proven, too short a time, another name before."""
    assert kinds(audited(seen)) == []


def test_a_request_of_nothing_is_none():
    """A row that says zero is silence."""
    assert idle(audited(active(requests={("customer-1", None): 0.0}))) == ["customer-1", "customer-2"]


def test_what_is_not_idle():
    """Without a Worker, younger than the time, of unknown age, or on the ignore list."""
    frame = inventory(["customer-1", "customer-2", "customer-3", "ours"], workers={"customer-1": 0})
    frame["created_on"] = pd.to_datetime(
        [SINCE, SINCE + timedelta(seconds=1), None, SINCE], utc=True
    ).as_unit("us")
    mark_complete(frame, PROVEN, key="namespace", taken_at="2026-11-23T12:00:00Z")
    audit = audited(active(), frame, ["1", "2", "3"], Rules(ignore=("ours",)))
    assert idle(audit) == []
    unknown = inventory(["customer-1"], workers={"customer-1": None})
    assert idle(audited(active(), unknown, ["1"])) == []


def test_the_days_are_a_rule():
    """A longer time needs to be known for longer."""
    assert idle(audited(active(), rules=Rules(idle_days=7))) == ["customer-1", "customer-2"]
    assert "no request in 1 day," in audited(active(), rules=Rules(idle_days=1)).findings["detail"][0]
    assert idle(audited(active(), rules=Rules(idle_days=31))) == []


def churned(churned_on):
    """The customers 1, who stayed, and 2, who left."""
    return ["1", {"customer_id": "2", "status": "churned", "churned_on": churned_on}]


@pytest.mark.parametrize(
    ("churned_on", "days", "said"),
    [
        ("2026-06-01", {YESTERDAY: 3.0, TODAY: 4.0}, "7 requests since 2026-11-22, the last on 2026-11-23"),
        ("2026-06-01", {YESTERDAY: 1.0, TODAY: 0.0}, "1 request since 2026-11-22, the last on 2026-11-22"),
        ("2026-11-21", {date(2026, 11, 21): 9.0, YESTERDAY: 3.0}, "3 requests since 2026-11-22"),
        ("2026-11-22", {YESTERDAY: 3.0}, None),
        ("2026-11-23", {TODAY: 3.0}, None),
        (None, {TODAY: 3.0, YESTERDAY: 9.0}, "3 requests since 2026-11-23"),
        (None, {YESTERDAY: 9.0}, None),
        ("2026-06-01", {TODAY: 0.0}, None),
        ("2026-06-01", {}, None),
    ],
)
def test_live_after_churn(churned_on, days, said):
    """Requests of days after the customer left; of one who left on an unknown day only the newest."""
    seen = active(["customer-1", "customer-2"], by_day={("customer-2", None): days})
    found = live(audited(seen, customers=churned(churned_on)))
    assert list(found) == ([] if said is None else ["customer-2"])
    assert said is None or said in found["customer-2"]
    when = "on an unknown day" if churned_on is None else f"on {churned_on}"
    assert said is None or found["customer-2"].endswith(f"its customer left {when}")


def test_who_stays_may_be_called():
    """Requests of a running customer's namespace are no finding, whatever was asked."""
    seen = active(["customer-1", "customer-2"], by_day={("customer-1", None): {TODAY: 5.0}})
    assert kinds(audited(seen)) == []


def test_an_orphan_that_is_called():
    """Somebody uses it, and nobody has it."""
    seen = active(["customer-1", "customer-9"], by_day={("customer-9", None): {YESTERDAY: 8.0}})
    audit = audited(seen, ["customer-1", "customer-9"], ["1"])
    assert kinds(audit) == ["live_after_churn", "orphaned"]
    assert live(audit)["customer-9"].endswith("no customer has its id")
    assert audit.findings["customer_id"].tolist() == ["9", "9"]


def test_it_is_live_though_silence_is_not_proven():
    """What was seen needs no proof; and then nobody can say who is idle."""
    seen = active(["customer-2"], by_day={("customer-2", None): {TODAY: 5.0}}, silence="only one in 10")
    audit = audited(seen, customers=churned("2026-06-01"))
    assert list(live(audit)) == ["customer-2"]
    assert audit.by_usage == ("live_after_churn",)
    assert audit.notes == ("nothing is said to be idle: only one in 10",)


def test_who_is_asked_about():
    """By day those whose customers are gone, and nobody else."""
    asked = []

    def look(gone):
        asked.extend(gone)
        return "no"

    rows = [*churned("2026-06-01"), {"customer_id": "3", "status": "active"}]
    audit = audited(look, ["customer-1", "customer-2", "customer-3", "customer-9"], rows)
    assert asked == [("customer-2", None), ("customer-9", None)]
    assert audit.by_usage == ()
    assert audit.notes == ("traffic is unknown, so nothing is said to be idle, or live after churn: no",)
    assert audited(active(notes=("3 more",))).notes == ("3 more",)


def test_workers_are_judged_by_themselves():
    """In worker tenancy: the same name in another namespace is another Worker."""
    frame = worker_inventory(
        [("production", "customer-1", None), ("production", "customer-2", None), ("eu", "customer-1", None)]
    )
    frame["created_on"] = pd.to_datetime(["2026-01-01"] * 3, utc=True).as_unit("us")
    mark_complete(frame, PROVEN, key=("namespace", "worker"), taken_at="2026-11-23T12:00:00Z")
    seen = active(
        requests={("production", "customer-1"): 5.0, ("production", "customer-2"): 5.0},
        by_day={("production", "customer-2"): {TODAY: 5.0}},
    )
    audit = audited(seen, ["production", "eu"], churned("2026-06-01"), Rules(tenancy="worker"), workers=frame)
    found = audit.findings[audit.findings["kind"].isin(BY_USAGE)]
    assert list(zip(found["kind"], found["namespace"], found["worker"], strict=True)) == [
        ("live_after_churn", "production", "customer-2"),
        ("idle", "eu", "customer-1"),
    ]


def test_accepted_findings_of_what_is_not_known():
    """Nobody says that an acceptance matches nothing where nothing could be found."""
    rules = Rules(accepted=(Accepted("idle", "customer-2", "a spare"), Accepted("idle", "x", "gone")))
    assert audited(active(["customer-1"]), rules=rules).accepted["namespace"].tolist() == ["customer-2"]
    assert audited(active(["customer-1"]), rules=rules).notes == (
        "accepted finding idle/x matches nothing (any more)",
    )
    assert not any("matches nothing" in note for note in audited("no", rules=rules).notes)


def test_what_one_audit_could_not_know_is_no_change():
    """Neither new nor resolved, and a note says why; what both know is compared."""
    known, unknown = audited(active(["customer-1"])), audited("no")
    later = replace(unknown, taken_at=NOW + timedelta(days=1))
    changes = diff(kept_of(known, None), kept_of(later, None))
    assert changes.findings.empty
    assert any("usage was not known to both" in note for note in changes.notes)
    back = diff(kept_of(unknown, None), kept_of(replace(known, taken_at=later.taken_at), None))
    assert back.findings.empty
    both = diff(kept_of(audited(active(["customer-1", "customer-2"])), None), kept_of(known, None))
    assert both.findings["change"].tolist() == ["new"]
    assert both.notes == ()
