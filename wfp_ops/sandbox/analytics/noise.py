"""Numbers that look like chance and depend on nothing but what they are drawn for."""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Bits: TypeAlias = npt.NDArray[np.uint64]
Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
# Four numbers of 16 bits, added: nearly a normal distribution, and much cheaper than one.
_HALVES_MEAN, _HALVES_DEVIATION = 2 * 65_535.0, 65_536.0 / 3**0.5


def key_of(*parts: object) -> int:
    """64 bits that depend on nothing but ``parts``."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big")


def mixed(bits: Bits) -> Bits:
    """Every bit of the answer depends on every bit given (the finish of SplitMix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


def draw(key: Bits, purpose: int, number: Ints | None = None) -> Bits:
    """64 bits for a key, a purpose and a number such as an hour; the arrays are broadcast.

    Draws for different purposes have nothing to do with one another.
    """
    turn = np.zeros(1, np.int64) if number is None else np.atleast_1d(number)
    place = (turn.astype(np.uint64) + np.uint64(purpose << 40)) * _GOLDEN
    return mixed(key ^ mixed(place))


def uniform(bits: Bits) -> Floats:
    """Between 0 and 1, without 1."""
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(bits: Bits) -> Floats:
    """Mean 0, deviation 1, never beyond 3.5 of it."""
    low = np.uint64(0xFFFF)
    total = (bits & low) + ((bits >> np.uint64(16)) & low)
    total += ((bits >> np.uint64(32)) & low) + (bits >> np.uint64(48))
    return (total.astype(np.float64) - _HALVES_MEAN) / _HALVES_DEVIATION
