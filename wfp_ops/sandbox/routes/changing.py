"""How the routes write a Worker: always in one transaction, always dated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wfp_ops.sandbox.state import Sandbox
from wfp_ops.sandbox.store.namespaces import StoredNamespace, touch_namespace
from wfp_ops.sandbox.store.workers import Module, StoredWorker, save_worker


def write_worker(
    sandbox: Sandbox,
    home: StoredNamespace | None,
    worker: StoredWorker,
    modules: Sequence[Module] | None = None,
    *,
    version_id: str | None = None,
) -> StoredWorker:
    """Save it in its namespace (None: in the account itself) with a new date; it comes back as saved.

    It is a new version, unless ``version_id`` says which one it is.
    """
    with sandbox.db.transaction():
        changed = replace(
            worker,
            namespace_key=None if home is None else home.key,
            modified_on=sandbox.now(),
            deployment_id=version_id or sandbox.new_uuid("deployment"),
        )
        save_worker(sandbox.db, changed, modules)
        touched(sandbox, home)
    return changed


def touched(sandbox: Sandbox, home: StoredNamespace | None) -> None:
    """A Worker in there changed. Whether that dates its namespace is a switch; the account has no date."""
    if home is not None and sandbox.switches.upload_touches_namespace:
        touch_namespace(sandbox.db, home.key, by=sandbox.user_id, at=sandbox.now())
