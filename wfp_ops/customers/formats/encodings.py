"""Bytes to text: Unicode where it is valid, else the likeliest older encoding, and a note which."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

from wfp_ops.errors import CustomerListError

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What customer lists are met in; a wider choice makes short texts come out as nonsense
_OLDER = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "euc_kr"]
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_WESTERN = "cp1252"
_LAST = "latin_1"  # decodes anything
_SAMPLE_LINES = 2000
_TOO_FEW = 8
_MARGIN = 0.1


def decode(data: bytes, label: str) -> tuple[str, list[str]]:
    """The text without its byte order mark, and a note where the encoding had to be guessed.

    Raises:
        CustomerListError: the bytes are no text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(_strictly(data[len(bom) :], encoding, label), label), []
    try:
        return _checked(data.decode("utf-8"), label), []
    except UnicodeDecodeError:
        pass
    if b"\x00" in data:
        raise _no_text(label)
    encoding = _likeliest(data)
    note = f"the file is not UTF-8: read as {encoding}; save it as UTF-8 to be sure of every letter"
    return _checked(data.decode(encoding), label), [note]


def _strictly(data: bytes, encoding: str, label: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CustomerListError(
            f"the file says that it is {encoding}, but byte {error.start} is not",
            file=label,
            hint="export it again as UTF-8",
        ) from None


def _likeliest(data: bytes) -> str:
    """The western encoding unless there is enough text to show another one: a few letters fit them all."""
    lines = re.findall(rb"[^\r\n]*[\x80-\xff][^\r\n]*", data)[:_SAMPLE_LINES]
    sample = b"\n".join(lines)
    encodings = [_WESTERN, _LAST]
    if len(re.findall(rb"[\x80-\xff]", sample)) > _TOO_FEW:
        encodings.insert(0, _detected(sample))
    return next(encoding for encoding in encodings if _decodes(data, encoding))


def _detected(sample: bytes) -> str:
    matches = charset_normalizer.from_bytes(sample, cp_isolation=_OLDER)
    best = matches.best()
    if best is None:
        return _WESTERN
    for match in matches:
        fits = match.chaos <= best.chaos + _MARGIN and match.coherence >= best.coherence - _MARGIN
        if fits and _WESTERN in match.could_be_from_charset:
            return _WESTERN
    return best.encoding


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _checked(text: str, label: str) -> str:
    if not text.strip():
        raise CustomerListError("the customer list is empty", file=label, hint="export it again")
    head = text[: 1 << 16]
    if "\x00" in text or len(_CONTROLS.findall(head)) * 100 > len(head):
        raise _no_text(label)
    return text


def _no_text(label: str) -> CustomerListError:
    return CustomerListError(
        "this file is no CSV: it holds bytes that no text has",
        file=label,
        hint="export the customers as CSV (UTF-8), Excel, Parquet or JSON",
    )
