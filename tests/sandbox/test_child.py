"""Starting a sandbox from Python."""

import gc
import importlib.util
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from wfp_ops.sandbox.child import SandboxStartError, start_sandbox


def test_start_use_stop() -> None:
    """It serves from the moment it is handed over, and is gone after stop; stopping twice does no harm."""
    sandbox = start_sandbox(scenario="empty")
    assert sandbox.is_running()
    headers = {"authorization": f"Bearer {sandbox.token}"}
    url = f"{sandbox.base_url}/accounts/{sandbox.account_id}/workers/dispatch/namespaces"
    assert httpx.get(url, headers=headers, trust_env=False).json()["result"] == []
    sandbox.stop()
    sandbox.stop()
    assert not sandbox.is_running()
    assert "ended" in repr(sandbox)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, headers=headers, trust_env=False)


def test_options_reach_the_child(tmp_path: Path) -> None:
    """Seed, time, token, account, database and customer list; a token may begin with a dash."""
    with start_sandbox(
        scenario="acme",
        seed=-4,
        now=datetime(2026, 1, 2, tzinfo=UTC),
        token="-dash",
        account_id="b" * 32,
        db=tmp_path / "x.db",
        rate_limit=50,
        write_customers=tmp_path / "c.csv",
    ) as sandbox:
        truth = httpx.get(f"{sandbox.control_url}/truth", trust_env=False).json()
        settings = httpx.get(f"{sandbox.control_url}/settings", trust_env=False).json()
        assert (truth["name"], truth["seed"], truth["now"][:10]) == ("acme", -4, "2026-01-02")
        assert settings["rate_limit"] == 50
        url = f"{sandbox.base_url}/accounts/{'b' * 32}/workers/dispatch/namespaces"
        assert httpx.get(url, headers={"authorization": "Bearer -dash"}, trust_env=False).status_code == 200
    assert (tmp_path / "x.db").exists()
    assert (tmp_path / "c.csv").exists()


def test_what_the_child_says_is_in_the_error() -> None:
    """A scenario that does not exist, with the child's own words."""
    with pytest.raises(SandboxStartError, match="no scenario 'nope'"):
        start_sandbox(scenario="nope")


def test_a_child_that_is_too_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the deadline there is an error and no process."""
    with pytest.raises(SandboxStartError, match="within 0 s"):
        start_sandbox(scenario="empty", timeout_s=0.0)


def test_a_time_without_zone_is_refused() -> None:
    """A naive time could mean anything."""
    with pytest.raises(ValueError, match="time zone"):
        start_sandbox(now=datetime(2026, 1, 2))  # noqa: DTZ001 - the mistake itself


def test_a_forgotten_sandbox_ends() -> None:
    """When nothing refers to it any more."""
    sandbox = start_sandbox(scenario="empty")
    pid = sandbox.pid
    del sandbox
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_callers_folder_does_not_get_in_the_way(tmp_path: Path) -> None:
    """Files next to a notebook that are called like Python's own modules are not loaded by the child."""
    for name in ("json.py", "socket.py", "starlette.py"):
        (tmp_path / name).write_text("raise SystemExit('shadowed')")
    code = "from wfp_ops.sandbox.child import start_sandbox\nstart_sandbox(scenario='empty').stop()\n"
    subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, check=True, timeout=30)


def test_starting_one_loads_the_standard_library_alone() -> None:
    """Whoever starts a sandbox does not load the server."""
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import wfp_ops.sandbox.child\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)\n"
        "assert new <= {'wfp_ops'}, new\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_a_missing_extra_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the server's packages: the import system's own error, with the line to type."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else real(name))
    with pytest.raises(ModuleNotFoundError, match=r"wfp-ops\[sandbox\]") as caught:
        start_sandbox(scenario="empty")
    assert caught.value.name == "uvicorn"
