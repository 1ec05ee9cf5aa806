"""Levelled forms: what is left of a name or an id once case, separators and look-alike spellings are gone.

Two texts with one levelled form are written differently and mean, most likely, the same. That is a
hint for a person; nothing is ever changed because of it alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wfp_ops.naming.convention import BLANKS

# Unicode's dash punctuation (category Pd), and what is drawn as a dash or joins words without one
_DASHES = (
    "-\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2e17\u2e1a\u2e3a\u2e3b\u2e40"
    "\u2e5d\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead"
)
_JOINERS = "\u00ad\u2043\u2053\u207b\u208b\u2212\u200b\u200c\u200d\u2060\ufeff"
SEPARATORS = "_." + _DASHES + _JOINERS + BLANKS

_DROP_SEPARATORS = str.maketrans("", "", SEPARATORS)

# The same for ASCII, byte by byte
_KEPT = np.array([chr(code) not in SEPARATORS for code in range(128)] + [True] * 128)
_LOWER = np.array([ord(chr(code).lower()) for code in range(128)] + [*range(128, 256)], dtype=np.uint8)

_UUID = "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_HEX_OF = re.compile("hex of ([1-9][0-9]*)")


def level(text: str) -> str:
    """The text without case and separators (``-``, ``_``, ``.``, blanks, any other dash).

    Compatibility forms count as the plain ones (full-width digits are digits), and a letter with
    its accent is one thing however it is encoded. Levelling twice changes nothing.

    >>> level("Customer_42"), level("customer-42")
    ('customer42', 'customer42')
    """
    if text.isascii():
        return text.lower().translate(_DROP_SEPARATORS)
    # Folding can make separators, dropping them can bring accents together: until it stands still
    while (folded := _fold(text)) != text:
        text = folded
    return text


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKD", decomposed).translate(_DROP_SEPARATORS)


def level_all(texts: pd.Series[Any]) -> pd.Series[Any]:
    """``level`` over a text column: dtype ``str``, same index, null stays null."""
    texts = texts.astype("str")
    levelled = _level_ascii(as_arrow(texts))
    result = pd.Series(levelled, index=texts.index, dtype="str")
    other = (texts.notna() & ~texts.str.isascii()).to_numpy()
    if other.any():
        result.iloc[np.flatnonzero(other)] = [level(text) for text in texts[other]]
    return result


def as_arrow(texts: pd.Series[Any]) -> pa.LargeStringArray:
    """A text column as one Arrow array, whatever pieces pandas keeps it in."""
    array = pa.array(texts, type=pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _level_ascii(texts: pa.Array) -> pa.Array:
    """``level`` of the texts that are ASCII, on Arrow's own bytes: several times faster than its replace."""
    valid, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return texts
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    old = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]]
    kept = _KEPT[old]
    new_ends = ends - ends[0] - np.searchsorted(np.flatnonzero(~kept), ends - ends[0])
    new = _LOWER[old[kept]]
    levelled = pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(new_ends), pa.py_buffer(new))
    return levelled if valid is None else pc.if_else(texts.is_valid(), levelled, None)


def strip_zeros(levelled: pd.Series[Any]) -> pd.Series[Any]:
    """The texts without the zeros at their very start; one is left of a text that is all zeros.

    Zeros after a letter stay: ``a007`` and ``a7`` are two numbers in two series more often than one.
    """
    stripped = levelled.str.lstrip("0")
    return stripped.mask((stripped == "") & (levelled != ""), "0")


def near_key_all(ids: pd.Series[Any]) -> pd.Series[Any]:
    """What ids have in common that differ only by leading zeros, case or separators (dtype ``str``)."""
    return strip_zeros(level_all(ids))


def plain_shape(ids: pd.Series[Any]) -> str | None:
    """The one plain shape that all ids have: ``digits``, ``uuid``, ``hex of N``; None if there is none.

    ``hex of N`` needs a letter in at least one id. Digits and letters are ASCII's. Nulls are passed over;
    an empty list has no shape.
    """
    ids = ids.dropna().astype("str")
    if ids.empty:
        return None
    shapes = ["digits", "uuid", f"hex of {len(ids.iloc[0])}"]
    return next((shape for shape in shapes if shape != "hex of 0" and has_shape(ids, shape).all()), None)


def has_shape(ids: pd.Series[Any], shape: str) -> pd.Series[Any]:
    """Which ids have a shape that ``plain_shape`` may name (dtype ``bool``, same index; null has none).

    Raises:
        ValueError: there is no such shape.
    """
    ids = ids.astype("str")
    if shape == "digits":
        fits = ids.str.fullmatch("[0-9]+")
    elif shape == "uuid":
        fits = ids.str.fullmatch(_UUID)
    elif found := _HEX_OF.fullmatch(shape):
        fits = ids.str.fullmatch("[0-9A-Fa-f]+") & (ids.str.len() == int(found.group(1)))
    else:
        raise ValueError(f"no plain shape is called {shape!r}")
    return fits.fillna(False).astype(bool)
