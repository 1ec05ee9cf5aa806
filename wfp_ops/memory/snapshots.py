"""Snapshots: one folder for each audit, with its frames as Parquet and a manifest that vouches for them.

A snapshot is written beside its place, put on the disk and renamed into it. Reading one checks the
manifest's own digest and each file's SHA-256, so that a cut or edited one is refused by name while
the others stay usable.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any

import pandas as pd
import pyarrow as pa

from wfp_ops.clock import iso, parse_time
from wfp_ops.errors import FrameError, SnapshotError, StateError
from wfp_ops.frames.columns import LIST, FrameSpec
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.kept import SPECS, Facts, Kept

SCHEMA = "wfp-ops/snapshot/1"
PART = "snapshots"
MANIFEST = "manifest.json"
_NAME = re.compile(r"(\d{4,})-(\d{8}T\d{6}Z)")
_IN_NAME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Entry:
    """One snapshot as the folder shows it: its manifest, or the problem with it."""

    name: str
    manifest: dict[str, Any] | None
    problem: str | None


def _any(_name: str) -> bool:
    return True


class Snapshots:
    """The snapshots of one account, numbered in the order in which they were saved."""

    def __init__(self, folder: StateFolder) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """All names, the newest first; broken ones too.

        Raises:
            StateError: the folder can't be read.
        """
        return sorted(self._folder.folders(PART), key=_number, reverse=True)

    def save(self, kept: Kept) -> Kept:
        """Save one; it comes back with its name.

        Raises:
            StateBusyError: another run is saving and does not end.
            StateError: the folder can't be written; nothing of the snapshot stays.
        """
        files = {f"{name}.parquet": _to_parquet(frame) for name, frame in kept.frames.items()}
        rows = {f"{name}.parquet": len(frame) for name, frame in kept.frames.items()}
        files[MANIFEST] = _manifest(kept.facts, files, rows)
        with self._folder.held("saving a snapshot"):
            number = 1 + max(map(_number, self.names()), default=0)
            name = f"{number:04d}-{kept.facts.taken_at.astimezone(UTC).strftime(_IN_NAME)}"
            self._folder.write_folder(PART, name, files)
        return replace(kept, name=name)

    def load(self, name: str) -> Kept:
        """One snapshot, checked from end to end.

        Raises:
            SnapshotError: it is not there, cut, changed, or of another version.
            StateError: the folder can't be read.
        """
        manifest = self._read_manifest(name)
        frames = {
            part: self._frame(name, f"{part}.parquet", manifest["files"][f"{part}.parquet"])
            for part in SPECS
            if f"{part}.parquet" in manifest["files"]
        }
        try:
            return Kept(**frames, facts=_facts(manifest), name=name)
        except (TypeError, KeyError):
            raise self._broken(name, MANIFEST, "its manifest lacks a file or a fact") from None

    def namespaces(self, name: str) -> pd.DataFrame:
        """The namespaces of one snapshot alone (``NAMESPACES``), checked likewise, at a part of the cost.

        Raises:
            SnapshotError: as for ``load``.
            StateError: the folder can't be read.
        """
        manifest = self._read_manifest(name)
        file = "namespaces.parquet"
        if file not in manifest["files"]:
            raise self._broken(name, MANIFEST, "its manifest lacks a file or a fact")
        return self._frame(name, file, manifest["files"][file])

    def newest(
        self, wanted: Callable[[str], bool] = _any, *, oldest: bool = False
    ) -> tuple[Kept | None, list[str]]:
        """The newest (of those wanted) that can be used, and a sentence on each passed by that can't.

        With ``oldest`` it is the oldest instead.

        Raises:
            StateError: the folder can't be read.
        """
        problems: list[str] = []
        for name in reversed(self.names()) if oldest else self.names():
            try:
                if wanted(name):
                    return self.load(name), problems
            except SnapshotError as error:
                problems.append(f"the snapshot {name} can't be used: {error.message}")
        return None, problems

    def entries(self) -> Iterator[Entry]:
        """Every snapshot, the newest first, each checked from end to end.

        Raises:
            StateError: the folder can't be read.
        """
        for name in self.names():
            try:
                self.load(name)
                yield Entry(name, self._read_manifest(name), None)
            except SnapshotError as error:
                yield Entry(name, None, error.message)

    def find(self, word: str) -> str:
        """The one snapshot that a word means: its name, its number, or the name's beginning.

        Raises:
            SnapshotError: there is none, or there are several.
        """
        names = self.names()
        found = [name for name in names if word == name or (word.isdigit() and _number(name) == int(word))]
        found = found or [name for name in names if name.startswith(word)]
        if len(found) == 1:
            return found[0]
        what = "there is no snapshot" if not found else "there are several snapshots"
        raise SnapshotError(
            f"{what} {word!r}",
            path=str(self._folder.path / PART),
            hint="list what there is: wfp-ops snapshot list",
        )

    def prune(self, *, keep_days: int, keep_at_least: int, now: datetime, keep: Collection[str]) -> list[str]:
        """Remove what is older than ``keep_days``; the names of what went come back.

        What stands in ``keep``, the newest ``keep_at_least`` and what bears no snapshot's name stay.

        Raises:
            StateError: one can't be removed.
        """
        before = now - timedelta(days=keep_days)

        def old() -> list[str]:
            rest = self.names()[max(1, keep_at_least) :]
            return [name for name in rest if name not in keep and _is_old(name, before)]

        if not old():
            return []
        with self._folder.held("removing old snapshots"):
            gone = old()
            for name in gone:
                self._folder.remove_folder(PART, name)
        return gone

    def taken_at(self, name: str) -> datetime:
        """When a snapshot's audit was made, by its name: without reading it.

        Raises:
            SnapshotError: the name is no snapshot's.
        """
        if (moment := taken_at(name)) is None:
            raise self._broken(name, MANIFEST, "its name is no snapshot's")
        return moment

    def _read_manifest(self, name: str) -> dict[str, Any]:
        self.taken_at(name)
        try:
            content = self._folder.read(PART, name, MANIFEST)
        except StateError as error:
            raise self._broken(name, MANIFEST, error.message) from None
        if content is None:
            raise self._broken(name, MANIFEST, "it has no manifest")
        try:
            manifest = json.loads(content)
            schema = str(manifest["schema"])
        except (ValueError, KeyError, TypeError):
            raise self._broken(name, MANIFEST, "its manifest is cut or was changed") from None
        if schema != SCHEMA:
            raise self._of_another_version(name, schema)
        if manifest.get("digest") != _digest(manifest):
            raise self._broken(name, MANIFEST, "its manifest was changed after it was saved")
        checked: dict[str, Any] = manifest
        return checked

    def _frame(self, name: str, file: str, said: dict[str, Any]) -> pd.DataFrame:
        content = self._folder.read(PART, name, file)
        if content is None:
            raise self._broken(name, file, f"{file} is missing")
        if len(content) != said["bytes"]:
            raise self._broken(
                name, file, f"{file} is cut or was changed: {len(content)} bytes, not {said['bytes']}"
            )
        if hashlib.sha256(content).hexdigest() != said["sha256"]:
            raise self._broken(name, file, f"{file} was changed after it was saved")
        try:
            return _from_parquet(content, SPECS[file.removesuffix(".parquet")])
        except (pa.ArrowException, FrameError, KeyError) as error:
            raise self._broken(name, file, f"{file} holds something else: {type(error).__name__}") from None

    def _broken(self, name: str, file: str, why: str) -> SnapshotError:
        return SnapshotError(
            why,
            path=str(self._folder.path / PART / name / file),
            hint="restore it from a backup, or remove its folder; the other snapshots are not touched by it",
        )

    def _of_another_version(self, name: str, schema: str) -> SnapshotError:
        said = re.fullmatch(r"wfp-ops/snapshot/(\d+)", schema)
        if said is None:
            return self._broken(name, MANIFEST, f"its manifest says {schema!r}, which is no snapshot's")
        newer = int(said.group(1)) > int(SCHEMA.rsplit("/", 1)[1])
        return SnapshotError(
            f"it was saved by {'a newer' if newer else 'an older'} wfp-ops: it is {schema}, and this one "
            f"reads {SCHEMA}",
            path=str(self._folder.path / PART / name / MANIFEST),
            hint="bring wfp-ops up to date"
            if newer
            else "read it with the version that wrote it, or remove its folder",
        )


def _number(name: str) -> int:
    """The number in a snapshot's name; 0 where it is no snapshot's."""
    found = _NAME.fullmatch(name)
    return int(found.group(1)) if found else 0


def taken_at(name: str) -> datetime | None:
    """When a snapshot was taken, by its name; None where it is no snapshot's."""
    found = _NAME.fullmatch(name)
    try:
        return found and datetime.strptime(found.group(2), _IN_NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _is_old(name: str, before: datetime) -> bool:
    moment = taken_at(name)
    return moment is not None and moment < before


@cache
def _own_version() -> str:
    """Looked up once: the search goes over every package that is installed."""
    return version("wfp-ops")


def _manifest(facts: Facts, files: dict[str, bytes], rows: dict[str, int]) -> bytes:
    document = {
        "schema": SCHEMA,
        "version": _own_version(),
        **asdict(facts),
        "taken_at": iso(facts.taken_at),
        "files": {
            name: {"rows": rows[name], "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
    }
    return json.dumps({**document, "digest": _digest(document)}, indent=2, ensure_ascii=False).encode()


def _facts(manifest: dict[str, Any]) -> Facts:
    said = {field.name: manifest[field.name] for field in fields(Facts) if field.name != "by_usage"}
    # one that was saved before usage was looked at does not say
    by_usage = tuple(map(str, manifest.get("by_usage", ())))
    return Facts(**{**said, "taken_at": parse_time(manifest["taken_at"]), "by_usage": by_usage})


def _digest(document: dict[str, Any]) -> str:
    """SHA-256 of a document's canonical JSON, without its own ``digest``."""
    rest = {key: value for key, value in document.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _to_parquet(frame: pd.DataFrame) -> bytes:
    from pyarrow import parquet  # noqa: PLC0415 (a moment to load, and reading an account needs none)

    bare = frame.copy(deep=False)
    bare.attrs = {}  # they would be written too, and may hold rows of the customer list
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pandas(bare, preserve_index=False), sink, compression="zstd")
    return sink.getvalue()


def _from_parquet(content: bytes, spec: FrameSpec) -> pd.DataFrame:
    from pyarrow import parquet  # noqa: PLC0415

    table = parquet.read_table(io.BytesIO(content))
    frame = table.to_pandas()
    data = {c.name: table[c.name].to_pylist() if c.dtype == LIST else frame[c.name] for c in spec.columns}
    return spec.build(data, length=len(frame))
