"""From a snapshot and a plan's evidence to an inventory that a sandbox can load. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from wfp_ops.change.steps import Step
from wfp_ops.clock import iso
from wfp_ops.memory.kept import Kept

_CODE = 'export default { async fetch() { return new Response("rehearsal"); } };\n'


# What is asked for all the time, so that the silence of others can be told from analytics that fail
_USUAL = {"hourly": 10, "steady": True}
_NONE = {"hourly": 0}


def inventory_document(kept: Kept, steps: Iterable[Step], silent: Collection[str] = ()) -> dict[str, Any]:
    """All namespaces with their ids and dates, and Workers inside.

    What the plan has seen itself (Workers of what is to be deleted, exact dates) is taken from its steps;
    other namespaces get as many Workers as were counted in them. Analytics show requests of all Workers but
    those of ``silent`` (names of namespaces, or ``namespace/Worker``), and of one that is gone by now.
    """
    planned: defaultdict[str, list[Step]] = defaultdict(list)
    for step in steps:
        if step.evidence.get("workers") is not None:
            planned[step.namespace].append(step)
    workers = _workers_by_namespace(kept.workers)
    rows = kept.namespaces.astype(object).where(kept.namespaces.notna(), None).to_dict("records")
    namespaces = [
        _namespace(row, planned.get(row["namespace"], ()), workers.get(row["namespace"])) for row in rows
    ]
    for namespace in namespaces:
        name = namespace["namespace_name"]
        namespace["traffic"] = _NONE if name in silent else _USUAL
        for worker in namespace["workers"]:
            if f"{name}/{worker['name']}" in silent:
                worker["traffic"] = _NONE
    return {"namespaces": namespaces, "deleted": [_gone(kept)]}


def _gone(kept: Kept) -> dict[str, Any]:
    return {
        "name": "worker",
        "namespace": "gone",
        "created_on": "2020-01-01T00:00:00Z",
        "deleted_on": iso(kept.facts.taken_at),
        "traffic": _USUAL,
    }


def _namespace(
    row: Mapping[Any, Any], steps: Sequence[Step], workers: list[dict[str, Any]] | None
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "namespace_name": row["namespace"],
        "namespace_id": row["namespace_id"],
        "trusted_workers": bool(row["trusted"]),
        "created_on": _text(row["created_on"]),
        "modified_on": _text(row["modified_on"]),
        "created_by": row["created_by"],
        "modified_by": row["modified_by"],
    }
    if workers is None:
        workers = [{"name": f"worker-{number}"} for number in range(1, int(row["workers"] or 0) + 1)]
    exact = {each["worker"]: _worker(each) for step in steps for each in step.evidence["workers"]}
    whole = next((step for step in steps if step.worker is None), None)
    if whole is None:  # of single Workers the plan has seen these alone: the others are there as well
        workers = [*exact.values(), *(each for each in workers if each["name"] not in exact)]
    else:
        workers = list(exact.values())
        document["modified_on"] = whole.preconditions.get("modified_on") or document["modified_on"]
    code = {"modules": [{"name": "index.js", "content": _CODE}]}
    return {**document, "workers": [{**code, **each} for each in workers]}


def _worker(seen: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: seen.get(name) for name in ("tag", "etag", "created_on", "modified_on")}
    return {"name": seen["worker"], **{name: value for name, value in facts.items() if value is not None}}


def _workers_by_namespace(frame: pd.DataFrame | None) -> dict[str, list[dict[str, Any]]]:
    if frame is None:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame.to_dict("records"):
        tags = row["tags"] if isinstance(row["tags"], list) else []
        facts = {
            "name": row["worker"],
            "tags": tags,
            "etag": row["etag"],
            "created_on": _text(row["created_on"]),
            "modified_on": _text(row["modified_on"]),
        }
        present = {name: value for name, value in facts.items() if isinstance(value, str | list)}
        found.setdefault(row["namespace"], []).append(present)
    return found


def _text(moment: Any) -> str | None:
    """A moment as Cloudflare writes it, to the microsecond."""
    if moment is None or pd.isna(moment):
        return None
    text: str = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return text
