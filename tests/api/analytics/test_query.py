"""What is sent: valid against Cloudflare's own schema, with values in variables only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from graphql import build_schema, graphql_sync
from support.names import ACCOUNT

import wfp_ops.sandbox
from wfp_ops.api.analytics.query import Node, Question, Selection
from wfp_ops.usage.buckets import BUCKETS, WHOLE
from wfp_ops.usage.planner import QUANTILES, SUMS, Level, Queries, Window, selection_of
from wfp_ops.usage.traffic import Subject, nodes_of

SCHEMA = Path(__file__).parents[3].parent / "shared" / "reference" / "cloudflare-graphql-schema.gql"
SUBSET = Path(wfp_ops.sandbox.__file__).parent / "analytics" / "schema.graphql"
START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=7))
NAMES = [(), ("dispatchNamespaceName",), ("dispatchNamespaceName", "scriptName")]


@pytest.fixture(scope="module", params=["Cloudflare's", "the sandbox's"])
def schema(request):
    """Cloudflare's published schema, where the file is at hand, and the sandbox's part of it."""
    file = SCHEMA if request.param == "Cloudflare's" else SUBSET
    if not file.is_file():
        pytest.skip(f"{request.param} schema is not there: {file.name}")
    return build_schema(file.read_text(encoding="utf-8"), assume_valid=True)


def questions():
    """Every kind of question that the product sends."""
    yield pytest.param(Question(ACCOUNT, (), limits=True), id="limits")
    for subject in (
        Subject(),
        Subject("scriptName", {"dispatchNamespaceName_in": ['p"', "q"]}),
        Subject("scriptTag"),
    ):
        nodes = nodes_of(["a", 'b"'], WINDOW, subject)
        yield pytest.param(Question(ACCOUNT, tuple(nodes)), id=f"traffic-{subject.dimension}")
    for bucket in (*BUCKETS, WHOLE):
        for names in NAMES:
            level = Level(bucket, names)
            queries = Queries(level, selection_of(level, None, bounds=bool(names)), dispatchers=not names)
            last = [
                "2026-11-01T00:00:00Z" if key.startswith("datetime") else "2026-11-01"
                for key in level.key[:1]
            ]
            last += [f'a {{ " }} {name}' for name in level.key[len(last) :]]
            nodes = [queries.page(WINDOW, 10_000, None)]
            if level.key:
                nodes = [queries.page(WINDOW, 10_000, last)]
            nodes += [*queries.total(WINDOW, WINDOW.end, 10), *queries.tags(WINDOW, 10_000)]
            yield pytest.param(Question(ACCOUNT, tuple(nodes), limits=True), id=f"{bucket.name}-{len(names)}")


def problems(schema, question):
    """What the schema says against a question, its values among it; nothing is resolved."""
    assert all(f"${name}:" in question.document for name in question.variables)
    result = graphql_sync(schema, question.document, variable_values=question.variables)
    return [error.message for error in result.errors or ()]


@pytest.mark.parametrize("question", list(questions()))
def test_every_question_is_valid(schema, question):
    """Text and values fit Cloudflare's schema: fields, arguments, types, filters, orders."""
    assert problems(schema, question) == []


@pytest.mark.parametrize(
    "node",
    [
        Node("page", {"datetimeHour_above": "x"}, Selection(), 1),
        Node("page", {"isDispatcher": None, "requests_gt": 1}, Selection(), 1),
        Node("page", {}, Selection(("hour",)), 1),
        Node("page", {}, Selection(sums=("cpuTime",)), 1),
        Node("page", {}, Selection(), 1, ("datetimeHour",)),
    ],
)
def test_a_slip_is_seen(schema, node):
    """The test above fails on a filter, a field or an order that does not exist."""
    assert problems(schema, Question(ACCOUNT, (node,)))


def test_values_stay_out_of_the_text():
    """Names come from other people: none of them is ever part of a query's text."""
    node = Node("page", {"scriptName": 'x") { evil }'}, Selection(), 10)
    assert "evil" not in Question(ACCOUNT, (node,)).document
    assert ACCOUNT not in Question(ACCOUNT, (node,)).document


def test_the_selection_names_its_fields():
    """As the account's settings name them, and counted as they count them."""
    selection = Selection(("date",), SUMS, QUANTILES, ("requests",))
    assert selection.fields[:2] == ["dimensions_date", "sum_requests"]
    assert "avg_sampleInterval" in selection.fields
    assert "quantiles_cpuTimeP50" in selection.fields
    assert len(selection.fields) == 1 + 5 + 1 + 4 + 3
