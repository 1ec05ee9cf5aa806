"""A listing that is cut, short, empty of sense or refused: exit code 1, no document, no token."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from support.commands import LISTING, STUB_TOKEN
from support.stub_server import Answer, Cut, Drip, Hang, Reset, as_json, html, ok, refused

ROW = {"namespace_name": "customer-1", "namespace_id": "1"}
WHOLE = json.dumps({"success": True, "errors": [], "messages": [], "result": [ROW]}).encode()
LATER = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)

BAD = {
    "cut body": Cut(WHOLE, 40),
    "no answer in time": Hang(seconds=20),
    "reset": Reset(),
    "a body that drips": Drip(WHOLE, 0.5),
    "null": ok(None),
    "wrong type": ok({"namespaces": []}),
    "no success": as_json({"success": False, "errors": [], "messages": [], "result": []}),
    "no envelope": as_json([ROW]),
    "empty body": Answer(b""),
    "a namespace without a name": ok([{"namespace_id": "1"}]),
    "a name that is a number": ok([{"namespace_name": 7}]),
    "fewer rows than promised": ok(
        [ROW], result_info={"page": 1, "per_page": 100, "count": 2, "total_count": 2}
    ),
    "a name that comes twice": ok([ROW, ROW]),
    "a firewall's page": html(403, cf_mitigated="challenge"),
    "no permission": refused(403, 10000, "Authentication error"),
    "not bought": refused(403, 10121),
    "too many, in seconds": refused(429, 971, Retry_After="300"),
    "too many, until a date": refused(429, 971, Retry_After=LATER),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("which", ["namespaces", "audit"])
def test_nothing_comes_of_a_bad_listing(  # noqa: PLR0917 (fixtures)
    command, stub_server, stub_environment, tmp_path, case, which
):
    """No table, no CSV, no JSON document: what went wrong, in words."""
    stub_server.on("GET", LISTING, BAD[case])
    customers = tmp_path / "customers.csv"
    customers.write_text("customer_id,status\n1,active\n", encoding="utf-8")
    words = {
        "namespaces": ("namespaces", "list", "--format", "csv"),
        "audit": ("audit", "--customers", customers, "--format", "json", "--check"),
    }
    result = command(*words[which], stub_environment)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert "this should not have happened" not in result.stderr
    assert STUB_TOKEN not in result.stderr


def test_being_throttled_says_when_to_come_back(command, stub_server, stub_environment):
    """A Retry-After past the deadline is not slept through: the error says how long."""
    stub_server.on("GET", LISTING, refused(429, 971, Retry_After="300"))
    result = command("namespaces", "list", stub_environment)
    assert "300" in result.stderr or "5 min" in result.stderr


def test_an_empty_account_is_said_in_words(command, stub_server, stub_environment):
    """No namespace is an answer: an empty document for programs, a sentence for people."""
    stub_server.on(
        "GET", LISTING, ok([], result_info={"page": 1, "per_page": 20, "count": 0, "total_count": 0})
    )
    result = command("namespaces", "list", stub_environment)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no dispatch namespace" in result.stderr
    assert command("namespaces", "list", "--format", "json").stdout == "[]\n"


def test_an_unproven_listing_is_shown_and_marked(command, stub_server, stub_environment):
    """What may be a page of more is looked at with the reason to doubt beside it."""
    rows = [{"namespace_name": f"customer-{n}"} for n in range(100)]
    stub_server.on("GET", LISTING, lambda got: refused(400, 1234) if "page" in got.query else ok(rows))
    result = command("namespaces", "list", stub_environment)
    assert result.exit_code == 0
    assert "NOT proven complete" in result.stderr
    assert "customer-99" in result.stdout
