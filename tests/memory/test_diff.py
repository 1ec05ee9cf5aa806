"""What changed between two audits: laws that hold for any two, and what each kind of change looks like."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.audit_frames import audit_of, worker_inventory
from support.kept_audits import day, kept

from wfp_ops.account.memory import kept_of
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.frames.changes import CUSTOMER_CHANGES, FINDING_CHANGES, NAMESPACE_CHANGES
from wfp_ops.frames.columns import NAMESPACES
from wfp_ops.frames.provenance import Completeness
from wfp_ops.memory.diff import diff
from wfp_ops.memory.kept import CUSTOMERS_KEPT, FINDINGS_KEPT, STATES_KEPT

NAMES = st.sampled_from(
    ["customer-1", "customer-2", "customer-02", "customer-3", "Customer_1", "staging", "x"]
)
IDS = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "d", "e"]))
CUSTOMER_IDS = st.sampled_from(["1", "2", "3", "4"])
INVENTORIES = st.dictionaries(
    NAMES, st.tuples(IDS, st.integers(0, 2), st.sampled_from(["matched", "suspect"]))
)
CUSTOMERS = st.dictionaries(
    CUSTOMER_IDS, st.tuples(st.sampled_from(["active", "churned"]), st.none() | NAMES)
)
# Few values, so that findings meet, and agree in everything but their order
FINDINGS = st.lists(
    st.tuples(
        st.sampled_from(["suspect", "unusable"]),
        st.none() | NAMES,
        st.none() | CUSTOMER_IDS,
        st.sampled_from([None, None, "accepted: ours"]),
    ),
    max_size=6,
)


def _audit(inventory, customers, findings):
    """An audit of any shape, also one that no account would ever bring about."""
    names = list(inventory)
    return replace(
        EMPTY,
        namespaces=NAMESPACES.build(
            {
                "namespace": names,
                "namespace_id": [each for each, _, _ in inventory.values()],
                "conforms": [True] * len(names),
                "workers": [count for _, count, _ in inventory.values()],
            },
            length=len(names),
        ),
        states=STATES_KEPT.build(
            {"namespace": names, "namespace_state": [state for _, _, state in inventory.values()]},
            length=len(names),
        ),
        customers=CUSTOMERS_KEPT.build(
            {
                "customer_id": list(customers),
                "status": [status for status, _ in customers.values()],
                "namespace": [mapping for _, mapping in customers.values()],
            },
            length=len(customers),
        ),
        findings=FINDINGS_KEPT.build(
            {
                **dict(
                    zip(
                        ("kind", "namespace", "customer_id", "accepted"),
                        zip(*findings, strict=True),
                        strict=False,
                    )
                ),
                **{name: ["info"] * len(findings) for name in ("severity", "detail", "suggestion")},
                "since": [day(1)] * len(findings),
            },
            length=len(findings),
        ),
    )


EMPTY = kept([], ["1"])
AUDITS = st.builds(_audit, INVENTORIES, CUSTOMERS, FINDINGS)


def _standing(audit):
    return int(audit.findings["accepted"].isna().sum())


@given(audit=AUDITS)
def test_nothing_differs_from_itself(audit):
    """An audit against itself: no change, every finding open."""
    changes = diff(audit, audit)
    assert changes.empty
    assert len(changes.findings) == _standing(audit)


@given(first=AUDITS, second=AUDITS)
def test_there_and_back_are_inverse(first, second):
    """Swapped, added is removed, new is resolved, a rename and a change go back, and open stays open."""
    there, back = diff(first, second), diff(second, first)
    assert _flat(there.customers, ["customer_id", "what"]) == _flat(
        back.customers, ["customer_id", "what"], turned=True
    )
    assert _flat(there.namespaces, ["what"]) == _flat(back.namespaces, ["what"], turned=True)
    about = ["kind", "customer_id"]
    assert _flat(there.findings, about) == _flat(back.findings, about, turned=True)


def _flat(frame, about, *, turned=False):
    """The rows as a bag; turned, as the way back must have them."""
    swap = {"added": "removed", "removed": "added", "new": "resolved", "resolved": "new"} if turned else {}
    return Counter(
        (
            swap.get(row["change"], row["change"]),
            *(row[name] for name in about),
            *(row.get(name, "") for name in (("after", "before") if turned else ("before", "after"))),
        )
        for row in frame.fillna("").to_dict("records")
    )


@given(first=AUDITS, second=AUDITS)
def test_everything_is_counted_exactly_once(first, second):
    """New and open together are the later findings, resolved and open the earlier; so for namespaces.

    None whose id both sides know is added or removed, and the frames are as they are declared.
    """
    changes = diff(first, second)
    count = changes.findings["change"].value_counts()
    assert count.get("new", 0) + count.get("open", 0) == _standing(second)
    assert count.get("resolved", 0) + count.get("open", 0) == _standing(first)
    whole = changes.namespaces[changes.namespaces["change"].isin(["added", "removed"])]
    added, removed = ((whole["change"] == word).sum() for word in ("added", "removed"))
    assert len(first.namespaces) + added - removed == len(second.namespaces)
    known = [Counter(each.namespaces["namespace_id"].dropna()) for each in (first, second)]
    assert not {each for each in whole["namespace_id"].dropna() if known[0][each] == known[1][each] == 1}
    NAMESPACE_CHANGES.check(changes.namespaces)
    CUSTOMER_CHANGES.check(changes.customers)
    FINDING_CHANGES.check(changes.findings)
    assert len(changes.table()) == len(changes.namespaces) + len(changes.customers) + len(changes.findings)


def _rows(frame):
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in frame[["change", "namespace", "what", "before", "after"]].itertuples(index=False)
    ]


def test_a_rename_is_told_by_the_id():
    """The same id under another name is renamed, and its findings stay open."""
    changes = diff(kept({"staging": "a", "old": "b"}), kept({"staging": "a", "new": "b"}))
    assert _rows(changes.namespaces) == [("renamed", "new", "name", "old", "new")]
    assert changes.counts["findings"] == {"open": 3}  # both unrecognised, and customer 1 without a namespace


def test_made_again_under_the_old_name_is_another():
    """The same name with another id was deleted and made again: its findings are new."""
    changes = diff(kept({"customer-9": "a"}), kept({"customer-9": "b"}))
    assert [row[:2] for row in _rows(changes.namespaces)] == [
        ("added", "customer-9"),
        ("removed", "customer-9"),
    ]
    assert changes.counts["findings"] == {"new": 1, "resolved": 1, "open": 1}


def test_two_that_swap_their_names():
    """Each is renamed; nothing is added or removed."""
    changes = diff(kept({"x": "a", "y": "b"}), kept({"x": "b", "y": "a"}))
    assert _rows(changes.namespaces) == [
        ("renamed", "x", "name", "y", "x"),
        ("renamed", "y", "name", "x", "y"),
    ]


@pytest.mark.parametrize(("old", "new"), [(None, "a"), ("a", None), (None, None)])
def test_where_an_id_is_not_known_the_name_stands_in(old, new):
    """A listing without ids can still be compared."""
    assert diff(kept({"x": old}), kept({"x": new})).empty


def test_changed_facts():
    """Workers inside, trusted mode, state and customer, each as a row with before and after."""
    before = kept(["customer-1", "customer-2"], ["1", "2"])
    after = kept(
        ["customer-1", "customer-2"],
        [{"customer_id": "1", "status": "churned"}, {"customer_id": "3", "namespace": "customer-2"}],
        workers={"customer-1": 7},
    )
    changes = diff(before, after)
    assert _rows(changes.namespaces) == [
        ("changed", "customer-1", "Workers", "1", "7"),
        ("changed", "customer-1", "state", "matched", "churned"),
        ("changed", "customer-2", "customer", "2", "3"),
    ]
    assert changes.customers.fillna("").to_numpy().tolist() == [
        ["added", "3", "", "", ""],
        ["removed", "2", "", "", ""],
        ["changed", "1", "status", "active", "churned"],
    ]
    assert changes.counts["namespaces"] == {"changed": 2}


def test_an_accepted_finding_is_resolved_for_its_reason():
    """Accepting is no disappearance: the row says why, and when it is over the finding is new."""
    rules = Rules(accepted=(Accepted("unrecognised", "x", "ours"),))
    plain, accepted = kept(["x", "customer-1"]), kept(["x", "customer-1"], rules=rules)
    changes = diff(plain, accepted)
    assert changes.findings[["change", "accepted"]].to_numpy().tolist() == [["resolved", "ours"]]
    assert diff(accepted, plain).counts["findings"] == {"new": 1}


def test_since_when_a_finding_is_open():
    """The first audit that saw it counts, as long as there is no break; a rename is none."""
    first = kept({"x": "a"}, at=day(1))
    second = kept({"y": "a"}, before=first, at=day(2))
    third = kept({"y": "a", "z": "b"}, before=second, at=day(3))
    changes = diff(second, third)
    since = changes.findings.set_index("namespace")["since"].dropna()
    assert (since["y"], since["z"]) == (pd.Timestamp(day(1)), pd.Timestamp(day(3)))
    assert changes.oldest_open == day(1)
    assert changes.headline() == "1 new, 0 resolved, 2 still open (oldest since 2026-11-01)"
    gone = kept({"q": "c"}, before=third, at=day(4))
    again = kept({"y": "a"}, before=gone, at=day(5))
    assert again.findings.set_index("namespace")["since"]["y"] == pd.Timestamp(day(5))


def test_what_else_differs_is_noted():
    """Another convention or an unproven inventory explains differences that are none."""
    other = kept(["x"], rules=Rules(ignore=()), proof=Completeness("unproven", "cut"))
    assert "not proven complete" in diff(kept(["x"]), other).notes[0]


def test_workers_are_compared_within_their_namespace():
    """In worker tenancy Workers come, go and change; in a renamed namespace they stay the same."""
    rules = Rules(tenancy="worker", select="tag")

    def audit(name, workers):
        frame = worker_inventory([(name, worker, tags) for worker, tags in workers])
        return kept_of(audit_of([name], ["1", "2"], rules, frame), None)

    changes = diff(
        audit("prod", [("api", ["customer-1"]), ("old", [])]),
        audit("production", [("api", ["customer-2", "pro"]), ("new", [])]),
    )
    rows = changes.namespaces[["change", "namespace", "worker", "what"]].fillna("").to_numpy().tolist()
    assert rows == [
        ["added", "production", "new", ""],
        ["removed", "prod", "old", ""],
        ["renamed", "production", "", "name"],
        ["changed", "production", "api", "customer"],
        ["changed", "production", "api", "tags"],
    ]


def test_changes_show_themselves_and_run_nothing():
    """Names from elsewhere come out as text: escaped as HTML, control and bidi characters made visible."""
    before = kept({"x": "a"})
    after = kept(
        {"<script>alert(1)</script>": "a", "evil\u202eexe\x1b[31m": "b", "=1+1": "c"}, [{"customer_id": "1"}]
    )
    changes = diff(before, after)
    shown, page = repr(changes), changes._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for text in (shown, page):
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert "2 added, 1 renamed" in shown
    assert "nothing has changed" in repr(diff(before, before))
    assert "nothing has changed" in diff(before, before)._repr_html_()
