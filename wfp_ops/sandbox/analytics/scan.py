"""Adds up cells into rows: dense sums over groups, buckets of time and statuses, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wfp_ops.sandbox.analytics.cells import Cells, in_part, in_slot, make_cells
from wfp_ops.sandbox.analytics.items import EVERY_SLOT, Items
from wfp_ops.sandbox.analytics.masks import Mask
from wfp_ops.sandbox.analytics.measures import REQUESTS, Counted, Need
from wfp_ops.sandbox.analytics.noise import Bools, Floats, Ints
from wfp_ops.sandbox.analytics.profiles import PACES, SLOTS, STATUSES, Profiles
from wfp_ops.sandbox.analytics.quantiles import Mix
from wfp_ops.sandbox.analytics.windows import HOUR, WHOLE, Pieces

_BLOCK = 400_000


@dataclass(frozen=True)
class Task:
    """What is added up: the items with their groups, the pieces with their buckets, and how.

    Rows are numbered by group, then bucket, then status (one where statuses are not told apart).
    """

    profiles: Profiles
    items: Items
    group: Ints
    groups: int
    pieces: Pieces
    bucket: Ints
    buckets: int
    mask: Mask
    needs: Sequence[Need]
    by_status: bool
    with_mix: bool
    sampling: bool

    @property
    def statuses(self) -> int:
        """How many rows a group has in a bucket."""
        return len(STATUSES) if self.by_status else 1


@dataclass(frozen=True)
class _Block:
    """Counted cells, with the group and bucket that each belongs to (broadcast)."""

    counted: Counted
    place: Ints


class Sums:
    """The result: for each need one number per row, and what the rows are made of."""

    def __init__(self, task: Task) -> None:
        self._task = task
        size = task.groups * task.buckets * task.statuses
        self.totals: dict[Need, Floats] = {need: np.zeros(size) for need in task.needs}
        self._parts: list[tuple[Ints, Floats]] = []
        for block in _blocks(task):
            self._add(block)

    def _add(self, block: _Block) -> None:
        task = self._task
        rows = block.place[None, ...] * task.statuses + np.arange(task.statuses).reshape(
            -1, *[1] * block.place.ndim
        )
        for need in task.needs:
            amounts = np.broadcast_to(block.counted.amounts(need), rows.shape)
            self.totals[need] += np.bincount(rows.ravel(), amounts.ravel(), len(self.totals[need]))
        if task.with_mix:
            self._add_mix(block, rows)

    def _add_mix(self, block: _Block, rows: Ints) -> None:
        """The same rows, Workers and paces of the block are one part."""
        cells, paces = block.counted.cells, len(PACES)
        part = np.broadcast_to(cells.life * paces + cells.pace, rows.shape[1:])
        weight = np.broadcast_to(block.counted.amounts(REQUESTS), rows.shape).ravel()
        keys = (rows * (len(self._task.profiles.lives) * paces) + part[None, ...]).ravel()
        keys, weight = keys[weight > 0], weight[weight > 0]
        unique, back = np.unique(keys, return_inverse=True)
        self._parts.append((unique, np.bincount(back, weight, len(unique)).astype(np.float64)))

    def mix(self, rows: Ints) -> Mix:
        """What these rows (in any order, each with requests) are made of, in their order."""
        keys = np.concatenate([np.zeros(0, np.int64), *(keys for keys, _ in self._parts)])
        weight = np.concatenate([np.zeros(0), *(weight for _, weight in self._parts)])
        per_row = len(self._task.profiles.lives) * len(PACES)
        place = np.full(len(self.totals[REQUESTS]), -1, np.int64)
        place[rows] = np.arange(len(rows))
        row = place[keys // per_row]
        order = np.argsort(row, kind="stable")
        order = order[np.searchsorted(row[order], 0) :]
        first = np.searchsorted(row[order], np.arange(len(rows)))
        rest = keys[order] % per_row
        return Mix(rest // len(PACES), rest % len(PACES), weight[order], first)


def _blocks(task: Task) -> Iterator[_Block]:
    whole = (task.pieces.start == 0) & (task.pieces.end == HOUR) & (task.pieces.arrived == WHOLE)
    for items in _portions(len(task.items), max(1, _BLOCK // max(1, len(task.pieces.hour)))):
        yield from _whole_hours(task, items, np.flatnonzero(whole))
        yield from _parts_of_hours(task, items, whole)


def _portions(count: int, size: int) -> Iterator[Ints]:
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count))


def _whole_hours(task: Task, items: Ints, pieces: Ints) -> Iterator[_Block]:
    """A grid of items by hours, without those in which an item begins or ends."""
    if not len(pieces):
        return
    hour = task.pieces.hour[pieces][None, :]
    life, slot = task.items.life[items][:, None], task.items.slot[items][:, None]
    cells = make_cells(task.profiles, life, hour, sampling=task.sampling)
    counts = cells.counts if slot[0, 0] == EVERY_SLOT else in_slot(task.profiles, cells, slot)
    alive = _alive_throughout(task, items, hour)
    if not alive.all():
        counts = counts * alive
    counts = task.mask.applied(counts, items[:, None], pieces[None, :])
    place = task.group[items][:, None] * task.buckets + task.bucket[pieces][None, :]
    yield _Block(Counted(task.profiles, cells, counts, task.by_status), place)


def _alive_throughout(task: Task, items: Ints, hour: Ints) -> Bools:
    since, until = task.items.since[items][:, None], task.items.until[items][:, None]
    return np.asarray((since <= hour * HOUR) & (until >= (hour + 1) * HOUR))


def _parts_of_hours(task: Task, items: Ints, whole: Bools) -> Iterator[_Block]:
    """Single pairs of item and piece: where the piece is no whole hour, or the item begins or ends in it."""
    pieces = task.pieces
    opening = pieces.begins()[None, :]
    begin = np.maximum(opening, task.items.since[items][:, None])
    end = np.minimum(opening + (pieces.end - pieces.start)[None, :], task.items.until[items][:, None])
    cut = (end > begin) & ~(whole[None, :] & (begin == opening) & (end - begin == HOUR))
    if not cut.any():
        return
    which, piece = np.nonzero(cut)
    second = pieces.hour[piece] * HOUR
    begin, end, item = begin[which, piece] - second, end[which, piece] - second, items[which]
    cells = make_cells(task.profiles, task.items.life[item], pieces.hour[piece], sampling=task.sampling)
    counts = _in_part(task, cells, task.items.slot[item], begin, end)
    counts = task.mask.applied(counts * pieces.arrived[piece] // WHOLE, item, piece)
    place = task.group[item] * task.buckets + task.bucket[piece]
    yield _Block(Counted(task.profiles, cells, counts, task.by_status), place)


def _in_part(task: Task, cells: Cells, slot: Ints, begin: Ints, end: Ints) -> Ints:
    if len(slot) and slot[0] != EVERY_SLOT:
        return in_part(task.profiles, cells, slot, begin, end)
    total = in_part(task.profiles, cells, 0, begin, end)
    for each in range(1, SLOTS):
        total += in_part(task.profiles, cells, each, begin, end)
    return total
