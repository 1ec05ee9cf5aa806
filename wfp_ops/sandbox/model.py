"""What a scenario says: an inventory at one moment, the customer list beside it, and the truth about both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wfp_ops.sandbox.traffic import Traffic


@dataclass(frozen=True)
class SeedModule:
    """One module of a Worker: the name that others import it by, its content type and its text."""

    name: str
    content: str
    content_type: str = "application/javascript+module"


@dataclass(frozen=True)
class SeedWorker:
    """A Worker to be loaded. Times are aware UTC; what is None the store makes up from the rest.

    The first of ``modules`` is the main one. ``bindings`` are as in an upload's metadata
    (``{"type": "plain_text", "name": "TENANT", "text": "42"}``); a ``secret_text`` may leave out its text.
    """

    name: str
    created_on: datetime
    modified_on: datetime
    tags: tuple[str, ...] = ()
    etag: str | None = None
    usage_model: str = "standard"
    compatibility_date: str | None = None
    compatibility_flags: tuple[str, ...] = ()
    handlers: tuple[str, ...] = ("fetch",)
    modules: tuple[SeedModule, ...] = ()
    bindings: tuple[Mapping[str, Any], ...] = ()
    worker_id: str | None = None
    traffic: Traffic | None = None


@dataclass(frozen=True)
class SeedNamespace:
    """A dispatch namespace to be loaded, with its Workers. Times are aware UTC.

    ``namespace_id`` is a UUID as text; ``created_by`` and ``modified_by`` are tags of 32 hex characters.
    """

    name: str
    namespace_id: str
    created_on: datetime
    modified_on: datetime
    created_by: str
    modified_by: str
    trusted_workers: bool = False
    workers: tuple[SeedWorker, ...] = ()
    traffic: Traffic | None = None


@dataclass(frozen=True)
class SeedPast:
    """A namespace that was deleted (aware UTC) with its Workers: nothing but analytics tells of it."""

    namespace: SeedNamespace
    deleted_on: datetime


@dataclass(frozen=True)
class Scenario:
    """An account at ``now``. The same name, seed and moment give an equal scenario.

    ``workers`` are the account's ordinary Workers, which lie in no namespace; ``deleted`` is what is no more.
    ``customers`` are the rows of the operator's customer list as text, under ``customer_columns`` (the
    CSV's header, in this order); ``truth`` says what an audit ought to find and why, as plain JSON values.
    """

    name: str
    seed: int
    now: datetime
    namespaces: tuple[SeedNamespace, ...] = ()
    customer_columns: tuple[str, ...] = ()
    customers: tuple[Mapping[str, str], ...] = ()
    truth: Mapping[str, Any] = field(default_factory=dict)
    workers: tuple[SeedWorker, ...] = ()
    deleted: tuple[SeedPast, ...] = ()
