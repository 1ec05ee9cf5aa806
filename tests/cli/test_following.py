"""``wfp-ops apply --detach`` and ``journal follow|pause|continue|cancel``: an apply that this terminal does not hold."""

from __future__ import annotations

import json
import re
import signal

import pytest
from support.commands import run_process
from support.shop import DELETABLE, TRAFFIC
from support.waiting import wait_for

from wfp_ops.account.running import Running
from wfp_ops.change.journal.reader import verify
from wfp_ops.change.plan_file import read_plan
from wfp_ops.clock import SystemClock

pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
from support.terminal import at_a_terminal

PATIENCE_S = 60


@pytest.fixture
def plan(command, shop):
    """A plan to delete the three that may go, as plan.json in the test's folder."""
    assert command("plan", "delete", *TRAFFIC, "--out", "plan.json").exit_code == 0
    return read_plan("plan.json")


@pytest.fixture
def held(shop):
    """The first deletion waits until it is released, so that there is a middle."""
    with shop.sandbox.holding("DELETE") as held:
        yield held


@pytest.fixture
def running(command, shop, plan):
    """Starts it by the command, and attaches to it."""

    def start():
        result = command("apply", "plan.json", "--approve", plan.digest, "--detach")
        assert result.exit_code == 0, result.stderr
        return Running(result.stdout.strip(), SystemClock())

    return start


def test_detach_and_follow(command, shop, plan, running, held):
    """The journal's path is all that stdout holds; following it ends as the apply would have."""
    found = running()
    assert found.progress().state == "running"
    held.release()
    followed = command("journal", "follow", found.journal, "--format", "json")
    assert followed.exit_code == 0, followed.stderr
    document = json.loads(followed.stdout)
    assert (document["done"], document["left"], document["journal"]) == (3, 0, str(found.journal))
    assert shop.deletable == set()
    assert verify(found.journal).state == "complete"
    again = command("journal", "follow", found.journal)
    assert again.exit_code == 0
    assert "3 done" in again.stdout


def test_detach_says_how_to_watch_it(shop, plan):
    """On stderr; with --format json stdout holds the document as it stands, and the exit code is 0."""
    done = run_process(
        *("apply", "plan.json", "--approve", plan.digest, "--detach", "--format", "json"),
        environment=shop.environment,
        folder=shop.folder,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["schema"], document["done"] + document["left"]) == ("wfp-ops/apply/1", 3)
    goes_on = r"it goes on by itself, as process \d+|it went on by itself, and has ended"
    assert re.search(f"({goes_on}): delete 3 namespaces", done.stderr)
    assert f"wfp-ops journal follow {document['journal']}" in done.stderr
    Running(document["journal"], SystemClock()).wait(PATIENCE_S)
    assert shop.deletable == set()


def test_refused_before_it_is_let_go(command, shop, plan):
    """Exit 4 and nothing is started; so is the same plan once more."""
    assert command("apply", "plan.json", "--approve", "0" * 64, "--detach").exit_code == 4
    assert shop.deletable == DELETABLE
    assert command("apply", "plan.json", "--approve", plan.digest).exit_code == 0
    again = command("apply", "plan.json", "--approve", plan.digest, "--detach")
    assert again.exit_code == 4
    assert "applied already" in again.stderr


def test_pause_and_continue(command, shop, running, held):
    """Between two steps; then it does the rest."""
    found = running()
    assert command("journal", "pause", found.journal).exit_code == 0
    held.release()
    wait_for(lambda: found.progress().paused)
    assert len(shop.deletable) == found.progress().left
    assert command("journal", "continue", found.journal).exit_code == 0
    assert command("journal", "follow", found.journal).exit_code == 0
    assert shop.deletable == set()


def test_cancel_and_resume_detached(command, shop, running, held):
    """Following it exits with 5 and says how to go on; that works detached, too."""
    found = running()
    assert command("journal", "cancel", found.journal).exit_code == 0
    held.release()
    followed = command("journal", "follow", found.journal)
    assert followed.exit_code == 5
    assert "cancelled" in followed.stdout
    assert f"wfp-ops journal resume {found.journal}" in followed.stderr
    left = len(shop.deletable)
    assert left
    for word in ("pause", "continue", "cancel"):
        refused = command("journal", word, found.journal)
        assert refused.exit_code == 4
        assert "does not go on" in refused.stderr
    resumed = command("journal", "resume", found.journal, "--detach")
    assert resumed.exit_code == 0, resumed.stderr
    assert resumed.stdout.strip() == str(found.journal)
    assert command("journal", "follow", found.journal).exit_code == 0
    assert shop.deletable == set()


def test_ctrl_c_leaves_it_running(command, shop, running, held):
    """At a terminal there is a bar; the interrupt ends the watching, and says so."""
    found = running()
    assert command("journal", "pause", found.journal).exit_code == 0
    held.release()
    wait_for(lambda: found.progress().paused)
    done = at_a_terminal(
        *("journal", "follow", found.journal),
        environment=shop.environment,
        folder=shop.folder,
        answers=[("paused", signal.SIGINT)],
    )
    assert done.code == 130
    assert re.search(r"[12] of 3", done.plain)
    assert "it goes on without you" in done.plain
    assert "wfp-ops journal cancel" in done.plain
    assert found.progress().paused
    found.resume()
    assert found.wait(PATIENCE_S).state == "finished"
    assert shop.deletable == set()


def test_following_needs_no_account(running, held, monkeypatch):
    """The journal says everything; a token is for who changes things."""
    found = running()
    for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"):
        monkeypatch.delenv(name)
    held.release()
    done = run_process("journal", "follow", found.journal)
    assert done.returncode == 0, done.stderr
    assert "3 done" in done.stdout


def test_what_is_no_journal(command, tmp_path):
    """Exit 1, with the path."""
    (tmp_path / "some.txt").write_text("words\n", encoding="utf-8")
    for name in ("some.txt", "none.jsonl"):
        for word in ("follow", "pause"):
            refused = command("journal", word, tmp_path / name)
            assert refused.exit_code == 1
            assert name in refused.stderr
