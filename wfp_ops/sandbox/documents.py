"""Writes inventories as the JSON documents that :class:`wfp_ops.sandbox.inventory.InventoryReader` reads."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from wfp_ops.sandbox.clock import wire_time
from wfp_ops.sandbox.model import Scenario, SeedNamespace, SeedPast, SeedWorker
from wfp_ops.sandbox.store.workers import Module, StoredWorker
from wfp_ops.sandbox.traffic import Traffic


def scenario_document(scenario: Scenario) -> dict[str, Any]:
    """A scenario's inventory as a document."""
    return {
        "namespaces": [_seed_namespace(namespace) for namespace in scenario.namespaces],
        "workers": [_seed_worker(worker) for worker in scenario.workers],
        "deleted": [worker for past in scenario.deleted for worker in _seed_past(past)],
    }


def _seed_past(past: SeedPast) -> list[dict[str, Any]]:
    home = past.namespace
    return [
        {
            "namespace": home.name,
            "namespace_id": home.namespace_id,
            "name": worker.name,
            "tag": worker.worker_id,
            "created_on": wire_time(worker.created_on),
            "deleted_on": wire_time(past.deleted_on),
            **_traffic(worker.traffic or home.traffic),
        }
        for worker in home.workers
    ]


def _traffic(traffic: Traffic | None) -> dict[str, Any]:
    return {} if traffic is None else {"traffic": traffic.to_json()}


def _seed_namespace(seed: SeedNamespace) -> dict[str, Any]:
    return {
        "namespace_id": seed.namespace_id,
        "namespace_name": seed.name,
        "created_on": wire_time(seed.created_on),
        "modified_on": wire_time(seed.modified_on),
        "created_by": seed.created_by,
        "modified_by": seed.modified_by,
        "trusted_workers": seed.trusted_workers,
        "workers": [_seed_worker(worker) for worker in seed.workers],
        **_traffic(seed.traffic),
    }


def _seed_worker(seed: SeedWorker) -> dict[str, Any]:
    return {
        "name": seed.name,
        "tag": seed.worker_id,
        "created_on": wire_time(seed.created_on),
        "modified_on": wire_time(seed.modified_on),
        "tags": list(seed.tags),
        "etag": seed.etag,
        "usage_model": seed.usage_model,
        "compatibility_date": seed.compatibility_date,
        "compatibility_flags": list(seed.compatibility_flags),
        "handlers": list(seed.handlers),
        "modules": [
            {"name": m.name, "content": m.content, "content_type": m.content_type} for m in seed.modules
        ],
        "bindings": [dict(binding) for binding in seed.bindings],
        **_traffic(seed.traffic),
    }


def worker_document(worker: StoredWorker, modules: Sequence[Module] | None) -> dict[str, Any]:
    """A Worker for ``GET /sandbox/state``: loading the document again gives the same Worker.

    Secrets stand in it without their values. ``modules`` None leaves the code out.
    """
    document: dict[str, Any] = {
        **worker.settings,
        "name": worker.name,
        "tag": worker.worker_id,
        "created_on": worker.created_on,
        "modified_on": worker.modified_on,
        "etag": worker.etag,
        "deployment_id": worker.deployment_id,
        "entry_part": worker.entry_part,
        "has_modules": worker.has_modules,
        "tags": list(worker.tags),
        "bindings": worker.public_bindings(),
    }
    if modules is not None:
        document["modules"] = [_module_document(module) for module in modules]
    return document


def _module_document(module: Module) -> dict[str, Any]:
    document = {"name": module.name, "content_type": module.content_type}
    try:
        return {**document, "content": module.content.decode()}
    except UnicodeDecodeError:
        return {**document, "content_base64": base64.b64encode(module.content).decode()}
