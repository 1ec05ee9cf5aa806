"""Which error a refusal is, with whatever HTTP status it comes, and that each says what to do."""

from __future__ import annotations

import pytest
from support.fake_analytics import refusal
from support.stub_server import Answer, Cut, Reset, as_json, html, refused

from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import Node, Selection
from wfp_ops.errors import (
    AnalyticsError,
    AnalyticsPermissionError,
    AnalyticsQueryError,
    AnalyticsQuotaError,
    AnalyticsRangeError,
    AnalyticsTooLargeError,
    AnalyticsUnavailableError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    FirewallError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)

NODE = Node("page", {"datetime_geq": "2026-11-01T00:00:00Z"}, Selection(("scriptName",)), 2)
# docs page "analytics/graphql-api/errors"
SAID = [
    ("cannot request data older than 2678400s", AnalyticsRangeError),
    ("query time range is too large, max 4w2d", AnalyticsRangeError),
    ("cannot request a time range wider than 4w2d", AnalyticsRangeError),
    ("limit must be positive number and not greater than 10000", AnalyticsQueryError),
    ("number of fields can't be more than 30", AnalyticsQueryError),
    ("error parsing args for x: unknown argument", AnalyticsQueryError),
    ("unknown field hour", AnalyticsQueryError),
    ("scalar fields must have no selections", AnalyticsQueryError),
    ("query contains error", AnalyticsQueryError),
    ("Unauthorized", AnalyticsPermissionError),
    ("not authorized for that account", AnalyticsPermissionError),
    ("does not have access to the path", AnalyticsPermissionError),
    ("rate limiter budget depleted, try again after 5 minutes", AnalyticsQuotaError),
    ("your request queries too many nodes, zones and accounts", AnalyticsTooLargeError),
    ("query consumed excessive resources", AnalyticsTooLargeError),
    ("unable to execute query", AnalyticsUnavailableError),
    ("too many queries in progress", AnalyticsUnavailableError),
    ("Internal server error", AnalyticsUnavailableError),
    ("something that nobody has seen yet", AnalyticsError),
]
STATUS = {
    AnalyticsPermissionError: 403,
    AnalyticsQuotaError: 429,
    AnalyticsTooLargeError: 429,
    AnalyticsUnavailableError: 503,
}


@pytest.mark.parametrize(("message", "kind"), SAID)
@pytest.mark.parametrize("data", [None, {"viewer": {"accounts": [{"page": []}]}}])
def test_a_refusal_under_200(stub_server, analytics, message, kind, data):
    """The words tell, with data beside them or without; what to do is said, and the answer is kept."""
    stub_server.on("POST", "/graphql", refusal(message, data=data))
    with pytest.raises(AnalyticsError) as caught:
        analytics.ask([NODE])
    assert type(caught.value) is kind
    assert message in caught.value.message
    assert caught.value.hint
    assert caught.value.status_code == 200
    assert caught.value.ray_id == "ray-1-FRA"
    assert "POST /graphql" in str(caught.value)


@pytest.mark.parametrize(("message", "kind"), SAID[:-1])
def test_a_refusal_with_a_status_of_its_own(stub_server, analytics, message, kind):
    """The same error, whatever the status."""
    status = STATUS.get(kind, 400)
    stub_server.on("POST", "/graphql", refusal(message, status=status))
    with pytest.raises(AnalyticsError) as caught:
        analytics.ask([NODE])
    assert type(caught.value) is kind
    assert caught.value.status_code == status


@pytest.mark.parametrize(
    ("code", "kind"),
    [("quota", AnalyticsQuotaError), ("authz", AnalyticsPermissionError), ("x", AnalyticsError)],
)
def test_a_code_counts_where_the_words_say_nothing(stub_server, analytics, code, kind):
    """What some live answers carry in extensions is a hint."""
    stub_server.on("POST", "/graphql", refusal("no", code=code))
    with pytest.raises(AnalyticsError) as caught:
        analytics.ask([NODE])
    assert type(caught.value) is kind


def test_the_worst_is_not_hidden_behind_the_first(stub_server, analytics):
    """Of several errors the one that is known counts."""
    errors = [{"message": "path x failed"}, {"message": "not authorized for that account"}]
    stub_server.on("POST", "/graphql", as_json({"data": None, "errors": errors}))
    with pytest.raises(AnalyticsPermissionError):
        analytics.ask([NODE])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(401, 10000, "Authentication error"), AnalyticsPermissionError),
        (refused(401, 1000, "Invalid API Token"), AuthenticationError),
        (refused(403, 10000, "Authentication error"), AnalyticsPermissionError),
        (refused(404, 7003, "Could not route"), NotFoundError),
        (html(403, cf_mitigated="challenge"), FirewallError),
        (refused(429, 971, "throttling"), RateLimitError),
    ],
)
def test_what_is_not_the_endpoints_own(stub_server, make_analytics, answer, kind):
    """A bad token, a server without the endpoint, a firewall, the whole API's throttling are what they are."""
    stub_server.on("POST", "/graphql", answer)
    with pytest.raises(kind) as caught:
        make_analytics(deadline_s=5).ask([NODE])
    assert type(caught.value) is kind


def test_errors_are_caught_as_what_they_are_elsewhere():
    """Whoever catches a rate limit, a refused permission or a failing server catches these, too."""
    assert issubclass(AnalyticsQuotaError, RateLimitError)
    assert issubclass(AnalyticsPermissionError, PermissionDeniedError)


# --- answers that are none ----------------------------------------------------------------------


def answer(*rows, **account):
    return as_json({"data": {"viewer": {"accounts": [{"page": list(rows), **account}]}}, "errors": None})


def row(**changes):
    return {
        "dimensions": {"scriptName": "a"},
        "sum": {"requests": 1},
        "avg": {"sampleInterval": 1},
        **changes,
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (answer(row(sum={})), "page[0].sum"),
        (answer(row(), row(sum={"requests": None})), "page[1].sum.requests"),
        (answer(row(sum={"requests": "7"})), "page[0].sum.requests"),
        (answer(row(dimensions={"scriptName": None})), "page[0].dimensions.scriptName"),
        (answer(row(dimensions=None)), "page[0].dimensions"),
        (answer(row(), row(), row()), "page"),
        (as_json({"data": {"viewer": {"accounts": [{}]}}}), "accounts[0]"),
        (as_json({"data": {"viewer": {"accounts": [None]}}}), "accounts[0]"),
        (as_json([1]), None),
        (as_json({"data": {"viewer": {"accounts": 7}}}), "accounts"),
        (html(), None),
    ],
)
def test_an_answer_of_another_shape(stub_server, analytics, body, field):
    """A field that was asked for and is not there, is null, or is of another type: named, and no row believed."""
    stub_server.on("POST", "/graphql", body)
    with pytest.raises(APIResponseValidationError) as caught:
        analytics.ask([NODE])
    assert (caught.value.field or "").endswith(field or "")
    assert bool(caught.value.field) == bool(field)
    assert len(stub_server.received) == 1


def test_no_account_in_the_answer_is_no_permission(stub_server, analytics):
    """An empty list of accounts is never an empty result."""
    stub_server.on("POST", "/graphql", as_json({"data": {"viewer": {"accounts": []}}, "errors": None}))
    with pytest.raises(AnalyticsPermissionError):
        analytics.ask([NODE])


@pytest.mark.parametrize(
    ("null", "field"),
    [
        ({}, "data"),
        ({"data": None}, "data"),
        ({"data": None, "errors": []}, "data"),
        ({"data": None, "errors": None}, "data"),
        ({"data": {"viewer": None}}, "data.viewer"),
    ],
)
def test_null_is_no_answer(stub_server, analytics, null, field):
    """Neither is a null; nobody has refused anything, and what is missing is named."""
    stub_server.on("POST", "/graphql", as_json(null))
    with pytest.raises(APIResponseValidationError) as caught:
        analytics.ask([NODE])
    assert caught.value.field == field


def test_what_may_be_null(stub_server, analytics):
    """A sample's interval may; further keys are nobody's business."""
    stub_server.on("POST", "/graphql", answer(row(avg={"sampleInterval": None}, new="key")))
    (found,) = analytics.ask([NODE]).rows["page"]
    assert (found.sum.requests, found.dimensions.scriptName, found.avg.sampleInterval) == (1.0, "a", None)


# --- tried again --------------------------------------------------------------------------------

BLIPS = [
    refusal("unable to execute query"),
    refusal("Internal server error", status=500),
    refusal("too many queries in progress", status=503),
    refused(502),
    refused(429, 971, retry_after="3"),
    Reset(),
    Cut(answer(row()).body, 30),
    Answer(answer(row()).body[:30]),
    Answer(b""),
]


@pytest.mark.parametrize("blip", BLIPS, ids=lambda blip: type(blip).__name__)
def test_passing_failures_are_tried_again(stub_server, analytics, blip):
    """As a read is, and every try is counted."""
    stub_server.on("POST", "/graphql", blip, blip, answer(row()))
    assert len(analytics.ask([NODE]).rows["page"]) == 1
    assert analytics.queries == len(stub_server.received) == 3


@pytest.mark.parametrize("blip", BLIPS, ids=lambda blip: type(blip).__name__)
def test_lasting_failures_end(stub_server, analytics, fake_clock, blip):
    """Within the deadline, with an error that says what it was."""
    stub_server.on("POST", "/graphql", blip)
    with pytest.raises(APIError) as caught:
        analytics.ask([NODE])
    assert caught.type is not APIError
    assert 2 <= len(stub_server.received) <= 25
    assert fake_clock.monotonic() <= 121


@pytest.mark.parametrize(("message", "kind"), SAID[:12])
def test_no_is_final(stub_server, analytics, message, kind):
    """A bad query, a range, a permission: asked once."""
    stub_server.on("POST", "/graphql", refusal(message))
    with pytest.raises(kind):
        analytics.ask([NODE])
    assert len(stub_server.received) == 1


# --- the limits ---------------------------------------------------------------------------------


def test_fields_by_what_the_account_says():
    """Named nested or bare; a group of which nothing is named is not judged; no list is no judgement."""
    limits = NodeLimits(enabled=True, available_fields=["sum_requests", "date", "quantiles_cpuTimeP50"])
    assert limits.has("sum_requests")
    assert limits.has("dimensions_date")
    assert limits.has("avg_sampleInterval")
    assert not limits.has("sum_errors")
    assert not limits.has("quantiles_cpuTimeP99")
    assert NodeLimits(enabled=True).has("sum_errors")
