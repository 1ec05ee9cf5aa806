"""The selection below a dataset's field: which columns it needs, and the rows in its shape.

graphql-core parses, validates and executes a query, and gives the dataset's field its arguments. The rows'
own fields are written here, column by column: completing 100,000 values singly would take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    SelectionNode,
    get_named_type,
)
from graphql.execution.values import get_argument_values, get_directive_values

from wfp_ops.sandbox.analytics import failures
from wfp_ops.sandbox.analytics.settings import ROW
from wfp_ops.sandbox.analytics.table import Table


@dataclass
class Selected:
    """One field as it is selected: the key of its answer, its name and arguments, and what is below it."""

    key: str
    name: str
    arguments: Mapping[str, Any]
    kind: str
    below: dict[str, Selected] = field(default_factory=dict)


def select(info: GraphQLResolveInfo[Any]) -> dict[str, Selected]:
    """What is selected of each row, by the keys of the answer."""
    found: dict[str, Selected] = {}
    for node in info.field_nodes:
        _collect(info, ROW, node.selection_set.selections if node.selection_set else (), found)
    return found


def _collect(
    info: GraphQLResolveInfo[Any], kind: str, nodes: Sequence[SelectionNode], found: dict[str, Selected]
) -> None:
    for node in nodes:
        if not _is_included(info, node):
            continue
        if isinstance(node, FieldNode):
            _collect_field(info, kind, node, found)
        elif isinstance(node, FragmentSpreadNode):
            fragment = info.fragments[node.name.value]
            _collect(info, kind, fragment.selection_set.selections, found)
        else:
            _collect(info, kind, node.selection_set.selections, found)  # type: ignore[attr-defined]


def _collect_field(
    info: GraphQLResolveInfo[Any], kind: str, node: FieldNode, found: dict[str, Selected]
) -> None:
    key, name = (node.alias or node.name).value, node.name.value
    if name == "__typename":
        found[key] = Selected(key, name, {}, kind)
        return
    parent = info.schema.type_map[kind]
    if not isinstance(parent, GraphQLObjectType):
        raise failures.unknown_field(name)
    definition = parent.fields[name]
    arguments = get_argument_values(definition, node, info.variable_values)
    inner = get_named_type(definition.type).name
    selected = found.setdefault(key, Selected(key, name, arguments, inner))
    if node.selection_set is not None:
        _collect(info, inner, node.selection_set.selections, selected.below)


def _is_included(info: GraphQLResolveInfo[Any], node: SelectionNode) -> bool:
    skip = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    include = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skip and skip["if"]) and not (include and not include["if"])


def columns_of(selected: Mapping[str, Selected]) -> set[str]:
    """The columns needed: ``dimensions_date``, ``sum_requests``, ``confidence_requests`` and so on."""
    return {f"{group.name}_{name}" for group in selected.values() for name in _columns_below(group) if name}


def _columns_below(group: Selected) -> Iterator[str]:
    for part in group.below.values():
        if group.name == "confidence" and part.name == "sum":
            yield from (each.name for each in part.below.values() if not each.name.startswith("__"))
        elif part.name != "level" and not part.name.startswith("__"):
            yield part.name


def count_fields(selected: Mapping[str, Selected]) -> int:
    """How many leaves are selected."""
    return sum(count_fields(part.below) if part.below else 1 for part in selected.values())


def field_paths(selected: Mapping[str, Selected], path: str = "") -> Iterator[str]:
    """The leaves as the settings node names them, such as ``sum_requests``."""
    for part in selected.values():
        if part.below:
            yield from field_paths(part.below, f"{path}{part.name}_")
        elif not part.name.startswith("__"):
            yield path + part.name


def confidence_levels(selected: Mapping[str, Selected]) -> Iterator[float]:
    """The levels that are asked for."""
    return (group.arguments["level"] for group in selected.values() if group.name == "confidence")


def shape(selected: Mapping[str, Selected], table: Table) -> list[dict[str, Any]]:
    """The rows as the query wants them."""
    return _rows({key: _group(part, table) for key, part in selected.items()}, len(table))


def _group(group: Selected, table: Table) -> list[Any]:
    if group.name == "__typename":
        return [group.kind] * len(table)
    if group.name == "confidence":
        return _confidence(group, table)
    columns = {}
    for key, part in group.below.items():
        if part.name == "__typename":
            columns[key] = [group.kind] * len(table)
        else:
            columns[key] = table.column(f"{group.name}_{part.name}")
    return _rows(columns, len(table))


def _confidence(group: Selected, table: Table) -> list[Any]:
    level, count = float(group.arguments["level"]), len(table)
    columns: dict[str, list[Any]] = {}
    for key, part in group.below.items():
        if part.name == "level":
            columns[key] = [level] * count
        elif part.name == "sum":
            inner = {k: _interval(each, part.kind, level, table) for k, each in part.below.items()}
            columns[key] = _rows(inner, count)
        else:
            columns[key] = [group.kind] * count
    return _rows(columns, count)


def _interval(part: Selected, kind: str, level: float, table: Table) -> list[Any]:
    if part.name == "__typename":
        return [kind] * len(table)
    values = {**table.confidence(level, part.name), "__typename": [part.kind] * len(table)}
    return _rows({key: values[each.name] for key, each in part.below.items()}, len(table))


def _rows(columns: Mapping[str, list[Any]], count: int) -> list[dict[str, Any]]:
    keys = tuple(columns)
    if not keys:
        return [{} for _ in range(count)]
    return [dict(zip(keys, values, strict=True)) for values in zip(*columns.values(), strict=True)]
