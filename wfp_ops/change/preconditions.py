"""Read once more, right before a change: is the thing still what the plan saw?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wfp_ops.api.reads import Reads
from wfp_ops.change.gather import see
from wfp_ops.change.guards import item_level
from wfp_ops.change.steps import Step
from wfp_ops.errors import NamespaceNotFoundError, NotFoundError, WorkerNotFoundError


@dataclass(frozen=True)
class Moved:
    """Why a step drops out. A ``surprise`` stops everything: what should be there is gone."""

    detail: str
    surprise: bool = False


def check(step: Step, reads: Reads) -> Moved | None:
    """None where the step may be done.

    Raises:
        APIError: nobody can tell: Cloudflare refused, or its answer was not whole.
    """
    if step.action == "create_namespace":
        return _absent_namespace(step.namespace, reads)
    if step.action == "put_worker":
        return _absent_worker(step, reads)
    moved = _unlike_planned(step, reads)
    if moved is None and step.new_name is not None:
        return _absent_namespace(step.new_name, reads)
    return moved


def _unlike_planned(step: Step, reads: Reads) -> Moved | None:
    """Whether the thing itself is another one by now, or gone."""
    try:
        seen = see(reads, step.namespace)
    except NamespaceNotFoundError:
        return Moved(f"the namespace {step.namespace!r} is gone, and nobody here deleted it", surprise=True)
    found: dict[str, Any] = seen.preconditions(step.action)
    if step.worker is not None:
        found = seen.worker_preconditions(step.worker)
        if all(worker.name != step.worker for worker in seen.workers):
            return Moved(f"the Worker {step.name!r} is gone, and nobody here deleted it", surprise=True)
    said = item_level.like_planned(planned=step.preconditions, found=found)
    return None if said.verdict == "pass" else Moved(said.detail)


def _absent_namespace(name: str, reads: Reads) -> Moved | None:
    try:
        found = reads.get_namespace(name)
    except NamespaceNotFoundError:
        return None
    return Moved(f"a namespace {name!r} is there already (id {found.namespace_id})")


def _absent_worker(step: Step, reads: Reads) -> Moved | None:
    if step.preconditions.get("absent") is not True:
        return Moved("the plan says nothing that could be compared")
    try:
        reads.get_worker(step.namespace, str(step.worker))
    except WorkerNotFoundError:
        return None
    except NamespaceNotFoundError:
        return Moved(f"the namespace {step.namespace!r} is not there")
    except NotFoundError as error:
        return Moved(f"it can't be told whether {step.name!r} is there: {error.message}")
    return Moved(f"a Worker {step.name!r} is there already")
