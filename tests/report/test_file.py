"""The report as a file: written whole, and never over somebody's own."""

from __future__ import annotations

import os
import stat

import pytest
from support.audit_frames import audit_of

import wfp_ops
from wfp_ops.report.file import check_target, is_report


@pytest.fixture
def audit():
    """A small audit."""
    return audit_of(["customer-1", "customer-9"], ["1"])


def test_it_is_written_and_replaced(audit, tmp_path):
    """A new file, an empty one, and a report of before; nothing else is left in the folder."""
    path = tmp_path / "audit.html"
    assert wfp_ops.write_report(audit, path) == path
    assert path.read_text(encoding="utf-8") == audit.to_html()
    assert is_report(path)
    wfp_ops.write_report([audit, audit], path)
    assert "2 accounts" in path.read_text(encoding="utf-8")
    (tmp_path / "empty.html").touch()
    wfp_ops.write_report(audit, str(tmp_path / "empty.html"))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["audit.html", "empty.html"]


@pytest.mark.parametrize(
    "content", ["precious", "<!doctype html>\n<title>mine</title>", "<meta name='generator'>"]
)
def test_somebody_elses_file_is_left_alone(audit, tmp_path, content):
    """Unless it is forced."""
    path = tmp_path / "audit.html"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileExistsError, match="no report of wfp-ops"):
        wfp_ops.write_report(audit, path)
    assert path.read_text(encoding="utf-8") == content
    wfp_ops.write_report(audit, path, force=True)
    assert is_report(path)


def test_places_where_no_file_can_be(audit, tmp_path):
    """A folder, a folder that is not there, a pipe: refused before anything is made."""
    with pytest.raises(IsADirectoryError):
        wfp_ops.write_report(audit, tmp_path, force=True)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        check_target(tmp_path / "no" / "audit.html")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="ordinary file"):
        wfp_ops.write_report(audit, tmp_path / "pipe", force=True)


def test_a_failed_write_leaves_what_was_there(audit, tmp_path, monkeypatch):
    """The old report stands, and nothing half-written lies beside it."""
    path = wfp_ops.write_report(audit, tmp_path / "audit.html")
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wfp_ops.report.file.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        wfp_ops.write_report(audit_of(["customer-2"], ["2"]), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["audit.html"]


def test_a_link_stays_a_link(audit, tmp_path):
    """What a link leads to is replaced, as whoever made the link wants it."""
    real = tmp_path / "real.html"
    wfp_ops.write_report(audit, real)
    link = tmp_path / "latest.html"
    link.symlink_to(real)
    wfp_ops.write_report([audit, audit], link)
    assert link.is_symlink()
    assert "2 accounts" in real.read_text(encoding="utf-8")


def test_it_can_be_read_by_whom_the_umask_lets(audit, tmp_path):
    """A report is made to be handed on: its permissions are those of any new file."""
    path = wfp_ops.write_report(audit, tmp_path / "audit.html")
    (tmp_path / "other").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)
