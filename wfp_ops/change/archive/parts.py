"""A Worker's content as Cloudflare hands it out, taken apart into its modules byte for byte.

Source: API reference, "Workers for Platforms > Dispatch > Namespaces > Scripts > Content": a single script
comes bare, modules come as a form (RFC 7578), whose part and file names are the modules' names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from wfp_ops.api.transport import Download
from wfp_ops.errors import ArchiveError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

SINGLE_SCRIPT = "worker.js"
_FORM = "multipart/form-data"
_PARAMETER = re.compile(rb';\s*(name|filename)="([^"]*)"', re.IGNORECASE)
# How a form writes these in a name (WHATWG HTML standard, "multipart/form-data encoding algorithm")
_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_AS_IT_IS = ("", "7bit", "8bit", "binary")


@dataclass(frozen=True)
class Part:
    """One module of a Worker: its name, its content type, its bytes."""

    name: str
    content_type: str
    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of its bytes, as 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()


def parts_of(download: Download) -> list[Part]:
    """The modules of a Worker's content, in their order; none where a form is empty.

    A single script is one module, named as the answer's ``entrypoint`` says, else ``worker.js``.

    Raises:
        ArchiveError: the content is cut, or is no such form.
    """
    kind, options = parse_options_header(download.content_type)
    if kind.decode("latin-1") != _FORM:
        # What follows the semicolon (a charset) is the transfer's and not the module's
        bare = download.content_type.partition(";")[0].strip()
        name = download.entrypoint or SINGLE_SCRIPT
        return [Part(name, bare or "application/javascript", download.body)]
    boundary = options.get(b"boundary", b"")
    if not boundary:
        _refuse("its form names no boundary")
    parts = _parsed(download.body, boundary)
    names = [part.name for part in parts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        _refuse(f"two of its modules are called {twice!r}")
    return parts


def entry_of(parts: Sequence[Part], entrypoint: str | None) -> str | None:
    """The name of the module that the Worker starts with; None where that can't be told.

    A header may hold the name as a form writes it, or with "?" for what is not ASCII.
    """
    names = [part.name for part in parts]
    if len(names) == 1:
        return names[0]
    if entrypoint in names:
        return entrypoint
    alike = [
        name
        for name in names
        if entrypoint is not None
        and (name == unescaped(entrypoint) or name.encode("ascii", "replace").decode() == entrypoint)
    ]
    return alike[0] if len(alike) == 1 else None


def unescaped(name: str) -> str:
    """A name with the escapes of a form taken back."""
    for written, meant in _ESCAPES.items():
        name = name.replace(written, meant).replace(written.lower(), meant)
    return name


def _parsed(body: bytes, boundary: bytes) -> list[Part]:
    """The parts of a form that ends where its body ends, and not before."""
    whole = body.removesuffix(b"\r\n")
    if not whole.endswith(b"--" + boundary + b"--"):
        _refuse("its form is cut")
    collected = _Collected()
    try:
        parser = MultipartParser(boundary, collected.callbacks())
        # What follows a form's end is dropped unseen, so its last byte is held back: none may come before it
        parser.write(whole[:-1])
        early = collected.ended
        parser.write(whole[-1:])
    except FormParserError as error:
        _refuse(f"its form is malformed: {error}")
    if early or not collected.ended:
        _refuse("its form is cut, or does not end where its body does")
    return [_part(headers, content) for headers, content in collected.parts]


class _Collected:
    """What the parser has told so far: headers and bytes of each part."""

    def __init__(self) -> None:
        self.parts: list[tuple[dict[str, bytes], bytes]] = []
        self.ended = False
        self._headers: dict[str, bytes] = {}
        self._field = b""
        self._value = b""
        self._content: list[bytes] = []

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self.part_begin,
            "on_header_field": self.header_field,
            "on_header_value": self.header_value,
            "on_header_end": self.header_end,
            "on_part_data": self.part_data,
            "on_part_end": self.part_end,
            "on_end": self.end,
        }

    def part_begin(self) -> None:
        self._headers = {}
        self._content = []

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value.strip()
        self._field = self._value = b""

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self._content.append(data[start:end])

    def part_end(self) -> None:
        self.parts.append((self._headers, b"".join(self._content)))
        self._content = []

    def end(self) -> None:
        self.ended = True


def _part(headers: dict[str, bytes], content: bytes) -> Part:
    disposition = headers.get("content-disposition", b"")
    names = {key.lower(): value for key, value in _PARAMETER.findall(disposition)}
    name = _text(names.get(b"filename") or names.get(b"name") or b"")
    if not name:
        _refuse("a part of its form has no name")
    encoding = _text(headers.get("content-transfer-encoding", b"")).lower()
    if encoding not in _AS_IT_IS:
        _refuse(f"the module {name!r} is encoded as {encoding[:40]!r}")
    usual = "application/octet-stream" if b"filename" in names else "text/plain"
    return Part(unescaped(name), _text(headers.get("content-type", b"")) or usual, content)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        _refuse("a header of its form is no UTF-8")


def _refuse(why: str) -> NoReturn:
    raise ArchiveError(
        f"the Worker's code can't be read: {why}",
        path="",
        hint="read it again; if it stays so, download the code by hand before anything is deleted",
    )
