"""An inventory out of a JSON document: what ``POST /sandbox/load`` takes and ``GET /sandbox/state`` gives.

Pure: documents in, records out. What a document leaves out is made up from the seed and the name, so that
the same document always gives the same account.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wfp_ops.sandbox.clock import parse_time, wire_time
from wfp_ops.sandbox.control_input import InputError
from wfp_ops.sandbox.identifiers import hex_id, uuid_id
from wfp_ops.sandbox.store.past import PastName, PastWorker
from wfp_ops.sandbox.store.workers import Module, StoredWorker
from wfp_ops.sandbox.traffic import Traffic, read_traffic

_MODULE_TYPE = "application/javascript+module"
_SETTINGS = (
    "compatibility_date",
    "compatibility_flags",
    "usage_model",
    "handlers",
    "has_assets",
    "last_deployed_from",
    "logpush",
    "migration_tag",
    "observability",
    "placement",
    "limits",
    "tail_consumers",
    "workers_dev",
)


@dataclass(frozen=True)
class InventoryWorker:
    """A Worker with its code, and its traffic where the document says something about it."""

    worker: StoredWorker
    modules: tuple[Module, ...]
    traffic: Traffic | None = None


@dataclass(frozen=True)
class InventoryNamespace:
    """A namespace with its Workers; times are RFC 3339 text, kept as they were given.

    ``traffic`` is that of each of its Workers, where the document says something about it.
    """

    namespace_id: str
    name: str
    created_on: str
    modified_on: str
    created_by: str
    modified_by: str
    trusted_workers: bool
    workers: tuple[InventoryWorker, ...]
    traffic: Traffic | None = None
    past_names: tuple[PastName, ...] = ()


@dataclass(frozen=True)
class InventoryPast:
    """A Worker that was deleted, and its traffic where the document says something about it."""

    worker: PastWorker
    traffic: Traffic | None = None


@dataclass(frozen=True)
class Inventory:
    """A whole account: its namespaces, the ordinary Workers that lie in none of them, what was deleted."""

    namespaces: tuple[InventoryNamespace, ...]
    workers: tuple[InventoryWorker, ...] = ()
    deleted: tuple[InventoryPast, ...] = ()


class InventoryReader:
    """Reads documents; ``seed`` and ``now`` stand in for what they leave out."""

    def __init__(self, *, seed: int, now: datetime) -> None:
        self._seed = seed
        self._now = wire_time(now)

    def read(self, document: object) -> Inventory:
        """The account of ``{"namespaces": [...], "workers": [...], "deleted": [...]}``.

        The ordinary Workers and those that were deleted may be left out.

        Raises:
            InputError: with the place in the document and what is wrong there.
        """
        if not isinstance(document, Mapping) or not isinstance(document.get("namespaces"), list):
            raise InputError('expected an object with a list "namespaces"')
        namespaces = [
            self._namespace(item, f"namespaces[{i}]") for i, item in enumerate(document["namespaces"])
        ]
        _refuse_twice([n.name for n in namespaces], "namespace")
        _refuse_twice([n.namespace_id for n in namespaces], "namespace_id")
        return Inventory(
            tuple(namespaces),
            self._workers(document, "", "document", "Worker of the account"),
            tuple(
                self._past(item, f"deleted[{i}]")
                for i, item in enumerate(_list(document, "deleted", "document"))
            ),
        )

    def _namespace(self, item: object, place: str) -> InventoryNamespace:
        fields = _object(item, place)
        name = _name(fields, ("namespace_name", "name"), place)
        created = self._time(fields, "created_on", place, self._now)
        owner = _text(fields, "created_by", place, hex_id(self._seed, "user"))
        workers = self._workers(fields, name, place, f"Worker of {name!r}")
        namespace_id = _text(fields, "namespace_id", place, uuid_id(self._seed, "namespace", name))
        return InventoryNamespace(
            namespace_id=namespace_id,
            name=name,
            created_on=created,
            modified_on=self._time(fields, "modified_on", place, created),
            created_by=owner,
            modified_by=_text(fields, "modified_by", place, owner),
            trusted_workers=bool(fields.get("trusted_workers", False)),
            workers=workers,
            traffic=read_traffic(fields.get("traffic"), place),
            past_names=tuple(self._past_names(fields, namespace_id, place)),
        )

    def _past_names(self, fields: Mapping[str, Any], namespace_id: str, place: str) -> list[PastName]:
        found = []
        for i, item in enumerate(_list(fields, "past_names", place)):
            where = f"{place}.past_names[{i}]"
            old = _object(item, where)
            until = self._time(old, "until", where, self._now)
            found.append(PastName(namespace_id, _name(old, ("name",), where), until))
        return found

    def _past(self, item: object, place: str) -> InventoryPast:
        """A Worker that is no more; without a namespace it was the account's own."""
        fields = _object(item, place)
        name = _name(fields, ("script_name", "name", "id"), place)
        namespace = _text(fields, "namespace", place, "")
        home_id = uuid_id(self._seed, "namespace", namespace) if namespace else ""
        past = PastWorker(
            namespace_id=_text(fields, "namespace_id", place, home_id),
            namespace=namespace,
            worker_id=_text(fields, "tag", place, hex_id(self._seed, "worker", namespace, name)),
            name=name,
            version_id=_text(fields, "version_id", place, uuid_id(self._seed, "deployment", namespace, name)),
            usage_model=_text(fields, "usage_model", place, "standard"),
            created_on=self._time(fields, "created_on", place, self._now),
            deleted_on=self._time(fields, "deleted_on", place, self._now),
            binds=tuple(_texts(fields, "binds", place)),
        )
        return InventoryPast(past, read_traffic(fields.get("traffic"), place))

    def _workers(
        self, fields: Mapping[str, Any], namespace: str, place: str, what: str
    ) -> tuple[InventoryWorker, ...]:
        """The Workers of a namespace, or those of the account, whose namespace has no name."""
        items = _list(fields, "workers", place)
        workers = tuple(self._worker(w, namespace, f"{place}.workers[{i}]") for i, w in enumerate(items))
        _refuse_twice([w.worker.name for w in workers], what)
        return workers

    def _worker(self, item: object, namespace: str, place: str) -> InventoryWorker:
        fields = _object(item, place)
        name = _name(fields, ("script_name", "name", "id"), place)
        modules = _modules(fields, name, place)
        created = self._time(fields, "created_on", place, self._now)
        settings = {key: fields[key] for key in _SETTINGS if fields.get(key) is not None}
        worker = StoredWorker(
            name=name,
            worker_id=_text(fields, "tag", place, hex_id(self._seed, "worker", namespace, name)),
            created_on=created,
            modified_on=self._time(fields, "modified_on", place, created),
            etag=_text(fields, "etag", place, content_etag(modules)),
            deployment_id=_text(
                fields, "deployment_id", place, uuid_id(self._seed, "deployment", namespace, name)
            ),
            entry_part=_text(fields, "entry_part", place, modules[0].name),
            has_modules=bool(fields.get("has_modules", True)),
            tags=tuple(_texts(fields, "tags", place)),
            bindings=tuple(_bindings(fields, place)),
            settings={"usage_model": "standard", "handlers": ["fetch"], **settings},
        )
        return InventoryWorker(worker, modules, read_traffic(fields.get("traffic"), place))

    def _time(self, fields: Mapping[str, Any], key: str, place: str, otherwise: str) -> str:
        text = _text(fields, key, place, otherwise)
        try:
            parse_time(text)
        except ValueError:
            raise InputError(f"{place}.{key}: {text!r} is no ISO 8601 time") from None
        return text


def content_etag(modules: Sequence[Module]) -> str:
    """64 hex characters that change with the code."""
    return hex_id(*(part for m in modules for part in (m.name, m.content_type, m.content.hex())), length=64)


def _object(item: object, place: str) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise InputError(f"{place}: expected an object")
    return item


def _name(fields: Mapping[str, Any], keys: Sequence[str], place: str) -> str:
    """The first of ``keys`` that is there. Any text will do: rules for names hold for creation only."""
    name = next((fields[key] for key in keys if fields.get(key) is not None), None)
    if not isinstance(name, str) or not name:
        raise InputError(f"{place}: expected a {' or '.join(keys)} that is not empty")
    return name


def _text(fields: Mapping[str, Any], key: str, place: str, otherwise: str) -> str:
    value = fields.get(key)
    if value is None:
        return otherwise
    if not isinstance(value, str):
        raise InputError(f"{place}.{key}: expected text")
    return value


def _list(fields: Mapping[str, Any], key: str, place: str) -> list[Any]:
    values = fields.get(key)
    if values is None:
        return []
    if not isinstance(values, list):
        raise InputError(f"{place}.{key}: expected a list")
    return values


def _texts(fields: Mapping[str, Any], key: str, place: str) -> list[str]:
    values = _list(fields, key, place)
    if not all(isinstance(value, str) for value in values):
        raise InputError(f"{place}.{key}: expected a list of texts")
    return values


def _bindings(fields: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    bindings = _list(fields, "bindings", place)
    for binding in bindings:
        if not isinstance(binding, Mapping) or not {"name", "type"} <= binding.keys():
            raise InputError(f"{place}.bindings: expected objects with name and type")
    return [dict(binding) for binding in bindings]


def _modules(fields: Mapping[str, Any], worker: str, place: str) -> tuple[Module, ...]:
    documents = _list(fields, "modules", place)
    modules = []
    for i, document in enumerate(documents):
        module = _object(document, f"{place}.modules[{i}]")
        content_type = _text(module, "content_type", place, _MODULE_TYPE)
        modules.append(
            Module(_name(module, ("name",), place), content_type, _content(module, f"{place}.modules[{i}]"))
        )
    return tuple(modules) or (default_module(worker),)


def _content(module: Mapping[str, Any], place: str) -> bytes:
    if module.get("content_base64") is None:
        return _text(module, "content", place, "").encode()
    try:
        return base64.b64decode(_text(module, "content_base64", place, ""), validate=True)
    except binascii.Error as error:
        raise InputError(f"{place}.content_base64: {error}") from None


def _refuse_twice(values: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise InputError(f"the {what} {value!r} stands twice")
        seen.add(value)


def default_module(worker: str) -> Module:
    """The code of a Worker that came without any: it answers with its own name."""
    # repr of a str without quotes in it is a JavaScript string too; anything odd is left out of the code.
    text = "".join(c for c in worker if c.isalnum() or c in "-_. ")
    code = f'export default {{\n  async fetch() {{\n    return new Response("{text}");\n  }},\n}};\n'
    return Module("index.js", _MODULE_TYPE, code.encode())
