"""Cloudflare's own Python SDK, unchanged, on the sandbox."""

import io
from collections.abc import Iterator

import cloudflare
import pytest
from cloudflare import Cloudflare
from support.sandbox_server import RunningSandbox
from support.worker_code import MODULE


@pytest.fixture
def client(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloudflare]:
    """The SDK as its users make it: from the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    with Cloudflare(max_retries=0) as sdk:
        yield sdk


def test_namespaces(client: Cloudflare, sandbox: RunningSandbox) -> None:
    """Create, list, get, delete, with typed fields."""
    namespaces = client.workers_for_platforms.dispatch.namespaces
    account = sandbox.account_id
    created = namespaces.create(account_id=account, name="customer-42")
    assert created is not None
    assert created.namespace_name == "customer-42"
    assert created.created_on is not None
    assert created.created_on.tzinfo is not None
    assert [ns.namespace_id for ns in namespaces.list(account_id=account)] == [created.namespace_id]
    found = namespaces.get("customer-42", account_id=account)
    assert found is not None
    assert found.script_count == 0
    namespaces.delete("customer-42", account_id=account)
    with pytest.raises(cloudflare.NotFoundError) as caught:
        namespaces.get("customer-42", account_id=account)
    assert caught.value.errors[0].code == 100119


def test_refusals_become_the_sdks_errors(client: Cloudflare, sandbox: RunningSandbox) -> None:
    """A taken name, a wrong token, another account, a rate limit."""
    namespaces = client.workers_for_platforms.dispatch.namespaces
    sandbox.load("taken")
    with pytest.raises(cloudflare.BadRequestError):
        namespaces.create(account_id=sandbox.account_id, name="taken")
    with pytest.raises(cloudflare.PermissionDeniedError):
        namespaces.list(account_id="f" * 32)
    stranger = client.with_options(api_token="wrong").workers_for_platforms.dispatch.namespaces
    with pytest.raises(cloudflare.AuthenticationError):
        stranger.list(account_id=sandbox.account_id)
    sandbox.fault("status", status=429, retry_after=1)
    with pytest.raises(cloudflare.RateLimitError):
        namespaces.list(account_id=sandbox.account_id)


def test_scripts(client: Cloudflare, sandbox: RunningSandbox) -> None:
    """Upload, get, content, settings, tags, secrets, bindings, delete."""
    sandbox.load("production")
    scripts = client.workers_for_platforms.dispatch.namespaces.scripts
    where = {"account_id": sandbox.account_id, "dispatch_namespace": "production"}
    code = ("index.js", io.BytesIO(MODULE.encode()), "application/javascript+module")
    metadata = {
        "main_module": "index.js",
        "compatibility_date": "2025-01-01",
        "tags": ["customer-1"],
        "bindings": [{"type": "plain_text", "name": "TENANT", "text": "42"}],
    }
    uploaded = scripts.update("w", metadata=metadata, files=[code], **where)
    assert uploaded.startup_time_ms >= 1
    assert uploaded.tags == ["customer-1"]
    detail = scripts.get("w", **where)
    assert detail.script is not None
    assert detail.script.etag == uploaded.etag
    assert MODULE.encode() in scripts.content.get("w", **where).read()

    newer = ("index.js", io.BytesIO(MODULE.replace("hello", "bye").encode()), "application/javascript+module")
    changed = scripts.content.update("w", metadata={"main_module": "index.js"}, files=[newer], **where)
    assert changed.etag != uploaded.etag

    edited = scripts.settings.edit("w", settings={"logpush": True, "tags": ["a", "b"]}, **where)
    assert edited is not None
    assert edited.logpush is True
    assert list(scripts.tags.list("w", **where)) == ["a", "b"]
    assert list(scripts.tags.update("w", body=["c"], **where)) == ["c"]
    scripts.tags.delete("c", script_name="w", **where)
    assert list(scripts.tags.list("w", **where)) == []

    scripts.secrets.update("w", name="KEY", text="s", type="secret_text", **where)
    bulk = scripts.secrets.bulk_update(
        "w", secrets={"KEY": None, "B": {"name": "B", "text": "2", "type": "secret_text"}}, **where
    )
    assert set(bulk) == {"B"}
    assert [secret.name for secret in scripts.secrets.list("w", **where)] == ["B"]
    got = scripts.secrets.get("B", script_name="w", **where)
    assert got is not None
    assert got.type == "secret_text"
    scripts.secrets.delete("B", script_name="w", **where)
    assert [b.name for b in scripts.bindings.get("w", **where)] == ["TENANT"]
    settings = scripts.settings.get("w", **where)
    assert settings is not None
    assert settings.compatibility_date == "2025-01-01"

    scripts.delete("w", force=True, **where)
    with pytest.raises(cloudflare.NotFoundError):
        scripts.get("w", **where)


def test_assets(client: Cloudflare, sandbox: RunningSandbox) -> None:
    """An upload session says what is needed."""
    sandbox.load("production")
    scripts = client.workers_for_platforms.dispatch.namespaces.scripts
    digest = "0123456789abcdef0123456789abcdef"
    session = scripts.asset_upload.create(
        "w",
        account_id=sandbox.account_id,
        dispatch_namespace="production",
        manifest={"/a.txt": {"hash": digest, "size": 1}},
    )
    assert session is not None
    assert session.buckets == [[digest]]
    assert session.jwt


def test_token_and_accounts(client: Cloudflare, sandbox: RunningSandbox) -> None:
    """Verification, user, accounts and memberships read as the SDK's types."""
    verified = client.user.tokens.verify()
    assert verified is not None
    assert verified.status == "active"
    assert client.user.get() is not None
    assert [account.id for account in client.accounts.list()] == [sandbox.account_id]
    assert [m.account.id for m in client.memberships.list()] == [sandbox.account_id]


def test_the_sdk_retries_what_it_should(client: Cloudflare, sandbox: RunningSandbox) -> None:
    """A 500 and a reset are got over by the SDK's own retries."""
    sandbox.load("a")
    sandbox.fault("status", status=500, count=1)
    sandbox.fault("reset", count=1)
    patient = client.with_options(max_retries=2).workers_for_platforms.dispatch.namespaces
    assert len(list(patient.list(account_id=sandbox.account_id))) == 1
