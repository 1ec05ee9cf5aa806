"""What stands on the wire, as msgspec structs: decoded straight from bytes, checked on the way.

Only names that make a thing addressable are required; everything else is optional in Cloudflare's
own schema and therefore here. Dates stay ISO 8601 text: a frame converts whole columns at once.
A wrongly typed value is an error that names its path. Fields: API reference, "List / Get Dispatch
Namespaces", "Fetch a list of Workers in a namespace", "Verify Token".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from wfp_ops.frames.provenance import Completeness
from wfp_ops.frames.show import facts_table

T = TypeVar("T")

# Keys of result_info that would name or announce another page; Cloudflare documents none of them here
_SAYS_MORE = ("next", "more", "has_more", "has_next", "hasmore", "hasnext", "is_truncated", "truncated")

# A frame holds counts in 64 bits; no namespace has so many Workers, and none has fewer than none
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
FilledText = Annotated[str, msgspec.Meta(min_length=1)]

# No key of a JSON object that Cloudflare sends looks like this, so ``extra`` is never filled by chance.
_NOT_ON_THE_WIRE = "(keys without a field)"


class WireStruct(msgspec.Struct, kw_only=True, gc=False):
    """A struct that keeps keys without a field in ``extra`` (single reads; bulk pages drop them).

    JSON holds no cycles, so the garbage collector need not look at what is made of it: that halves
    the time of a large page.
    """

    extra: dict[str, Any] = msgspec.field(name=_NOT_ON_THE_WIRE, default_factory=dict)

    def _repr_html_(self) -> str:
        """A small table for notebooks: every field that has a value, under its path; escaped."""
        name = getattr(self, "name", "")
        return facts_table(f"{type(self).__name__} {name}".rstrip(), dict(_facts(self)))


def _facts(value: WireStruct) -> Iterator[tuple[str, object]]:
    for field in value.__struct_fields__:
        inner = getattr(value, field)
        if isinstance(inner, WireStruct):
            yield from ((f"{field}.{path}", fact) for path, fact in _facts(inner))
        elif field != "extra":
            yield field, inner
    yield from ((f"extra[{key!r}]", fact) for key, fact in value.extra.items())


class Namespace(WireStruct, kw_only=True, gc=False):
    """One dispatch namespace. ``namespace_name`` is what paths use, ``namespace_id`` survives a rename."""

    namespace_name: FilledText
    namespace_id: str | None = None
    script_count: Count | None = None
    trusted_workers: bool | None = None
    created_on: str | None = None
    created_by: str | None = None
    modified_on: str | None = None
    modified_by: str | None = None

    @property
    def name(self) -> str:
        """The name, under the word that the rest of the toolkit uses."""
        return self.namespace_name

    def __repr__(self) -> str:
        workers = "?" if self.script_count is None else self.script_count
        return f"Namespace({self.namespace_name!r}, id={self.namespace_id!r}, workers={workers})"


class Worker(WireStruct, kw_only=True, gc=False):
    """One user Worker: an item of a namespace's script list, or the script of a single read."""

    id: FilledText
    script_name: str | None = None
    tag: str | None = None
    tags: list[str] | None = None
    etag: str | None = None
    created_on: str | None = None
    modified_on: str | None = None
    usage_model: str | None = None
    compatibility_date: str | None = None
    compatibility_flags: list[str] | None = None
    handlers: list[str] | None = None
    has_assets: bool | None = None
    has_modules: bool | None = None
    logpush: bool | None = None
    migration_tag: str | None = None
    last_deployed_from: str | None = None
    startup_time_ms: float | None = None

    @property
    def name(self) -> str:
        """Its name: some answers carry ``script_name`` beside ``id``, and then that one counts."""
        return self.script_name or self.id

    def __repr__(self) -> str:
        return f"Worker({self.name!r}, tags={self.tags!r})"


class WorkerDetail(WireStruct, kw_only=True, gc=False):
    """The answer of a single Worker's read; ``script`` is null in one form of "no such Worker"."""

    script: Worker | None = None
    dispatch_namespace: str | None = None
    created_on: str | None = None
    modified_on: str | None = None

    @property
    def name(self) -> str:
        """The Worker's name; empty where the answer held no script."""
        return self.script.name if self.script else ""

    def __repr__(self) -> str:
        return f"WorkerDetail({self.name!r}, dispatch_namespace={self.dispatch_namespace!r})"


class Binding(msgspec.Struct, kw_only=True):
    """What every binding of a Worker says of itself; what else it holds depends on its type."""

    name: FilledText
    type: FilledText


class WorkerBindings(msgspec.Struct, kw_only=True):
    """The bindings out of a Worker's settings: a missing list is no empty one."""

    bindings: list[Binding]


class TokenStatus(WireStruct, kw_only=True, gc=False):
    """What Cloudflare says of a token: ``status`` is active, disabled or expired; times are ISO text."""

    status: FilledText
    id: str | None = None
    expires_on: str | None = None
    not_before: str | None = None

    @property
    def active(self) -> bool:
        """True when the token is live (which says nothing of what it may do)."""
        return self.status == "active"


class Cursors(msgspec.Struct, kw_only=True):
    """The cursors of a page: the one after it, if there is one."""

    after: str | None = None
    before: str | None = None


class ResultInfo(msgspec.Struct, kw_only=True):
    """The paging part of an envelope, page style and cursor style in one; what is absent is None.

    ``cursors.after`` is the cursor of some endpoints (cloudflare-python ``pagination.py``) and stands
    in ``cursor`` once the whole has been ``looked_through``.
    """

    page: int | None = None
    per_page: int | None = None
    count: int | None = None
    total_count: int | None = None
    total_pages: int | None = None
    cursor: str | None = None
    cursors: Cursors | None = None
    sign_of_more: str | None = msgspec.field(name=_NOT_ON_THE_WIRE, default=None)

    def looked_through(self, raw: object) -> ResultInfo:
        """Itself, with what ``raw`` (the same without a type) says of another page in other words."""
        if self.cursors is not None and self.cursors.after:
            self.cursor = self.cursor or self.cursors.after
        self.sign_of_more = next(_signs(raw), None)
        return self


def _signs(raw: object) -> Iterator[str]:
    """The paths of keys without a field that say that there is more: ``next…``, ``has_more``, filled."""
    if not isinstance(raw, dict):
        return
    for key, value in raw.items():
        if isinstance(value, dict):
            yield from (f"{key}.{path}" for path in _signs(value))
        elif value and key.lower().startswith(_SAYS_MORE):
            yield key


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A whole listing, with the verdict whether it was whole."""

    items: list[T]
    proof: Completeness

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


W = TypeVar("W", bound=WireStruct)


def keep_unknown(value: W, raw: object) -> W:
    """Put the keys of ``raw`` (the same object, decoded without a type) that have no field into ``extra``."""
    if isinstance(raw, dict):
        known = set(value.__struct_encode_fields__)
        value.extra = {key: item for key, item in raw.items() if key not in known}
        for name in value.__struct_fields__:
            inner = getattr(value, name)
            if isinstance(inner, WireStruct):
                keep_unknown(inner, raw.get(name))
    return value
