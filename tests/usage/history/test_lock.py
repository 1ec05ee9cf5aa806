"""One collector at a time, and a kill at any moment: real processes, real SIGKILLs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import fsspec
import pandas as pd
import pytest
from support.fake_analytics import FakeAnalytics
from support.fake_clock import FakeClock
from support.history_site import Site, reaching, traffic
from support.names import ACCOUNT
from support.object_store import object_store
from support.pages import ROOT

from wfp_ops.errors import HistoryError, StateBusyError
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS
from wfp_ops.usage.history.level import frame_of
from wfp_ops.usage.history.lock import LEASE, collecting
from wfp_ops.usage.history.store import LocalStore, open_store

CHILD = [sys.executable, str(ROOT / "tests" / "support" / "collect_child.py")]


@pytest.fixture
def fake():
    """Two days."""
    return FakeAnalytics(traffic("2026-11-21T12:00:00Z", 48), limits=reaching(3))


class _Held:
    """An endpoint that keeps whoever asks it waiting until ``free`` is set."""

    def __init__(self, fake):
        self.fake = fake
        self.asked = threading.Event()
        self.free = threading.Event()

    def __call__(self, got):
        self.asked.set()
        assert self.free.wait(60)
        return self.fake(got)


def started(site, *words):
    """A collector of its own process, on the same history."""
    command = [*CHILD, str(site.root), site.server.base_url, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rows(site):
    """All rows of the history."""
    days = [frame_of(site.data.read(CUSTOMERS, day).table) for day in site.data.days(CUSTOMERS)]
    return pd.concat(days, ignore_index=True)


def test_two_collectors_at_once(site, fake):
    """The second one is refused, and told which process is at work; the first one ends as if alone."""
    held = _Held(fake)
    site.server.on("POST", "/graphql", held)
    with started(site) as first:
        assert held.asked.wait(60)
        with started(site) as second:
            said, words = second.communicate(timeout=60)
        with pytest.raises(StateBusyError), collecting(site.data.store, site.clock):
            pass
        held.free.set()
        done, _ = first.communicate(timeout=60)
    assert said.strip() == "StateBusyError"
    assert f"process {first.pid} on " in words
    assert done.strip() == "71"
    assert len(rows(site)) == 48 * 4


def test_a_killed_collector_lets_go(site, fake):
    """Its lock goes with it."""
    held = _Held(fake)
    site.server.on("POST", "/graphql", held)
    with started(site) as first:
        assert held.asked.wait(60)
        first.send_signal(signal.SIGKILL)
        first.wait(60)
    held.free.set()
    assert site.collect(fake).hours == 71


@pytest.mark.parametrize("moment", [*range(2, 30, 3)])
def test_killed_in_the_middle(site, fake, tmp_path, moment):
    """Whatever is there can be read and is right, and the next run makes it as if nothing had been."""
    site.server.on("POST", "/graphql", fake)
    with started(site, str(moment)) as killed:
        killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    whole = Site(site.server, tmp_path / "whole")
    whole.collect(fake)
    expected = rows(whole)
    if site.data.days(CUSTOMERS):
        part = rows(site)
        pd.testing.assert_frame_equal(part, expected.head(len(part)))
    site.collect(fake)
    pd.testing.assert_frame_equal(rows(site), expected)
    assert list((site.root / "_unfinished").iterdir()) == []


# --- behind a URL: a lease ----------------------------------------------------------------------


@pytest.fixture(params=["memory", "s3"])
def remote(request, monkeypatch):
    """An object store, empty: one in memory, and one that speaks S3."""
    if request.param == "s3":
        with object_store(monkeypatch) as url:
            yield open_store(url)
        return
    yield open_store("memory://bucket/usage")
    fsspec.filesystem("memory").store.clear()


def test_a_lease_keeps_others_out(remote):
    """While it holds, and not after."""
    clock = FakeClock()
    busy = pytest.raises(StateBusyError, match="another collector")
    with collecting(remote, clock), busy, collecting(remote, clock):
        pass
    with collecting(remote, clock):
        assert remote.names("") == ["collect.lease.json"]
    assert remote.names("") == []


def test_a_lease_of_a_killed_collector_runs_out(remote):
    """It is taken over after its time, and not before; renewing moves that on."""
    clock = FakeClock()
    killed = collecting(remote, clock)
    renew = killed.__enter__()
    clock.advance(LEASE.total_seconds() - 60)
    renew()
    clock.advance(120)
    with pytest.raises(StateBusyError), collecting(remote, clock):
        pass
    clock.advance(LEASE.total_seconds())
    with collecting(remote, clock), pytest.raises(StateBusyError):
        renew()  # it was only asleep, and must not go on
    killed.__exit__(None, None, None)
    assert remote.names("") == []


def test_a_lease_that_ran_out_is_not_given_back_by_another(remote):
    """Whoever overslept takes nothing away from whoever has it now."""
    clock = FakeClock()
    late = collecting(remote, clock)
    late.__enter__()
    clock.advance((LEASE + timedelta(seconds=1)).total_seconds())
    with collecting(remote, clock):
        late.__exit__(None, None, None)
        assert remote.names("") == ["collect.lease.json"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"until": "soon"}'])
def test_a_lease_that_can_not_be_read(remote, content):
    """Names the object."""
    remote.write("collect.lease.json", content)
    with pytest.raises(HistoryError) as caught, collecting(remote, FakeClock()):
        pass
    assert caught.value.path == remote.shown("collect.lease.json")


def test_what_a_killed_run_left_of_its_words(tmp_path):
    """A holder's file that is half written is no reason not to say that somebody is at work."""
    store = LocalStore(tmp_path)
    with collecting(store, FakeClock()):
        for content in ("", "{", json.dumps([])):
            (tmp_path / "collect.json").write_text(content)
            with pytest.raises(StateBusyError, match="has not said which"), collecting(store, FakeClock()):
                pass


def test_reading_needs_no_lock(site, fake):
    """What is there can be read while another collector is at work."""
    site.collect(fake)
    with collecting(site.data.store, site.clock):
        assert len(rows(Site(site.server, site.root))) == 48 * 4
    assert HistoryData(LocalStore(site.root), ACCOUNT).days(CUSTOMERS)
