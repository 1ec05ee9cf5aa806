"""GraphQL queries on the one dataset that knows dispatch namespaces: ``workersInvocationsAdaptive``.

Names, types and arguments are those of Cloudflare's published schema, where scalars are lower case:
``String!`` would not validate. Values go into variables, never into the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DATASET = "workersInvocationsAdaptive"
PATH = "/graphql"
CONFIDENCE_LEVEL = 0.95
_BOUND = ("lower", "upper", "isValid")
_FILTER = "AccountWorkersInvocationsAdaptiveFilter_InputObject!"
_LIMITS = (
    f"settings {{ {DATASET} {{ enabled maxDuration notOlderThan maxPageSize maxNumberOfFields "
    "availableFields } }"
)

Filter = Mapping[str, Any]


@dataclass(frozen=True)
class Selection:
    """The fields of each row: what it is grouped by, and what is measured.

    ``bounds`` names sums whose confidence interval is asked for as well.
    """

    dimensions: tuple[str, ...] = ()
    sums: tuple[str, ...] = ("requests",)
    quantiles: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    sample_interval: bool = True

    @property
    def fields(self) -> list[str]:
        """Every field as the account's settings name it: ``sum_requests``, ``dimensions_date``."""
        named = [f"dimensions_{name}" for name in self.dimensions]
        named += [f"sum_{name}" for name in self.sums]
        named += ["avg_sampleInterval"] * self.sample_interval
        named += [f"quantiles_{name}" for name in self.quantiles]
        return [*named, *(f"confidence_sum_{name}_{each}" for name in self.bounds for each in _BOUND)]

    @property
    def text(self) -> str:
        """The selection as GraphQL."""
        parts = [
            _block("dimensions", self.dimensions),
            _block("sum", self.sums),
            _block("avg", ("sampleInterval",) if self.sample_interval else ()),
            _block("quantiles", self.quantiles),
            _block(
                f"confidence(level: {CONFIDENCE_LEVEL})",
                [_block("sum", [_block(name, _BOUND) for name in self.bounds])] if self.bounds else (),
            ),
        ]
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Node:
    """One question: the rows of the dataset that a filter lets pass, at most ``limit`` of them, in order.

    ``alias`` is its name in the answer. An order names every dimension that rows are told apart by, or
    pages of it would overlap.
    """

    alias: str
    filter: Filter
    selection: Selection
    limit: int
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """Nodes that go out in one request, and whether the account's limits are asked for beside them."""

    account_id: str = field(repr=False)
    nodes: tuple[Node, ...]
    limits: bool = False

    @property
    def document(self) -> str:
        """The query's text."""
        declared = ["$accountTag: string!"]
        declared += [f"${node.alias}Filter: {_FILTER} ${node.alias}Limit: uint64!" for node in self.nodes]
        asked = ([_LIMITS] if self.limits else []) + [_node(node) for node in self.nodes]
        inside = "\n      ".join(asked)
        return (
            f"query WorkersUsage({' '.join(declared)}) {{\n  viewer {{\n"
            f"    accounts(filter: {{accountTag: $accountTag}}) {{\n      {inside}\n    }}\n  }}\n}}\n"
        )

    @property
    def variables(self) -> dict[str, Any]:
        """The values that go with the text."""
        values: dict[str, Any] = {"accountTag": self.account_id}
        for node in self.nodes:
            values[f"{node.alias}Filter"] = node.filter
            values[f"{node.alias}Limit"] = node.limit
        return values

    @property
    def body(self) -> dict[str, Any]:
        """What is posted."""
        return {"query": self.document, "variables": self.variables}


def _node(node: Node) -> str:
    order = f", orderBy: [{', '.join(node.order)}]" if node.order else ""
    arguments = f"limit: ${node.alias}Limit, filter: ${node.alias}Filter{order}"
    return f"{node.alias}: {DATASET}({arguments}) {{ {node.selection.text} }}"


def _block(name: str, fields: Sequence[str]) -> str:
    return f"{name} {{ {' '.join(fields)} }}" if fields else ""
