"""``POST /graphql`` over HTTP: the answer's form, settings, limits, refusals, quota and faults."""

from __future__ import annotations

import httpx
import pytest
from support.usage_world import NOW, SINCE, flat, namespace, question, rows_of

URL = "/graphql"
DAY = {"date": "2026-11-12"}
FIELDS = "dimensions { dispatchNamespaceName datetimeHour } sum { requests errors }"
SETTINGS = """
query Limits($account: string!) { cost viewer { budget accounts(filter: {accountTag: $account}) { accountTag settings {
  workersInvocationsAdaptive { enabled maxDuration maxNumberOfFields maxPageSize notOlderThan availableFields } } } } }
"""


@pytest.fixture
def served(sandbox):
    """The sandbox at a set time, with traffic and a whole quota."""
    sandbox.control("POST", "clock", {"now": NOW.isoformat()})
    sandbox.load(
        namespace("customer-1", "site", traffic={"hourly": 40}),
        namespace("customer-2", "site", "api", traffic={"hourly": 40}),
    )
    return sandbox


def post(sandbox, document, **more):
    return sandbox.http.post(sandbox.base_url + URL, json=document, **more)


def asked(sandbox, fields=FIELDS, where=DAY, **more):
    """The answer, which must come under 200."""
    answer = post(sandbox, question(fields, where, **more))
    assert answer.status_code == 200
    return answer.json()


def refusal(sandbox, *arguments, **more):
    """The one error of an answer without data."""
    answer = asked(sandbox, *arguments, **more)
    assert answer["data"] is None
    (error,) = answer["errors"]
    return error


def limits(sandbox):
    answer = post(sandbox, {"query": SETTINGS, "variables": {"account": sandbox.account_id}}).json()
    assert answer["errors"] is None
    return answer["data"]["viewer"]["accounts"][0]["settings"]["workersInvocationsAdaptive"]


def test_the_answers_form(served):
    """Data and a null for errors; cost, budget and rows where they are selected; times and numbers as JSON has them."""
    answer = asked(served, order=["datetimeHour_ASC", "dispatchNamespaceName_ASC"], limit=1)
    assert answer == {
        "data": {
            "cost": 1,
            "viewer": {
                "budget": 299,
                "accounts": [
                    {
                        "workersInvocationsAdaptive": [
                            {
                                "dimensions": {
                                    "dispatchNamespaceName": "customer-1",
                                    "datetimeHour": "2026-11-12T00:00:00Z",
                                },
                                "sum": {"requests": answer_requests(answer), "errors": 0},
                            }
                        ]
                    }
                ],
            },
        },
        "errors": None,
    }
    assert isinstance(answer_requests(answer), int)


def answer_requests(answer):
    return rows_of(answer)[0]["sum"]["requests"]


def test_no_headers_of_the_rest_quota(served):
    """Analytics count apart: neither headers nor the other limiter are theirs."""
    served.switch(rate_limit=3)
    for _ in range(10):
        answer = post(served, question(FIELDS, DAY))
        assert answer.status_code == 200
        assert not {"ratelimit", "ratelimit-policy"} & set(answer.headers)
        assert answer.headers["cf-ray"]
    assert served.http.get(served.namespaces_url).headers["ratelimit"] == '"default";r=2;t=300'


def test_aliases_fragments_variables_and_directives(served):
    """Whatever GraphQL allows in a selection comes out as it should."""
    query = """
    query ($account: string!, $day: Date!, $no: bool = false) {
      me: viewer { accounts(filter: {accountTag: $account}) {
        few: workersInvocationsAdaptive(limit: 2, filter: {date: $day}, orderBy: [datetimeHour_DESC]) {
          __typename ...Names s: sum { r: requests ... on AccountWorkersInvocationsAdaptiveSum { errors } }
          confidence(level: 0.9) { level } kept: quantiles @skip(if: true) { cpuTimeP50 }
          also: sum { cpuTimeUs @include(if: false) wallTime }
        }
        none: workersInvocationsAdaptive(limit: 5, filter: {date: $day, scriptName: "nothing"}) { sum { requests } }
        all: workersInvocationsAdaptive(limit: 5, filter: {date: $day}) { sum { requests } ...Sum }
      } } cost
    }
    fragment Names on AccountWorkersInvocationsAdaptive { dimensions { name: dispatchNamespaceName datetimeHour } }
    fragment Sum on AccountWorkersInvocationsAdaptive { sum { errors __typename } }
    """
    query = query.replace(", $no: bool = false", "")
    answer = post(
        served, {"query": query, "variables": {"account": served.account_id, "day": "2026-11-12"}}
    ).json()
    assert answer["errors"] is None
    (account,) = answer["data"]["me"]["accounts"]
    assert answer["data"]["cost"] == 3
    assert [*account] == ["few", "none", "all"]
    assert account["none"] == []
    (total,) = account["all"]
    assert set(total["sum"]) == {"requests", "errors", "__typename"}
    first, second = account["few"]
    assert first["__typename"] == "AccountWorkersInvocationsAdaptive"
    assert first["dimensions"] == {"name": "customer-1", "datetimeHour": "2026-11-12T23:00:00Z"}
    assert second["dimensions"]["name"] == "customer-2"
    assert first["confidence"] == {"level": 0.9}
    assert set(first["s"]) == {"r", "errors"}
    assert set(first["also"]) == {"wallTime"}
    assert "kept" not in first


def test_introspection(served):
    """Tools that ask for the schema get it."""
    query = '{ __type(name: "Settings") { fields { name } } __schema { queryType { name } } }'
    answer = post(served, {"query": query}).json()
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"
    assert {"name": "maxDuration"} in answer["data"]["__type"]["fields"]


def test_the_settings_node(served):
    """What the limits are, and the fields as paths."""
    told = limits(served)
    fields = told.pop("availableFields")
    assert told == {
        "enabled": True,
        "maxDuration": 31 * 86_400,
        "maxNumberOfFields": 50,
        "maxPageSize": 10_000,
        "notOlderThan": 93 * 86_400,
    }
    assert {
        "sum_requests",
        "dimensions_dispatchNamespaceName",
        "quantiles_cpuTimeP999",
        "avg_sampleInterval",
    } <= set(fields)
    served.switch(analytics_max_page_size=100, analytics_not_older_than=86_400, analytics_enabled=False)
    told = limits(served)
    assert (told["maxPageSize"], told["notOlderThan"], told["enabled"]) == (100, 86_400, False)


@pytest.mark.parametrize(
    ("switches", "more", "said", "status"),
    [
        ({}, {"limit": 10_001}, "limit must be positive number and not greater than 10000", 400),
        ({}, {"limit": 0}, "limit must be positive number and not greater than 10000", 400),
        ({"analytics_max_page_size": 50}, {"limit": 51}, "not greater than 50", 400),
        (
            {},
            {"where": {"date_geq": "2026-08-01", "date_lt": "2026-08-03"}},
            "cannot request data older than 8035200s",
            400,
        ),
        ({}, {"where": {"scriptName": "site"}}, "cannot request data older than 8035200s", 400),
        ({}, {"where": {"date_leq": "2026-11-12"}}, "cannot request data older than 8035200s", 400),
        (
            {},
            {"where": {"date_geq": "2026-10-01", "date_lt": "2026-11-02"}},
            "query time range is too large",
            400,
        ),
        ({}, {"where": {"date_geq": "2026-10-01"}}, "query time range is too large", 400),
        ({"analytics_max_duration": 3600}, {}, "wider than 3600s, but it's 86400s", 400),
        ({"analytics_not_older_than": 86_400}, {}, "cannot request data older than 86400s", 400),
        ({"analytics_max_fields": 3}, {}, "number of fields can't be more than 3, but it's 4", 400),
        ({"analytics_missing_fields": ["sum_errors"]}, {}, 'unknown field "sum_errors"', 400),
        ({}, {"fields": "sum { request }"}, 'unknown field "request"', 400),
        ({}, {"fields": "sums { requests }"}, 'unknown field "sums"', 400),
        ({}, {"fields": "sum"}, "object field must have selections", 400),
        ({}, {"fields": "sum { requests { x } }"}, "scalar fields must have no selections", 400),
        ({}, {"fields": "confidence { level }"}, "error parsing args", 400),
        ({}, {"fields": "confidence(level: 1) { level }"}, "level must lie between 0 and 1", 400),
        ({}, {"fields": "sum { requests"}, "query contains error", 400),
        ({}, {"where": {"date": "12.11.2026"}}, "error parsing args", 400),
        ({}, {"where": {"datetime_geq": "2026-11-12"}}, "error parsing args", 400),
        ({}, {"where": {"datetime_geq": "2026-11-12T25:00:00Z"}}, "error parsing args", 400),
        ({}, {"where": {**DAY, "nonsense": 1}}, "error parsing args", 400),
        ({}, {"where": {**DAY, "sum_requests_gt": 1}}, "error parsing args", 400),
        ({}, {"where": {**DAY, "isDispatcher": "1"}}, "error parsing args", 400),
        ({}, {"where": {**DAY, "isDispatcher": 256}}, "error parsing args", 400),
        ({}, {"where": {**DAY, "isDispatcher_in": "?"}}, "error parsing args", 400),
        ({}, {"where": {**DAY, "status": None}}, "filter status is null", 400),
        ({}, {"where": {**DAY, "OR": []}}, "filter OR is empty", 400),
        ({}, {"limit": -1}, "error parsing args", 400),
        ({}, {"limit": "10"}, "error parsing args", 400),
        ({}, {"order": ["requests_DESC"]}, "error parsing args", 400),
        ({}, {"order": ["scriptName_ASC"]}, "rows are not grouped by it", 400),
        ({"analytics_permitted": False}, {}, "not authorized for that account", 403),
        ({"analytics_enabled": False}, {}, "does not have access to the path", 403),
    ],
)
def test_refusals(served, switches, more, said, status):
    """Cloudflare's words, under HTTP 200 with null for data; by the switch under the documented status."""
    served.switch(**switches)
    chosen = {"fields": FIELDS, "where": DAY, **more}
    error = refusal(served, chosen.pop("fields"), chosen.pop("where"), **chosen)
    assert said in error["message"]
    assert error["extensions"]["timestamp"].startswith("2026-11-23T12:0")
    served.switch(analytics_errors_as_200=False)
    chosen = {"fields": FIELDS, "where": DAY, **more}
    answer = post(served, question(chosen.pop("fields"), chosen.pop("where"), **chosen))
    assert answer.status_code == status
    assert answer.json()["data"] is None


def test_where_an_error_lies(served):
    """The path leads to the dataset by its alias, in texts; codes are texts, where there are any."""
    query = question(FIELDS, DAY, limit=20_000)
    query["query"] = query["query"].replace(
        "workersInvocationsAdaptive(", "usage: workersInvocationsAdaptive("
    )
    (error,) = post(served, query).json()["errors"]
    assert error["path"] == ["viewer", "accounts", "0", "usage"]
    assert error["extensions"]["code"] == "quota"


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ('(filter: {accountTag: "0123456789abcdef0123456789abcdef"})', "not authorized for that account"),
        ("", "accountTag"),
    ],
)
def test_another_account_and_none(served, account, said):
    """Only the token's own account, and exactly that one."""
    query = f"{{ viewer {{ accounts{account} {{ accountTag }} }} }}"
    answer = post(served, {"query": query}).json()
    assert answer["data"] is None
    assert said in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"query": 5}', b'{"query": "{ cost }", "variables": []}', b'{"query": ""}'],
)
def test_bodies_that_are_no_query(served, body):
    """An error in the answer, not a failure."""
    answer = served.http.post(served.base_url + URL, content=body)
    assert answer.status_code == 200
    assert "query contains error" in answer.json()["errors"][0]["message"]


def test_nested_without_end(served):
    """Neither a filter nor a selection of a thousand floors ends the server."""
    where = DAY
    for _ in range(400):
        where = {"AND": [where]}
    assert refusal(served, FIELDS, where)["message"]
    query = "{ viewer " * 2000 + "}" * 2000
    assert post(served, {"query": query}).json()["errors"][0]["message"]
    assert rows_of(asked(served))


def test_tokens(served):
    """Without one or with a wrong one the gateway refuses, as on every path; other methods lead nowhere."""
    with httpx.Client(trust_env=False) as plain:
        assert plain.post(served.base_url + URL, json={"query": "{ cost }"}).status_code == 400
        wrong = {"authorization": "Bearer wrong"}
        answer = plain.post(served.base_url + URL, json={"query": "{ cost }"}, headers=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, 10000)
    assert served.http.get(served.base_url + URL).status_code == 405


def test_the_quota(served):
    """So many requests in the window, whatever becomes of them; then none until it is over."""
    served.switch(analytics_rate_limit=3)
    budgets = [asked(served)["data"]["viewer"]["budget"] for _ in range(2)]
    assert budgets == [2, 1]
    refusal(served, limit=0)
    error = refusal(served)
    assert error["message"] == "rate limiter budget depleted, try again after 5 minutes"
    assert error["extensions"]["code"] == "budget"
    served.switch(analytics_errors_as_200=False)
    assert post(served, question(FIELDS, DAY)).status_code == 429
    assert served.http.get(served.namespaces_url).status_code == 200
    served.switch(analytics_rate_limit=3)
    assert asked(served)["data"]["viewer"]["budget"] == 2
    served.switch(analytics_rate_limit=None)
    assert asked(served)["errors"] is None


def test_too_many_nodes(served):
    """Aliases are counted, and there is an end to them."""
    served.switch(analytics_max_nodes=2)
    node = 'n%d: workersInvocationsAdaptive(limit: 1, filter: {date: "2026-11-12"}) { sum { requests } }'
    for count, fine in ((2, True), (3, False)):
        nodes = " ".join(node % n for n in range(count))
        query = f'{{ viewer {{ accounts(filter: {{accountTag: "{served.account_id}"}}) {{ {nodes} }} }} }}'
        answer = post(served, {"query": query}).json()
        assert (answer["errors"] is None) is fine
    assert "too many nodes" in answer["errors"][0]["message"]


def test_one_bad_node_leaves_no_data(served):
    """As at Cloudflare: an error anywhere, and data is null."""
    query = f"""{{ viewer {{ accounts(filter: {{accountTag: "{served.account_id}"}}) {{
      good: workersInvocationsAdaptive(limit: 1, filter: {{date: "2026-11-12"}}) {{ sum {{ requests }} }}
      bad: workersInvocationsAdaptive(limit: 1, filter: {{date: "2025-11-12"}}) {{ sum {{ requests }} }} }} }} }}"""
    answer = post(served, {"query": query}).json()
    assert answer["data"] is None
    assert [error["path"][-1] for error in answer["errors"]] == ["bad"]


def test_too_much_at_once(served):
    """Seconds of a month are refused, not computed."""
    where = {"datetime_geq": "2026-10-25T00:00:00Z", "datetime_lt": "2026-11-23T00:00:00Z"}
    wide = {**where, "OR": [{"datetime_neq": "2026-11-01T00:00:01Z"}, {"scriptName": "x"}]}
    served.switch(analytics_max_duration=60 * 86_400)
    error = refusal(
        served, "dimensions { datetime } sum { requests }", {**wide, "datetime_geq": "2026-10-01T00:00:00Z"}
    )
    assert error["message"].startswith("query consumed excessive resources")


def test_the_newest_minutes_are_incomplete(served):
    """Within the last five minutes requests are missing, the more the newer; before them none is."""
    served.switch(analytics_sampling=False)
    served.load(namespace("busy", "site", traffic={"hourly": 36_000, "steady": True}))
    served.control("POST", "clock", {"now": "2026-11-23T12:30:30Z"})
    fields = "dimensions { datetimeMinute } sum { requests }"
    where = {"datetimeMinute_geq": "2026-11-23T12:00:00Z"}
    rows = [flat(row) for row in rows_of(asked(served, fields, where, order=["datetimeMinute_ASC"]))]
    counts = [row["requests"] for row in rows]
    assert all(abs(count - 600) <= 4 for count in counts[:25])
    newest = counts[25:30]
    assert newest == sorted(newest, reverse=True)
    assert newest[0] < 590
    assert newest[4] < 400
    served.control("POST", "clock", {"now": "2026-11-23T12:40:00Z"})
    later = [
        flat(row)["requests"] for row in rows_of(asked(served, fields, where, order=["datetimeMinute_ASC"]))
    ]
    assert later[:25] == counts[:25]
    assert all(abs(count - 600) <= 4 for count in later[:35])


def test_truth_over_http(served):
    """The exact truth, grouped as asked for; nonsense is refused in words."""
    document = served.control(
        "GET", "truth-usage?start=2026-11-12T00:00:00Z&end=2026-11-13T00:00:00Z&by=namespace,hour"
    )
    true = {(row["namespace"], row["hour"]): row["requests"] for row in document["rows"]}
    rows = map(flat, rows_of(asked(served)))
    assert {(row["dispatchNamespaceName"], row["datetimeHour"]): row["requests"] for row in rows} == true
    for wrong in ("start=x&end=y", "start=2026-11-12&end=2026-11-13&by=colour", ""):
        answer = served.http.get(f"{served.process.control_url}/truth-usage?{wrong}")
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_renames_and_deletions_through_the_api(served):
    """What is renamed, deleted with its namespace, or deleted alone keeps its history, by name and by tag."""
    served.control("POST", "clock", {"now": "2026-11-12T06:00:00Z"})
    served.http.put(f"{served.namespaces_url}/customer-1", json={"name": "renamed"})
    served.http.delete(f"{served.namespaces_url}/customer-2/scripts/api")
    served.control("POST", "clock", {"now": "2026-11-12T18:00:00Z"})
    served.http.delete(f"{served.namespaces_url}/customer-2")
    served.http.post(served.namespaces_url, json={"name": "customer-2"})
    served.control("POST", "clock", {"now": NOW.isoformat()})
    fields = "dimensions { dispatchNamespaceName scriptName datetimeHour } sum { requests }"
    hours = {}
    for row in map(flat, rows_of(asked(served, fields))):
        hours.setdefault((row["dispatchNamespaceName"], row["scriptName"]), []).append(
            int(row["datetimeHour"][11:13])
        )
    assert {key: (min(each), max(each)) for key, each in hours.items()} == {
        ("customer-1", "site"): (0, 5),
        ("renamed", "site"): (6, 23),
        ("customer-2", "api"): (0, 5),
        ("customer-2", "site"): (0, 17),
    }
    before, state = rows_of(asked(served, fields)), served.control("GET", "state")
    served.control("POST", "load", {key: state[key] for key in ("namespaces", "workers", "deleted")})
    assert served.control("GET", "state") | {"now": 0} == state | {"now": 0}
    assert rows_of(asked(served, fields)) == before


@pytest.mark.parametrize(
    ("traffic", "said"),
    [
        (5, "expected an object"),
        ({"hourly": -1}, "hourly"),
        ({"daily": 1}, "no field 'daily'"),
        ({"steady": 1}, "steady"),
        ({"ends_on": "soon"}, "ends_on"),
        ({"failing_share": 2}, "failing_share"),
    ],
)
def test_traffic_that_makes_no_sense(served, traffic, said):
    """Refused with the place, and nothing is loaded."""
    document = {"namespaces": [{"name": "a", "traffic": traffic}]}
    answer = served.http.post(f"{served.process.control_url}/load", json=document)
    assert answer.status_code == 400
    assert "namespaces[0].traffic" in answer.json()["error"]
    assert said in answer.json()["error"]
    assert set(served.state()) == {"customer-1", "customer-2"}


def test_traffic_survives_state_and_load(served):
    """Of namespaces, of single Workers, of the account's own."""
    worker = {"name": "w", "created_on": SINCE, "traffic": {"hourly": 7.0, "steady": True}}
    document = {
        "namespaces": [namespace("a", traffic={"hourly": 3.0}) | {"workers": [worker]}],
        "workers": [worker],
    }
    served.control("POST", "load", document)
    state = served.control("GET", "state")
    assert state["namespaces"][0]["traffic"] == {"hourly": 3.0}
    assert (
        state["namespaces"][0]["workers"][0]["traffic"] == state["workers"][0]["traffic"] == worker["traffic"]
    )
    fields = "dimensions { dispatchNamespaceName isDispatcher } sum { requests }"
    rows = [flat(row) for row in rows_of(asked(served, fields, order=["dispatchNamespaceName_ASC"]))]
    assert rows == [
        {"dispatchNamespaceName": "", "isDispatcher": 0, "requests": 168},
        {"dispatchNamespaceName": "a", "isDispatcher": 0, "requests": 168},
    ]


def test_faults_of_graphql(served):
    """Errors under 200 or any status, with Retry-After; and half of the rows with an error beside them."""
    served.fault("graphql_errors", route="/graphql", count=1)
    assert refusal(served)["message"] == "unable to execute query, please try again later"
    words = "rate limiter budget depleted, try again after 5 minutes"
    served.fault("graphql_errors", message=words, status=429, retry_after=7, count=1)
    answer = post(served, question(FIELDS, DAY))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["errors"][0]["message"] == words
    whole = rows_of(asked(served))
    served.fault("graphql_partial", count=1)
    part = asked(served)
    assert part["data"]["viewer"]["accounts"][0]["workersInvocationsAdaptive"] == whole[: len(whole) // 2]
    assert part["errors"][0]["message"]
    assert rows_of(asked(served)) == whole


@pytest.mark.parametrize(
    ("kind", "rows"), [("empty_result", []), ("wrong_result", "unexpected"), ("short_result", "half")]
)
def test_answers_that_lie(served, kind, rows):
    """No row, no rows at all, half of them, without any error beside them."""
    whole = rows_of(asked(served))
    served.fault(kind, route="/graphql", count=1)
    answer = asked(served)
    (account,) = answer["data"]["viewer"]["accounts"]
    assert account["workersInvocationsAdaptive"] == (whole[: len(whole) // 2] if rows == "half" else rows)
    assert not answer.get("errors")
    served.fault("null_result", route="/graphql", count=1)
    assert asked(served)["data"] is None


@pytest.mark.parametrize("kind", ["cut", "reset", "lost_answer"])
def test_faults_of_the_connection(served, kind):
    """They strike analytics as they strike everything."""
    served.fault(kind, route="/graphql", count=1)
    with pytest.raises(httpx.TransportError):
        post(served, question(FIELDS, DAY))
    served.fault("status", status=503, route="/graphql", count=1)
    assert post(served, question(FIELDS, DAY)).status_code == 503
    assert rows_of(asked(served))
