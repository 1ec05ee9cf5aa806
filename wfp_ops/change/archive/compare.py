"""An archive against what is in the account now: what is equal, what is missing, what a person must do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from wfp_ops.api.models import Namespace
from wfp_ops.api.paths import namespace_path, script_path
from wfp_ops.api.reads import Reads
from wfp_ops.change.archive.metadata import PLAIN, bindings_of, fact_of
from wfp_ops.change.archive.model import Archive, ArchivedWorker
from wfp_ops.change.archive.one_worker import read_worker
from wfp_ops.change.archive.read import verify_with_journal
from wfp_ops.errors import NamespaceNotFoundError, WorkerNotFoundError
from wfp_ops.frames.changing import COMPARISON
from wfp_ops.inventory.fan_out import fan_out
from wfp_ops.memory.folder import StateFolder

_THREADS = 8
_AGAIN = "deploy it again from its source"
# What holds where an upload says nothing (docs page "Workers > Configuration > Multipart upload metadata")
_USUAL = {"compatibility_date": "2021-11-02", "usage_model": "standard"}


def compare(reads: Reads, archive: Archive, folder: StateFolder) -> pd.DataFrame:
    """The comparison, as ``wfp_ops.frames.changing.COMPARISON`` declares it.

    The archive is checked from end to end before, also against the journal of the apply that made it: what
    is compared with must be what was saved.

    Raises:
        ArchiveError: the archive can't be trusted, or a Worker's code can't be read.
        APIError: Cloudflare refused, or an answer was not whole.
    """
    archive, _ = verify_with_journal(folder, archive.name)
    there = _namespace_now(reads, archive.namespace.name)
    found: Sequence[ArchivedWorker | None] = [None] * len(archive.workers)
    if there is not None:
        read = partial(_worker_now, reads, archive.namespace.name)
        found = fan_out(read, [worker.name for worker in archive.workers], threads=_THREADS)
    rows = [_namespace_row(archive, there)]
    for worker, now in zip(archive.workers, found, strict=True):
        rows.append(_worker_row(archive, worker, now))
    return COMPARISON.build(
        {name: [row.get(name) for row in rows] for name in COMPARISON.names}, length=len(rows)
    )


def _namespace_now(reads: Reads, name: str) -> Namespace | None:
    try:
        return reads.get_namespace(name)
    except NamespaceNotFoundError:
        return None


def _worker_now(reads: Reads, namespace: str, worker: str) -> ArchivedWorker | None:
    try:
        return read_worker(reads, namespace, worker).record
    except (WorkerNotFoundError, NamespaceNotFoundError):
        return None


def _namespace_row(archive: Archive, now: Namespace | None) -> dict[str, Any]:
    if now is None:
        return {"verdict": "missing", "missing": "the namespace itself", "to_do": _restore(archive)}
    if bool(now.trusted_workers) == bool(archive.namespace.trusted_workers):
        return {"verdict": "equal", "equal": "name, trusted mode"}
    wanted = "true" if archive.namespace.trusted_workers else "false"
    path = namespace_path(archive.account_id, now.name)
    return {
        "verdict": "different",
        "equal": "name",
        "different": "trusted mode",
        "to_do": f'set trusted mode, if it is still wanted: PUT {path} with "trusted_workers": {wanted}',
    }


def _worker_row(archive: Archive, worker: ArchivedWorker, now: ArchivedWorker | None) -> dict[str, Any]:
    if now is None:
        return {
            "worker": worker.name,
            "verdict": "missing",
            "missing": "the Worker itself",
            "to_do": _restore(archive) if worker.modules else _AGAIN,
        }
    before, after = _facts(worker), _facts(now)
    equal = [name for name in before if before[name] == after[name]]
    different = [name for name in before if name not in equal]
    missing = _missing(archive, worker, now)
    to_do = [*missing.values(), *(["decide which of both is right"] if different else [])]
    return {
        "worker": worker.name,
        "verdict": "different" if different else "equal",
        "equal": ", ".join(equal) or None,
        "different": ", ".join(different) or None,
        "missing": "; ".join(missing) or None,
        "to_do": "; ".join(dict.fromkeys(to_do)) or None,
    }


def _facts(worker: ArchivedWorker) -> dict[str, Any]:
    """What is compared, by its name in words; what is nothing is alike, however it is said."""
    modules = sorted((module.name, module.content_type, module.sha256) for module in worker.modules)
    settings = {name: fact_of(worker, name) or _USUAL.get(name) for name in (*PLAIN, "placement")}
    settings["compatibility_flags"] = sorted(settings["compatibility_flags"] or ())
    return {
        "code": (worker.syntax, worker.entry, modules),
        "tags": sorted(fact_of(worker, "tags") or ()),
        "bindings": sorted(bindings_of(worker), key=_name_of),
        **{name.replace("_", " "): value or None for name, value in settings.items()},
    }


def _name_of(binding: Mapping[str, Any]) -> str:
    return str(binding["name"])


def _missing(archive: Archive, worker: ArchivedWorker, now: ArchivedWorker) -> dict[str, str]:
    """What did not come back by itself and is not there by now: in words, with what to do about it."""
    missing: dict[str, str] = {}
    secrets = [name for name in worker.secrets if name not in now.secrets]
    if secrets:
        path = f"{script_path(archive.account_id, archive.namespace.name, worker.name)}/secrets"
        missing[f"the secrets {', '.join(secrets)}"] = (
            f"put the secrets {', '.join(secrets)} again, each by PUT {path} "
            'with {"name", "text", "type": "secret_text"}'
        )
    if worker.has_assets and not now.has_assets:
        missing["its static assets"] = _AGAIN
    gone = _bound(worker) - _bound(now)
    if gone:
        missing[f"the bindings {', '.join(sorted(gone))}"] = _AGAIN
    tag = worker.settings.get("migration_tag")
    if tag and now.settings.get("migration_tag") != tag:
        missing[f"its Durable Object migrations (at {tag})"] = _AGAIN
    return missing


def _bound(worker: ArchivedWorker) -> set[str]:
    """The names of bindings that an upload can't give again, secrets aside."""
    kept = {_name_of(each) for each in bindings_of(worker)}
    return {_name_of(each) for each in worker.settings["bindings"]} - kept - set(worker.secrets)


def _restore(archive: Archive) -> str:
    return f"restore it: wfp-ops restore {archive.name} --out plan.json"
