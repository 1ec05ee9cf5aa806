"""``wfp-ops doctor`` over HTTP: each thing that can be wrong, what it is called, and what to click."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from support.commands import ACCOUNT, LISTING, STUB_TOKEN
from support.stub_server import Answer, as_json, html, ok, refused

USER = "/user/tokens/verify"
OWNED = f"/accounts/{ACCOUNT}/tokens/verify"
NAME = f"/accounts/{ACCOUNT}"
LIVE = ok({"id": "0" * 32, "status": "active"})
SCRIPTS, ANALYTICS, SETTINGS = "Workers Scripts: Read", "Account Analytics: Read", "Account Settings: Read"


def reach(**changes):
    found = {
        "enabled": True,
        "notOlderThan": 7776000,
        "maxDuration": 2678400,
        "maxPageSize": 10000,
        **changes,
    }
    node = {"settings": {"workersInvocationsAdaptive": found}}
    return as_json({"data": {"viewer": {"accounts": [node]}}, "errors": None})


def not_authorized(status=200):
    return as_json({"data": None, "errors": [{"message": "not authorized for that account"}]}, status=status)


def dated(seconds, answer=LIVE):
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return answer.with_headers(Date=format_datetime(moment, usegmt=True))


@pytest.fixture
def healthy(stub_server):
    """A server at which nothing is wrong."""
    stub_server.on("GET", USER, dated(0))
    stub_server.on("GET", LISTING, ok([{"namespace_name": "customer-1"}]))
    stub_server.on("GET", NAME, ok({"id": ACCOUNT, "name": "Acme"}))
    stub_server.on("POST", "/graphql", reach())
    return stub_server


@pytest.fixture
def examined(command, stub_environment):
    """Run the doctor: its checks by name, and its exit code; nothing it says holds the token."""

    def run(*words, expect, environment=stub_environment):
        result = command("doctor", "--format", "json", *words, environment)
        assert STUB_TOKEN not in result.stdout + result.stderr
        assert result.exit_code == expect, result.stdout
        checks = json.loads(result.stdout)
        assert all(list(row) == ["check", "verdict", "detail", "what_to_do"] for row in checks)
        assert all(row["what_to_do"] for row in checks if row["verdict"] in ("fail", "warn"))
        return {row["check"]: row for row in checks}

    return run


def test_a_healthy_account(healthy, examined, command):
    """Everything is said to be right, with the account's name, and nothing but reads was sent."""
    checks = examined(expect=0)
    state = checks.pop("state folder")
    assert {row["verdict"] for row in checks.values()} == {"ok"}, checks
    assert state["verdict"] == "warn"  # the tests' own folder lies among temporary files
    assert "Acme" in checks[SETTINGS]["detail"]
    assert "90 days back" in checks[ANALYTICS]["detail"]
    assert {(got.method, got.path) for got in healthy.received} == {
        ("GET", USER),
        ("GET", LISTING),
        ("GET", NAME),
        ("POST", "/graphql"),
    }
    page = command("doctor")
    assert page.exit_code == 0
    assert "✔ ok" in page.stdout
    assert "Nothing fails: 1 to look at" in page.stdout


def test_it_makes_no_folder(healthy, examined, tmp_path):
    """A state folder that is not there is still not there."""
    examined(expect=0)
    assert not (tmp_path / "state").exists()


# --- the token --------------------------------------------------------------------------------


def test_an_account_owned_token(healthy, examined):
    """Unknown to the users' endpoint, known to the account's: live, and said to be account-owned."""
    healthy.on("GET", USER, refused(401, 1000, "Invalid API Token"))
    healthy.on("GET", OWNED, LIVE)
    healthy.on("GET", LISTING, refused(403, 10000))
    checks = examined(expect=1)
    assert checks["token"]["verdict"] == "ok"
    assert "account-owned" in checks["token"]["detail"]
    assert "Manage Account > Account API Tokens" in checks[SCRIPTS]["what_to_do"]


def test_a_token_that_nobody_knows(healthy, examined):
    """Neither endpoint knows it: make a new one, and where."""
    healthy.on("GET", USER, refused(401, 1000, "Invalid API Token"))
    healthy.on("GET", OWNED, refused(401, 1000, "Invalid API Token"))
    healthy.on("GET", LISTING, refused(401, 10000, "Authentication error"))
    checks = examined(expect=1)
    assert checks["token"]["verdict"] == "fail"
    assert "My Profile > API Tokens" in checks["token"]["what_to_do"]
    assert checks[SCRIPTS]["verdict"] == "fail"


@pytest.mark.parametrize(
    ("status", "verdict", "said"),
    [
        ({"status": "disabled"}, "fail", "it is disabled"),
        ({"status": "expired"}, "fail", "it is expired"),
        ({"status": "active", "expires_on": "2020-01-01T00:00:00Z"}, "fail", "expired on 2020-01-01"),
        ({"status": "active", "not_before": "2999-01-01T00:00:00Z"}, "fail", "from 2999-01-01"),
        ({"status": "active", "expires_on": "2999-01-01T00:00:00Z"}, "ok", "until 2999-01-01"),
    ],
)
def test_what_a_token_says_of_itself(healthy, examined, status, verdict, said):
    """Disabled, expired, not yet good."""
    healthy.on("GET", USER, ok(status))
    checks = examined(expect=1 if verdict == "fail" else 0)
    assert checks["token"]["verdict"] == verdict
    assert said in checks["token"]["detail"]


def test_a_token_that_expires_soon(healthy, examined):
    """A warning some days ahead."""
    soon = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    healthy.on("GET", USER, ok({"status": "active", "expires_on": soon}))
    check = examined(expect=0)["token"]
    assert check["verdict"] == "warn"
    assert "expires on" in check["detail"]


# --- permissions and the account --------------------------------------------------------------


def test_no_permission_to_read_scripts(healthy, examined):
    """It names the permission as the dashboard does, and the account to include."""
    healthy.on("GET", LISTING, refused(403, 10000, "Authentication error"))
    check = examined(expect=1)[SCRIPTS]
    assert check["verdict"] == "fail"
    for words in ("Edit", "Account | Workers Scripts | Read", "Account Resources", ACCOUNT):
        assert words in check["what_to_do"]


@pytest.mark.parametrize("answer", [not_authorized(), not_authorized(403), refused(401, 10000)])
def test_no_permission_to_read_analytics(healthy, examined, answer):
    """An audit works without it, so it is a warning, whatever HTTP status says it."""
    healthy.on("POST", "/graphql", answer)
    check = examined(expect=0)[ANALYTICS]
    assert check["verdict"] == "warn"
    assert "Account | Account Analytics | Read" in check["what_to_do"]


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        (refused(404, 7003), "unknown", "no analytics endpoint"),
        (reach(enabled=False), "warn", "switched off"),
        (as_json({"data": {"viewer": {"accounts": []}}}), "warn", "not authorized"),
        (as_json({"data": None, "errors": [{"message": "unable to execute query"}]}), "unknown", "unable"),
        (as_json([1]), "unknown", "not GraphQL's"),
        (html(), "unknown", "not GraphQL's"),
    ],
)
def test_other_answers_of_analytics(healthy, examined, answer, verdict, said):
    """What can't be told is unknown, and no failure."""
    healthy.on("POST", "/graphql", answer)
    check = examined(expect=0)[ANALYTICS]
    assert check["verdict"] == verdict
    assert said in check["detail"]


def test_the_accounts_name_is_optional(healthy, examined):
    """Without Account Settings: Read there is a warning that says that nothing needs it."""
    healthy.on("GET", NAME, refused(403, 10000))
    check = examined(expect=0)[SETTINGS]
    assert check["verdict"] == "warn"
    assert "nothing needs it" in check["detail"]


def test_workers_for_platforms_is_not_bought(healthy, examined):
    """10121 is neither the token's fault nor the account id's."""
    healthy.on("GET", LISTING, refused(403, 10121, "not entitled"))
    checks = examined(expect=1)
    assert checks["Workers for Platforms"]["verdict"] == "fail"
    assert "Workers & Pages > Workers for Platforms" in checks["Workers for Platforms"]["what_to_do"]
    assert checks[SCRIPTS]["verdict"] == "ok"


def test_another_accounts_id(healthy, examined):
    """An id that leads nowhere: where to copy the right one."""
    healthy.on("GET", LISTING, refused(404, 7003, "Could not route"))
    check = examined(expect=1)["account"]
    assert check["verdict"] == "fail"
    assert "Copy account ID" in check["what_to_do"]


def test_a_firewall(healthy, examined):
    """A challenge page is not taken for a missing permission."""
    healthy.on("GET", LISTING, html(403, cf_mitigated="challenge"))
    check = examined(expect=1)[SCRIPTS]
    assert "firewall" in check["detail"]
    assert "network" in check["what_to_do"]


# --- the server -------------------------------------------------------------------------------


def test_nothing_answers(examined, stub_environment):
    """One failure that says so; everything behind it is unknown, not wrong."""
    nowhere = {**stub_environment, "CLOUDFLARE_BASE_URL": "http://127.0.0.1:9/client/v4"}
    checks = examined(expect=1, environment=nowhere)
    assert [name for name, row in checks.items() if row["verdict"] == "fail"] == ["base URL"]
    for name in ("token", "account", SCRIPTS, ANALYTICS, "Workers for Platforms", "clock"):
        assert checks[name]["verdict"] == "unknown"


def test_another_server_answers(stub_server, examined):
    """A page where the API should be."""
    for path in (USER, LISTING, NAME):
        stub_server.on("GET", path, html())
    stub_server.on("POST", "/graphql", html())
    check = examined(expect=1)["account"]
    assert "not Cloudflare's API" in check["detail"]
    assert "https://api.cloudflare.com/client/v4" in check["what_to_do"]


@pytest.mark.parametrize(
    ("seconds", "verdict", "said"),
    [(-20, "ok", "ahead of"), (90, "warn", "behind"), (7200, "fail", "behind"), (-7200, "fail", "ahead of")],
)
def test_a_clock_that_is_wrong(healthy, examined, seconds, verdict, said):
    """Against the server's Date: a minute is a warning, five are a failure, two hours are seen either way."""
    healthy.on("GET", USER, dated(seconds))
    check = examined(expect=1 if verdict == "fail" else 0)["clock"]
    assert check["verdict"] == verdict
    assert said in check["detail"]


@pytest.mark.parametrize("date", [None, "yesterday", "Mon, 99 Foo 2026 00:00:00 GMT"])
def test_a_server_that_does_not_tell_the_time(healthy, examined, date):
    """Then it can't be told."""
    healthy.on("GET", USER, LIVE if date is None else LIVE.with_headers(Date=date))
    assert examined(expect=0)["clock"]["verdict"] == "unknown"


def test_a_clock_that_was_set(healthy, examined, stub_environment):
    """WFP_OPS_NOW is on purpose."""
    check = examined(expect=0, environment={**stub_environment, "WFP_OPS_NOW": "2026-11-23T12:00:00Z"})[
        "clock"
    ]
    assert check["verdict"] == "ok"
    assert "on purpose" in check["detail"]


def test_a_rate_budget_that_is_nearly_spent(healthy, examined):
    """What the answers say is left, and when it is whole again."""
    spent = ok({"name": "Acme"}).with_headers(
        Ratelimit='"default";r=50;t=200', Ratelimit_Policy='"default";q=1200;w=300'
    )
    healthy.on("GET", NAME, spent)
    check = examined(expect=0)["rate budget"]
    assert check["verdict"] == "warn"
    assert "50 of 1,200 requests left" in check["detail"]


# --- this machine -----------------------------------------------------------------------------


def test_wrong_settings(examined, tmp_path):
    """A file that can't be right is the finding, with its line; nothing is asked of anybody."""
    (tmp_path / "wfp-ops.toml").write_text("[audit]\nconventon = 'x'\n", encoding="utf-8")
    check = examined(expect=1)["settings"]
    assert check["verdict"] == "fail"
    assert "wfp-ops.toml, line 2" in check["detail"]


def test_no_token(examined):
    """What is missing, and that this machine's part is looked at all the same."""
    checks = examined(expect=1, environment={})
    assert "no API token" in checks["account and token"]["detail"]
    assert {"state folder", "versions", "customer list"} <= checks.keys()


def test_a_named_account(healthy, examined, tmp_path, stub_environment):
    """Its block counts; what the environment says beside it is named and not used. Values are not shown."""
    (tmp_path / "wfp-ops.toml").write_text(
        f'[accounts.acme]\naccount_id = "{ACCOUNT}"\ntoken_env = "ACME"\nbase_url = "{healthy.base_url}"\n'
        'write_token_env = "ACME_WRITE"\n',
        encoding="utf-8",
    )
    environment = {**stub_environment, "ACME": "other-token", "ACME_WRITE": "write-token"}
    environment |= {"CLOUDFLARE_BASE_URL": "http://127.0.0.1:9/client/v4"}
    checks = examined("--account", "acme", expect=0, environment=environment)
    detail = checks["account and token"]["detail"]
    assert "token from ACME" in detail
    assert "CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_BASE_URL not used" in detail
    assert checks["token for changes"]["verdict"] == "ok"
    assert {got.headers["authorization"] for got in healthy.received} == {
        "Bearer other-token",
        "Bearer write-token",
    }
    assert "other-token" not in json.dumps(checks)
    assert "write-token" not in json.dumps(checks)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("customers.csv", ("ok", "2 records read")),
        ("none.csv", ("fail", "no such customer list")),
        ("half.csv", ("warn", "1 set aside")),
        ("postgresql://joe:hunter2@127.0.0.1:9/crm", ("fail", "can't be reached")),
    ],
)
@pytest.mark.usefixtures("healthy")
def test_the_customer_list(examined, tmp_path, stub_environment, source, expected):
    """Readable or not, and how much of it; a database without its user and password."""
    (tmp_path / "customers.csv").write_text("customer_id\n1\n2\n", encoding="utf-8")
    (tmp_path / "half.csv").write_text("customer_id,name\n1,A\n,B\n", encoding="utf-8")
    environment = {
        **stub_environment,
        "WFP_OPS_CUSTOMERS__SOURCE": source,
        "WFP_OPS_CUSTOMERS__QUERY": "select 1",
    }
    verdict, said = expected
    checks = examined(expect=1 if verdict == "fail" else 0, environment=environment)
    assert checks["customer list"]["verdict"] == verdict
    assert said in checks["customer list"]["detail"]
    assert "hunter2" not in json.dumps(checks)


def test_a_state_folder_that_is_a_file(healthy, examined, stub_environment, tmp_path):
    """It says which path is wrong."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    environment = {**stub_environment, "WFP_OPS_STATE_DIR": str(tmp_path / "file" / "state")}
    check = examined(expect=1, environment=environment)["state folder"]
    assert check["verdict"] == "fail"
    assert "is no folder" in check["detail"]


def test_the_built_in_sandbox(examined):
    """It is examined like any other account; its analytics answer, and tell how far back they reach."""
    checks = examined("--account", "sandbox", expect=0, environment={})
    assert checks[SCRIPTS]["verdict"] == "ok"
    assert checks[ANALYTICS]["verdict"] == "ok"
    assert "93 days back" in checks[ANALYTICS]["detail"]


def test_a_server_that_fails(healthy, examined):
    """A 500 is Cloudflare's and can't be told from here."""
    healthy.on("GET", LISTING, Answer(b"oops", 500))
    check = examined(expect=0)[SCRIPTS]
    assert check["verdict"] == "unknown"
