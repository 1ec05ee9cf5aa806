"""``Plan``: an immutable list of changes with everything that it rests on, and the digest that names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from wfp_ops.change.canonical import sha256_of
from wfp_ops.change.overrides import Overrides, overrides_of
from wfp_ops.change.plan_shape import check_shape
from wfp_ops.change.steps import Action, Excluded, GuardRow, Step, count_by_action
from wfp_ops.clock import iso, parse_time
from wfp_ops.errors import SettingsError

SCHEMA = "wfp-ops/plan/1"
DEFAULT_LIFE = timedelta(hours=24)
LONGEST_LIFE = timedelta(days=7)

_WORDS: Mapping[Action, tuple[str, str]] = {
    "create_namespace": ("create", "namespace"),
    "delete_namespace": ("delete", "namespace"),
    "rename_namespace": ("rename", "namespace"),
    "put_worker": ("upload", "Worker"),
    "delete_worker": ("delete", "Worker"),
    "tag_worker": ("tag", "Worker"),
}


@dataclass(frozen=True, kw_only=True)
class CustomerList:
    """The customer list that a plan is bound to.

    ``source`` is its file, or a database's URL without user and password; ``path`` where the file lies;
    ``reading`` how it was read (column map, status map and so on), so that it can be read again alike.
    """

    source: str | None
    sha256: str | None
    customers: int
    set_aside: int
    path: str | None = None
    as_of: str | None = None
    reading: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InventorySeen:
    """The inventory that a plan rests on: the snapshot that holds it, and whether it was proven."""

    snapshot: str | None
    verdict: str
    how: str
    taken_at: str
    namespaces: int


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """How many requests applying it takes, about, and how many seconds at the account's rate budget."""

    requests: int
    seconds: int


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Plan:
    """What is to be changed, and why; it changes nothing by itself.

    Attributes:
        steps: what is to be done, in order.
        excluded: what was asked for and is left out, with the guard that refused and its reason.
        guards: what each guard said, of the plan and of each item.
        overrides: the guards that were overridden, each with its written reason.
        digest: hex SHA-256 of the document without it; who approves the plan approves this.
        confirmation: the words to type before it is applied.
        blobs: what steps carry that is not text (modules of Workers), by SHA-256; beside the file.
    """

    account: str
    account_id: str
    base_url: str
    created_at: datetime
    expires_at: datetime
    convention: str
    tenancy: str
    customers: CustomerList
    inventory: InventorySeen
    steps: tuple[Step, ...]
    excluded: tuple[Excluded, ...] = ()
    guards: tuple[GuardRow, ...] = ()
    overrides: Overrides = field(default_factory=Overrides)
    forecast: Forecast = field(default_factory=lambda: Forecast(requests=0, seconds=0))
    restores: str | None = None
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def needs_list(self) -> bool:
        """Whether the customer list has a say in it: not in a restore, nor in a creation by name."""
        return self.restores is None and self.customers.sha256 is not None

    @property
    def refusals(self) -> tuple[GuardRow, ...]:
        """The plan-level guards that refuse it as a whole; empty where none does."""
        return tuple(row for row in self.guards if row.namespace is None and row.holds_back)

    @property
    def can_be_applied(self) -> bool:
        """Whether there is something to do and no plan-level guard refuses."""
        return bool(self.steps) and not self.refusals

    @property
    def confirmation(self) -> str:
        """The words: what, how many, where; and which guards are overridden, with the reasons."""
        counts = count_by_action(self.steps)
        done = [_counted(action, number) for action, number in counts.items()] or ["do nothing"]
        what = done[0] if len(done) == 1 else f"{', '.join(done[:-1])} and {done[-1]}"
        said = f"{what} in {self.account}"
        return f"{said}, overriding {self.overrides.in_words()}" if self.overrides.reasons else said

    @property
    def digest(self) -> str:
        """The hex SHA-256 of its canonical JSON without the field ``digest``."""
        return sha256_of(self._body())

    def to_dict(self) -> dict[str, Any]:
        """The JSON document ``wfp-ops/plan/1``."""
        body = self._body()
        return {"schema": body["schema"], "digest": sha256_of(body), **body}

    def to_json(self) -> str:
        """The document as text."""
        from wfp_ops.frames.export import to_json  # noqa: PLC0415 (loads pandas)

        return to_json(self.to_dict())

    def to_markdown(self) -> str:
        """A Markdown page for a pull request: what, why, what each guard says, and the digest."""
        from wfp_ops.change.show.markdown import as_markdown  # noqa: PLC0415 (it reads this class)

        return as_markdown(self)

    def to_html(self) -> str:
        """A page of its own, self-contained, every text escaped."""
        from wfp_ops.change.show.html import as_page  # noqa: PLC0415 (it reads this class; Jinja2 is heavy)

        return as_page(self)

    def without(self, numbers: Sequence[int]) -> Plan:
        """The same without some steps (by place, from 0): another plan with another digest."""
        kept = tuple(step for place, step in enumerate(self.steps) if place not in set(numbers))
        return replace(self, steps=kept)

    def _body(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "confirmation": self.confirmation,
            "account": self.account,
            "account_id": self.account_id,
            "base_url": self.base_url,
            "created_at": iso(self.created_at),
            "expires_at": iso(self.expires_at),
            "convention": self.convention,
            "tenancy": self.tenancy,
            "customers": {**vars(self.customers), "reading": dict(self.customers.reading)},
            "inventory": dict(vars(self.inventory)),
            "restores": self.restores,
            "steps": [step.to_dict() for step in self.steps],
            "excluded": [each.to_dict() for each in self.excluded],
            "guards": [row.to_dict() for row in self.guards],
            "overrides": dict(self.overrides.reasons),
            "forecast": dict(vars(self.forecast)),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Plan:
        """The plan of a document, without a look at its digest.

        Raises:
            ValueError: it is no plan; it names the key that is wrong.
        """
        if document.get("schema") != SCHEMA:
            raise ValueError(f"schema: it is {document.get('schema')!r}, and this wfp-ops reads {SCHEMA}")
        check_shape(document)
        return cls(
            account=document["account"],
            account_id=document["account_id"],
            base_url=document["base_url"],
            created_at=_moment(document, "created_at"),
            expires_at=_moment(document, "expires_at"),
            convention=document["convention"],
            tenancy=document["tenancy"],
            customers=CustomerList(**document["customers"]),
            inventory=InventorySeen(**document["inventory"]),
            steps=tuple(Step.from_dict(each) for each in document["steps"]),
            excluded=tuple(Excluded.from_dict(each) for each in document["excluded"]),
            guards=tuple(GuardRow.from_dict(each) for each in document["guards"]),
            overrides=_overrides(document["overrides"]),
            forecast=Forecast(**document["forecast"]),
            restores=document["restores"],
        )

    def __repr__(self) -> str:
        from wfp_ops.change.show.text import as_text  # noqa: PLC0415 (show reads this class)

        return as_text(self)

    def _repr_html_(self) -> str:
        from wfp_ops.change.show.html import as_html  # noqa: PLC0415 (show reads this class)

        return as_html(self)


def _moment(document: Mapping[str, Any], key: str) -> datetime:
    try:
        return parse_time(document[key])
    except (ValueError, OverflowError):
        raise ValueError(f"{key}: {document[key][:40]!r} is no moment") from None


def _overrides(given: Mapping[str, str]) -> Overrides:
    """Those of a document: what nobody could have given on the way to a plan stands in none."""
    try:
        return overrides_of(given)
    except SettingsError as error:
        raise ValueError(f"overrides: {error.message}") from None


def _counted(action: Action, number: int) -> str:
    verb, noun = _WORDS[action]
    return f"{verb} {number} {noun}{'' if number == 1 else 's'}"
