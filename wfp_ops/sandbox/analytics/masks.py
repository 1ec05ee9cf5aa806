"""A filter, worked out: which items, pieces of time and statuses pass, and which combinations of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from wfp_ops.sandbox.analytics.filters import TIMES, Junction, Leaf, conjuncts
from wfp_ops.sandbox.analytics.items import Items
from wfp_ops.sandbox.analytics.noise import Bools, Ints
from wfp_ops.sandbox.analytics.profiles import STATUSES, Profiles
from wfp_ops.sandbox.analytics.windows import Pieces

Axis: TypeAlias = Literal["item", "piece", "status"]


@dataclass(frozen=True)
class Ruled:
    """A comparison, worked out along its axis."""

    axis: Axis
    passes: Bools


@dataclass(frozen=True)
class Either:
    """All of the parts, or any of them, worked out."""

    kind: Literal["and", "or"]
    parts: tuple[Ruled | Either, ...]


@dataclass(frozen=True)
class Mask:
    """What is asked of statuses, and of combinations of item, piece and status; both must hold."""

    status: Bools
    rest: tuple[Ruled | Either, ...] = ()

    def applied(self, counts: Ints, item: Ints, piece: Ints) -> Ints:
        """Counts (status by cell), 0 where they do not pass; ``item`` and ``piece`` are broadcast."""
        if not self.status.all():
            counts = counts * self.status.reshape(-1, *[1] * (counts.ndim - 1))
        for part in self.rest:
            counts = counts * _passes(part, item, piece, counts.ndim)
        return counts

    def narrowed(self, item: Bools | Ints, piece: Bools | Ints) -> Mask:
        """The same for a choice of the items and of the pieces."""
        return Mask(self.status, tuple(_narrowed(part, item, piece) for part in self.rest))


def _passes(part: Ruled | Either, item: Ints, piece: Ints, dimensions: int) -> Bools:
    if isinstance(part, Ruled):
        if part.axis == "status":
            return part.passes.reshape(-1, *[1] * (dimensions - 1))
        return part.passes[item if part.axis == "item" else piece][None, ...]
    passes = [_passes(each, item, piece, dimensions) for each in part.parts]
    joined = passes[0]
    for each in passes[1:]:
        joined = joined & each if part.kind == "and" else joined | each
    return joined


def _narrowed(part: Ruled | Either, item: Bools | Ints, piece: Bools | Ints) -> Ruled | Either:
    if isinstance(part, Either):
        return Either(part.kind, tuple(_narrowed(each, item, piece) for each in part.parts))
    if part.axis == "status":
        return part
    return Ruled(part.axis, part.passes[item if part.axis == "item" else piece])


def work_out(tree: Junction, profiles: Profiles, items: Items, pieces: Pieces) -> tuple[Bools, Bools, Mask]:
    """Which items and which pieces may pass at all, and what else is asked."""
    axes = {
        "item": np.ones(len(items), np.bool_),
        "piece": np.ones(len(pieces.hour), np.bool_),
        "status": np.ones(len(STATUSES), np.bool_),
    }
    rest = []
    for part in conjuncts(tree):
        ruled = _ruled(part, profiles, items, pieces)
        if isinstance(ruled, Ruled):
            axes[ruled.axis] &= ruled.passes
        else:
            rest.append(ruled)
    mask = Mask(axes["status"], tuple(rest)).narrowed(axes["item"], axes["piece"])
    return axes["item"], axes["piece"], mask


def _ruled(part: Leaf | Junction, profiles: Profiles, items: Items, pieces: Pieces) -> Ruled | Either:
    if isinstance(part, Junction):
        parts = tuple(_ruled(each, profiles, items, pieces) for each in part.parts)
        return _along_one_axis(Either(part.kind, parts))
    holds = part.holds()
    if part.dimension in TIMES:
        return Ruled("piece", _of_time(pieces, TIMES[part.dimension], holds))
    if part.dimension == "status":
        return Ruled("status", np.array([holds(status) for status in STATUSES], np.bool_))
    return Ruled("item", items.where(profiles, part.dimension, holds))


def _of_time(pieces: Pieces, step: int, holds: Callable[[int], bool]) -> Bools:
    spans, back = np.unique(pieces.begins() // step, return_inverse=True)
    return np.array([holds(span * step) for span in spans.tolist()], np.bool_)[back]


def _along_one_axis(either: Either) -> Ruled | Either:
    """Parts that all speak of one axis are one rule."""
    ruled = [part for part in either.parts if isinstance(part, Ruled)]
    if len(ruled) < len(either.parts) or len({part.axis for part in ruled}) != 1:
        return either
    joined = np.stack([part.passes for part in ruled])
    passes = np.all(joined, axis=0) if either.kind == "and" else np.any(joined, axis=0)
    return Ruled(ruled[0].axis, np.asarray(passes))
