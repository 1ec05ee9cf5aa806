"""``POST /graphql``: the GraphQL Analytics endpoint. And, beside the API, the truth that it is measured by.

Source: Cloudflare docs, analytics/graphql-api.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox.clock import parse_time
from wfp_ops.sandbox.envelope import json_response
from wfp_ops.sandbox.state import sandbox_of


async def query(request: Request) -> Response:
    """``POST /graphql {"query": …, "variables": …}``."""
    body = await request.body()
    # numpy and graphql-core take longer to load than all the rest: only who asks waits for them
    from wfp_ops.sandbox.analytics.serve import serve  # noqa: PLC0415 (heavy)

    return serve(sandbox_of(request), body)


async def truth_usage(request: Request) -> Response:
    """``GET /sandbox/truth-usage?start=…&end=…&by=namespace,hour``: what really happened, exactly."""
    from wfp_ops.sandbox.analytics.serve import current_profiles  # noqa: PLC0415 (heavy)
    from wfp_ops.sandbox.analytics.truth import exact_usage  # noqa: PLC0415 (heavy)

    sandbox, asked = sandbox_of(request), request.query_params
    try:
        start, end = (parse_time(asked.get(name, "")) for name in ("start", "end"))
        by = [name for name in asked.get("by", "namespace").split(",") if name]
        rows = exact_usage(current_profiles(sandbox), start, end, sandbox.clock.now(), by=by)
    except ValueError as error:
        return json_response({"error": str(error)}, status=400)
    return json_response({"now": sandbox.now(), "rows": rows})


def routes(api: str, control: str) -> list[Route]:
    """The routes under the API's base and the control routes'."""
    return [
        Route(api + "/graphql", query, methods=["POST"]),
        Route(control + "/truth-usage", truth_usage, methods=["GET"]),
    ]
