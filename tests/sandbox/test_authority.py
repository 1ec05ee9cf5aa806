"""Tokens and accounts, and what is refused before any route is reached."""

import httpx
import pytest
from support.sandbox_server import RunningSandbox

OTHER_ACCOUNT = "f" * 32


@pytest.fixture
def bare(sandbox: RunningSandbox) -> httpx.Client:
    """A client without a token."""
    with httpx.Client(trust_env=False) as client:
        yield client


def first(answer: httpx.Response) -> tuple[int, int]:
    """HTTP status and Cloudflare's code."""
    return answer.status_code, answer.json()["errors"][0]["code"]


def test_no_token(sandbox: RunningSandbox, bare: httpx.Client) -> None:
    """Without any credentials: 400 with 9106, and 401 with 1001 where a token is verified."""
    assert first(bare.get(sandbox.namespaces_url)) == (400, 9106)
    assert first(bare.get(f"{sandbox.base_url}/user/tokens/verify")) == (401, 1001)


@pytest.mark.parametrize("header", ["", "Bearer", "Basic x", "sandbox-token", "Bearer a b", "Bearer tö"])
def test_malformed_header(sandbox: RunningSandbox, bare: httpx.Client, header: str) -> None:
    """400 with 6003, and 6111 in its chain."""
    answer = bare.get(sandbox.namespaces_url, headers={"authorization": header.encode("latin-1")})
    assert first(answer) == (400, 6003)
    assert answer.json()["errors"][0]["error_chain"][0]["code"] == 6111


def test_legacy_headers(sandbox: RunningSandbox, bare: httpx.Client) -> None:
    """A malformed key is 6003 with 6103; a well-formed one is unknown here."""
    malformed = bare.get(sandbox.namespaces_url, headers={"x-auth-email": "a@b.c", "x-auth-key": "x"})
    assert first(malformed) == (400, 6003)
    assert malformed.json()["errors"][0]["error_chain"][0]["code"] == 6103
    unknown = bare.get(sandbox.namespaces_url, headers={"x-auth-email": "a@b.c", "x-auth-key": "a" * 37})
    assert first(unknown) == (403, 9103)


def test_wrong_token(sandbox: RunningSandbox, bare: httpx.Client) -> None:
    """401 with 10000, and with 1000 where a token is verified."""
    headers = {"authorization": "Bearer not-this-one"}
    assert first(bare.get(sandbox.namespaces_url, headers=headers)) == (401, 10000)
    assert first(bare.get(f"{sandbox.base_url}/user/tokens/verify", headers=headers)) == (401, 1000)


def test_another_account(sandbox: RunningSandbox) -> None:
    """403 with 10000 and a documentation URL; an id that is none leads nowhere."""
    answer = sandbox.http.get(f"{sandbox.base_url}/accounts/{OTHER_ACCOUNT}/workers/dispatch/namespaces")
    assert first(answer) == (403, 10000)
    assert answer.json()["errors"][0]["documentation_url"].startswith("https://")
    for account in ("short", "F" * 32, "%20" * 32):
        answer = sandbox.http.get(f"{sandbox.base_url}/accounts/{account}/workers/dispatch/namespaces")
        assert first(answer) == (404, 7003)


def test_verify(sandbox: RunningSandbox) -> None:
    """A user's token verifies for the user, an account's for the account; each fails at the other."""
    user = f"{sandbox.base_url}/user/tokens/verify"
    account = f"{sandbox.account_url}/tokens/verify"
    good = sandbox.http.get(user).json()
    assert good["result"]["status"] == "active"
    assert len(good["result"]["id"]) == 32
    assert good["messages"][0]["code"] == 10000
    assert first(sandbox.http.get(account)) == (401, 1000)
    sandbox.switch(token_kind="account")
    assert sandbox.http.get(account).json()["result"]["status"] == "active"
    assert first(sandbox.http.get(user)) == (401, 1000)


def test_an_account_owned_token_on_endpoints_for_users(sandbox: RunningSandbox) -> None:
    """/user and /memberships refuse it with 9106; the account's own routes take it."""
    assert sandbox.http.get(f"{sandbox.base_url}/user").json()["result"]["email"]
    assert sandbox.http.get(f"{sandbox.base_url}/memberships").json()["result_info"]["total_count"] == 1
    sandbox.switch(token_kind="account")
    assert first(sandbox.http.get(f"{sandbox.base_url}/user")) == (400, 9106)
    assert first(sandbox.http.get(f"{sandbox.base_url}/memberships")) == (400, 9106)
    assert sandbox.http.get(sandbox.namespaces_url).status_code == 200


def test_accounts(sandbox: RunningSandbox) -> None:
    """The one account, on one page."""
    listing = sandbox.http.get(f"{sandbox.base_url}/accounts", params={"page": 1}).json()
    assert [account["id"] for account in listing["result"]] == [sandbox.account_id]
    assert sandbox.http.get(f"{sandbox.base_url}/accounts", params={"page": 2}).json()["result"] == []
    assert sandbox.http.get(sandbox.account_url).json()["result"]["id"] == sandbox.account_id
    groups = sandbox.http.get(f"{sandbox.account_url}/tokens/permission_groups").json()["result"]
    assert "Workers Scripts Read" in {group["name"] for group in groups}


def test_every_answer_carries_ray_and_rate(sandbox: RunningSandbox, bare: httpx.Client) -> None:
    """cf-ray on every answer and refusal, the rate headers wherever a token counts."""
    answer = sandbox.http.get(sandbox.namespaces_url)
    assert answer.headers["cf-ray"].endswith("-SBX")
    assert answer.headers["ratelimit"].startswith('"default";r=')
    assert answer.headers["ratelimit-policy"].startswith('"default";q=')
    assert "cf-ray" in bare.get(sandbox.namespaces_url).headers


def test_the_rate_limit_blocks_and_says_for_how_long(sandbox: RunningSandbox) -> None:
    """Over the quota everything is 429 with 971 and retry-after; a request with another token is not counted."""
    sandbox.switch(rate_limit=3)
    left = [sandbox.http.get(sandbox.namespaces_url).headers["ratelimit"] for _ in range(3)]
    assert [text.split(";")[1] for text in left] == ["r=2", "r=1", "r=0"]
    blocked = sandbox.http.get(sandbox.namespaces_url)
    assert first(blocked) == (429, 971)
    assert 0 < int(blocked.headers["retry-after"]) <= 300
    assert blocked.headers["ratelimit-policy"] == '"default";q=3;w=300'
    wrong = sandbox.http.get(sandbox.namespaces_url, headers={"authorization": "Bearer other"})
    assert first(wrong) == (401, 10000)
    sandbox.switch(rate_limit=None)
    assert sandbox.http.get(sandbox.namespaces_url).status_code == 200
