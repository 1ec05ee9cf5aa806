"""Reads what the guards judge by: what is inside a namespace, what of it is lost for good, who binds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from wfp_ops.api.models import Namespace
from wfp_ops.api.reads import Reads
from wfp_ops.change.archive.losses import what_cannot_return
from wfp_ops.change.seen import Binders, NamespaceSeen, WorkerSeen, namespace_seen
from wfp_ops.errors import APIConnectionError, APIError, NamespaceNotFoundError, RateLimitError
from wfp_ops.inventory.fan_out import fan_out

Progress = Callable[[int, int], None]

_THREADS = 8


@dataclass(frozen=True)
class Losses:
    """Of one Worker: what can't come back by itself, and what of that is lost for good, as sentences."""

    cannot: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """What was read. ``looked`` are the names that were looked for.

    ``seen`` holds the namespaces that are there, by name. ``losses`` is by (namespace, Worker).
    ``binders`` is who binds which namespace, None where that can't be told; ``how`` says what was looked
    at, or why not.
    """

    seen: Mapping[str, NamespaceSeen] = field(default_factory=dict)
    losses: Mapping[tuple[str, str], Losses] = field(default_factory=dict)
    binders: Binders | None = None
    how: str = "nobody has looked"
    looked: frozenset[str] = frozenset()


def gather(
    reads: Reads,
    namespaces: Collection[str],
    *,
    contents: Collection[str] = (),
    bindings: bool = False,
    progress: Progress | None = None,
) -> Gathered:
    """Read these namespaces as they are now.

    Args:
        reads: the account.
        namespaces: the names of those that are to be changed.
        contents: those of them of which it must be known what would be lost with them.
        bindings: whether it must be known who binds them.
        progress: called with (namespaces read, namespaces in all).

    Raises:
        APIError: Cloudflare refused, or an answer was not whole. One that is not there is no error: it is
            left out.
    """
    looked = frozenset(namespaces)
    there = {each.name: each for each in reads.list_namespaces() if each.name in looked}
    found = fan_out(partial(_see, reads), list(there.values()), threads=_THREADS, progress=progress)
    seen = {each.namespace.name: each for each in found if each is not None}
    inside = [(name, worker) for name in contents if name in seen for worker in seen[name].workers]
    losses, bound_inside = _losses(reads, inside)
    binders, how = _binders(reads, bound_inside) if bindings else (None, "nobody has looked")
    return Gathered(seen=seen, losses=losses, binders=binders, how=how, looked=looked)


def _see(reads: Reads, namespace: Namespace) -> NamespaceSeen | None:
    try:
        return namespace_seen(namespace, reads.list_workers(namespace.name))
    except NamespaceNotFoundError:
        return None  # it went between the two reads: the guards will find that it is not there


def see(reads: Reads, name: str) -> NamespaceSeen:
    """One namespace as it is at this moment.

    Raises:
        NamespaceNotFoundError: it is not there.
        APIError: Cloudflare refused, or an answer was not whole.
    """
    return namespace_seen(reads.get_namespace(name), reads.list_workers(name))


def _losses(
    reads: Reads, inside: Sequence[tuple[str, WorkerSeen]]
) -> tuple[dict[tuple[str, str], Losses], dict[str, list[tuple[str, str]]]]:
    settings = fan_out(partial(_settings, reads), list(inside), threads=_THREADS)
    losses: dict[tuple[str, str], Losses] = {}
    bound: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for (namespace, worker), (has_assets, said) in zip(inside, settings, strict=True):
        cannot, irreversible = what_cannot_return(worker.name, said, has_assets=has_assets)
        losses[namespace, worker.name] = Losses(tuple(cannot), tuple(irreversible))
        for target, binding in bound_by(said.get("bindings")):
            bound[target].append((f"{namespace}/{worker.name}", binding))
    return losses, bound


def _settings(reads: Reads, item: tuple[str, WorkerSeen]) -> tuple[bool | None, dict[str, Any]]:
    namespace, worker = item
    said = reads.get_settings(namespace, worker.name)
    if worker.has_assets is not None:
        return worker.has_assets, said
    script = reads.get_worker(namespace, worker.name).script
    return (None if script is None else script.has_assets), said


def bound_by(bindings: object) -> list[tuple[str, str]]:
    """The dispatch namespaces that a Worker binds, each with the binding's name.

    What is no list of bindings names none here: that it says nothing is for ``what_cannot_return`` to tell.
    """
    known = [each for each in bindings if isinstance(each, Mapping)] if isinstance(bindings, list) else []
    return [
        (str(each["namespace"]), str(each.get("name", "?")))
        for each in known
        if each.get("type") == "dispatch_namespace" and each.get("namespace")
    ]


def _binders(reads: Reads, inside: Mapping[str, list[tuple[str, str]]]) -> tuple[Binders | None, str]:
    """Who binds what. A token that may not see the account's Workers leaves it unknown, which refuses."""
    try:
        listing = reads.list_account_workers()
        if not listing.proof.proven:
            return None, f"the account's Workers are not proven to be all: {listing.proof.how}"
        names = [worker.name for worker in listing]
        settings = fan_out(reads.get_account_worker_bindings, names, threads=_THREADS)
    except (APIConnectionError, RateLimitError):
        raise
    except APIError as error:
        return None, f"the account's own Workers can't be looked at: {error.message}"
    bound: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, bindings in zip(names, settings, strict=True):
        for target, binding in bound_by(bindings):
            bound[target].append((name, binding))
    for target, others in inside.items():
        bound[target] += others
    return dict(bound), (
        f"none of the account's {len(names)} ordinary Workers binds it, nor one inside a namespace that is "
        "to be deleted here; Workers inside other dispatch namespaces were not looked at"
    )
