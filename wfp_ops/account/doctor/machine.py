"""What can be seen on this machine: versions, the state folder, the customer list."""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from wfp_ops.account.customers import read_list
from wfp_ops.account.doctor.check import Check
from wfp_ops.customers.set_aside import records_read, set_aside
from wfp_ops.errors import WfpOpsError
from wfp_ops.settings.model import Settings

_TEMPORARY = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108 (named, not used)
_LEAST_FREE = 100 * 2**20
_MOUNTS = Path("/proc/self/mountinfo")
_GONE_AT_RESTART = frozenset(("tmpfs", "ramfs", "overlay", "aufs", "devtmpfs"))
_SHARED = frozenset(("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"))
_LASTING = (
    'set state_dir (state_dir = "/var/lib/wfp-ops" in wfp-ops.toml, or WFP_OPS_STATE_DIR) to a folder that '
    "lasts: in a container, to a volume"
)
_ASIDE_SHARE = 0.01


def versions() -> Check:
    """What is installed, for a report of a problem."""
    parts = [f"{name} {version(name)}" for name in ("wfp-ops", "pandas", "httpx")]
    return Check(
        "versions", "ok", f"{', '.join(parts)}, Python {platform.python_version()}, {platform.system()}"
    )


def state_folder(path: Path) -> Check:
    """Whether what is kept between runs can be written, and will still be there tomorrow."""
    name = "state folder"
    existing = _nearest_existing(path)
    if not existing.is_dir():
        return Check(name, "fail", f"{path}: {existing} is no folder", "set state_dir to a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        who = f"chown it to the user that runs this, or {_LASTING}"
        return Check(
            name, "fail", f"{path} can't be written ({existing} may not be, or its disk is read-only)", who
        )
    if (free := shutil.disk_usage(existing).free) < _LEAST_FREE:
        return Check(name, "warn", f"{path}: {free // 2**20} MB are free on its disk", "make room there")
    state = "exists and can be written" if path.exists() else "is not there yet and can be made"
    if why := _why_it_may_not_last(existing):
        return Check(name, "warn", f"{path} {state}, but {why}", _LASTING)
    return Check(name, "ok", f"{path} {state}")


def _nearest_existing(path: Path) -> Path:
    whole = path.absolute()
    return next((each for each in (whole, *whole.parents) if os.path.lexists(each)), Path("/"))


def _why_it_may_not_last(path: Path) -> str | None:
    real = path.resolve()
    if any(real.is_relative_to(Path(each).resolve()) for each in _TEMPORARY):
        return "it lies in a folder for temporary files, which is cleared now and then"
    kind = file_system(real, _MOUNTS.read_text("utf-8", "replace") if _MOUNTS.exists() else "")
    if kind in _GONE_AT_RESTART:
        return f"its file system ({kind}) is gone when this machine or container restarts"
    if kind in _SHARED:
        return f"its file system ({kind}) lies on another machine, where locks can't be relied on"
    return None


def file_system(path: Path, mounts: str) -> str | None:
    """The kind of file system that holds a path, by Linux' list of mounts (proc(5), mountinfo)."""
    kinds = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) > 4 and kind:
            place = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), fields[4])
            kinds[Path(place)] = kind[0]
    return next((kinds[each] for each in (path, *path.parents) if each in kinds), None)


def customer_list(settings: Settings, source: str | None) -> Check:
    """Whether the list that is set can be read, and how much of it can be used."""
    name = "customer list"
    if source is None:
        return Check(name, "ok", "none is set: each audit must be told one (--customers)")
    try:
        frame = read_list(settings, source, None)
    except WfpOpsError as error:
        where = "; ".join(text for text in error.facts().values() if text)
        return Check(name, "fail", f"{error.message} ({where})" if where else error.message, error.hint)
    read, aside = records_read(frame), len(set_aside(frame))
    detail = f"{read:,} records read from {frame.attrs['wfp_ops']['source']}, {aside:,} set aside"
    if aside > read * _ASIDE_SHARE:
        hint = "mend the list: wfp_ops.set_aside(account.customers()) names rows and reasons"
        return Check(name, "warn", detail, hint)
    return Check(name, "ok", detail)
