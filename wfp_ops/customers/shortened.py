"""Ids that lost their last digits on the way: what is left of them, and how long they were."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

# (leading digits, how many digits the id had); a length of 0: any id that begins so
Prefix = tuple[str, int]

# With a "+" in it a text can't be in a namespace's name, so nothing that is an id is lost by this
LOST_DIGITS = r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2,}"
_PARTS = re.compile(r"([0-9])(?:[.,]([0-9]+))?[Ee]\+([0-9]{2,})")
# No name is longer than 63 characters: nothing is gained by writing out a longer number
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Precision:
    """A float's format: ``bits`` of its fraction, and how many decimal ``digits`` it keeps for sure."""

    bits: int
    digits: int

    @property
    def limit(self) -> int:
        """Below this the format tells every whole number from its neighbours."""
        return 1 << self.bits


DOUBLE = Precision(53, 15)
SINGLE = Precision(24, 6)
HALF = Precision(11, 3)


def precision_of(dtype: object) -> Precision:
    """The format of a column of floats, by its dtype; what is no short float counts as a double."""
    name = str(dtype).lower().removesuffix("[pyarrow]")
    if name in ("float32", "float"):
        return SINGLE
    return HALF if name in ("float16", "halffloat") else DOUBLE


def precision_of_cell(cell: object, column: Precision) -> Precision:
    """The format of one number: its own where it has one, else that of its column."""
    return precision_of(cell.dtype) if isinstance(cell, np.floating) else column


def written_out(text: str) -> tuple[str, tuple[Prefix, ...]] | None:
    """A number such as ``1.23457E+18`` in all its digits, and how the id may have begun.

    The last digit is rounded, so the one below it is possible too: 1.23457E+18 may have been
    1234567890123456789. None where the text is no such number, or one too long for any name.
    """
    found = _PARTS.fullmatch(text)
    if found is None or len(found[3]) > 3 or int(found[3]) >= _LONGEST:
        return None
    length = int(found[3]) + 1
    digits = (found[1] + (found[2] or ""))[:length]
    whole = str(int(digits + "0" * (length - len(digits))))
    return whole, _with_the_one_below(digits, length)


def _with_the_one_below(digits: str, length: int) -> tuple[Prefix, ...]:
    if digits.startswith("0"):
        return ()
    below = str(int(digits) - 1)
    if len(below) == len(digits) and below != "0":
        return ((digits, length), (below, length))
    return ((digits, length), ("9" * len(digits), length - 1))


def around(number: float, precision: Precision) -> tuple[Prefix, ...]:
    """How an id may have begun that became this float: by the float itself and by its two neighbours."""
    if number <= 0:
        return ()
    step = 1 << max(0, math.frexp(number)[1] - precision.bits)
    texts = [str(int(number) + off) for off in (0, -step, step)]
    return tuple(dict.fromkeys((text[: precision.digits], len(text)) for text in texts))
