"""What a plan's document must look like, key by key: what comes from a file is believed only after that.

Whether a plan may be applied is asked elsewhere. Here it is only made sure that whoever shows or applies one
finds of each key what it expects, so that a file that was made by hand gets an answer in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from wfp_ops.change.steps import Action, Verdict

_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Plain: TypeAlias = str | int | bool | None


class _Reading(msgspec.Struct, forbid_unknown_fields=True):
    """How the customer list was read: the arguments of ``read_customers``."""

    columns: dict[str, str] | None = None
    status: dict[str, str] | None = None
    duplicates: Literal["refuse", "active_wins"] = "refuse"
    id_case: Literal["exact", "fold"] = "exact"
    sheet: str | int | None = None


class _Customers(msgspec.Struct, forbid_unknown_fields=True):
    source: str | None
    sha256: str | None
    customers: _Count
    set_aside: _Count
    path: str | None
    as_of: str | None
    reading: _Reading


class _Inventory(msgspec.Struct, forbid_unknown_fields=True):
    snapshot: str | None
    verdict: str
    how: str
    taken_at: str
    namespaces: _Count


class _Module(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    content_type: str
    sha256: str
    bytes: _Count


class _Upload(msgspec.Struct, forbid_unknown_fields=True):
    modules: list[_Module]
    secrets: list[str] = []
    metadata: dict[str, Any] = {}
    metadata_text: dict[str, str] = {}


class _Evidence(msgspec.Struct):
    """What of it is worked with; beyond that it may say anything, for people to read."""

    state: str | None = None
    customer_id: str | None = None
    workers: list[dict[str, str | None]] = []
    cannot: list[str] = []
    cannot_return: list[str] = []


class _AnyStep(msgspec.Struct, kw_only=True):
    action: Action
    namespace: str
    worker: str | None
    customer_id: str | None
    reason: str
    evidence: _Evidence
    preconditions: dict[str, _Plain]
    new_name: str | msgspec.UnsetType = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType = msgspec.UNSET
    upload: _Upload | msgspec.UnsetType = msgspec.UNSET


class _Step(_AnyStep, kw_only=True):
    """One that is to be done: it says all that its action needs."""

    def __post_init__(self) -> None:
        if self.action.endswith("_worker") != (self.worker is not None):
            raise ValueError(f"a step {self.action} names {'no' if self.worker is None else 'a'} Worker")
        needed = {"rename_namespace": self.new_name, "put_worker": self.upload, "tag_worker": self.tags}
        if needed.get(self.action) is msgspec.UNSET:
            raise ValueError(f"a step {self.action} does not say what it is to become")


class _Excluded(_AnyStep, kw_only=True):
    guard: str
    guards: list[str] = []


class _GuardRow(msgspec.Struct, forbid_unknown_fields=True):
    guard: str
    verdict: Verdict
    namespace: str | None
    worker: str | None
    detail: str


class _Forecast(msgspec.Struct, forbid_unknown_fields=True):
    requests: _Count
    seconds: _Count


class _Plan(msgspec.Struct):
    """The whole; that nothing else stands in it its digest tells."""

    account: str
    account_id: str
    base_url: str
    created_at: str
    expires_at: str
    convention: str
    tenancy: Literal["namespace", "worker"]
    customers: _Customers
    inventory: _Inventory
    restores: str | None
    steps: list[_Step]
    excluded: list[_Excluded]
    guards: list[_GuardRow]
    overrides: dict[str, str]
    forecast: _Forecast


def check_shape(document: Mapping[str, Any]) -> None:
    """Refuse a document that is none of a plan.

    Raises:
        ValueError: naming the key, and what is wrong with it.
    """
    try:
        msgspec.convert(document, _Plan)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".")
        what = what[:1].lower() + what[1:].replace("`", "")
        raise ValueError(f"{key}: {what}" if key else what) from None
