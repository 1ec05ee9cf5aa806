"""The metadata of an upload, made from what was archived. Pure.

Source: docs page "Workers > Configuration > Multipart upload metadata".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from wfp_ops.change.archive.losses import SECRET_TYPES, own_objects
from wfp_ops.change.archive.model import ArchivedWorker

# Under these names the settings say it, and the metadata takes it
PLAIN = (
    "cache_options",
    "compatibility_date",
    "compatibility_flags",
    "limits",
    "logpush",
    "observability",
    "tail_consumers",
    "usage_model",
)
_PLACEMENT_FINDINGS = frozenset({"last_analyzed_at", "status"})
_NEED_A_PART = frozenset({"data_blob", "text_blob", "wasm_module"})


def metadata_of(worker: ArchivedWorker) -> dict[str, Any]:
    """What an upload of the Worker says beside its modules.

    Left out is what can't be given again: secrets, assets, its own Durable Objects (which need migrations);
    and what is off or empty, as it is in any new Worker.
    """
    entry = "main_module" if worker.syntax == "module" else "body_part"
    facts = {name: fact_of(worker, name) for name in (*PLAIN, "placement", "tags")}
    return {
        entry: worker.entry,
        "bindings": bindings_of(worker),
        **{name: value for name, value in facts.items() if value},
    }


def fact_of(worker: ArchivedWorker, name: str) -> Any:
    """One fact of its settings or, where those do not say, of the script; None where neither does."""
    value = worker.settings.get(name)
    value = worker.script.get(name) if value is None else value
    if name == "placement" and isinstance(value, Mapping):
        return {key: each for key, each in value.items() if key not in _PLACEMENT_FINDINGS}
    return value


def bindings_of(worker: ArchivedWorker) -> list[Mapping[str, Any]]:
    """The bindings that an upload can give again: plain values, and references to what lies elsewhere."""
    bindings = worker.settings["bindings"]
    out = {*map(_key, _left_out(worker)), *(_key(each) for each in bindings if each["type"] in SECRET_TYPES)}
    return [each for each in bindings if _key(each) not in out]


def left_out(worker: ArchivedWorker) -> list[str]:
    """Sentences: which bindings an upload can't give again, secrets aside."""
    return [
        f"Worker {worker.name!r}: the binding {each['name']!r} ({each['type']}) is left out; "
        "deploy the Worker from its source to have it again"
        for each in _left_out(worker)
    ]


def _left_out(worker: ArchivedWorker) -> list[Mapping[str, Any]]:
    bindings: list[Mapping[str, Any]] = worker.settings["bindings"]
    modules = {module.name for module in worker.modules}
    bare = [
        each
        for each in bindings
        if each["type"] == "assets" or (each["type"] in _NEED_A_PART and each.get("part") not in modules)
    ]
    return [*own_objects(worker.name, bindings), *bare]


def _key(binding: Mapping[str, Any]) -> tuple[str, str]:
    return binding["type"], binding["name"]


# --- in a plan -----------------------------------------------------------------------------------


def upload_of(worker: ArchivedWorker) -> dict[str, Any]:
    """What a ``put_worker`` step carries: metadata, modules by hash, the names of its secrets.

    A plan's digest knows no numbers such as 0.1, so a fact that holds one stands as JSON text in
    ``metadata_text``, under its own name; ``metadata_in`` puts both together again.
    """
    metadata = metadata_of(worker)
    texts = {name: json.dumps(value, sort_keys=True) for name, value in metadata.items() if _has_float(value)}
    upload: dict[str, Any] = {
        "metadata": {name: value for name, value in metadata.items() if name not in texts},
        "modules": [
            {
                "name": module.name,
                "content_type": module.content_type,
                "sha256": module.sha256,
                "bytes": module.size,
            }
            for module in worker.modules
        ],
        "secrets": list(worker.secrets),
    }
    return {**upload, "metadata_text": texts} if texts else upload


def metadata_in(upload: Mapping[str, Any]) -> dict[str, Any]:
    """The whole metadata of a step's ``upload``.

    Raises:
        ValueError: a text in it is no JSON.
    """
    texts: Mapping[str, str] = upload.get("metadata_text", {})
    return {**upload.get("metadata", {}), **{name: json.loads(text) for name, text in texts.items()}}


def _has_float(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_float, value.values()))
    if isinstance(value, str) or not isinstance(value, Iterable):
        return isinstance(value, float)
    return any(map(_has_float, value))
