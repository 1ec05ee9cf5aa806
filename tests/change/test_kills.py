"""Applies that are killed: at every record of their journal, inside calls, and with the server itself.

Real processes, real signals, a real sandbox. Each kill is followed by a resume in a new process, after which
nothing may be done twice, left out or unknown. In CI every boundary of one small plan is tried. The campaign
takes a longer plan, every stage of a write, every file that is put on the disk and every answer:

    TEST_KILLS=all pytest tests/change/test_kills.py
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.apply_child import Applier
from support.between import Between, Held, first
from support.company import (
    NOW,
    Prepared,
    check_everything_done,
    count_changes,
    open_company,
    outcomes,
    plan_everything,
    prepare,
    sent,
)
from support.sandbox_server import RunningSandbox, running_sandbox
from support.stub_server import Reset

from wfp_ops.change.archive.read import names, verify
from wfp_ops.change.journal import reader
from wfp_ops.change.plan import Plan
from wfp_ops.change.plan_file import write_plan
from wfp_ops.clock import parse_time

LATER = "2026-11-23T12:10:00Z"
CAMPAIGN = os.environ.get("TEST_KILLS") == "all"
# Of the plan of everything a deletion, a creation and the rename: 12 records
SMALL = (0, 3, 5)
SMALL_RECORDS = 12
LARGE_RECORDS = 23
PLACES = [
    *((stage, number) for stage in ("before", "after") for number in range(SMALL_RECORDS)),
    *(("torn", 0), ("torn", 2), ("torn", 6), ("headless", 2), ("fsync", 3)),
]
CAMPAIGNS_PLACES = [
    *((stage, n) for stage in ("before", "torn", "headless", "after") for n in range(LARGE_RECORDS)),
    *((stage, n) for stage in ("fsync", "send") for n in range(120)),
]
METHODS = {"delete_namespace": "DELETE", "create_namespace": "POST", "rename_namespace": "PUT"}


@pytest.fixture(scope="module")
def applier() -> Iterator[Applier]:
    """Makes the processes that are killed."""
    with Applier() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RunningSandbox]:
    """A sandbox that keeps what it has on the disk."""
    db = tmp_path_factory.mktemp("kills") / "sandbox.db"
    with running_sandbox(now=parse_time(NOW), db=db) as running:
        yield running


@pytest.fixture(scope="module")
def between(server) -> Iterator[Between]:
    """Stands between the applies and the sandbox, and can hold a call up."""
    with Between(server) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def ready(server, between, tmp_path_factory) -> Prepared:
    """The company and its plan, reached through what stands between."""
    return prepare(server, tmp_path_factory.mktemp("company"), base_url=between.base_url)


@pytest.fixture(scope="module")
def small(ready) -> Plan:
    """A few steps of the plan, one of each kind."""
    return replace(ready.plan, steps=tuple(ready.plan.steps[place] for place in SMALL))


@pytest.fixture
def attempt(ready, applier, between):
    """Begins an attempt of a plan, with everything as it was before."""
    between.forget()
    return lambda plan: Attempt(ready, applier, plan)


class Attempt:
    """One plan, applied from the start in processes of their own."""

    def __init__(self, ready: Prepared, applier: Applier, plan: Plan) -> None:
        self.company = ready.again()
        self.plan = plan
        self._applier = applier
        self._file = write_plan(plan, self.company.folder / "plan.json")
        self._out = self.company.folder / "out.json"
        count_changes(self.company)
        self._before = self.company.sandbox.state(code=True)

    def begin(self, **more: Any) -> int:
        """Start to apply it; the process id comes back."""
        return self._applier.begin(**self._job(NOW, apply=str(self._file), **more))

    def killed(self, stage: str, number: int, **more: Any) -> bool:
        """Apply it, or resume it, with a kill; False where it ended before that place."""
        if "resume" in more:
            self._applier.begin(**self._job(LATER, kill=[stage, number], **more))
        else:
            self.begin(kill=[stage, number], **more)
        return self.ended()

    def ended(self) -> bool:
        """Wait for it; whether it was killed. Any other end than that or the usual one fails the test."""
        code = self._applier.end()
        assert code in (0, -signal.SIGKILL)
        return code != 0

    def go_on(self, **more: Any) -> dict[str, Any]:
        """Resume what was begun, as a person would; apply it anew where nothing was registered."""
        journal = self.registered()
        word = {"apply": str(self._file)} if journal is None else {"resume": str(journal)}
        self._applier.begin(**self._job(LATER, **word, **more))
        assert not self.ended()
        return json.loads(self._out.read_text())

    def registered(self) -> Path | None:
        """The journal of the plan, by the register of applies."""
        file = self.company.state_folder() / "applied" / f"{self.plan.digest}.json"
        return Path(json.loads(file.read_text())["journal"]) if file.exists() else None

    def check(self, applied: dict[str, Any]) -> None:
        """Everything was done once, nothing else was, and it is all on record."""
        counts = {name: applied.get(name) for name in ("done", "dropped", "failed", "left")}
        assert counts == {"done": len(self.plan.steps), "dropped": 0, "failed": 0, "left": 0}, applied
        assert all(step["verified"] for step in applied["steps"])
        found = reader.verify(Path(applied["journal"]))
        assert (found.state, found.problem, found.torn_bytes) == ("complete", None, 0)
        assert self.registered() == Path(applied["journal"])
        self._check_archives()
        self._check_account()
        # One call for each step reached the server: none was made twice, not even in vain
        assert sent(self.company) == _calls(self.plan)

    def _check_archives(self) -> None:
        with self.company.account(LATER) as account:
            folder = account.state_folder()
        held = {verify(folder, name).namespace.name for name in names(folder)}
        assert held >= {step.namespace for step in self.plan.steps if step.is_deletion}

    def _check_account(self) -> None:
        after = self.company.sandbox.state(code=True)
        expected = dict(self._before)
        known = {each["namespace_id"] for each in expected.values()}
        for step in self.plan.steps:
            was = expected.pop(step.namespace, None)
            if step.action == "rename_namespace":
                now = after.pop(step.new_name)
                assert (now["namespace_id"], now["workers"]) == (was["namespace_id"], was["workers"])
            elif step.action == "create_namespace":
                assert after.pop(step.namespace)["namespace_id"] not in known
        assert after == expected

    def _job(self, now: str, share: float = 0.005, **more: Any) -> dict[str, Any]:
        sandbox = self.company.sandbox
        account = {"account_id": sandbox.account_id, "token": sandbox.token, "share": share}
        self._out.unlink(missing_ok=True)
        return {
            "config": str(self.company.config),
            "now": now,
            "account": {**account, "base_url": self.company.base_url},
            "out": str(self._out),
            **more,
        }


def _calls(plan: Plan) -> dict[str, int]:
    made = [METHODS[step.action] for step in plan.steps]
    return {method: made.count(method) for method in METHODS.values()}


# --- at a record --------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "number"), CAMPAIGNS_PLACES if CAMPAIGN else PLACES)
def test_killed(ready, small, attempt, stage, number):
    """Before a record is written, in the middle of its line, before the head knows of it, and after.

    Beside that: before a file is put on the disk (``fsync``), and once an answer came (``send``).
    """
    one = attempt(ready.plan if CAMPAIGN else small)
    one.killed(stage, number)
    one.check(one.go_on())


def test_killed_again_and_again(small, attempt):
    """Each resume is killed a little later than the one before; it is done in the end, and nothing twice."""
    one = attempt(small)
    assert one.killed("after", 1)
    kills = 0
    while one.killed("after", 2 + 2 * kills, resume=str(one.registered())):
        kills += 1
    assert kills > 2
    one.check(one.go_on())


# --- inside a call ------------------------------------------------------------------------------


@pytest.mark.parametrize("step", SMALL)
@pytest.mark.parametrize("carried_out", [True, False])
def test_killed_while_a_call_is_in_flight(ready, small, attempt, between, *, step, carried_out):
    """The request was sent and its answer never came: done at the server, or not."""
    one = attempt(small)
    held = Held(carry_out=carried_out)
    between.when(METHODS[ready.plan.steps[step].action], "/namespaces*", held)
    process = one.begin()
    assert held.reached.wait(30)
    os.kill(process, signal.SIGKILL)
    assert one.ended()
    held.released.set()
    one.check(one.go_on())


@pytest.mark.parametrize("step", SMALL)
def test_a_call_that_is_carried_out_late(ready, small, attempt, between, step):
    """It was sent before the kill, and the server gets to it only while the resume looks for it."""
    one = attempt(small)
    held = Held(carry_out=False)
    planned = ready.plan.steps[step]
    between.when(METHODS[planned.action], "/namespaces*", held)
    process = one.begin()
    assert held.reached.wait(30)
    os.kill(process, signal.SIGKILL)
    assert one.ended()
    held.released.set()
    name = planned.new_name or planned.namespace
    between.when("GET", f"/namespaces/{name}", first(held.let_through), skip=2)
    one.check(one.go_on())


# --- with the server ----------------------------------------------------------------------------


def _killed(sandbox: RunningSandbox) -> None:
    if sandbox.process.is_running():
        os.kill(sandbox.process.pid, signal.SIGKILL)
        sandbox.process._process.wait()


@pytest.fixture
def disk(tmp_path):
    """Starts a sandbox on its database and, the second time, on its port."""
    options: dict[str, Any] = {"now": parse_time(NOW), "db": tmp_path / "sandbox.db"}

    @contextmanager
    def start() -> Iterator[RunningSandbox]:
        with running_sandbox(**options) as sandbox:
            options["port"] = httpx.URL(sandbox.base_url).port
            yield sandbox

    return start


def test_the_server_is_killed(disk, tmp_path):
    """The apply stops and can be resumed; once the server is back on its port, what is left is done."""
    with disk() as sandbox:
        company = open_company(sandbox, tmp_path)
        before = sandbox.state(code=True)
        with company.account() as account:
            plan = plan_everything(account)
            applied = account.apply(
                plan,
                confirm=plan.confirmation,
                progress=lambda progress: _killed(sandbox) if progress.over == 2 else None,
            )
    assert "no connection" in applied.stopped
    assert (applied.done, applied.left) == (2, 4)
    assert reader.verify(applied.journal).state == "unfinished"
    with disk() as sandbox:
        assert sandbox.base_url == company.base_url
        company.sandbox = sandbox
        with company.account(LATER) as account:
            resumed = account.resume(applied.journal)
        assert set(outcomes(resumed).values()) == {"done"}
        check_everything_done(company, before)


@pytest.mark.parametrize("carried_out", [True, False])
def test_the_server_is_killed_with_a_call_in_flight(disk, tmp_path, carried_out):
    """Nobody can tell what became of it until the server is back; then a read does."""
    with disk() as sandbox, Between(sandbox) as between:
        company = open_company(sandbox, tmp_path, base_url=between.base_url)
        before = sandbox.state(code=True)

        def strike(_got, pass_on):
            if carried_out:
                pass_on()
            _killed(sandbox)
            return Reset()

        between.when("DELETE", "/customer-51", strike)
        with company.account() as account:
            plan = plan_everything(account)
            applied = account.apply(plan, confirm=plan.confirmation)
        assert applied.stopped
        assert outcomes(applied) == {
            **dict.fromkeys((step.name for step in plan.steps), "left"),
            "customer-50": "done",
            "customer-51": "unknown",
        }
        with disk() as again:
            company.sandbox = again
            assert ("customer-51" in again.state()) is not carried_out
            with company.account(LATER) as account:
                resumed = account.resume(applied.journal)
            assert set(outcomes(resumed).values()) == {"done"}
            check_everything_done(company, before)
