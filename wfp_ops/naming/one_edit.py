"""Which texts of two long lists are one edit apart, without comparing each with each.

One edit (insert, delete, replace, swap of two neighbours) leaves everything outside a small window
untouched. So two texts that are one edit apart agree before or behind the middle: a join on the
front halves and one on the back halves bring every such pair together. Where a half is shared by
too many (``acme00001``, ``acme00002``, …), the window is halved again inside that block, down to the
window of one character, where agreeing outside it *is* being one edit apart. The work thus stays
near what is found, whatever the texts are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Positions = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Units = npt.NDArray[np.uint8 | np.uint32]

# A block is compared each with each while that is at most so many pairs for each of its texts
_PAIRS_PER_TEXT = 2
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class _Shelf:
    """Texts of one length: their code units, one row each, and where they stand in their list."""

    units: Units
    positions: Positions

    @property
    def length(self) -> int:
        """How long each text is."""
        return int(self.units.shape[1])


def one_edit_pairs(left: pa.Array, right: pa.Array) -> tuple[Positions, Positions]:
    """Candidates for all pairs of texts of unequal texts at an optimal string alignment distance of one.

    Returns positions in ``left`` and, beside them, in ``right``, in order, each pair once. No pair at
    distance one is lost; some that come back are further apart, so the caller measures them.
    """
    wide = not (pc.all(pc.string_is_ascii(left)).as_py() and pc.all(pc.string_is_ascii(right)).as_py())
    left_shelves, right_shelves = _shelve(left, wide=wide), _shelve(right, wide=wide)
    found = [
        pair
        for length, shelf in left_shelves.items()
        for near in (length - 1, length, length + 1)
        if near in right_shelves
        for pair in _search(shelf, right_shelves[near])
    ]
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    # Sorting and comparing neighbours: many times faster than np.unique
    each = np.sort(np.concatenate([i * len(right) + j for i, j in found]))
    return np.divmod(each[np.diff(each, prepend=-1) > 0], len(right))


def _shelve(texts: pa.Array, *, wide: bool) -> dict[int, _Shelf]:
    """The texts by length, as arrays of code units: bytes where all is ASCII, else UTF-32 (``wide``)."""
    lengths = pc.utf8_length(texts).to_numpy()
    order = np.argsort(lengths, kind="stable")
    joined = "".join(texts.take(pa.array(order)).to_pylist())
    units: Units = (
        np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        if wide
        else np.frombuffer(joined.encode("ascii"), dtype=np.uint8)
    )
    counts = dict(zip(*np.unique(lengths, return_counts=True), strict=True))
    shelves, row, start = {}, 0, 0
    for length, count in counts.items():
        block = units[start : start + length * count].reshape(count, length)
        shelves[int(length)] = _Shelf(block, order[row : row + count])
        row, start = row + count, start + length * count
    return shelves


def _search(left: _Shelf, right: _Shelf) -> Iterator[tuple[Positions, Positions]]:
    """Pairs, some of them twice, of texts of one length, or of lengths one apart."""
    longer = max(left.length, right.length)
    todo = [(np.arange(len(left.units)), np.arange(len(right.units)), 0, 0)]
    while todo:
        mine, theirs, front, back = todo.pop()
        size = longer - front - back
        keys = _keys(left.units[mine], front, back), _keys(right.units[theirs], front, back)
        i, j, mine, theirs = _meet(keys, mine, theirs, most=_PAIRS_PER_TEXT if size > 1 else None)
        yield _unequal(left, right, i, j)
        if not len(mine):
            continue
        if size > 2:
            # An edit touches two neighbours at most, so front and back may leave one character out
            step = (size - 1) // 2
            todo += [(mine, theirs, front + step, back), (mine, theirs, front, back + size - 1 - step)]
            continue
        todo += [(mine, theirs, front + 1, back), (mine, theirs, front, back + 1)]
        if left.length == right.length:
            keys = _swap_keys(left.units[mine], front), _swap_keys(right.units[theirs], front)
            i, j, _, _ = _meet(keys, mine, theirs, most=None)
            yield _unequal(left, right, i, j)


def _unequal(left: _Shelf, right: _Shelf, i: Positions, j: Positions) -> tuple[Positions, Positions]:
    """The positions of the texts in these rows, without the pairs of equal texts."""
    if left.length == right.length:
        differ = (left.units[i] != right.units[j]).any(axis=1)
        i, j = i[differ], j[differ]
    return left.positions[i], right.positions[j]


def _meet(
    keys: tuple[Keys, Keys], mine: Positions, theirs: Positions, *, most: int | None
) -> tuple[Positions, Positions, Positions, Positions]:
    """The pairs of equal key; then, unpaired, the rows of blocks with over ``most`` pairs for each text."""
    mine_met = pd.Series(keys[0]).isin(keys[1]).to_numpy()
    theirs_met = pd.Series(keys[1]).isin(keys[0][mine_met]).to_numpy()
    mine, theirs = mine[mine_met], theirs[theirs_met]
    block, blocks = pd.factorize(np.concatenate([keys[0][mine_met], keys[1][theirs_met]]))
    mine_block, theirs_block = block[: len(mine)], block[len(mine) :]
    counts = np.bincount(mine_block, minlength=len(blocks)), np.bincount(theirs_block, minlength=len(blocks))
    light = np.full(len(blocks), fill_value=True)
    if most is not None:
        light = counts[0] * counts[1] <= most * (counts[0] + counts[1])
    in_light, their_light = light[mine_block], light[theirs_block]
    ours = pd.DataFrame({"block": mine_block[in_light], "mine": mine[in_light]})
    pairs = ours.merge(
        pd.DataFrame({"block": theirs_block[their_light], "theirs": theirs[their_light]}), on="block"
    )
    return pairs["mine"].to_numpy(), pairs["theirs"].to_numpy(), mine[~in_light], theirs[~their_light]


def _keys(units: Units, front: int, back: int) -> Keys:
    """A hash of so many units at the front and so many at the back of each text."""
    return _hash(units[:, :front], units[:, units.shape[1] - back :])


def _swap_keys(units: Units, front: int) -> Keys:
    """A hash that two texts share when they are equal but for the order of the two units after ``front``."""
    swapped: Units = np.sort(units[:, front : front + 2], axis=1)
    return _hash(units[:, :front], swapped, units[:, front + 2 :])


def _hash(*parts: Units) -> Keys:
    keys = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        per_word = 8 // part.itemsize
        padded = np.zeros((len(part), -(-part.shape[1] // per_word) * per_word), dtype=part.dtype)
        padded[:, : part.shape[1]] = part
        for word in padded.view(np.uint64).T:
            keys = (keys ^ word) * _MULTIPLIER
            keys ^= keys >> np.uint64(29)
    return keys
