"""Applies as processes of their own: they outlive who started them, and whoever has the journal is their master."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from pathlib import Path

import pytest
from support.between import Between, instead
from support.company import (
    NOW,
    check_archived,
    check_everything_done,
    check_journal,
    count_changes,
    outcomes,
    prepare,
    sent,
)
from support.notebook_process import Gate, Notebook
from support.sandbox_server import running_sandbox
from support.stub_server import refused
from support.waiting import wait_for

import wfp_ops
from wfp_ops.change.control import Control
from wfp_ops.change.journal import reader
from wfp_ops.change.plan_file import write_plan
from wfp_ops.change.running.hold import is_held, last_run
from wfp_ops.clock import parse_time
from wfp_ops.errors import (
    CustomerListError,
    JournalError,
    PermissionDeniedError,
    RefusedError,
    SettingsError,
    StateBusyError,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kernels are killed so on POSIX systems")
PATIENCE_S = 60
ALL = {"DELETE": 3, "POST": 2, "PUT": 1}


@pytest.fixture(scope="module")
def server():
    """One sandbox for the tests of this module."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


@pytest.fixture(scope="module")
def between(server):
    """A proxy in front of it, which can hold a request back."""
    with Between(server) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def prepared(server, between, tmp_path_factory):
    """The company, reached through the proxy, with a plan of everything."""
    return prepare(server, tmp_path_factory.mktemp("company"), base_url=between.base_url)


@pytest.fixture
def company(prepared, between):
    """It, as it was when the plan was made."""
    between.forget()
    return prepared.again()


@pytest.fixture
def plan(prepared):
    """Three deletions, two creations, a rename."""
    return prepared.plan


@pytest.fixture
def account(company):
    """The account that the plan is applied to, by a clock that waits for real: others are waited for."""
    found = {"account_id": company.sandbox.account_id, "token": company.sandbox.token}
    with wfp_ops.connect(config=company.config, now=NOW, base_url=company.base_url, **found) as opened:
        yield opened


@pytest.fixture
def gate(between, company):
    """The first deletion is held back until it is opened."""
    made = Gate()
    between.when("DELETE", "/namespaces/*", made)
    yield made
    made.open()


def _finished(running, company, account, before):
    wait_for(lambda: running.progress().ended)  # the account's clock may be a quick one
    progress = running.wait()
    assert (progress.state, progress.stopped, progress.left) == ("finished", None, 0), progress
    applied = running.result()
    assert set(outcomes(applied).values()) == {"done"}, applied
    check_journal(applied)
    check_archived(account, applied)
    check_everything_done(company, before)


# --- it outlives ---------------------------------------------------------------------------------


def test_its_notebook_is_killed(company, account, plan, gate, tmp_path):
    """In the middle of it, with the whole group of its processes: the apply is finished all the same."""
    before = company.sandbox.state(code=True)
    with Notebook(company, write_plan(plan, tmp_path / "plan.json")) as notebook:
        journal = notebook.journal()
        assert gate.reached.wait(PATIENCE_S)
        notebook.kill()
    running = account.attach(journal)
    assert running.progress().state == "running"
    gate.open()
    _finished(running, company, account, before)
    assert reader.begin_of(journal).at.startswith(
        "2026-11-23T12:0"
    )  # by the kernel's clock, not the machine's


def test_nothing_secret_is_left_lying_about(company, account, plan, gate):
    """The token is in no argument and in no file; what is written is its owner's alone."""
    token = company.sandbox.token.encode()
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    pid = running.progress().pid
    assert pid not in (None, os.getpid())
    if Path("/proc").is_dir():
        assert token not in Path(f"/proc/{pid}/cmdline").read_bytes()
    gate.open()
    running.wait(PATIENCE_S)
    files = [path for path in company.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if token in path.read_bytes()]
    assert "begun: process" in running.log.read_text(encoding="utf-8")
    assert "ended: 6 done" in running.log.read_text(encoding="utf-8")
    beside = list(running.log.parent.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in beside} == {0o600}
    assert stat.S_IMODE(running.log.parent.stat().st_mode) == 0o700


def test_it_is_killed_itself(company, account, plan, between):
    """While a deletion is in flight: attaching says so, and a resume settles it and does the rest, once each."""
    before = company.sandbox.state(code=True)
    count_changes(company)
    gate = Gate()
    between.when("DELETE", "/namespaces/*", lambda got, pass_on: (pass_on(), gate(got, lambda: None))[1])
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    os.kill(running.progress().pid, signal.SIGKILL)
    progress = running.wait(PATIENCE_S)
    gate.open()
    assert (progress.state, progress.pid, progress.left) == ("interrupted", None, 6)
    assert "its process is gone" in progress.stopped
    assert running.result().count("unknown") == 1
    assert reader.verify(running.journal).state == "unfinished"
    assert list(account.running()["state"]) == ["interrupted"]
    with pytest.raises(RefusedError, match="does not go on"):
        running.cancel()
    resumed = account.start_resume(running.journal)
    _finished(resumed, company, account, before)
    assert running.progress().state == "finished"  # seen by who was attached before, too
    assert sent(company) == ALL
    assert account.running().empty


def test_the_server_is_gone_for_a_while(tmp_path):
    """The connection is lost in the middle: it ends by itself, resumable, and is resumed when the server is back."""
    kept = {"scenario": "empty", "db": tmp_path / "account.sqlite", "now": parse_time(NOW)}
    (tmp_path / "company").mkdir()
    with running_sandbox(**kept) as server:
        prepared = prepare(server, tmp_path / "company")
        company, plan = prepared.company, prepared.plan
        before = server.state(code=True)
        server.fault("slow", method="DELETE", delay_s=60)
        with company.account() as account:
            running = account.start(plan, confirm=plan.confirmation)
            wait_for(
                lambda: "intent" in {record.kind for record in reader.read(running.journal, allow_torn=True)}
            )
            os.kill(server.process.pid, signal.SIGKILL)
            progress = running.wait()
            assert progress.state == "interrupted", progress
            assert progress.left == 6
            assert progress.stopped is not None
            assert "ended: 0 done" in running.log.read_text(encoding="utf-8")
    port = int(company.base_url.rsplit(":", 1)[1].split("/")[0])
    with running_sandbox(**kept, port=port) as again:
        company.sandbox = again
        with company.account() as account:
            _finished(account.start_resume(running.journal), company, account, before)


# --- pause, go on, cancel ------------------------------------------------------------------------


def test_pause_and_go_on(company, account, plan, gate):
    """From another process than the one that started it: it stands still after the step, and then does the rest."""
    before = company.sandbox.state(code=True)
    journal = account.start(plan, confirm=plan.confirmation).journal
    assert gate.reached.wait(PATIENCE_S)
    running = account.attach(journal)
    running.pause()
    progress = running.progress()
    assert (progress.state, progress.asked, progress.current) == ("running", "pause", "customer-50")
    gate.open()
    wait_for(lambda: running.progress().paused)
    progress = running.progress()
    assert (progress.done, progress.left, progress.asked, progress.seconds_left) == (1, 5, None, None)
    assert list(account.running()["state"]) == ["paused"]
    assert len(company.names) == len(before) - 1
    running.resume()
    _finished(running, company, account, before)
    said = [record.kind for record in reader.read(journal)]
    assert (said.count("paused"), said.count("continued")) == (1, 1)


def test_cancel_and_resume(company, account, plan, gate):
    """It ends after the step; the cancel was meant for that run, and the resume does not heed it."""
    before = company.sandbox.state(code=True)
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    running.cancel()
    running.resume()  # a cancel is not taken back
    assert running.progress().asked == "cancel"
    gate.open()
    progress = running.wait(PATIENCE_S)
    assert (progress.state, progress.stopped, progress.done, progress.left) == (
        "interrupted",
        "cancelled",
        1,
        5,
    )
    applied = running.result()
    check_journal(applied)
    assert (applied.stopped, applied.left) == ("cancelled", 5)
    _finished(account.start_resume(running.journal), company, account, before)
    assert running.log.read_text(encoding="utf-8").count("begun: process") == 2


def test_cancel_while_it_is_paused(company, account, plan, gate):
    """It ends, and nothing more is done."""
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    running.pause()
    gate.open()
    wait_for(lambda: running.progress().paused)
    names = company.names
    running.cancel()
    progress = running.wait(PATIENCE_S)
    assert (progress.state, progress.stopped) == ("interrupted", "cancelled")
    assert company.names == names


def test_a_polite_end_from_the_system(company, account, plan, gate):
    """SIGTERM, as at a shutdown: it ends between two steps; SIGHUP and an interrupt of its terminal are nothing."""
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    pid = running.progress().pid
    assert os.getsid(pid) not in (os.getsid(0), pid)
    os.kill(pid, signal.SIGHUP)
    os.kill(pid, signal.SIGTERM)
    gate.open()
    progress = running.wait(PATIENCE_S)
    assert (progress.state, progress.stopped, progress.done) == ("interrupted", "cancelled", 1)
    check_journal(running.result())


def test_an_apply_of_this_process_can_be_attached_to(company, account, plan, gate):
    """One in a notebook or a terminal, too: it is found, paused and cancelled by its journal."""
    done = []
    control = Control()
    apply = threading.Thread(
        target=lambda: done.append(account.apply(plan, confirm=plan.confirmation, control=control))
    )
    apply.start()
    assert gate.reached.wait(PATIENCE_S)
    (journal,) = account.running()["journal"]
    running = account.attach(journal)
    assert running.progress().pid == os.getpid()
    running.pause()
    gate.open()
    wait_for(lambda: running.progress().paused)
    assert control.paused
    control.resume()
    running.cancel()
    apply.join(PATIENCE_S)
    assert done[0].stopped == "cancelled"
    assert (outcomes(running.result()), running.progress().stopped) == (outcomes(done[0]), "cancelled")


def test_cancelled_before_the_first_change(company, account, plan, between):
    """While it reads the account: the process ends, nothing is on record, and the plan can be started again."""
    gate = Gate()
    between.when("GET", "/workers/dispatch/namespaces", gate)
    control, before = Control(), company.ids()
    threading.Thread(target=lambda: (gate.reached.wait(PATIENCE_S), control.cancel())).start()
    with pytest.raises(RefusedError, match="cancelled") as caught:
        account.start(plan, confirm=plan.confirmation, control=control)
    assert caught.value.reasons == ("before the first change",)
    gate.open()
    assert company.ids() == before
    assert company.journals() == []
    assert (
        account.start(plan, confirm=plan.confirmation, control=Control()).wait(PATIENCE_S).state == "finished"
    )


def test_an_interrupt_before_the_first_change(company, account, plan, between):
    """Ctrl-C, or the notebook's stop button: as a cancel."""
    gate = Gate()
    between.when("GET", "/workers/dispatch/namespaces", gate)
    ours = threading.main_thread().ident
    threading.Thread(
        target=lambda: (gate.reached.wait(PATIENCE_S), signal.pthread_kill(ours, signal.SIGINT))
    ).start()
    with pytest.raises(KeyboardInterrupt):
        account.start(plan, confirm=plan.confirmation)
    gate.open()
    assert company.journals() == []
    assert len(company.names) == len(company.ids())


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "nobody has confirmed"),
        ({"confirm": "delete everything"}, "not this plan's words"),
        ({"approve": "0" * 64}, "not this plan's"),
    ],
)
def test_wrong_words(company, account, plan, monkeypatch, *, given, words):
    """They are refused before there is a process that could do anything."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")  # whoever starts one fails otherwise
    with pytest.raises(RefusedError, match=words):
        account.start(plan, **given)
    assert company.journals() == []


def test_words_and_a_digest(account, plan):
    """One of them, as for apply."""
    with pytest.raises(SettingsError):
        account.start(plan, confirm=plan.confirmation, approve=plan.digest)


def test_a_plan_is_good_once(company, account, plan, monkeypatch):
    """Also for a process of its own, by its digest as by its words."""
    assert account.start(plan, approve=plan.digest).wait(PATIENCE_S).state == "finished"
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    for given in ({"approve": plan.digest}, {"confirm": plan.confirmation}):
        with pytest.raises(RefusedError, match="applied already"):
            account.start(plan, **given)


def test_two_tabs_at_once(company, account, plan, gate):
    """The same plan, twice at the same moment: one goes on, the other is told so; every change is made once."""
    before = company.sandbox.state(code=True)
    count_changes(company)
    came, together = [], threading.Barrier(2)

    def tab():
        together.wait()
        try:
            came.append(account.start(plan, confirm=plan.confirmation))
        except (RefusedError, StateBusyError) as error:
            came.append(error)

    tabs = [threading.Thread(target=tab) for _ in range(2)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join(PATIENCE_S)
    refused = [each for each in came if isinstance(each, Exception)]
    (running,) = [each for each in came if each not in refused]
    assert len(refused) == 1
    assert "another apply is going on" in str(refused[0]) or "applied already" in str(refused[0])
    gate.open()
    _finished(running, company, account, before)
    assert sent(company)["DELETE"] == ALL["DELETE"]


def test_two_tabs_resume_at_once(company, account, plan, gate):
    """An apply that goes on is not gone on with beside it."""
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    with pytest.raises(StateBusyError, match="another apply is going on"):
        account.start_resume(running.journal)
    gate.open()
    assert running.wait(PATIENCE_S).state == "finished"


def test_what_the_other_process_refuses_is_raised_here(company, account, plan, between):
    """With the very words and facts, and nothing is left of it."""
    with account.state_folder().apply_lock("something else"), pytest.raises(StateBusyError) as busy:
        account.start(plan, confirm=plan.confirmation)
    assert f"process {os.getpid()} on" in str(busy.value)
    company.csv.unlink()
    with pytest.raises(CustomerListError) as unread:
        account.start(plan, confirm=plan.confirmation)
    assert unread.value.file == str(company.csv)
    company.write_list([])
    with pytest.raises(CustomerListError):
        account.start(plan, confirm=plan.confirmation)
    assert company.journals() == []


def test_what_cloudflare_refuses_is_raised_here(account, plan, between):
    """With status and endpoint, as if the read were made in this process."""
    between.when("GET", "/workers/dispatch/namespaces", instead(refused(403, 10000)), times=None)
    with pytest.raises(PermissionDeniedError) as caught:
        account.start(plan, confirm=plan.confirmation)
    assert caught.value.status_code == 403
    assert caught.value.endpoint.endswith("/workers/dispatch/namespaces")


def test_a_process_that_does_not_come_up(company, account, plan, monkeypatch, tmp_path):
    """What it said last is told, and that nothing was changed."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(wfp_ops.errors.StateError, match="ended before its first change: no such module"):
        account.start(plan, confirm=plan.confirmation)


# --- attaching -----------------------------------------------------------------------------------


def test_attaching_to_what_is_none(company, account, plan, tmp_path):
    """No such file, no journal, one that was changed, one of another account."""
    with pytest.raises(JournalError, match="no such journal"):
        account.attach(tmp_path / "none.jsonl")
    running = account.start(plan, confirm=plan.confirmation)
    assert running.wait(PATIENCE_S).state == "finished"
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(running.journal.read_bytes())
    assert account.attach(copy).progress().state == "finished"
    copy.write_bytes(running.journal.read_bytes().replace(b'"done":6', b'"done":7'))
    with pytest.raises(JournalError, match="changed"):
        account.attach(copy)
    found = {"account_id": company.sandbox.account_id, "token": company.sandbox.token}
    with (
        wfp_ops.connect(config=company.config, now=NOW, base_url=company.sandbox.base_url, **found) as other,
        pytest.raises(RefusedError, match="another account"),
    ):
        other.attach(running.journal)


def test_a_journal_that_is_cut_while_it_is_watched(company, account, plan, gate):
    """It says so at the next look; so does the list."""
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    running.progress()
    pid = running.progress().pid
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_held(running.journal))
    lines = running.journal.read_bytes().splitlines(keepends=True)
    running.journal.write_bytes(b"".join(lines[:1]))
    with pytest.raises(JournalError, match="cut off"):
        running.progress()
    assert list(account.running()["state"]) == ["tampered"]
    assert "cut off" in repr(running)


def test_a_restore_as_a_process_of_its_own(company, account, plan):
    """What the steps carry is taken from the archive there, and comes back byte for byte."""
    assert account.start(plan, confirm=plan.confirmation).wait(PATIENCE_S).state == "finished"
    archive = account.archives().set_index("namespace")["archive"]["customer-50"]
    back = account.plan_restore(archive)
    running = account.start(back, confirm=back.confirmation)
    assert running.wait(PATIENCE_S).state == "finished"
    after = company.sandbox.state()["customer-50"]
    assert {each["name"] for each in after["workers"]} == {"shop", "api"}
    assert set(account.compare(archive)["verdict"]) == {"equal"}


def test_a_journal_in_a_place_of_its_own_and_a_list_of_ones_own(company, account, plan, tmp_path):
    """They are handed over as apply takes them; a frame, too."""
    customers = account.customers()
    running = account.start(
        plan, confirm=plan.confirmation, journal=tmp_path / "here" / "acme.jsonl", customers=customers
    )
    assert running.wait(PATIENCE_S).state == "finished"
    assert running.journal == tmp_path / "here" / "acme.jsonl"
    assert running.log == tmp_path / "here" / "acme.jsonl.run" / "log"
    assert last_run(running.journal).problem is None


def test_what_ends_a_resume_is_told_later(company, account, plan, gate):
    """The plan has expired meanwhile: the process settles and refuses, after it was let go; attaching tells why."""
    running = account.start(plan, confirm=plan.confirmation)
    assert gate.reached.wait(PATIENCE_S)
    running.cancel()
    gate.open()
    running.wait(PATIENCE_S)
    found = {"account_id": company.sandbox.account_id, "token": company.sandbox.token}
    later = "2026-11-25T12:00:00Z"
    with wfp_ops.connect(config=company.config, now=later, base_url=company.base_url, **found) as tomorrow:
        resumed = tomorrow.start_resume(running.journal)
        progress = resumed.wait(PATIENCE_S)
    assert progress.state == "interrupted"
    assert "it expired at 2026-11-24" in progress.stopped
    assert "it expired at 2026-11-24" in resumed.log.read_text(encoding="utf-8")


def test_it_shows_itself(company, account, plan):
    """In words, and as a table with every text escaped."""
    running = account.start(plan, confirm=plan.confirmation)
    running.wait(PATIENCE_S)
    assert "finished, 6 of 6 steps" in repr(running)
    assert "finished, 6 of 6 steps" in running._repr_html_()
    assert plan.confirmation in running._repr_html_()
