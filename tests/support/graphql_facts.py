"""A GraphQL schema's text as plain facts, so that two schemas can be compared field by field."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from graphql import (
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    parse,
    print_ast,
)
from support.pages import ROOT

VARIABLE = "WFP_OPS_GRAPHQL_SCHEMA"
_FILE = "cloudflare-graphql-schema.gql"


def real_schema() -> Path | None:
    """Cloudflare's own schema, where somebody has it: named by the variable, or kept beside the repository."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    return next(iter(sorted(ROOT.parent.glob(f"*/reference/{_FILE}"))), None)


def blocks(text: str, names: set[str]) -> str:
    """The definitions of these names alone: the real file is far too long to be parsed for a test."""
    found = []
    for name in sorted(names):
        match = re.search(
            rf"^(?:(?:type|input|enum) {name} \{{.*?^\}}|scalar {name}$)", text, re.MULTILINE | re.DOTALL
        )
        assert match, f"the schema has no {name}"
        found.append(match[0])
    return "\n".join(found)


def facts(text: str) -> dict[str, Any]:
    """Each type's fields with arguments and types, each enum's values, each scalar; by name."""
    found: dict[str, Any] = {}
    for node in parse(text, no_location=True).definitions:
        if isinstance(node, ScalarTypeDefinitionNode):
            found[node.name.value] = "scalar"
        elif isinstance(node, EnumTypeDefinitionNode):
            found[node.name.value] = [value.name.value for value in node.values or ()]
        elif isinstance(node, InputObjectTypeDefinitionNode):
            found[node.name.value] = {f.name.value: print_ast(f.type) for f in node.fields or ()}
        elif isinstance(node, ObjectTypeDefinitionNode):
            found[node.name.value] = {f.name.value: _field(f) for f in node.fields or ()}
    return found


def _field(field: Any) -> dict[str, Any]:
    return {
        "type": print_ast(field.type),
        "arguments": {argument.name.value: print_ast(argument.type) for argument in field.arguments or ()},
    }
