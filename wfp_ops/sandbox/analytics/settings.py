"""What an account may ask of the dataset, as its ``settings`` node tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema, get_named_type, is_object_type

from wfp_ops.sandbox.switches import Switches

DATASET = "workersInvocationsAdaptive"
ROW = "AccountWorkersInvocationsAdaptive"


@dataclass(frozen=True)
class NodeSettings:
    """Limits: seconds of one query, seconds back from now, rows of an answer, fields of a query."""

    enabled: bool
    max_duration: int
    not_older_than: int
    max_page_size: int
    max_number_of_fields: int
    available: tuple[str, ...]

    def to_wire(self) -> Mapping[str, Any]:
        """The node of the schema's type ``Settings``."""
        return {
            "enabled": self.enabled,
            "maxDuration": self.max_duration,
            "notOlderThan": self.not_older_than,
            "maxPageSize": self.max_page_size,
            "maxNumberOfFields": self.max_number_of_fields,
            "availableFields": list(self.available),
        }


def node_settings(switches: Switches, schema: GraphQLSchema) -> NodeSettings:
    """The settings that the switches make."""
    missing = set(switches.analytics_missing_fields)
    return NodeSettings(
        enabled=switches.analytics_enabled,
        max_duration=switches.analytics_max_duration,
        not_older_than=switches.analytics_not_older_than,
        max_page_size=switches.analytics_max_page_size,
        max_number_of_fields=switches.analytics_max_fields,
        available=tuple(name for name in field_names(schema) if name not in missing),
    )


def field_names(schema: GraphQLSchema) -> list[str]:
    """Every field of a row as a path, such as ``sum_requests``."""
    return sorted(_below(schema, ROW, ""))


def _below(schema: GraphQLSchema, kind: str, path: str) -> list[str]:
    found: list[str] = []
    for name, field in schema.type_map[kind].fields.items():  # type: ignore[attr-defined]
        inner = get_named_type(field.type)
        found += _below(schema, inner.name, f"{path}{name}_") if is_object_type(inner) else [path + name]
    return found
