"""What of a Worker can't be archived or come back by itself, and what of that is lost for good. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SECRET_TYPES = frozenset({"secret_text", "secret_key"})
# Bindings to something that holds data of its own, outside the Worker
_ELSEWHERE = frozenset(
    {
        "analytics_engine",
        "d1",
        "durable_object_namespace",
        "hyperdrive",
        "kv_namespace",
        "mtls_certificate",
        "pipelines",
        "queue",
        "r2_bucket",
        "secrets_store_secret",
        "vectorize",
        "workflow",
    }
)
TRUSTED = "trusted mode is off in a new namespace: a person has to switch it on again"


def what_cannot_return(
    worker: str, settings: Mapping[str, Any], *, has_assets: bool | None, secrets: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """Two lists of sentences: what can't come back by itself, and those of them that are lost for good.

    Args:
        worker: its name, which each sentence begins with.
        settings: what the API says of its settings.
        has_assets: whether it has static assets; None (not known) counts as lost.
        secrets: names of secrets beside those among the bindings.
    """
    bindings = settings.get("bindings")
    known = [each for each in bindings if isinstance(each, Mapping)] if isinstance(bindings, list) else []
    if any(each.get("type") == "assets" for each in known):
        has_assets = True
    lost = [*_assets(has_assets), *_objects(worker, settings, known)]
    if not isinstance(bindings, list):
        lost.append("Cloudflare does not say what it is bound to")
    told = [str(each.get("name")) for each in known if each.get("type") in SECRET_TYPES]
    names = dict.fromkeys([*told, *secrets])
    cannot = [f"the value of the secret {name!r} can't be read; it has to be put again" for name in names]
    said = f"Worker {worker!r}: "
    irreversible = [said + sentence for sentence in lost]
    return [
        *(said + sentence for sentence in [*cannot, *_elsewhere(worker, known)]),
        *irreversible,
    ], irreversible


def own_objects(worker: str, bindings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The bindings to Durable Objects whose class is the Worker's own: their data goes with it."""
    return [
        each
        for each in bindings
        if each.get("type") == "durable_object_namespace" and each.get("script_name") in (None, "", worker)
    ]


def _assets(has_assets: bool | None) -> list[str]:
    if has_assets is None:
        return ["Cloudflare does not say whether it has static assets, which can't be downloaded"]
    return ["its static assets can't be downloaded, so they are lost for good"] if has_assets else []


def _objects(worker: str, settings: Mapping[str, Any], bindings: Sequence[Mapping[str, Any]]) -> list[str]:
    classes = dict.fromkeys(str(each.get("class_name", "?")) for each in own_objects(worker, bindings))
    lost = [f"the data of its Durable Object class {name!r} is lost for good" for name in classes]
    if settings.get("migration_tag"):
        tag = settings["migration_tag"]
        lost.append(f"the state of its Durable Object migrations (at {tag!r}) is lost for good")
    return lost


def _elsewhere(worker: str, bindings: Sequence[Mapping[str, Any]]) -> list[str]:
    own = own_objects(worker, bindings)
    names = [
        f"{each.get('name')} ({each['type']})"
        for each in bindings
        if each.get("type") in _ELSEWHERE and each not in own
    ]
    if not names:
        return []
    return [f"the data behind its bindings is not archived and stays where it is: {', '.join(names)}"]
