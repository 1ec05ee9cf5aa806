"""The doctor's checks of this machine, and how they show themselves in a notebook."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from wfp_ops.account.doctor import machine
from wfp_ops.account.doctor.check import Check, frame_of
from wfp_ops.frames.columns import CHECKS

MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
23 22 0:20 / /run rw,nosuid - tmpfs tmpfs rw
24 22 0:21 / /data rw shared:5 - nfs4 files:/data rw
25 22 0:22 / /var/lib/my\\040state rw - overlay overlay rw
nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/state", "ext4"),
        ("/run/state/a", "tmpfs"),
        ("/runner", "ext4"),
        ("/data/x", "nfs4"),
        ("/var/lib/my state/x", "overlay"),
    ],
)
def test_the_file_system_of_a_path(path, kind):
    """The longest mount that holds it counts."""
    assert machine.file_system(Path(path), MOUNTS) == kind
    assert machine.file_system(Path(path), "") is None


@pytest.mark.parametrize(
    ("mounted", "verdict", "said"),
    [("ext4", "ok", "can be made"), ("overlay", "warn", "restarts"), ("nfs4", "warn", "locks")],
)
def test_a_state_folder(tmp_path, monkeypatch, mounted, verdict, said):
    """A container's own disk and another machine's are warned of; nothing is made."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 8:1 / / rw - {mounted} x rw\n", encoding="utf-8")
    monkeypatch.setattr(machine, "_MOUNTS", mounts)
    monkeypatch.setattr(machine, "_TEMPORARY", ())
    check = machine.state_folder(tmp_path / "a" / "b")
    assert check.verdict == verdict
    assert said in check.detail
    assert not (tmp_path / "a").exists()


def test_a_state_folder_among_temporary_files(tmp_path):
    """Where tests keep theirs, nothing lasts."""
    check = machine.state_folder(tmp_path)
    assert check.verdict == "warn"
    assert "state_dir" in str(check.what_to_do)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_state_folder_that_may_not_be_written(tmp_path):
    """It is a failure that names the folder in the way."""
    tmp_path.chmod(0o500)
    check = machine.state_folder(tmp_path / "state")
    assert check.verdict == "fail"
    assert str(tmp_path) in check.detail


def test_checks_as_a_frame():
    """Declared columns; whole sentences, escaped; what is made from it is a plain DataFrame."""
    long = "x" * 200
    frame = frame_of([Check("a", "ok", long), Check("b", "fail", "<b>", "click <i>")])
    CHECKS.check(frame)
    assert long in frame._repr_html_()
    assert "&lt;b&gt;<br>→ click &lt;i&gt;" in frame._repr_html_()
    assert repr(frame).endswith("✖ b: <b>\n    what to do: click <i>")
    bad = frame[frame["verdict"] == "fail"]
    assert type(bad) is pd.DataFrame
    assert bad["check"].tolist() == ["b"]
    del frame["detail"]
    assert "check" in repr(frame) + frame._repr_html_()


def test_an_open_account(acme):
    """``account.doctor()`` finds nothing wrong with the sandbox."""
    checks = acme.doctor()
    CHECKS.check(checks)
    assert "fail" not in set(checks["verdict"])
    assert acme.customers_source in repr(checks)
