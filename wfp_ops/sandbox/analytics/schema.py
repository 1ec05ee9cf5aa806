"""The schema: a true subset of Cloudflare's, which ``schema.graphql`` holds as text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from graphql import GraphQLSchema, build_schema

from wfp_ops.sandbox.analytics.scalars import teach_scalars


def schema_text() -> str:
    """The schema as GraphQL text."""
    return (files("wfp_ops.sandbox.analytics") / "schema.graphql").read_text(encoding="utf-8")


@cache
def load_schema() -> GraphQLSchema:
    """The schema, its scalars able to read what queries send."""
    schema = build_schema(schema_text())
    teach_scalars(schema)
    return schema
