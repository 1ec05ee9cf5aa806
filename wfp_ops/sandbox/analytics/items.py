"""The rows' static side: Workers under each name of their namespace, and what each dimension says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wfp_ops.sandbox.analytics.lives import FOREVER, Life
from wfp_ops.sandbox.analytics.noise import Bools, Ints
from wfp_ops.sandbox.analytics.profiles import COLOS, SLOTS, Profiles

# Later than anything that is asked for, and small enough to be added to.
ALWAYS = 1 << 50
EVERY_SLOT = -1

# What the static dimensions say of a Worker; its namespace's name depends on the time.
_TELL: Mapping[str, Callable[[Life], Any]] = {
    "environmentName": lambda _: "production",
    "isDispatcher": lambda life: int(life.is_dispatcher),
    "scriptName": lambda life: life.name,
    "scriptTag": lambda life: life.worker_id,
    "scriptVersion": lambda life: life.version_id,
    "usageModel": lambda life: life.usage_model,
}


@dataclass(frozen=True)
class Items:
    """One place for each Worker and name of its namespace (and data centre, where those are told apart).

    ``life`` is a place in the profiles, ``slot`` one in its list of data centres (``EVERY_SLOT``: all);
    ``since`` and ``until`` are seconds since 1970.
    """

    life: Ints
    slot: Ints
    since: Ints
    until: Ints
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.life)

    def chosen(self, mask: Bools) -> Items:
        """Some of them."""
        names = tuple(name for name, is_in in zip(self.names, mask.tolist(), strict=True) if is_in)
        return Items(self.life[mask], self.slot[mask], self.since[mask], self.until[mask], names)

    def labels(self, profiles: Profiles, dimension: str) -> list[Any]:
        """What a static dimension says of each."""
        if dimension == "coloCode":
            return [COLOS[place] for place in profiles.colos[self.life, self.slot].tolist()]
        if dimension == "dispatchNamespaceName":
            return list(self.names)
        tell = _TELL[dimension]
        return [tell(profiles.lives[place]) for place in self.life.tolist()]

    def where(self, profiles: Profiles, dimension: str, holds: Callable[[Any], bool]) -> Bools:
        """For which of them a test of a dimension holds."""
        labels = self.labels(profiles, dimension)
        verdicts = {label: holds(label) for label in set(labels)}
        return np.array([verdicts[label] for label in labels], np.bool_)


def make_items(lives: Sequence[Life], window: tuple[int, int], *, by_colo: bool) -> Items:
    """Everything that may have traffic in the window (seconds since 1970)."""
    rows = [
        (place, since, until, name)
        for place, life in enumerate(lives)
        if life.created < window[1] and life.deleted > window[0]
        for since, until, name in _spans(life)
        if since < window[1] and until > window[0]
    ]
    life, since, until = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    names = [row[3] for row in rows]
    slots = np.full(len(rows), EVERY_SLOT, np.int64)
    if by_colo:
        slots = np.tile(np.arange(SLOTS), len(rows))
        life, since, until = (np.repeat(array, SLOTS) for array in (life, since, until))
        names = [name for name in names for _ in range(SLOTS)]
    return Items(life, slots, since, until, tuple(names))


def _spans(life: Life) -> list[tuple[int, int, str]]:
    """From when to when the Worker lived under each name."""
    if life.deleted == FOREVER and len(life.names) == 1:
        return [(-ALWAYS, ALWAYS, life.names[0][0])]
    spans, since = [], -ALWAYS
    for name, until in life.names:
        end = _second(min(until, life.deleted))
        if end > since:
            spans.append((since, end, name))
            since = end
    return spans


def _second(moment: float) -> int:
    return ALWAYS if moment == FOREVER else int(moment)
