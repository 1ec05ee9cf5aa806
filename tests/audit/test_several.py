"""Several audits as one document, one table and one page."""

from __future__ import annotations

import json
from dataclasses import replace

from support.audit_frames import audit_of

from wfp_ops.audit.several import Audits, FailedAudit
from wfp_ops.frames.columns import AUDITS, FINDINGS

FAILED = FailedAudit("<c>", "no answer: <b>|", "check the network")


def audits():
    one = replace(audit_of(["customer-1", "customer-9"], ["1"]), account_name="one")
    two = replace(audit_of(["customer-1"], ["1"]), account_name="two")
    return Audits((one, two), (FAILED,))


def test_the_document():
    """Each audit is its own document with its account's name; what failed stands beside them."""
    both = audits()
    document = json.loads(both.to_json())
    assert document["schema"] == "wfp-ops/audits/1"
    assert [each.pop("account") for each in document["audits"]] == ["one", "two"]
    assert document["audits"] == [json.loads(audit.to_json()) for audit in both.audits]
    assert document["failed"] == [
        {"account": "<c>", "error": "no answer: <b>|", "what_to_do": "check the network"}
    ]


def test_the_summary():
    """One row for each account, of the declared columns; the one that failed says why."""
    summary = audits().summary
    AUDITS.check(summary)
    assert summary["account"].tolist() == ["one", "two", "<c>"]
    assert summary["warning"].tolist()[:2] == [1, 0]
    assert summary["error"].isna().tolist() == [True, True, False]


def test_findings_of_all():
    """The findings frames one below the other, each row with its account."""
    findings = audits().findings
    assert list(findings) == ["account", *FINDINGS.names]
    assert findings["account"].tolist() == ["one"] * len(audits().audits[0].findings) + ["two"] * len(
        audits().audits[1].findings
    )
    assert audits().failing("warning")["account"].tolist() == ["one"]
    empty = Audits(())
    assert list(empty.findings) == ["account", *FINDINGS.names]
    assert (len(empty), len(empty.summary)) == (0, 0)


def test_how_they_show_themselves():
    """Text, HTML and Markdown name every account, and escape what failed."""
    both = audits()
    assert "<c>: FAILED: no answer" in repr(both)
    page = both._repr_html_()
    assert "&lt;c&gt;" in page
    assert "<c>" not in page
    markdown = both.to_markdown()
    assert "| `one` | 2 | 1 | 0 | 1 |" in markdown
    assert "| `<c>` |  |  |  |  |  | **failed**: <code>no answer&#58; &#60;b&#62;&#124;</code> |" in markdown
    assert "## `two`" in markdown
