"""Every request that changes an account. Only ``change`` and the plain client may import this module.

Nothing here guards, asks back or settles a lost answer: that is what ``change`` is for. Paths and
bodies: API reference, "Workers for Platforms > Dispatch > Namespaces" and its sub-resources.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wfp_ops.api.identity import named
from wfp_ops.api.models import Namespace, Worker, keep_unknown
from wfp_ops.api.paths import account_path, namespace_path, namespaces_path, path_part, script_path
from wfp_ops.api.transport import Transport
from wfp_ops.api.wire import FilePart
from wfp_ops.errors import SettingsError

# docs page "Workers > Configuration > Multipart upload metadata"
_CONTENT_TYPES = {
    "js": "application/javascript+module",
    "mjs": "application/javascript+module",
    "cjs": "application/javascript",
    "wasm": "application/wasm",
    "py": "text/x-python",
    "map": "application/source-map",
    "txt": "text/plain",
    "html": "text/plain",
    "sql": "text/plain",
    "bin": "application/octet-stream",
}


@dataclass(frozen=True)
class Module:
    """One file of a Worker: its name (which the metadata refers to), its bytes, its content type."""

    name: str
    body: bytes = field(repr=False)
    content_type: str = ""

    def part(self) -> FilePart:
        """As a part of the upload form: part name and filename both equal the module's name."""
        ending = self.name.rpartition(".")[2].lower()
        guessed = _CONTENT_TYPES.get(ending) or mimetypes.guess_type(self.name)[0]
        kind = self.content_type or guessed or "application/octet-stream"
        return (self.name, (self.name, self.body, kind))


class Writes:
    """The changes of one account, each sent at most once unless Cloudflare throttled it.

    All methods raise ``AmbiguousOutcomeError`` when the answer was lost, so that nobody knows
    whether the change happened, and otherwise ``APIError`` and its kin.
    """

    def __init__(self, transport: Transport, account_id: str) -> None:
        self.transport = transport
        self.account_id = account_id
        account_path(account_id)

    # --- namespaces -------------------------------------------------------------------------

    def create_namespace(self, name: str) -> Namespace:
        """Create a dispatch namespace; what Cloudflare made comes back.

        Raises:
            NamespaceNameError: the name is taken or not allowed (100120 says both).
        """
        path = namespaces_path(self.account_id)
        answer = self.transport.call("POST", path, Namespace, json={"name": name})
        return named(answer, answer.result.name, name, "result.namespace_name")

    def update_namespace(self, name: str, *, new_name: str, trusted_workers: bool) -> Namespace:
        """Rename a namespace and set its trusted mode: Cloudflare replaces both, so both are due."""
        answer = self.transport.call(
            "PUT",
            namespace_path(self.account_id, name),
            Namespace,
            json={"name": new_name, "trusted_workers": trusted_workers},
        )
        return named(answer, answer.result.name, new_name, "result.namespace_name")

    def delete_namespace(self, name: str) -> None:
        """Delete a namespace **and every Worker in it**, at once. There is no undo at Cloudflare."""
        self.transport.command("DELETE", namespace_path(self.account_id, name))

    # --- Workers ----------------------------------------------------------------------------

    def put_worker(
        self,
        namespace: str,
        worker: str,
        *,
        metadata: Mapping[str, Any],
        modules: Sequence[Module],
        bindings_inherit: str | None = None,
    ) -> Worker:
        """Upload a Worker, or overwrite the one of that name (which drops its secrets unless kept).

        Args:
            namespace: where it goes.
            worker: its name.
            metadata: ``main_module``, ``bindings``, ``tags``, ``compatibility_date`` and so on.
            modules: its files; the metadata's main module is one of them.
            bindings_inherit: ``"strict"`` refuses an ``inherit`` binding without a counterpart.
        """
        query = {} if bindings_inherit is None else {"bindings_inherit": bindings_inherit}
        answer = self.transport.call(
            "PUT",
            script_path(self.account_id, namespace, worker),
            Worker,
            query=query,
            files=_form("metadata", metadata, modules),
        )
        return named(answer, answer.result.name, worker, "result.id")

    def put_content(
        self,
        namespace: str,
        worker: str,
        *,
        metadata: Mapping[str, Any],
        modules: Sequence[Module],
        headers: Mapping[str, str] | None = None,
    ) -> Worker:
        """Replace a Worker's code and leave its settings; ``metadata`` needs the main module's name only."""
        answer = self.transport.call(
            "PUT",
            self._below(namespace, worker, "content"),
            Worker,
            files=_form("metadata", metadata, modules),
            headers=headers,
        )
        return keep_unknown(answer.result, answer.raw_result())

    def delete_worker(self, namespace: str, worker: str, *, force: bool | None = None) -> None:
        """Delete a Worker; ``force`` also when others bind to it, with its Durable Object namespaces."""
        query = {} if force is None else {"force": "true" if force else "false"}
        self.transport.command("DELETE", script_path(self.account_id, namespace, worker), query=query)

    def patch_settings(self, namespace: str, worker: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Change some of a Worker's settings; all of them come back. The body is multipart, not JSON."""
        path = self._below(namespace, worker, "settings")
        return self.transport.call(
            "PATCH", path, dict[str, Any], files=_form("settings", settings, ())
        ).result

    # --- tags -------------------------------------------------------------------------------

    def put_tags(self, namespace: str, worker: str, tags: Sequence[str]) -> list[str]:
        """Replace all tags of a Worker (at most 8, without ``,`` and ``&``); they come back."""
        path = self._below(namespace, worker, "tags")
        answer = self.transport.call("PUT", path, list[str] | None, json=list(tags))  # type: ignore[arg-type]
        return list(answer.result or [])

    def put_tag(self, namespace: str, worker: str, tag: str) -> None:
        """Add one tag."""
        self.transport.command("PUT", self._below(namespace, worker, "tags", tag))

    def delete_tag(self, namespace: str, worker: str, tag: str) -> None:
        """Take one tag off."""
        self.transport.command("DELETE", self._below(namespace, worker, "tags", tag))

    # --- secrets ----------------------------------------------------------------------------

    def put_secret(self, namespace: str, worker: str, secret: Mapping[str, Any]) -> dict[str, Any]:
        """Create or replace one secret (``name``, ``text``, ``type``); its value never comes back."""
        path = self._below(namespace, worker, "secrets")
        return self.transport.call("PUT", path, dict[str, Any], json=secret).result

    def delete_secret(
        self, namespace: str, worker: str, secret: str, *, url_encoded: bool | None = None
    ) -> None:
        """Delete one secret."""
        query = {} if url_encoded is None else {"url_encoded": "true" if url_encoded else "false"}
        self.transport.command("DELETE", self._below(namespace, worker, "secrets", secret), query=query)

    def patch_secrets(self, namespace: str, worker: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change many secrets at once: ``{"secrets": {NAME: {…} or null}, "version_tags": {…}}``.

        What is there afterwards comes back, as name → secret without its value.
        """
        path = self._below(namespace, worker, "secrets-bulk")
        return self.transport.call("PATCH", path, dict[str, Any], json=changes).result

    def _below(self, namespace: str, worker: str, *parts: str) -> str:
        encoded = "/".join(path_part(part) for part in parts)
        return f"{script_path(self.account_id, namespace, worker)}/{encoded}"


def _form(name: str, content: Mapping[str, Any], modules: Sequence[Module]) -> list[FilePart]:
    taken = [module.name for module in modules]
    if name in taken or len(set(taken)) != len(taken):
        raise SettingsError(f"two parts of the upload have one name: {sorted([name, *taken])}")
    return [(name, (None, msgspec.json.encode(content), "application/json")), *(m.part() for m in modules)]
