"""Which user Workers exist in which dispatch namespace, as a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Literal

import numpy as np
import pandas as pd

from wfp_ops.api.models import Listing, Worker
from wfp_ops.api.paths import scripts_path
from wfp_ops.api.reads import Reads
from wfp_ops.clock import Clock, iso
from wfp_ops.errors import APIError, FrameError, NamespaceNotFoundError
from wfp_ops.frames.columns import WORKERS
from wfp_ops.frames.provenance import Completeness, mark_complete
from wfp_ops.inventory.fan_out import fan_out
from wfp_ops.inventory.moments import refuse_bad_moments
from wfp_ops.naming.convention import Convention

Select = Literal["name", "tag"]

_HOWS_SHOWN = 3


def load_workers(
    reads: Reads,
    namespaces: Sequence[str],
    convention: Convention,
    clock: Clock,
    *,
    select: Select = "name",
    threads: int = 8,
    progress: Callable[[int, int], None] | None = None,
    expected: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Every user Worker of these namespaces, one row each.

    Args:
        reads: the account.
        namespaces: their names; one that is named twice is read once.
        convention: reads the customer's id in a Worker's name or tag.
        clock: dates the proof to the moment before the first read.
        select: where the customer's id stands: in the Worker's name, or in its one tag that conforms.
        threads: how many namespaces are read at once; the transport keeps the rate budget.
        progress: called with (namespaces read, namespaces in all) from the calling thread.
        expected: how many Workers Cloudflare counts in a namespace (its ``script_count``), where that
            is known; a listing that brings fewer is not proven whole, whatever it says of itself.

    Returns:
        The frame ``wfp_ops.frames.columns.WORKERS``, by namespace in the order asked, then by name;
        its proof holds when every listing was proven whole and none is shorter than expected.

    Raises:
        NamespaceNotFoundError: a namespace does not exist, or no more.
        APIResponseValidationError: a date is none; names endpoint and field.
        APIError: a listing failed or was not whole; the message names the namespace. There is no
            frame of the others then.
    """
    names = list(dict.fromkeys(namespaces))
    taken_at = iso(clock.now())
    listings = fan_out(partial(_list, reads), names, threads=threads, progress=progress)
    items = {name: listing.items for name, listing in zip(names, listings, strict=True)}
    try:
        frame = workers_frame(items, convention, select=select)
    except FrameError:
        for name in names:
            refuse_bad_moments(items[name], f"GET {scripts_path(reads.account_id, name)}")
        raise
    counts = expected or {}
    proofs = [
        _not_short_of(counts.get(name, 0), name, listing)
        for name, listing in zip(names, listings, strict=True)
    ]
    proof = _joint_proof(names, proofs)
    mark_complete(frame, proof, key=("namespace", "worker"), taken_at=taken_at)
    return frame


def _not_short_of(expected: int, namespace: str, listing: Listing[Worker]) -> Completeness:
    """The listing's own proof, unless Cloudflare counts more Workers than it brought.

    More than expected is no doubt: Workers come while an inventory is read.
    """
    if not listing.proof.proven or len(listing) >= expected:
        return listing.proof
    return Completeness(
        "unproven", f"{namespace} has {expected} Workers by its script_count, {len(listing)} were listed"
    )


def _list(reads: Reads, namespace: str) -> Listing[Worker]:
    """One namespace's listing; an error says in its message whose listing failed."""
    try:
        return reads.list_workers(namespace)
    except NamespaceNotFoundError as error:
        error.hint = "check the name; if it came from a listing, the inventory moved: read it from the start"
        raise _saying(
            error, f"there is no namespace {namespace!r}, or no more since the namespaces were listed"
        ) from None
    except APIError as error:
        raise _saying(
            error, f"the Workers of namespace {namespace!r} could not be listed: {error.message}"
        ) from error.__cause__


def _saying(error: APIError, message: str) -> APIError:
    error.message = message
    error.args = (message,)
    return error


def workers_frame(
    workers: Mapping[str, Sequence[Worker]], convention: Convention, *, select: Select = "name"
) -> pd.DataFrame:
    """Workers by namespace as the frame ``WORKERS``, sorted by name in each, without a proof.

    Raises:
        FrameError: a date is none.
    """
    every = [
        (namespace, worker)
        for namespace, items in workers.items()
        for worker in sorted(items, key=attrgetter("name"))
    ]
    names = pd.Series([worker.name for _, worker in every], dtype="str")
    tags = [worker.tags for _, worker in every]
    return WORKERS.build(
        {
            "namespace": [namespace for namespace, _ in every],
            "worker": names,
            "customer_id": convention.parse_all(names)
            if select == "name"
            else _ids_in_tags(tags, convention),
            "tags": tags,
            "created_on": [worker.created_on for _, worker in every],
            "modified_on": [worker.modified_on for _, worker in every],
            "etag": [worker.etag for _, worker in every],
            "usage_model": [worker.usage_model for _, worker in every],
            "compatibility_date": [worker.compatibility_date for _, worker in every],
            "handlers": [worker.handlers for _, worker in every],
        },
        length=len(every),
    )


def _ids_in_tags(tags: Sequence[list[str] | None], convention: Convention) -> pd.Series[Any]:
    """The one id that the tags of each row hold; null where they hold none, or several."""
    flat = pd.Series([tag for each in tags for tag in each or ()], dtype="str")
    row = np.repeat(np.arange(len(tags)), [len(each or ()) for each in tags])
    found = pd.DataFrame({"row": row, "customer_id": convention.parse_all(flat)}).dropna().drop_duplicates()
    alone = found.drop_duplicates("row", keep=False).set_index("row")["customer_id"]
    return alone.reindex(range(len(tags))).astype("str")


def _joint_proof(namespaces: Sequence[str], proofs: Sequence[Completeness]) -> Completeness:
    """The verdict on all listings together: proven when each is, else the first doubt and how many more."""
    doubts = [(name, proof.how) for name, proof in zip(namespaces, proofs, strict=True) if not proof.proven]
    if doubts:
        name, why = doubts[0]
        others = f" (and {len(doubts) - 1} more listings)" if len(doubts) > 1 else ""
        return Completeness("unproven", f"namespace {name!r}: {why}{others}")
    if not proofs:
        return Completeness("proven", "no namespace was asked for")
    hows = list(dict.fromkeys(proof.how for proof in proofs))
    if len(proofs) == 1:
        return Completeness("proven", hows[0])
    said = "; ".join(hows[:_HOWS_SHOWN]) + ("; …" if len(hows) > _HOWS_SHOWN else "")
    return Completeness("proven", f"{len(proofs)} listings, each proven: {said}")
