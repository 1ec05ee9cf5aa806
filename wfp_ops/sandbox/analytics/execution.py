"""One request to the endpoint, from its JSON to the answer's; graphql-core parses, validates, executes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    execute_sync,
    parse,
    validate,
    visit,
)
from graphql.language import Visitor

from wfp_ops.sandbox.analytics import failures
from wfp_ops.sandbox.analytics.failures import AnalyticsError
from wfp_ops.sandbox.analytics.filters import read_filter
from wfp_ops.sandbox.analytics.profiles import Profiles
from wfp_ops.sandbox.analytics.query import Asked, answer
from wfp_ops.sandbox.analytics.selection import (
    columns_of,
    confidence_levels,
    count_fields,
    field_paths,
    select,
    shape,
)
from wfp_ops.sandbox.analytics.settings import DATASET, NodeSettings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scope:
    """What queries are answered from, and within which limits. ``now`` is aware UTC."""

    schema: GraphQLSchema
    profiles: Profiles
    settings: NodeSettings
    account_id: str
    now: datetime
    budget: int
    most_nodes: int
    sampling: bool
    permitted: bool


@dataclass
class Outcome:
    """The answer's ``data`` and ``errors``, and the HTTP status that Cloudflare documents for it."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] | None = None
    status: int = 200


def run(body: bytes, scope: Scope) -> Outcome:
    """Answer a request; what is wrong with it is in the outcome."""
    try:
        return _run(body, scope)
    except RecursionError:
        return refused(failures.bad_query("it is nested too deeply"), scope.now)


def _run(body: bytes, scope: Scope) -> Outcome:
    try:
        document, variables, name = _read(body, scope.schema)
        nodes = _count_nodes(document)
        if nodes > scope.most_nodes:
            raise failures.too_many_nodes()
    except AnalyticsError as error:
        return refused(error, scope.now)
    root = _Root(scope, cost=max(nodes, 1))
    result = execute_sync(scope.schema, document, root, variable_values=variables, operation_name=name)
    return root.finished(result)


def refused(error: AnalyticsError, now: datetime, path: Sequence[str] | None = None) -> Outcome:
    """The outcome of a request that brings nothing."""
    return Outcome(None, [_entry(error, now, path)], error.status)


def _entry(error: AnalyticsError, now: datetime, path: Sequence[str] | None) -> dict[str, Any]:
    extensions = {"timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"}
    if error.code is not None:
        extensions["code"] = error.code
    return {"message": error.message, "path": path, "extensions": extensions}


def _read(body: bytes, schema: GraphQLSchema) -> tuple[DocumentNode, dict[str, Any], str | None]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise failures.bad_query("the body is no JSON") from None
    if not isinstance(request, Mapping) or not isinstance(request.get("query"), str):
        raise failures.bad_query("the body has no query")
    variables, name = request.get("variables"), request.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        raise failures.bad_query("variables must be an object and operationName text")
    try:
        document = parse(request["query"], max_tokens=20_000)
    except GraphQLError as error:
        raise failures.bad_query(error.message) from None
    if invalid := validate(schema, document, max_errors=1):
        raise _invalid(invalid[0])
    return document, variables or {}, name


def _invalid(error: GraphQLError) -> AnalyticsError:
    """graphql-core's words in Cloudflare's."""
    message = error.message
    if message.startswith("Cannot query field"):
        return failures.unknown_field(message.split("'")[1])
    if "must not have a selection" in message:
        return AnalyticsError(400, "scalar fields must have no selections")
    if "must have a selection of subfields" in message:
        return AnalyticsError(400, "object field must have selections")
    return failures.bad_arguments(message)


def _count_nodes(document: DocumentNode) -> int:
    """How many datasets the document queries, each time that it names one."""
    counter = _Counter()
    visit(document, counter)
    return counter.nodes


class _Counter(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.nodes = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        # the settings node has fields of the same names, without arguments
        self.nodes += node.name.value == DATASET and bool(node.arguments)


@dataclass
class _Root:
    """The root value, whose methods graphql-core calls. Rows are put in their places at the end."""

    scope: Scope
    cost: int
    rows: dict[tuple[str | int, ...], list[dict[str, Any]]] = field(default_factory=dict)

    def viewer(self, _info: GraphQLResolveInfo[Any]) -> Mapping[str, Any]:
        return {"budget": self.scope.budget, "accounts": self._accounts}

    def _accounts(
        self,
        _info: GraphQLResolveInfo[Any],
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the schema's name
    ) -> list[Mapping[str, Any]]:
        if filter is None:
            raise failures.bad_arguments("accounts: a filter with one accountTag is needed")
        if filter["accountTag"] != self.scope.account_id or not self.scope.permitted:
            raise failures.not_authorized()
        return [
            {
                "accountTag": self.scope.account_id,
                "settings": {DATASET: self.scope.settings.to_wire()},
                DATASET: self._dataset,
            }
        ]

    def _dataset(
        self,
        info: GraphQLResolveInfo[Any],
        limit: int,
        filter: Mapping[str, Any],  # noqa: A002 - the schema's name
        orderBy: Sequence[str] | None = None,  # noqa: N803 - the schema's name
    ) -> list[Any]:
        settings = self.scope.settings
        if not settings.enabled:
            raise failures.no_access(f"viewer.accounts.{DATASET}")
        selected = select(info)
        if (fields := count_fields(selected)) > settings.max_number_of_fields:
            raise failures.too_many_fields(settings.max_number_of_fields, fields)
        for path in field_paths(selected):
            if path not in settings.available:
                raise failures.unknown_field(path)
        for level in confidence_levels(selected):
            if not 0 < level < 1:
                raise failures.bad_arguments(f"confidence: level must lie between 0 and 1, but it's {level}")
        columns = columns_of(selected)
        prefix = "dimensions_"
        asked = Asked(
            dimensions=tuple(sorted(c.removeprefix(prefix) for c in columns if c.startswith(prefix))),
            columns=frozenset(c for c in columns if not c.startswith(prefix)),
            filter=read_filter(filter),
            order=tuple(orderBy or ()),
            limit=limit,
        )
        table = answer(
            asked, self.scope.profiles, self.scope.now.timestamp(), settings, sampling=self.scope.sampling
        )
        self.rows[tuple(info.path.as_list())] = shape(selected, table)
        return []

    def finished(self, result: ExecutionResult) -> Outcome:
        """The outcome: errors leave no data, as at Cloudflare."""
        if result.errors:
            errors = list(self._entries(result.errors))
            return Outcome(None, [entry for entry, _ in errors], max(status for _, status in errors))
        data = result.data or {}
        for path, rows in self.rows.items():
            place: Any = data
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = rows
        return Outcome(data)

    def _entries(self, errors: Sequence[GraphQLError]) -> Iterator[tuple[dict[str, Any], int]]:
        for error in errors:
            known = error.original_error
            if error.original_error is None or isinstance(known, GraphQLError):
                known = failures.bad_arguments(error.message)
            elif not isinstance(known, AnalyticsError):
                _log.error("a query failed", exc_info=known)
                known = failures.broken()
            path = None if error.path is None else [str(step) for step in error.path]
            yield _entry(known, self.scope.now, path), known.status
