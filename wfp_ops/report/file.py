"""The report as a file: written whole or not at all, and never over somebody's own file."""

from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wfp_ops.report.page import Audited, UsageOf

# The mark stands within the first lines of each page of ours
_BEGINNING = 512


def write_report(
    audits: Audited,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    usage: UsageOf = None,
    zone: str = "UTC",
    generated_at: datetime | None = None,
) -> Path:
    """Write the report of one audit or of several; returns where.

    Args:
        audits: as for ``render_report``.
        path: the file. A report that is there already is replaced; whoever reads it meanwhile sees
            the old one or the new one, never half of either.
        force: replace it also if it is something else than a report.
        usage: as for ``render_report``.
        zone: as for ``render_report``.
        generated_at: as for ``render_report``.

    Raises:
        FileExistsError: another file than a report is there, and ``force`` was not given.
        FrameError, SettingsError: as for ``render_report``.
        OSError: the file can't be written; what was there is as it was.
        ValueError: there is no audit.
    """
    from wfp_ops.report.page import render_report  # noqa: PLC0415 (checking a target needs no pandas)

    check_target(path, force=force)
    page = render_report(audits, usage=usage, zone=zone, generated_at=generated_at)
    _replace(Path(path).resolve(), page.encode("utf-8"))
    return Path(path)


def check_target(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Refuse a place where a report may not be put, before anything is read for it.

    Raises:
        FileExistsError: another file than a report is there, and ``force`` was not given.
        OSError: its folder does not exist, or it is no file.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder: name a file in it", str(target))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "it is no ordinary file", str(target))
    if target.exists() and not force and not is_report(target):
        raise FileExistsError(
            errno.EEXIST, "it is no report of wfp-ops, and is left alone: name another file", str(target)
        )


def is_report(path: Path) -> bool:
    """Whether a file is a report of ours, or empty and so nobody's loss.

    Raises:
        OSError: it can't be read.
    """
    from wfp_ops.audit.page.mark import MARK  # noqa: PLC0415 (as above)

    with path.open("rb") as file:
        beginning = file.read(_BEGINNING)
    return not beginning or MARK.encode() in beginning


def _replace(target: Path, content: bytes) -> None:
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
