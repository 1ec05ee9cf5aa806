"""What an audit hands over: order, document, files, acceptance, and how it shows itself."""

from __future__ import annotations

import json
from datetime import date

import pytest
from support.audit_frames import audit_of, customer_list, inventory, kinds

from wfp_ops.audit.kinds import SEVERITIES, severity_rank
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.customers.read import read_customers
from wfp_ops.errors import FrameError
from wfp_ops.frames.columns import ACCEPTED, FINDINGS, JOINED
from wfp_ops.frames.provenance import Completeness

HOSTILE = "<img src=x onerror=alert(1)>"


def _busy():
    rows = [{"customer_id": "1"}, {"customer_id": "2"}, {"customer_id": "3", "namespace": "gone"}]
    return audit_of(["customer-1", "customer-9", "tools"], rows)


def test_findings_are_sorted_worst_first():
    """Severity, then kind, then name."""
    audit = _busy()
    ranks = [severity_rank(each) for each in audit.findings["severity"]]
    assert ranks == sorted(ranks)
    assert kinds(audit) == ["conflict", "missing", "orphaned", "unrecognised"]


def test_the_document():
    """The JSON document says what was compared, how complete it was, and every finding."""
    document = json.loads(_busy().to_json())
    assert document["schema"] == "wfp-ops/audit/1"
    assert document["taken_at"] == "2026-11-23T12:00:00Z"
    assert document["evidence"] == {
        "inventory": "proven",
        "how": "made for a test",
        "customers_read": 3,
        "set_aside": 0,
    }
    assert document["counts"] == {
        "namespaces": 3,
        "customers": 3,
        "states": {
            "namespaces": {"matched": 1, "orphaned": 1, "unrecognised": 1},
            "customers": {"matched": 1, "missing": 1, "conflict": 1},
        },
        "findings": {"orphaned": 1, "unrecognised": 1, "missing": 1, "conflict": 1},
    }
    assert list(document["findings"][0]) == FINDINGS.names
    assert document["findings"][1]["namespace"] is None


@pytest.mark.parametrize(("fail_on", "count"), [("critical", 1), ("warning", 4), ("info", 4)])
def test_failing(fail_on, count):
    """--check fails on findings of a severity or worse."""
    assert fail_on in SEVERITIES
    assert len(_busy().failing(fail_on)) == count


def test_frames_keep_their_shape_when_empty():
    """An audit without a finding has the same columns and dtypes."""
    audit = audit_of(["customer-1"], ["1"])
    assert len(audit.findings) == len(audit.accepted) == 0
    FINDINGS.check(audit.findings)
    ACCEPTED.check(audit.accepted)
    JOINED.check(audit.joined)
    assert list(audit.joined.columns) == JOINED.names


def test_the_lists_further_columns_are_carried_along():
    """A column of the customer list's own stands at the end; a name that is taken gets a prefix."""
    audit = audit_of(
        ["customer-1"], customer_list([{"customer_id": "1"}]).assign(region="eu", workers="many")
    )
    assert audit.joined["region"].tolist() == ["eu"]
    assert audit.joined["customer_workers"].tolist() == ["many"]
    assert audit.joined["workers"].tolist() == [1]


@pytest.mark.parametrize(
    ("until", "standing"), [(None, False), (date(2026, 11, 24), False), (date(2026, 11, 23), True)]
)
def test_accepted_findings_move_out_until_their_day(until, standing):
    """An accepted finding is no finding until the day it ends."""
    rule = Accepted("orphaned", "customer-9", "kept for the court", until)
    audit = audit_of(["customer-1", "customer-9"], ["1"], Rules(accepted=(rule,)))
    assert (kinds(audit) == ["orphaned"]) is standing
    assert audit.accepted["reason"].tolist() == ([] if standing else ["kept for the court"])
    assert audit.counts["findings"] == ({"orphaned": 1} if standing else {})


def test_an_acceptance_that_matches_nothing_is_named():
    """A finding that is gone, or a slip of the pen, leaves a note; what matches or is over leaves none."""
    rules = (
        Accepted("orphaned", "customer-9", "kept for the court"),
        Accepted("orphaned", "customer-99", "kept for the court"),
        Accepted("orphaned", "customer-98", "until it was over", date(2026, 11, 23)),
    )
    audit = audit_of(["customer-1", "customer-9"], ["1"], Rules(accepted=rules))
    assert audit.accepted["namespace"].tolist() == ["customer-9"]
    told = [note for note in audit.notes if "accepted" in note]
    assert told == ["accepted finding orphaned/customer-99 matches nothing (any more)"]


def test_accepting_one_kind_accepts_no_other():
    """The kind must be the finding's own."""
    audit = audit_of(["customer-9"], ["1"], Rules(accepted=(Accepted("misnamed", "customer-9", "no"),)))
    assert "orphaned" in kinds(audit)


def test_unproven_inventories_are_marked_everywhere():
    """What is not proven complete says so in text, HTML and document."""
    frame = inventory(["customer-1"], proof=Completeness("unproven", "page 2 was refused"))
    audit = audit_of(frame, ["1"])
    assert json.loads(audit.to_json())["evidence"]["inventory"] == "unproven"
    assert "unproven: page 2 was refused" in repr(audit)
    assert "not proven complete" in audit._repr_html_()


def test_a_filtered_inventory_is_not_proven():
    """A frame that lost rows since it was read no longer passes for the whole account."""
    frame = inventory(["customer-1", "customer-2"])
    audit = audit_of(frame[frame["namespace"] == "customer-1"], ["1", "2"])
    assert not audit.evidence.proven


def test_a_frame_of_another_shape_is_refused():
    """A missing column is an error that names it."""
    with pytest.raises(FrameError, match="namespace_id"):
        audit_of(inventory(["customer-1"]).drop(columns="namespace_id"), ["1"])


def test_files(tmp_path):
    """Five files; the CSVs hold what the frames hold, with formulas defused."""
    audit = audit_of(["customer-1", "=1+1"], ["1"])
    paths = audit.write(tmp_path / "out")
    assert sorted(paths) == ["audit.json", "audit.xlsx", "customers.csv", "findings.csv", "joined.csv"]
    assert "'=1+1" in paths["joined.csv"].read_text(encoding="utf-8")
    assert json.loads(paths["audit.json"].read_text(encoding="utf-8")) == audit.to_dict()


def test_html_escapes_what_comes_from_outside():
    """No name from the account or the list becomes markup."""
    rows = [{"customer_id": HOSTILE, "namespace": HOSTILE + "2"}]
    page = audit_of([HOSTILE, "customer-" + HOSTILE], rows)._repr_html_()
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_text_shows_control_characters_as_escapes():
    """A name can't move the cursor or turn the text around."""
    text = repr(audit_of(["a\x1b[31mb", "c\u202ed"], ["1"]))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_text_without_findings():
    """An audit with nothing to say says so."""
    assert "no findings" in repr(audit_of(["customer-1"], ["1"]))


def test_a_finding_about_the_account_is_accepted_by_the_accounts_name():
    """What is about no namespace or customer goes by the account's name or id."""
    ids = [str(number) for number in range(12)]
    names = [f"customer-{each}" for each in ids]
    for name in ("test", "0" * 32):
        audit = audit_of(names, ids, Rules(accepted=(Accepted("layout", name, "we like it so"),)))
        assert kinds(audit) == []
        assert audit.accepted["kind"].tolist() == ["layout"]


def test_html_opens_what_is_critical():
    """Critical kinds stand open, the others are folded; advice that a whole kind shares is said once."""
    page = _busy()._repr_html_()
    assert page.count("<details open") == 1
    assert page.index("<details open") < page.index("<strong>conflict</strong>")
    assert page.count("correct the namespace column of the customer list") == 1
    assert "<strong>3 namespaces</strong>" in page
    assert "<strong>1 namespace</strong>" in audit_of(["customer-1"], ["1"])._repr_html_()


def test_html_keeps_right_to_left_names_apart():
    """A Hebrew or Arabic name does not pull the numbers behind it to its other side."""
    page = audit_of(["customer-\u05e9\u05dc\u05d5\u05dd", "\u0639\u0645-\u064a\u0644"], ["1"])._repr_html_()
    assert "customer-<bdi>\u05e9\u05dc\u05d5\u05dd</bdi>" in page
    assert "<bdi>\u0639\u0645-\u064a\u0644</bdi>" in page


def test_html_stays_small():
    """Thousands of findings show some rows of each kind, and say where the rest are."""
    page = audit_of([f"customer-{number}" for number in range(3_000)], ["999999"])._repr_html_()
    assert len(page) < 20_000
    assert "2,992 more" in page


def test_set_aside_rows_name_the_file_without_its_folder(tmp_path):
    """A report that is handed on says nothing of where somebody's files lie."""
    source = tmp_path / "list.csv"
    source.write_text("customer_id,status\n1,active\n1,active\n2,active\n", encoding="utf-8")
    audit = audit_of(["customer-2"], read_customers(source))
    details = audit.findings.loc[audit.findings["kind"] == "unusable", "detail"]
    assert all(" of list.csv: " in detail for detail in details)
    assert str(tmp_path) not in audit.to_json()
