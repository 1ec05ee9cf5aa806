"""The shipped notebooks in a folder of the user's: new ones come in, changed ones stay as they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import wfp_ops
from wfp_ops.errors import WfpOpsError

_RECORD = ".wfp-ops-notebooks.json"


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What came of it, by the names of files.

    ``kept`` were changed by the user and are left alone; of those, a newer one is shipped for ``outdated``.
    """

    written: tuple[str, ...]
    renewed: tuple[str, ...]
    kept: tuple[str, ...]
    outdated: tuple[str, ...]


def shipped_notebooks() -> Mapping[str, bytes]:
    """The notebooks by name: beside the package in a wheel, beside the repository's in a checkout.

    Raises:
        WfpOpsError: the installation holds none.
    """
    package = Path(wfp_ops.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.ipynb"))}
        if found:
            return found
    raise WfpOpsError("this installation holds no notebooks", hint="pip install --force-reinstall wfp-ops")


def copy_notebooks(folder: Path, shipped: Mapping[str, bytes]) -> Copied:
    """Bring the folder up to date. A file that is not as we wrote it is the user's, and stays.

    Raises:
        WfpOpsError: there is a file where the folder should be.
        OSError: it can't be written.
    """
    if folder.exists() and not folder.is_dir():
        raise WfpOpsError(f"{folder} is a file, not a folder", hint="name another with --folder")
    folder.mkdir(parents=True, exist_ok=True)
    record = _recorded(folder)
    written: list[str] = []
    renewed: list[str] = []
    kept: list[str] = []
    outdated: list[str] = []
    for name, content in shipped.items():
        path, wanted = folder / name, _hash(content)
        there = _hash(path.read_bytes()) if path.exists() else None
        if there is None or there == record.get(name) != wanted:
            (written if there is None else renewed).append(name)
            _write(path, content)
            record[name] = wanted
        elif there == wanted:
            record[name] = wanted
        else:
            kept.append(name)
            if record.get(name) != wanted:
                outdated.append(name)
    _write(folder / _RECORD, json.dumps(record, indent=1, sort_keys=True).encode() + b"\n")
    return Copied(written=tuple(written), renewed=tuple(renewed), kept=tuple(kept), outdated=tuple(outdated))


def _recorded(folder: Path) -> dict[str, str]:
    """What we wrote there, by name, as hashes. Where that is not known every file is the user's."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in record.items()} if isinstance(record, dict) else {}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)
