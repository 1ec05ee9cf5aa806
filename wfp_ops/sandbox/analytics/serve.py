"""The endpoint for one sandbox: its quota, its settings, and what it remembers of its Workers' profiles."""

from __future__ import annotations

from starlette.responses import Response

from wfp_ops.sandbox.analytics import failures
from wfp_ops.sandbox.analytics.execution import Outcome, Scope, refused, run
from wfp_ops.sandbox.analytics.lives import read_lives
from wfp_ops.sandbox.analytics.profiles import Profiles, build_profiles
from wfp_ops.sandbox.analytics.schema import load_schema
from wfp_ops.sandbox.analytics.settings import node_settings
from wfp_ops.sandbox.envelope import json_response
from wfp_ops.sandbox.state import Sandbox


def serve(sandbox: Sandbox, body: bytes) -> Response:
    """The answer to a request's body. Each request counts as one query, whatever becomes of it."""
    switches, now = sandbox.switches, sandbox.clock.now()
    verdict = sandbox.analytics_limiter.count(switches.analytics_rate_limit, switches.analytics_rate_window_s)
    if verdict.retry_after_s:
        return _response(sandbox, refused(failures.out_of_budget(), now))
    schema = load_schema()
    scope = Scope(
        schema=schema,
        profiles=current_profiles(sandbox),
        settings=node_settings(switches, schema),
        account_id=sandbox.account_id,
        now=now,
        budget=verdict.remaining,
        most_nodes=switches.analytics_max_nodes,
        sampling=switches.analytics_sampling,
        permitted=switches.analytics_permitted,
    )
    return _response(sandbox, run(body, scope))


def _response(sandbox: Sandbox, outcome: Outcome) -> Response:
    status = 200 if sandbox.switches.analytics_errors_as_200 else outcome.status
    return json_response({"data": outcome.data, "errors": outcome.errors}, status=status)


def current_profiles(sandbox: Sandbox) -> Profiles:
    """The profiles of every Worker there is or was, kept until the next write."""
    kept = sandbox.profiles
    if kept is not None and kept[0] == sandbox.db.generation:
        return kept[1]
    profiles = build_profiles(read_lives(sandbox.db), sandbox.seed)
    sandbox.profiles = (sandbox.db.generation, profiles)
    return profiles
