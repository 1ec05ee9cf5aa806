"""``/sandbox/…``: what Cloudflare has no route for. Faults, inventories, settings, the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wfp_ops.sandbox.clock import parse_time
from wfp_ops.sandbox.control_input import InputError
from wfp_ops.sandbox.envelope import json_response
from wfp_ops.sandbox.faults import read_fault
from wfp_ops.sandbox.inventory import InventoryReader
from wfp_ops.sandbox.loading import dump_inventory, load_inventory, read_scenario
from wfp_ops.sandbox.routes.reading import json_body
from wfp_ops.sandbox.state import Sandbox, sandbox_of


def _bad(error: ValueError) -> Response:
    return json_response({"error": str(error)}, status=400)


async def _object(request: Request, example: str) -> Mapping[str, Any]:
    body = await json_body(request)
    if not isinstance(body, Mapping):
        raise InputError(f"expected an object such as {example}")
    return body


async def show_faults(request: Request) -> Response:
    """``GET /sandbox/faults``."""
    return json_response({"faults": sandbox_of(request).faults.to_json()})


async def add_faults(request: Request) -> Response:
    """``POST /sandbox/faults``: one fault, or a list of them; all or none are set."""
    body = await json_body(request)
    try:
        faults = [read_fault(document) for document in (body if isinstance(body, list) else [body])]
    except InputError as error:
        return _bad(error)
    book = sandbox_of(request).faults
    return json_response({"faults": [book.add(fault) for fault in faults]})


async def clear_faults(request: Request) -> Response:
    """``DELETE /sandbox/faults``."""
    sandbox_of(request).faults.clear()
    return json_response({"faults": []})


async def show_settings(request: Request) -> Response:
    """``GET /sandbox/settings``."""
    return json_response(sandbox_of(request).switches.to_json())


async def change_settings(request: Request) -> Response:
    """``POST /sandbox/settings``: the given ones change, the others stay.

    Setting the quota of analytics starts it anew, also where it stays as large.
    """
    sandbox = sandbox_of(request)
    try:
        wanted = await _object(request, '{"listing": "paged"}')
        switches = sandbox.switches.changed(wanted)
    except InputError as error:
        return _bad(error)
    if (switches.rate_limit, switches.rate_window_s) != (
        sandbox.switches.rate_limit,
        sandbox.switches.rate_window_s,
    ):
        sandbox.limiter.forget()
    if not wanted.keys().isdisjoint(("analytics_rate_limit", "analytics_rate_window_s")):
        sandbox.analytics_limiter.forget()
    sandbox.switches = switches
    return json_response(switches.to_json())


async def load(request: Request) -> Response:
    """``POST /sandbox/load``: an inventory in place of all that is there, or (``mode`` merge) beside it."""
    sandbox = sandbox_of(request)
    try:
        body = await _object(request, '{"namespaces": [{"name": "customer-1"}]}')
        replace_all = _mode(body) == "replace"
        inventory = InventoryReader(seed=sandbox.seed, now=sandbox.clock.now()).read(body)
        with sandbox.db.transaction():
            load_inventory(sandbox.db, inventory, replace_all=replace_all)
    except ValueError as error:
        return _bad(error)
    counts = {
        "namespaces": len(inventory.namespaces),
        "workers": sum(len(namespace.workers) for namespace in inventory.namespaces),
        "account_workers": len(inventory.workers),
    }
    return json_response(counts)


def _mode(body: Mapping[str, Any]) -> str:
    mode = body.get("mode", "replace")
    if mode not in ("replace", "merge"):
        raise InputError(f"mode: replace or merge, not {mode!r}")
    return str(mode)


async def state(request: Request) -> Response:
    """``GET /sandbox/state``: the whole inventory, with ``?code=true`` the modules too."""
    sandbox = sandbox_of(request)
    code = request.query_params.get("code", "false").lower() in ("1", "true", "yes")
    document = dump_inventory(sandbox.db, code=code)
    return json_response({**_facts(sandbox), **document})


def _facts(sandbox: Sandbox) -> dict[str, Any]:
    return {"account_id": sandbox.account_id, "now": sandbox.now(), "seed": sandbox.seed}


async def truth(request: Request) -> Response:
    """``GET /sandbox/truth``: the scenario, its customer list, and what an audit of it ought to find."""
    return json_response(read_scenario(sandbox_of(request).db))


async def advance(request: Request) -> Response:
    """``POST /sandbox/clock {"now": …}``: set the clock, which runs on from there."""
    sandbox = sandbox_of(request)
    try:
        body = await _object(request, '{"now": "2026-11-23T12:00:00Z"}')
        sandbox.clock.set(parse_time(str(body.get("now"))))
    except ValueError as error:
        return _bad(error)
    return json_response({"now": sandbox.now()})


def routes(base: str) -> list[Route]:
    """The routes under ``base``."""
    return [
        Route(base + "/faults", show_faults, methods=["GET"]),
        Route(base + "/faults", add_faults, methods=["POST"]),
        Route(base + "/faults", clear_faults, methods=["DELETE"]),
        Route(base + "/settings", show_settings, methods=["GET"]),
        Route(base + "/settings", change_settings, methods=["POST"]),
        Route(base + "/load", load, methods=["POST"]),
        Route(base + "/state", state, methods=["GET"]),
        Route(base + "/truth", truth, methods=["GET"]),
        Route(base + "/clock", advance, methods=["POST"]),
    ]
