"""Creating one dispatch namespace so that its outcome is known, also when the answer gets lost."""

from __future__ import annotations

from wfp_ops.api.models import Listing, Namespace
from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.api.writes import Writes
from wfp_ops.errors import (
    AmbiguousOutcomeError,
    APIResponseValidationError,
    NamespaceNameError,
    NamespaceNotFoundError,
    NotFoundError,
    PermissionDeniedError,
)
from wfp_ops.naming.convention import name_problem

VISIBLE_WITHIN_S = 30.0


def create_namespace(
    transport: Transport, account_id: str, name: str, *, visible_within_s: float = VISIBLE_WITHIN_S
) -> Namespace:
    """Create a dispatch namespace and hand back what a read of it shows.

    When the answer is lost, a read settles it: a namespace of that name whose id stood in no listing
    before is the one just made. Cloudflare may answer 404 or 403 for some seconds after a create;
    that is waited out, for at most ``visible_within_s`` seconds.

    Raises:
        NamespaceNameError: the name is not allowed, or taken.
        AmbiguousOutcomeError: the answer was lost and no read could settle whether it was created.
        NamespaceNotFoundError: it was created, but can't be read within that time.
        APIError: anything else that went wrong.
    """
    if problem := name_problem(name):
        raise NamespaceNameError(
            f"{name[:80]!r} can't be the name of a namespace: {problem}",
            hint="Cloudflare publishes no rule; letters, digits, '_' and '-' (at most 63) work everywhere",
        )
    reads = Reads(transport, account_id)
    before = reads.list_namespaces()
    _refuse_taken(before, name)
    lost: AmbiguousOutcomeError | APIResponseValidationError | None = None
    try:
        created = Writes(transport, account_id).create_namespace(name)
    except (AmbiguousOutcomeError, APIResponseValidationError) as error:
        lost = error
    if lost is not None:
        return _settled(reads, name, before, lost, visible_within_s)
    return _visible(reads, created, visible_within_s)


def _refuse_taken(before: Listing[Namespace], name: str) -> None:
    taken = next((found for found in before if found.name == name), None)
    if taken is not None:
        raise NamespaceNameError(
            f"a namespace {name!r} exists already (id {taken.namespace_id})",
            hint="choose another name, or use the one that is there",
        )


def _settled(
    reads: Reads,
    name: str,
    before: Listing[Namespace],
    lost: AmbiguousOutcomeError | APIResponseValidationError,
    wait_s: float,
) -> Namespace:
    """The namespace that the lost answer was about, if a read finds one that was not there before."""
    found = _read(reads, name, wait_s)
    if found is None:
        raise AmbiguousOutcomeError(
            f"creating {name!r} got no usable answer, and no namespace of that name shows ({lost.message})",
            endpoint=lost.endpoint,
            hint="it was most likely not created: list the namespaces in a minute, and create it again if it"
            " is not there",
            status_code=lost.status_code,
            ray_id=lost.ray_id,
        )
    old = {namespace.namespace_id for namespace in before}
    if found.namespace_id is None or found.namespace_id in old or not before.proof.proven:
        raise AmbiguousOutcomeError(
            f"creating {name!r} got no usable answer, and what bears the name now may have been there before",
            endpoint=lost.endpoint,
            hint="list the namespaces and look at its id and its date before you use it",
            status_code=lost.status_code,
            ray_id=lost.ray_id,
        )
    return found


def _visible(reads: Reads, created: Namespace, wait_s: float) -> Namespace:
    """The namespace as a read shows it, once it shows; it must be the one that was created."""
    found = _read(reads, created.name, wait_s)
    if found is None:
        raise NamespaceNotFoundError(
            f"{created.name!r} was created (id {created.namespace_id}), but can't be read yet",
            hint="Cloudflare is slow to show it: list the namespaces in a minute; do not create it again",
            status_code=404,
        )
    if None not in {created.namespace_id, found.namespace_id} and created.namespace_id != found.namespace_id:
        raise APIResponseValidationError(
            f"{created.name!r} was created as {created.namespace_id}, but a read shows {found.namespace_id}",
            field="result.namespace_id",
            hint="somebody deleted and created it at the same time: list the namespaces and look",
        )
    return found


def _read(reads: Reads, name: str, wait_s: float) -> Namespace | None:
    try:
        return reads.get_namespace(name, wait_s=wait_s)
    except (NotFoundError, PermissionDeniedError):
        return None
