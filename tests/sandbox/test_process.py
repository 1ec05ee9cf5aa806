"""The server as a process: flags, the ready line, ends, and what survives a kill."""

import csv
import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.sandbox_server import running_sandbox

COMMAND = [sys.executable, "-m", "wfp_ops.sandbox"]
DEADLINE_S = 20


@contextmanager
def server(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server's process and base URL."""
    process = subprocess.Popen([*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("sandbox ready http://127.0.0.1:"), process.stderr.read()
        yield process, line.removeprefix("sandbox ready ").strip()
    finally:
        process.kill()
        process.communicate()


def failing(*flags: str) -> tuple[int, str]:
    """Exit code and standard error of a server that must not start."""
    done = subprocess.run([*COMMAND, *flags], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def gone(pid: int) -> bool:
    """Whether that process ends within the deadline."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        # The handle can be read from once the process has ended, also while nobody has taken notice of that.
        return bool(select.select([handle], [], [], DEADLINE_S)[0])
    finally:
        os.close(handle)


def test_a_second_server_on_the_same_database_is_refused(tmp_path: Path) -> None:
    """The first goes on undisturbed."""
    path = tmp_path / "sandbox.db"
    with running_sandbox("empty", db=path) as sandbox:
        code, err = failing("--db", str(path))
        assert (code, err.count("\n")) == (1, 1)
        assert "locked" in err
        assert sandbox.http.post(sandbox.namespaces_url, json={"name": "a"}).status_code == 200


@pytest.mark.parametrize("fault", [{"kind": "timeout"}, {"kind": "slow", "delay_s": 3600}])
def test_a_hanging_request_does_not_hold_it_up(fault: dict[str, object]) -> None:
    """A client that waits in vain is cut off, and the exit code is 0."""
    with server() as (process, base), httpx.Client(trust_env=False) as client:
        control = base.removesuffix("/client/v4") + "/sandbox"
        client.post(f"{control}/faults", json=fault)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(client.get, f"{base}/user", timeout=DEADLINE_S)
            while client.get(f"{control}/faults").json()["faults"][0]["struck"] < 1:
                pass
            process.terminate()
            assert process.wait(DEADLINE_S) == 0
            assert isinstance(waiting.exception(), httpx.TransportError)
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_cleanly(number: int) -> None:
    """Exit code 0, one line on stdout, nothing on stderr, even with a client that waits for an answer."""
    with server() as (process, base), httpx.Client(trust_env=False) as client:
        client.get(f"{base}/user")
        process.send_signal(number)
        out, err = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_in_use(tmp_path: Path) -> None:
    """One line, exit code 1, and no database was made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, err = failing("--port", str(port), "--db", str(tmp_path / "db"))
    assert code == 1
    assert err.count("\n") == 1
    assert f"127.0.0.1:{port}" in err
    assert not (tmp_path / "db").exists()


@pytest.mark.parametrize(
    "flags",
    [
        ("--port", "99999"),
        ("--port", "x"),
        ("--now", "yesterday"),
        ("--token", "a b"),
        ("--token", "a\nb"),
        ("--rate-limit", "0"),
        ("--account-id", "x"),
        ("--seed", "x"),
        ("--nonsense",),
    ],
)
def test_wrong_usage(flags: tuple[str, ...]) -> None:
    """Exit code 2, and the flag is named."""
    code, err = failing(*flags)
    assert code == 2
    assert flags[0].strip("-") in err


def test_an_unknown_scenario() -> None:
    """Exit code 1, and the choices are named."""
    code, err = failing("--scenario", "nope")
    assert code == 1
    assert "acme" in err


def test_unusable_databases(tmp_path: Path) -> None:
    """A folder that is not there, a folder, a file of something else: none is touched."""
    text = tmp_path / "notes.txt"
    text.write_text("these are my notes, and no database " * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = (text.read_bytes(), other.read_bytes())
    for path in (tmp_path / "no" / "db", tmp_path, text, other):
        code, err = failing("--db", str(path))
        assert code == 1
        assert err.count("\n") == 1
        assert str(path) in err
    assert (text.read_bytes(), other.read_bytes()) == before


def test_the_customer_list_is_there_when_it_is_ready(tmp_path: Path) -> None:
    """The scenario's CSV, whole and alone in its folder; a folder that is not there is one line of error."""
    path = tmp_path / "customers.csv"
    with running_sandbox("acme", seed=3, write_customers=path) as sandbox:
        truth = sandbox.control("GET", "truth")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    assert rows == truth["customers"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["customers.csv"]
    code, err = failing("--write-customers", str(tmp_path / "no" / "customers.csv"))
    assert (code, err.count("\n")) == (1, 1)


def test_a_scenario_is_the_same_for_the_same_seed_and_time() -> None:
    """Two servers, one inventory; another seed gives another."""
    seen = []
    for seed in ("5", "5", "6"):
        with server("--scenario", "acme", "--seed", seed, "--now", "2026-11-23T12:00:00Z") as (_, base):
            control = base.removesuffix("/client/v4") + "/sandbox"
            seen.append(httpx.get(f"{control}/state", trust_env=False, timeout=30).json()["namespaces"])
    assert seen[0] == seen[1] != seen[2]


def test_now_starts_the_clock() -> None:
    """What is created carries the time that was asked for."""
    with server("--now", "2030-01-01") as (_, base):
        account = f"{base}/accounts/023e105f4ecef8ad9ca31a8372d0c353/workers/dispatch/namespaces"
        headers = {"authorization": "Bearer sandbox-token"}
        created = httpx.post(account, json={"name": "a"}, headers=headers, trust_env=False).json()
    assert created["result"]["created_on"].startswith("2030-01-01T00:0")


def test_token_account_and_rate_limit() -> None:
    """The flags say whom it answers and how often."""
    with server("--token", "t-1", "--account-id", "a" * 32, "--rate-limit", "2") as (_, base):
        url = f"{base}/accounts/{'a' * 32}/workers/dispatch/namespaces"
        with httpx.Client(headers={"authorization": "Bearer t-1"}, trust_env=False) as client:
            assert [client.get(url).status_code for _ in range(3)] == [200, 200, 429]


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """After SIGKILL in the middle of work, every answered change is there, and ids go on being new."""
    path = tmp_path / "sandbox.db"
    headers = {"authorization": "Bearer sandbox-token"}
    ids: set[str] = set()
    names: set[str] = set()
    for round_number in range(3):
        with (
            server("--db", str(path)) as (process, base),
            httpx.Client(headers=headers, trust_env=False) as client,
        ):
            url = f"{base}/accounts/023e105f4ecef8ad9ca31a8372d0c353/workers/dispatch/namespaces"
            kept = {row["namespace_name"] for row in client.get(url).json()["result"]}
            assert kept == names
            for i in range(20):
                answer = client.post(url, json={"name": f"n-{round_number}-{i}"}).json()["result"]
                ids.add(answer["namespace_id"])
                names.add(answer["namespace_name"])
            client.delete(f"{url}/n-{round_number}-0")
            names.discard(f"n-{round_number}-0")
            process.send_signal(signal.SIGKILL)
            process.wait(DEADLINE_S)
    assert len(ids) == 60


def test_a_scenario_is_loaded_into_a_new_database_only(tmp_path: Path) -> None:
    """Started again, it goes on with what is there; the customer list is still the scenario's."""
    path = tmp_path / "sandbox.db"
    with running_sandbox("acme", db=path) as sandbox:
        count = len(sandbox.state())
        name = next(iter(sandbox.state()))
        sandbox.http.delete(f"{sandbox.namespaces_url}/{name}")
    with running_sandbox("empty", db=path, write_customers=tmp_path / "c.csv") as sandbox:
        assert len(sandbox.state()) == count - 1
        assert sandbox.control("GET", "truth")["name"] == "acme"
    assert (tmp_path / "c.csv").read_text().count("\n") > 100


def test_it_listens_on_loopback_alone() -> None:
    """Another address of this machine is refused."""
    with server() as (_, base):
        port = int(base.split(":")[2].split("/")[0])
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):
            pass


def test_it_loads_nothing_of_the_rest() -> None:
    """The server's process holds no pandas and no other room of wfp_ops."""
    code = (
        "import sys, wfp_ops.sandbox.main, wfp_ops.sandbox.__main__, wfp_ops.sandbox.scenarios.acme\n"
        "rooms = {m.split('.')[1] for m in sys.modules if m.startswith('wfp_ops.')}\n"
        "assert rooms == {'sandbox'}, rooms\n"
        "assert not {'pandas', 'numpy', 'httpx', 'pydantic'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=DEADLINE_S)


def test_it_ends_with_the_end_of_its_input() -> None:
    """With ``--exit-with-parent``, closing standard input ends it cleanly."""
    process = subprocess.Popen(
        [*COMMAND, "--exit-with-parent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0


@pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="waits for a process that is not its own: Linux only"
)
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit(0)", "os._exit(1)", "raise ValueError"])
def test_a_child_ends_with_its_parent(end: str) -> None:
    """However the parent ends, the sandbox that it started is gone soon after."""
    code = (
        "import os, sys\n"
        "from wfp_ops.sandbox.child import start_sandbox\n"
        "sandbox = start_sandbox(scenario='empty')\n"
        "print(sandbox.pid, flush=True)\n"
        f"{end}\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert gone(int(done.stdout))
    assert "ResourceWarning" not in done.stderr
