"""Reads one Worker with everything that the API tells of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wfp_ops.api.models import Worker
from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Download
from wfp_ops.change.archive.losses import SECRET_TYPES, what_cannot_return
from wfp_ops.change.archive.model import ArchivedModule, ArchivedWorker
from wfp_ops.change.archive.parts import Part, entry_of, parts_of
from wfp_ops.errors import ArchiveError

# What a secret may say of itself in a file; the API keeps its value back, and so does this
_SECRET_FACTS = ("name", "type", "algorithm", "format", "usages")


@dataclass(frozen=True)
class WorkerCopy:
    """A Worker as it is archived, and its modules with their bytes."""

    record: ArchivedWorker
    parts: tuple[Part, ...]


def read_worker(reads: Reads, namespace: str, worker: str) -> WorkerCopy:
    """Read one Worker: itself, its code, its settings, its secrets' names.

    Raises:
        WorkerNotFoundError: there is none.
        ArchiveError: an answer lacks what an archive must hold, or its code can't be read.
        APIError: Cloudflare refused, or an answer was not whole.
    """
    name = f"{namespace}/{worker}"
    script = script_of(reads, namespace, worker)
    download = reads.get_content(namespace, worker)
    settings = _without_values(name, reads.get_settings(namespace, worker))
    secrets = [_secret_name(name, each) for each in reads.list_secrets(namespace, worker)]
    secrets += [each["name"] for each in settings["bindings"] if each["type"] in SECRET_TYPES]
    parts = _parts(name, download)
    cannot, irreversible = what_cannot_return(worker, settings, has_assets=script.has_assets, secrets=secrets)
    record = ArchivedWorker(
        name=worker,
        tag=script.tag,
        etag=script.etag,
        created_on=script.created_on,
        modified_on=script.modified_on,
        entry=_entry(name, parts, download),
        syntax=_syntax(script, download),
        modules=tuple(
            ArchivedModule(
                name=part.name, content_type=part.content_type, sha256=part.sha256, size=len(part.content)
            )
            for part in parts
        ),
        settings_text=as_text(settings),
        script_text=as_text(_facts(script)),
        secrets=tuple(dict.fromkeys(secrets)),
        handlers=None if script.handlers is None else tuple(script.handlers),
        has_assets=script.has_assets,
        cannot=tuple(cannot),
        irreversible=tuple(irreversible),
    )
    return WorkerCopy(record, tuple(parts))


def script_of(reads: Reads, namespace: str, worker: str) -> Worker:
    """One Worker as the API describes it.

    Raises:
        WorkerNotFoundError: there is none.
        APIError: Cloudflare refused, or its answer was not whole.
    """
    script = reads.get_worker(namespace, worker).script
    if script is None:
        raise _lacking(f"{namespace}/{worker}", "the Worker itself")
    return script


def as_text(value: Any) -> str:
    """What the API said, as JSON text: numbers stay as they are, whatever they are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _facts(script: Worker) -> dict[str, Any]:
    """Everything the API said of the script, under its own names."""
    said = {name: getattr(script, name) for name in script.__struct_fields__ if name != "extra"}
    return {**{name: value for name, value in said.items() if value is not None}, **script.extra}


def _without_values(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, their bindings checked, and no value of a secret among them whatever the API says."""
    bindings = settings.get("bindings")
    if not isinstance(bindings, list):
        raise _lacking(name, "the list of its bindings")
    return {**settings, "bindings": [_binding(name, each) for each in bindings]}


def _binding(name: str, said: object) -> Mapping[str, Any]:
    if (
        not isinstance(said, Mapping)
        or not isinstance(said.get("name"), str)
        or not isinstance(said.get("type"), str)
    ):
        raise _lacking(name, "name and type of a binding")
    if said["type"] not in SECRET_TYPES:
        return said
    return {fact: said[fact] for fact in _SECRET_FACTS if fact in said}


def _secret_name(name: str, secret: Mapping[str, Any]) -> str:
    found = secret.get("name")
    if not isinstance(found, str) or not found:
        raise _lacking(name, "the name of a secret")
    return found


def _parts(name: str, download: Download) -> list[Part]:
    try:
        return parts_of(download)
    except ArchiveError as error:
        raise ArchiveError(error.message, path=name, hint=error.hint) from None


def _entry(name: str, parts: list[Part], download: Download) -> str | None:
    entry = entry_of(parts, download.entrypoint)
    if entry is None and parts:
        raise _lacking(name, "which of its modules is the main one")
    return entry


def _syntax(script: Worker, download: Download) -> Literal["module", "service-worker"]:
    """By the API's word or, where it gives none, by the form: a bare script is none unless it says so."""
    modular = script.has_modules
    if modular is None:
        kind = download.content_type.lower()
        modular = kind.startswith("multipart/") or kind.partition(";")[0].strip().endswith("+module")
    return "module" if modular else "service-worker"


def _lacking(name: str, what: str) -> ArchiveError:
    return ArchiveError(
        f"Cloudflare's answer lacks {what}",
        path=name,
        hint="try again; what can't be archived in full must not be deleted",
    )
