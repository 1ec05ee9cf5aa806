"""Bindings of an upload: checked, and joined with those of the version before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wfp_ops.sandbox import refusals
from wfp_ops.sandbox.envelope import Refusal
from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.store.namespaces import find_namespace

# What a binding can't do without. Types that are not here need a name alone: Cloudflare adds types often.
_NEEDS: dict[str, tuple[str, ...]] = {
    "plain_text": ("text",),
    "secret_text": ("text",),
    "json": ("json",),
    "kv_namespace": ("namespace_id",),
    "r2_bucket": ("bucket_name",),
    "queue": ("queue_name",),
    "service": ("service",),
    "dispatch_namespace": ("namespace",),
    "analytics_engine": ("dataset",),
}


def read_bindings(value: object) -> list[dict[str, Any]]:
    """The list of bindings of a form.

    Raises:
        Refusal: it is no list of bindings, or a name stands twice (400, 10021).
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise refusals.invalid_upload("bindings must be a list.")
    bindings = [_binding(item) for item in value]
    names = [binding["name"] for binding in bindings]
    for name in names:
        if names.count(name) > 1:
            raise refusals.invalid_upload(f'The binding name "{name}" stands twice.')
    return bindings


def _binding(item: object) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise refusals.invalid_upload("A binding must be an object.")
    for fact in ("name", "type"):
        if not isinstance(item.get(fact), str) or not item[fact]:
            raise refusals.invalid_upload(f"A binding lacks its {fact}.")
    for fact in _NEEDS.get(item["type"], ()):
        if fact not in item:
            raise refusals.invalid_upload(f'The {item["type"]} binding "{item["name"]}" lacks its {fact}.')
    return item


def check_targets(db: Database, bindings: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a binding to a dispatch namespace that does not exist (400, 100119)."""
    for binding in bindings:
        if binding["type"] == "dispatch_namespace" and find_namespace(db, str(binding["namespace"])) is None:
            raise refusals.no_namespace(str(binding["namespace"]), status=400)


def join_bindings(
    wanted: Sequence[dict[str, Any]],
    before: Sequence[dict[str, Any]],
    *,
    kept_types: Sequence[str],
    strict: bool,
) -> list[dict[str, Any]]:
    """The wanted bindings with each ``inherit`` resolved, and those of ``kept_types`` from before.

    Raises:
        Refusal: an ``inherit`` has no counterpart and ``strict`` is set (400, 10057); else it is dropped.
    """
    earlier = {binding["name"]: binding for binding in before}
    joined: dict[str, dict[str, Any]] = {}
    for binding in wanted:
        if binding["type"] != "inherit":
            joined[binding["name"]] = binding
            continue
        source = earlier.get(binding.get("old_name") or binding["name"])
        if source is not None:
            joined[binding["name"]] = {**source, "name": binding["name"]}
        elif strict:
            raise Refusal(
                400, 10057, f'The binding "{binding["name"]}" has no counterpart in the previous version.'
            )
    for name, binding in earlier.items():
        if binding["type"] in kept_types:
            joined.setdefault(name, binding)
    return list(joined.values())
