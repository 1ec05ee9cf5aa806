"""How the routes write a Worker: always in one transaction, always as a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wfp_ops.sandbox.state import Sandbox
from wfp_ops.sandbox.store.namespaces import StoredNamespace, touch_namespace
from wfp_ops.sandbox.store.workers import Module, StoredWorker, save_worker


def write_worker(
    sandbox: Sandbox,
    namespace: StoredNamespace,
    worker: StoredWorker,
    modules: Sequence[Module] | None = None,
) -> StoredWorker:
    """Save it with a new date and deployment; it comes back as saved."""
    with sandbox.db.transaction():
        changed = replace(
            worker,
            namespace_key=namespace.key,
            modified_on=sandbox.now(),
            deployment_id=sandbox.new_uuid("deployment"),
        )
        save_worker(sandbox.db, changed, modules)
        touched(sandbox, namespace)
    return changed


def touched(sandbox: Sandbox, namespace: StoredNamespace) -> None:
    """A Worker of this namespace changed. Whether that dates the namespace itself is a switch."""
    if sandbox.switches.upload_touches_namespace:
        touch_namespace(sandbox.db, namespace.key, by=sandbox.user_id, at=sandbox.now())
