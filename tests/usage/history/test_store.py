"""Where files lie: a folder, a file URL, an object store in memory, and one that speaks S3."""

from __future__ import annotations

import os
import stat
import sys

import fsspec
import pytest
from support.fake_analytics import FakeAnalytics
from support.fake_clock import FakeClock
from support.history_rows import DAY, day_of, row
from support.history_site import reaching, traffic
from support.names import ACCOUNT
from support.object_store import object_store

from wfp_ops.errors import HistoryError, MissingExtraError, SettingsError, StateError
from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.layout import CUSTOMERS
from wfp_ops.usage.history.store import LocalStore, RemoteStore, open_store
from wfp_ops.usage.history.view import UsageHistory
from wfp_ops.usage.owners import Owners


@pytest.fixture(params=["folder", "file", "memory", "s3"])
def store(request, tmp_path, monkeypatch):
    """Each kind, empty."""
    if request.param == "s3":
        with object_store(monkeypatch) as url:
            yield open_store(url, "acme")
        return
    where = {
        "folder": str(tmp_path / "a folder"),
        "file": (tmp_path / "a folder").as_uri(),
        "memory": "memory://bucket/usage",
    }
    yield open_store(where[request.param], "acme")
    fsspec.filesystem("memory").store.clear()


def test_written_and_read(store):
    """Whole, listed, and written over."""
    assert store.names("hours") == []
    for content in (b"one", b"two"):
        store.write("hours/day=2026-10-01/usage.parquet", content)
        with store.open("hours/day=2026-10-01/usage.parquet") as file:
            assert file.read() == content
    assert store.names("hours") == ["hours/day=2026-10-01/usage.parquet"]
    assert store.shown("x").endswith("acme/x")


def test_what_is_missing(store):
    """Is missing, and no other error."""
    with pytest.raises(FileNotFoundError), store.open("hours/none"):
        pass


def test_a_history_in_each(store, endpoint, tmp_path):
    """Collected, read and collected again, wherever it lies."""
    from support.history_site import Site

    site = Site(endpoint, tmp_path)
    site.data = HistoryData(store, ACCOUNT)
    fake = FakeAnalytics(traffic("2026-11-22T00:00:00Z", 30), limits=reaching(3))
    site.collect(fake)
    assert site.collect(fake).hours == 0
    frame = site.usage(fake, start="2026-11-22", end="2026-11-23")
    assert len(frame) == 24 * 4
    sums = UsageHistory(site.data, FakeClock(), lambda *_: Owners()).by_month()
    assert sums["requests"].sum() >= frame["requests"].sum() > 0
    assert [name for name in store.names("") if "collect" in name] in ([], ["collect.lock"])


@pytest.mark.skipif(os.name != "posix", reason="owner's rights are POSIX's")
def test_files_are_their_owners_alone(tmp_path):
    """0600, in folders of 0700; nothing is left aside."""
    store = LocalStore(tmp_path / "new" / "history")
    store.write("hours/day=2026-10-01/usage.parquet", b"x")
    for path in (tmp_path / "new").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    assert list((store.root / "_unfinished").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    """An error with its path and what to do."""
    tmp_path.chmod(0o500)
    with pytest.raises(StateError) as caught:
        LocalStore(tmp_path / "history").write("x", b"")
    assert "--into" in caught.value.hint


def test_a_file_where_a_folder_should_be(tmp_path):
    """The same."""
    (tmp_path / "history").write_text("no folder")
    with pytest.raises(StateError) as caught:
        LocalStore(tmp_path / "history").write("hours/x", b"")
    assert str(tmp_path) in caught.value.path


def test_urls_that_nothing_opens(monkeypatch):
    """Say what to type."""
    with pytest.raises(SettingsError) as caught:
        open_store("nonsense://bucket/x")
    assert "URL" in caught.value.message
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(SettingsError) as caught:
        open_store("gs://bucket/usage")
    assert caught.value.hint == "pip install gcsfs"
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError) as caught:
        open_store("gs://bucket/usage")
    assert caught.value.hint == "pip install 'wfp-ops[history]'"


class _Broken(fsspec.AbstractFileSystem):
    """A file system that says no, and its secret with it."""

    def find(self, *_, **__):
        raise RuntimeError("no: password=hunter2")

    def pipe_file(self, *_, **__):
        raise PermissionError("no: password=hunter2")

    def open(self, *_, **__):
        raise OSError("no: password=hunter2")


def test_a_store_that_fails_tells_no_secret():
    """Its file is named, its words are not repeated."""
    store = RemoteStore(_Broken(), "bucket", "s3://bucket")
    for use in (
        lambda: store.names("hours"),
        lambda: store.write("a", b""),
        lambda: store.open("a").__enter__(),
    ):
        with pytest.raises(HistoryError) as caught:
            use()
        assert "hunter2" not in str(caught.value)
        assert caught.value.path.startswith("s3://bucket/")


def test_a_url_is_shown_without_its_secret():
    """User, password and options are left out."""
    store = open_store("memory://user:hunter2@bucket/usage?key=hunter2", "acme")
    assert store.url == "memory://bucket/usage/acme"
    fsspec.filesystem("memory").store.clear()


def test_a_parquet_file_that_nobody_knows(tmp_path):
    """Queries of one's own would count it: an error that names it."""
    data = HistoryData(LocalStore(tmp_path), ACCOUNT)
    data.write(CUSTOMERS, day_of([row(1)]))
    for stray in ("hours/day=2026-10-01/copy.parquet", "hours/old.parquet", "hours/day=soon/usage.parquet"):
        (tmp_path / stray).parent.mkdir(exist_ok=True)
        (tmp_path / stray).write_bytes(b"PAR1")
        with pytest.raises(HistoryError) as caught:
            data.coverage(CUSTOMERS, *_day())
        assert caught.value.path == str(tmp_path / stray)
        (tmp_path / stray).unlink()
    (tmp_path / "hours" / "_SUCCESS").touch()
    assert data.days(CUSTOMERS) == [DAY]


def _day():
    from wfp_ops.usage.history.layout import DAY as LENGTH
    from wfp_ops.usage.history.layout import midnight

    return midnight(DAY), midnight(DAY) + LENGTH
