"""``connect``: which account, which clock, and that nothing is left behind."""

from __future__ import annotations

import gc
import importlib.util
import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import wfp_ops
from wfp_ops.account import sandbox as sandbox_account
from wfp_ops.account.transport import clock_for
from wfp_ops.errors import MissingExtraError, SandboxError, SettingsError

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "cf-secret-token-0123456789"
NOW = "2026-11-23T12:00:00Z"


def test_the_sandbox_needs_no_settings_and_heeds_none(tmp_path, monkeypatch):
    """A broken settings file and a real account in the environment change nothing for the sandbox."""
    (tmp_path / "wfp-ops.toml").write_text("this is no TOML", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "e" * 32)
    monkeypatch.setenv("WFP_OPS_AUDIT__CONVENTION", "nonsense")
    with wfp_ops.connect("sandbox", now=NOW) as account:
        assert (account.name, account.account_id) == ("sandbox", ACCOUNT)
        assert account.settings.audit.convention == "customer-{id}"
        assert len(account.namespaces())


def test_the_customer_list_goes_with_the_sandbox():
    """The list is a file that ``customers_source`` names, and is gone after close."""
    account = wfp_ops.connect("sandbox", now=NOW)
    source = Path(account.customers_source)
    assert len(account.customers())
    account.close()
    account.close()
    assert not source.exists()
    assert not source.parent.exists()


def test_the_same_seed_and_moment_make_the_same_account():
    """Two sandboxes of one seed and moment are equal; another seed makes another account."""
    frames = []
    for seed in (5, 5, 6):
        with wfp_ops.connect("sandbox", seed=seed, now=NOW) as account:
            frames.append(account.namespaces())
    assert frames[0].equals(frames[1])
    assert not frames[0].equals(frames[2])


@pytest.mark.parametrize("beside", ["config", "account_id", "token", "base_url"])
def test_the_sandbox_refuses_other_settings(beside):
    """What would be ignored is refused instead, by name."""
    with pytest.raises(SettingsError, match=beside):
        wfp_ops.connect("sandbox", **{beside: "x"})


def test_a_missing_extra_is_named_with_the_line_to_type(monkeypatch):
    """Without the sandbox's packages the error says what to install."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else found(name))
    with pytest.raises(MissingExtraError, match=r"wfp-ops\[sandbox\]"):
        wfp_ops.connect("sandbox")


def test_a_sandbox_that_does_not_start_is_an_error_of_ours(monkeypatch):
    """The child's complaint comes as SandboxError, and its folder does not stay."""
    monkeypatch.setattr(sandbox_account, "SCENARIO", "no-such-scenario")
    with pytest.raises(SandboxError, match="no-such-scenario"):
        wfp_ops.connect("sandbox")


def test_nothing_is_left_when_an_account_is_forgotten():
    """Without close, child and folder go when nothing refers to the account any more; no warning comes."""
    account = wfp_ops.connect("sandbox", now=NOW)
    folder = Path(account.customers_source).parent
    del account
    gc.collect()
    assert not folder.exists()


def test_nothing_is_left_when_python_ends(tmp_path):
    """Nor at the end of a process that never closed, with every warning an error."""
    code = f"""
        import wfp_ops
        account = wfp_ops.connect("sandbox", now={NOW!r})
        account.namespaces()
        print(account.customers_source)
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stderr == ""
    assert not Path(done.stdout.strip()).parent.exists()


def test_explicit_access(acme, tmp_path, monkeypatch):
    """A token, an id and a base URL are enough; nothing is sent before the first reading."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFP_OPS_STATE_DIR", str(tmp_path / "state"))
    with wfp_ops.connect(account_id=ACCOUNT, token="sandbox-token", base_url=acme.base_url) as account:
        assert account.name == ACCOUNT
        assert len(account.namespaces()) == len(acme.namespaces())


def test_the_rate_limit_is_a_setting(tmp_path, monkeypatch):
    """What an account is allowed to send is the share of its own rate limit."""
    monkeypatch.chdir(tmp_path)
    text = "state_dir = 'state'\n[api]\nrate_limit = 12000\nrate_share = 0.5\n"
    (tmp_path / "wfp-ops.toml").write_text(text, encoding="utf-8")
    with wfp_ops.connect(account_id=ACCOUNT, token=TOKEN, base_url="http://127.0.0.1:1/client/v4") as account:
        assert account.reads.transport.forecast_s(6000) == 0
        assert account.reads.transport.forecast_s(6020) == pytest.approx(1)


def test_a_wrong_convention_names_its_line(tmp_path, monkeypatch):
    """What only the audit understands is refused at once, with the place that says it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wfp-ops.toml").write_text(
        '[audit]\nid_case = "fold"\nconvention = "customer"\n', encoding="utf-8"
    )
    with pytest.raises(SettingsError, match="exactly once") as caught:
        wfp_ops.connect(account_id=ACCOUNT, token=TOKEN)
    assert (caught.value.file, caught.value.line) == ("wfp-ops.toml", 3)


def test_accepting_a_kind_that_does_not_exist(tmp_path, monkeypatch):
    """A slip in [[audit.accepted]] would accept nothing, silently: it is refused."""
    monkeypatch.chdir(tmp_path)
    text = '[[audit.accepted]]\nkind = "orphan"\nname = "a"\nreason = "known"\n'
    (tmp_path / "wfp-ops.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="'orphan'") as caught:
        wfp_ops.connect(account_id=ACCOUNT, token=TOKEN)
    assert (caught.value.line, "orphaned" in str(caught.value.hint)) == (2, True)


def test_the_clock_can_be_set_on_this_machine_alone(monkeypatch):
    """WFP_OPS_NOW moves the clock on loopback and nowhere else; a clock that is given elsewhere is refused."""
    monkeypatch.setenv("WFP_OPS_NOW", "2030-01-01T00:00:00Z")
    near = timedelta(hours=1)
    assert clock_for("http://127.0.0.1:1/client/v4").now() - datetime(2030, 1, 1, tzinfo=UTC) < near
    assert abs(clock_for("https://api.cloudflare.com/client/v4").now() - datetime.now(UTC)) < near
    with pytest.raises(SettingsError, match="real time"):
        clock_for("https://api.cloudflare.com/client/v4", NOW)


@pytest.mark.parametrize("bad", ["yesterday", "2026-13-01"])
def test_a_moment_that_is_none(monkeypatch, bad):
    """A WFP_OPS_NOW that is no time is named."""
    monkeypatch.setenv("WFP_OPS_NOW", bad)
    with pytest.raises(SettingsError, match=bad) as caught:
        wfp_ops.connect("sandbox")
    assert caught.value.key == "WFP_OPS_NOW"


def test_a_seed_is_for_the_sandbox(tmp_path, monkeypatch):
    """A real account has none."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="seed"):
        wfp_ops.connect(account_id=ACCOUNT, token=TOKEN, seed=3)


def test_no_token_in_any_representation(tmp_path, monkeypatch):
    """Neither text nor HTML of an account shows its token."""
    monkeypatch.chdir(tmp_path)
    with wfp_ops.connect(account_id=ACCOUNT, token=TOKEN, base_url="http://127.0.0.1:9/client/v4") as account:
        shown = f"{account!r} {account} {account._repr_html_()} {vars(account)}"
    assert TOKEN not in shown
    assert ACCOUNT in shown
    assert os.environ.get("CLOUDFLARE_API_TOKEN") is None
