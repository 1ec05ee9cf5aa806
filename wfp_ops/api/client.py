"""The plain client: the official Python SDK's names for the part of the API that wfp-ops covers.

Code from Cloudflare's documentation carries over (names and arguments as in ``cloudflare`` 5.9.0,
``client.workers_for_platforms.dispatch.namespaces`` and what is below it). **It has no guard**: a
delete deletes at once. Unlike the SDK it keeps the rate budget, fails closed, and never repeats a
change whose answer was lost. To change many things safely use ``Account.apply``.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr

from wfp_ops.api.client_models import BinaryContent, FileTypes, Model, SinglePage, file_parts, model
from wfp_ops.api.origin import DEFAULT_BASE_URL
from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import DEADLINE_S, Transport
from wfp_ops.api.writes import Module, Writes
from wfp_ops.clock import SystemClock
from wfp_ops.errors import SettingsError


class Cloudflare:
    """The plain client. It has no guard: what it is told to delete is deleted, at once.

    Args:
        api_token: by default ``CLOUDFLARE_API_TOKEN``.
        base_url: by default ``CLOUDFLARE_BASE_URL``, else ``CLOUDFLARE_API_BASE_URL``, else Cloudflare's.
        account_id: used where a call names none; by default ``CLOUDFLARE_ACCOUNT_ID``.
        timeout: seconds without a byte after which one try is given up.
        deadline_s: seconds that one call may take with all its waits and tries.
        state_dir: where the rate budget is shared with other processes; None keeps it in this one.

    Raises:
        SettingsError: there is no token, or token or base URL can't be used.
    """

    def __init__(
        self,
        *,
        api_token: str | SecretStr | None = None,
        base_url: str | None = None,
        account_id: str | None = None,
        timeout: float = 60.0,
        deadline_s: float | None = DEADLINE_S,
        state_dir: Path | None = None,
    ) -> None:
        self._transport = Transport(
            base_url=base_url
            or _from_environment("CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE_URL")
            or DEFAULT_BASE_URL,
            token=_token(api_token),
            clock=SystemClock(),
            state_dir=state_dir,
            timeout_s=timeout,
            deadline_s=deadline_s,
        )
        room = _Room(self._transport, account_id)
        self.workers_for_platforms = WorkersForPlatforms(room)

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._transport.base_url

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Cloudflare(base_url={self.base_url!r})"


def _from_environment(*names: str) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _token(given: str | SecretStr | None) -> SecretStr:
    if isinstance(given, SecretStr):
        return given
    text = given if given is not None else os.environ.get("CLOUDFLARE_API_TOKEN")
    if text is None:
        raise SettingsError(
            "there is no API token",
            hint="set CLOUDFLARE_API_TOKEN, or give api_token",
            key="CLOUDFLARE_API_TOKEN",
        )
    return SecretStr(text)


class _Room:
    """The reads and writes of whichever account a call names."""

    def __init__(self, transport: Transport, account_id: str | None) -> None:
        self._transport = transport
        self._account_id = account_id

    def reads(self, account_id: str | None) -> Reads:
        return Reads(self._transport, self._account(account_id))

    def writes(self, account_id: str | None) -> Writes:
        return Writes(self._transport, self._account(account_id))

    def _account(self, given: str | None) -> str:
        account_id = given or self._account_id or os.environ.get("CLOUDFLARE_ACCOUNT_ID")
        if not account_id:
            raise SettingsError(
                "no account is named",
                hint="give account_id, or set CLOUDFLARE_ACCOUNT_ID",
                key="CLOUDFLARE_ACCOUNT_ID",
            )
        return account_id


class _Resource:
    def __init__(self, room: _Room) -> None:
        self._room = room

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class WorkersForPlatforms(_Resource):
    """``client.workers_for_platforms``."""

    @property
    def dispatch(self) -> Dispatch:
        """Dispatch namespaces and what is in them."""
        return Dispatch(self._room)


class Dispatch(_Resource):
    """``client.workers_for_platforms.dispatch``."""

    @property
    def namespaces(self) -> Namespaces:
        """Dispatch namespaces."""
        return Namespaces(self._room)


class Namespaces(_Resource):
    """Dispatch namespaces: ``create``, ``list``, ``get``, ``delete``, and ``scripts`` below. No guard."""

    @property
    def scripts(self) -> Scripts:
        """The Workers in them."""
        return Scripts(self._room)

    def create(self, *, name: str, account_id: str | None = None) -> Model:
        """Create one. A lost answer is an ``AmbiguousOutcomeError``: look before you try again."""
        return _one(self._room.writes(account_id).create_namespace(name))

    def list(self, *, account_id: str | None = None) -> SinglePage[Model]:
        """All of them; fewer than Cloudflare promises is an error, never a short list."""
        listing = self._room.reads(account_id).list_namespaces()
        return SinglePage([_one(item) for item in listing], listing.proof)

    def get(self, dispatch_namespace: str, *, account_id: str | None = None) -> Model:
        """One of them by name."""
        return _one(self._room.reads(account_id).get_namespace(dispatch_namespace))

    def delete(self, dispatch_namespace: str, *, account_id: str | None = None) -> None:
        """Delete one **and every Worker in it**, at once, with no undo and no guard."""
        self._room.writes(account_id).delete_namespace(dispatch_namespace)


class Scripts(_Resource):
    """The Workers of a dispatch namespace. No guard."""

    @property
    def content(self) -> Content:
        """Their code."""
        return Content(self._room)

    @property
    def settings(self) -> ScriptSettings:
        """Their settings."""
        return ScriptSettings(self._room)

    @property
    def bindings(self) -> Bindings:
        """Their bindings."""
        return Bindings(self._room)

    @property
    def secrets(self) -> Secrets:
        """Their secrets."""
        return Secrets(self._room)

    @property
    def tags(self) -> Tags:
        """Their tags."""
        return Tags(self._room)

    def list(
        self, *, dispatch_namespace: str, tags: str | None = None, account_id: str | None = None
    ) -> SinglePage[Model]:
        """All Workers of a namespace, or those that a filter like ``pro:yes,staging:no`` matches.

        The SDK has no such method; Cloudflare's API has.
        """
        listing = self._room.reads(account_id).list_workers(dispatch_namespace, tags=tags)
        return SinglePage([_one(item) for item in listing], listing.proof)

    def get(self, script_name: str, *, dispatch_namespace: str, account_id: str | None = None) -> Model:
        """One Worker; one that does not exist is an error in both of Cloudflare's forms."""
        return _one(self._room.reads(account_id).get_worker(dispatch_namespace, script_name))

    def update(
        self,
        script_name: str,
        *,
        dispatch_namespace: str,
        metadata: Mapping[str, Any],
        files: Sequence[FileTypes] = (),
        bindings_inherit: str | None = None,
        account_id: str | None = None,
    ) -> Model:
        """Upload a Worker, or overwrite the one of that name, without asking."""
        uploaded = self._room.writes(account_id).put_worker(
            dispatch_namespace,
            script_name,
            metadata=metadata,
            modules=_modules(files),
            bindings_inherit=bindings_inherit,
        )
        return _one(uploaded)

    def delete(
        self,
        script_name: str,
        *,
        dispatch_namespace: str,
        force: bool | None = None,
        account_id: str | None = None,
    ) -> None:
        """Delete a Worker at once, with no undo; ``force`` also when others bind to it."""
        self._room.writes(account_id).delete_worker(dispatch_namespace, script_name, force=force)


class Content(_Resource):
    """A Worker's code."""

    def get(
        self, script_name: str, *, dispatch_namespace: str, account_id: str | None = None
    ) -> BinaryContent:
        """The code as bytes: one script, or multipart with all modules."""
        return BinaryContent.of(self._room.reads(account_id).get_content(dispatch_namespace, script_name))

    def update(
        self,
        script_name: str,
        *,
        dispatch_namespace: str,
        metadata: Mapping[str, Any],
        files: Sequence[FileTypes] = (),
        cf_worker_body_part: str | None = None,
        cf_worker_main_module_part: str | None = None,
        account_id: str | None = None,
    ) -> Model:
        """Replace the code and leave the settings, without asking."""
        named = {
            "CF-WORKER-BODY-PART": cf_worker_body_part,
            "CF-WORKER-MAIN-MODULE-PART": cf_worker_main_module_part,
        }
        uploaded = self._room.writes(account_id).put_content(
            dispatch_namespace,
            script_name,
            metadata=metadata,
            modules=_modules(files),
            headers={key: value for key, value in named.items() if value is not None},
        )
        return _one(uploaded)


class ScriptSettings(_Resource):
    """A Worker's settings."""

    def get(self, script_name: str, *, dispatch_namespace: str, account_id: str | None = None) -> Model:
        """The settings."""
        return _one(self._room.reads(account_id).get_settings(dispatch_namespace, script_name))

    def edit(
        self,
        script_name: str,
        *,
        dispatch_namespace: str,
        settings: Mapping[str, Any],
        account_id: str | None = None,
    ) -> Model:
        """Change some settings; all of them come back."""
        return _one(self._room.writes(account_id).patch_settings(dispatch_namespace, script_name, settings))


class Bindings(_Resource):
    """A Worker's bindings."""

    def get(
        self, script_name: str, *, dispatch_namespace: str, account_id: str | None = None
    ) -> SinglePage[Model]:
        """The bindings, each with ``name`` and ``type``."""
        found = self._room.reads(account_id).get_bindings(dispatch_namespace, script_name)
        return SinglePage([_one(item) for item in found])


class Secrets(_Resource):
    """A Worker's secrets. Values go in and never come back."""

    def list(
        self, script_name: str, *, dispatch_namespace: str, account_id: str | None = None
    ) -> SinglePage[Model]:
        """Names and types."""
        found = self._room.reads(account_id).list_secrets(dispatch_namespace, script_name)
        return SinglePage([_one(item) for item in found])

    def get(
        self,
        secret_name: str,
        *,
        dispatch_namespace: str,
        script_name: str,
        url_encoded: bool | None = None,
        account_id: str | None = None,
    ) -> Model:
        """One secret's name and type."""
        reads = self._room.reads(account_id)
        return _one(reads.get_secret(dispatch_namespace, script_name, secret_name, url_encoded=url_encoded))

    def update(
        self,
        script_name: str,
        *,
        dispatch_namespace: str,
        name: str,
        type: str,  # noqa: A002 (the SDK's name)
        account_id: str | None = None,
        **value: Any,
    ) -> Model:
        """Create or replace one: ``text=…`` for ``secret_text``, the key's fields for ``secret_key``."""
        secret = {"name": name, "type": type, **value}
        return _one(self._room.writes(account_id).put_secret(dispatch_namespace, script_name, secret))

    def delete(
        self,
        secret_name: str,
        *,
        dispatch_namespace: str,
        script_name: str,
        url_encoded: bool | None = None,
        account_id: str | None = None,
    ) -> None:
        """Delete one at once."""
        self._room.writes(account_id).delete_secret(
            dispatch_namespace, script_name, secret_name, url_encoded=url_encoded
        )

    def bulk_update(
        self,
        script_name: str,
        *,
        dispatch_namespace: str,
        secrets: Mapping[str, Mapping[str, Any] | None],
        version_tags: Mapping[str, Any] | None = None,
        account_id: str | None = None,
    ) -> dict[str, Model]:
        """Change many at once; None deletes one. What is there afterwards comes back."""
        changes = {"secrets": secrets, **({} if version_tags is None else {"version_tags": version_tags})}
        found = self._room.writes(account_id).patch_secrets(dispatch_namespace, script_name, changes)
        return {name: _one(item) for name, item in found.items()}


class Tags(_Resource):
    """A Worker's tags."""

    def list(
        self, script_name: str, *, dispatch_namespace: str, account_id: str | None = None
    ) -> SinglePage[str]:
        """The tags."""
        return SinglePage(self._room.reads(account_id).list_tags(dispatch_namespace, script_name))

    def update(
        self,
        script_name: str,
        *,
        dispatch_namespace: str,
        body: Sequence[str] | None,
        account_id: str | None = None,
    ) -> SinglePage[str]:
        """Replace all tags; None and an empty list take every tag off."""
        writes = self._room.writes(account_id)
        return SinglePage(writes.put_tags(dispatch_namespace, script_name, body or ()))

    def delete(
        self, tag: str, *, dispatch_namespace: str, script_name: str, account_id: str | None = None
    ) -> None:
        """Take one tag off."""
        self._room.writes(account_id).delete_tag(dispatch_namespace, script_name, tag)


def _one(value: Any) -> Model:
    found: Model = model(value)
    return found


def _modules(files: Sequence[FileTypes]) -> builtins.list[Module]:
    return [Module(*part) for part in file_parts(files)]
