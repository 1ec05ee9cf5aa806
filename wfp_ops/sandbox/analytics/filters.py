"""The filter of a dataset: what it says of time, of Workers and of statuses.

Sources: the schema's ``…Filter_InputObject``, and Cloudflare docs, analytics/graphql-api/features/filtering.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wfp_ops.sandbox.analytics import failures

# Every time dimension with its length in seconds.
TIMES: Mapping[str, int] = {
    "datetime": 1,
    "datetimeMinute": 60,
    "datetimeFiveMinutes": 300,
    "datetimeFifteenMinutes": 900,
    "datetimeHour": 3600,
    "datetimeSixHours": 21_600,
    "date": 86_400,
}
_OPERATORS = ("neq", "gt", "geq", "lt", "leq", "in", "notin", "like", "notlike")
_RANGES = ("eq", "gt", "geq", "lt", "leq")


@dataclass(frozen=True)
class Leaf:
    """One comparison: a dimension, an operator (``eq`` where the filter has no suffix) and its value."""

    dimension: str
    operator: str
    value: Any

    def holds(self) -> Callable[[Any], bool]:
        """The test of one of the dimension's values; of a time in seconds since 1970."""
        return _test(self.operator, self.value)


@dataclass(frozen=True)
class Junction:
    """All of the parts, or any of them."""

    kind: Literal["and", "or"]
    parts: tuple[Leaf | Junction, ...]


def read_filter(document: Mapping[str, Any]) -> Junction:
    """A filter, coerced by the schema, as a tree.

    Raises:
        AnalyticsError: a value is null, or a junction has no parts.
    """
    parts: list[Leaf | Junction] = []
    for name, value in document.items():
        if value is None:
            raise failures.bad_arguments(f"filter {name} is null")
        if name in ("AND", "OR"):
            if not value:
                raise failures.bad_arguments(f"filter {name} is empty")
            kind: Literal["and", "or"] = "and" if name == "AND" else "or"
            parts.append(Junction(kind, tuple(read_filter(part) for part in value)))
        else:
            dimension, _, suffix = name.rpartition("_")
            if suffix not in _OPERATORS:
                dimension, suffix = name, "eq"
            parts.append(Leaf(dimension, suffix, value))
    return Junction("and", tuple(parts))


def conjuncts(tree: Junction) -> Iterator[Leaf | Junction]:
    """What must hold, all of it, with nested ANDs (and ORs of one part) taken apart."""
    for part in tree.parts:
        if isinstance(part, Junction) and (part.kind == "and" or len(part.parts) == 1):
            yield from conjuncts(part)
        else:
            yield part


def leaves(tree: Leaf | Junction) -> Iterator[Leaf]:
    """Every comparison in the tree."""
    if isinstance(tree, Leaf):
        yield tree
    else:
        for part in tree.parts:
            yield from leaves(part)


def bounds(tree: Leaf | Junction) -> tuple[float, float]:
    """The seconds since 1970 outside of which nothing can pass: the first, and the one after the last."""
    if isinstance(tree, Leaf):
        return _bounds_of(tree)
    found = [bounds(part) for part in tree.parts]
    if tree.kind == "and":
        return max((low for low, _ in found), default=-_EVER), min((high for _, high in found), default=_EVER)
    return min(low for low, _ in found), max(high for _, high in found)


_EVER = float("inf")


def _bounds_of(leaf: Leaf) -> tuple[float, float]:
    step = TIMES.get(leaf.dimension)
    if step is None:
        return -_EVER, _EVER
    if leaf.operator == "in":
        found = [_bounds_of(Leaf(leaf.dimension, "eq", value)) for value in leaf.value]
        return min((low for low, _ in found), default=_EVER), max((high for _, high in found), default=-_EVER)
    if leaf.operator not in _RANGES:
        return -_EVER, _EVER
    whole = int(leaf.value // step * step)
    aligned = whole == leaf.value
    after = whole if aligned else whole + step
    return {
        "eq": (whole, whole + step) if aligned else (_EVER, -_EVER),
        "geq": (after, _EVER),
        "gt": (whole + step, _EVER),
        "leq": (-_EVER, whole + step),
        "lt": (-_EVER, after),
    }[leaf.operator]


def finest(tree: Junction) -> int:
    """The seconds in which time must be cut, so that the filter holds for all of a piece or for none of it.

    A range that must hold anyway needs no cuts: it bounds the whole.
    """
    needed = 86_400
    for part in conjuncts(tree):
        if isinstance(part, Leaf) and part.operator in _RANGES:
            continue
        needed = min([needed, *(TIMES[leaf.dimension] for leaf in leaves(part) if leaf.dimension in TIMES)])
    return needed


def _test(name: str, value: Any) -> Callable[[Any], bool]:
    if name in ("like", "notlike"):
        pattern = re.compile(".*".join(re.escape(part) for part in value.split("%")), re.DOTALL)
        return lambda v: (pattern.fullmatch(v) is not None) == (name == "like")
    if name in ("in", "notin"):
        among = frozenset(value)
        return lambda v: (v in among) == (name == "in")
    compare = _COMPARISONS[name]
    return lambda v: bool(compare(v, value))


_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "geq": operator.ge,
    "lt": operator.lt,
    "leq": operator.le,
}
