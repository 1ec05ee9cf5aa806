"""What the plain client hands out: objects that read like the official Python SDK's models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from os import PathLike, fspath
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, Generic, TypeVar

from wfp_ops.api.models import WireStruct
from wfp_ops.api.transport import Download
from wfp_ops.clock import parse_time
from wfp_ops.frames.provenance import Completeness

T = TypeVar("T")

FileContent = bytes | IO[bytes] | PathLike[str]
FileTypes = FileContent | tuple[Any, ...]

_TIMES = frozenset({"created_on", "modified_on"})


class Model(SimpleNamespace):
    """A JSON object with its keys as attributes: known ones always (perhaps None), unknown ones kept.

    ``created_on`` and ``modified_on`` are aware datetimes in UTC, as in the SDK; a time that can't
    be read stays the text that came.
    """

    def to_dict(self) -> dict[str, Any]:
        """The object as plain dictionaries."""
        return {key: _plain(value) for key, value in vars(self).items()}


def model(value: Any) -> Any:
    """JSON, or a struct of the wire, as ``Model`` all the way down; other values as they are."""
    if isinstance(value, WireStruct):
        known = {name: getattr(value, name) for name in value.__struct_fields__ if name != "extra"}
        return model({**known, **value.extra})
    if isinstance(value, dict):
        pairs = {str(key): _time(item) if key in _TIMES else model(item) for key, item in value.items()}
        result = Model()
        vars(result).update(pairs)
        return result
    if isinstance(value, list):
        return [model(item) for item in value]
    return value


def _time(value: Any) -> datetime | Any:
    if not isinstance(value, str):
        return model(value)
    try:
        return parse_time(value)
    except ValueError:
        return value


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_dict()
    return [_plain(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class SinglePage(Generic[T]):
    """A whole listing: iterate over it, or take ``result``. ``proof`` says whether it was whole."""

    result: list[T]
    proof: Completeness | None = field(default=None, compare=False)

    def __iter__(self) -> Iterator[T]:
        return iter(self.result)

    def __len__(self) -> int:
        return len(self.result)


@dataclass(frozen=True)
class BinaryContent:
    """A Worker's content as bytes: one script, or a multipart form, as ``content_type`` says."""

    content: bytes = field(repr=False)
    content_type: str

    @classmethod
    def of(cls, download: Download) -> BinaryContent:
        """From what the transport read."""
        return cls(download.body, download.content_type)

    def read(self) -> bytes:
        """The bytes."""
        return self.content

    def text(self) -> str:
        """The bytes as UTF-8 text, with a mark in the place of what is none."""
        return self.content.decode("utf-8", "replace")

    def write_to_file(self, file: str | PathLike[str]) -> None:
        """Write the bytes to a file."""
        Path(file).write_bytes(self.content)


def file_parts(files: Sequence[FileTypes]) -> list[tuple[str, bytes, str]]:
    """Name, bytes and content type ("" where none was given) of each file, in the SDK's forms.

    Raises:
        ValueError: a file has no name, which a module must have.
    """
    return [_file_part(file) for file in files]


def _file_part(file: FileTypes) -> tuple[str, bytes, str]:
    if isinstance(file, tuple):
        name, content, *rest = file
        kind = rest[0] if rest and rest[0] else ""
        return (str(name or _name_of(content)), _bytes_of(content), str(kind))
    return (_name_of(file), _bytes_of(file), "")


def _bytes_of(content: Any) -> bytes:
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    if isinstance(content, PathLike):
        return Path(content).read_bytes()
    read = content if isinstance(content, str) else content.read()
    return read.encode("utf-8") if isinstance(read, str) else bytes(read)


def _name_of(content: Any) -> str:
    name = fspath(content) if isinstance(content, PathLike) else getattr(content, "name", "")
    if not isinstance(name, str) or not name:
        raise ValueError("a module needs a name: give it as (name, content) or (name, content, content_type)")
    return Path(name).name
