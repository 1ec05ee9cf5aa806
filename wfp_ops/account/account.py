"""``Account``: what a notebook holds. It reads; ``apply`` alone changes anything at Cloudflare."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from wfp_ops.account.changing import Changing
from wfp_ops.account.collecting import Collecting
from wfp_ops.account.costing import Costing
from wfp_ops.account.customers import CustomerSource, read_list
from wfp_ops.account.keeping import Keeping
from wfp_ops.account.measuring import Measuring
from wfp_ops.account.telling import Telling
from wfp_ops.api.models import Namespace, WorkerDetail
from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.audit.rules import Rules
from wfp_ops.clock import Clock
from wfp_ops.customers.database_url import shown
from wfp_ops.errors import SettingsError
from wfp_ops.frames.provenance import ATTRS_KEY, Completeness, completeness, mark_complete
from wfp_ops.frames.show import facts_table
from wfp_ops.settings.access import Access
from wfp_ops.settings.model import Settings

# What makes frames is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.memory import Recalled
    from wfp_ops.audit.build import Look
    from wfp_ops.audit.result import Audit
    from wfp_ops.memory.folder import StateFolder

Progress: TypeAlias = Callable[[int, int], None]


class Account(Changing, Keeping, Measuring, Collecting, Costing, Telling):
    """One Cloudflare account. Made by ``wfp_ops.connect``; a context manager.

    It reads. Plans change nothing; ``apply`` does, once a person has confirmed one.

    Attributes:
        name: how the settings call it; the account id where they don't.
        account_id: Cloudflare's id of it, 32 hex characters.
        settings: everything that was set.
        customers_source: where its customer list is, or None; a URL without user and password.
        names_from: in a rehearsal, the state folder that knows what namespaces were called before.
    """

    def __init__(
        self,
        access: Access,
        settings: Settings,
        rules: Rules,
        clock: Clock,
        transport: Transport,
        *,
        customers_source: str | None = None,
        state_dir: Path | None = None,
        rate_state_dir: Path | None = None,
        closing: Sequence[Callable[[], None]] = (),
    ) -> None:
        self.name = access.name
        self.account_id = access.account_id
        self.base_url = access.base_url
        self.access = access
        self.clock = clock
        self.rate_state_dir = rate_state_dir
        self.settings = settings
        self.customers_source = None if customers_source is None else shown(customers_source)
        self._customers_source = customers_source
        self.state_dir = settings.state_dir if state_dir is None else state_dir
        self.names_from: StateFolder | None = None
        self._rules = rules
        self._reads = self.reads = Reads(transport, access.account_id)
        # a list, because what is opened later is closed with it
        self._closing = [transport.close, *closing]
        self._finalizer = weakref.finalize(self, _close_all, self._closing)

    def namespaces(self) -> pd.DataFrame:
        """All dispatch namespaces, one row each, with the proof of completeness beside them.

        Returns:
            The frame ``wfp_ops.frames.columns.NAMESPACES``; ``wfp_ops.completeness(frame)`` says
            whether the listing was proven whole.

        Raises:
            APIError: Cloudflare refused, or its answer was not whole. No short frame ever comes back.
        """
        return self._load_namespaces(self._reads)

    def namespace(self, name: str) -> Namespace:
        """One namespace by its name.

        Raises:
            NamespaceNotFoundError: there is none of this name.
            APIError: Cloudflare refused, or its answer was not what it promises.
        """
        return self._reads.get_namespace(name)

    def workers(
        self, namespace: str | Iterable[str] | None = None, *, progress: Progress | None = None
    ) -> pd.DataFrame:
        """The user Workers of one namespace, of several, or (None) of all; one row each.

        Args:
            namespace: a name, several names, or None for every namespace of the account.
            progress: called with (namespaces read, namespaces in all) as the listings come in.

        Returns:
            The frame ``wfp_ops.frames.columns.WORKERS``, with its proof of completeness.

        Raises:
            NamespaceNotFoundError: there is no namespace of this name.
            APIError: a listing failed or was not whole; then there is no frame at all.
        """
        if namespace is None:
            namespaces = self.namespaces()
            every = list(namespaces["namespace"])
            workers = self._load_workers(self._reads, every, progress, _counts(namespaces))
            return _no_surer_than(workers, completeness(namespaces))
        names = [namespace] if isinstance(namespace, str) else list(namespace)
        return self._load_workers(self._reads, names, progress)

    def worker(self, namespace: str, name: str) -> WorkerDetail:
        """One user Worker by its namespace and name.

        Raises:
            WorkerNotFoundError, NamespaceNotFoundError: there is no such Worker, or no such namespace.
            APIError: Cloudflare refused, or its answer was not what it promises.
        """
        return self._reads.get_worker(namespace, name)

    def customers(self, source: CustomerSource | None = None, *, query: str | None = None) -> pd.DataFrame:
        """The customer list, validated: one row per customer whose record can be used.

        Args:
            source: a CSV, Excel, Parquet, JSON or JSON lines file, a database's URL, or a DataFrame;
                None for ``customers_source``. The settings' column map, status map and rules apply to
                it, unless it is a frame that ``read_customers`` made: that one comes back as it is.
            query: for a database: the SELECT that brings the customers; None for the settings' own.

        Returns:
            The frame ``wfp_ops.frames.columns.CUSTOMERS``, then the list's further columns;
            ``wfp_ops.set_aside(frame)`` holds the records that can't be used, with the reasons.

        Raises:
            SettingsError: no source is given, and none is set.
            CustomerListError: the source can't be read as a customer list.
        """
        return read_list(self.settings, self._own_source() if source is None else source, query)

    def audit(
        self,
        customers: CustomerSource | None = None,
        *,
        query: str | None = None,
        usage: bool | pd.DataFrame = True,
        progress: Progress | None = None,
        save: bool = True,
    ) -> Audit:
        """Whose each namespace is, which customers lack one, and what is wrong with either.

        It is compared with the audit before it (``.changes``), and what was a suspect then and nobody
        has decided on is one still.

        Args:
            customers: as for ``customers``.
            query: as for ``customers``.
            usage: whether the account's analytics are asked who is idle, and who is called though the
                customer left: two or three questions, as a rule. Where they can't be read, ``.notes`` say so,
                and nothing is found about either. A frame of ``usage()`` (by namespace, in worker tenancy by
                Worker, for each day or shorter) tells instead of them.
            progress: called with (namespaces read, namespaces in all), in worker tenancy only.
            save: whether a snapshot of it is kept. Where that fails, ``.notes`` say why.

        Returns:
            An ``Audit``, which shows itself; ``.findings`` and ``.joined`` are DataFrames.

        Raises:
            SettingsError: no customer list is given or set, or a namespace in ``[audit]`` does not exist.
            CustomerListError: the customer list can't be read as one.
            FrameError: the usage frame can't tell.
            APIError: Cloudflare refused, or a listing was not whole: no audit comes of incomplete data.
        """
        records = self.customers(customers, query=query)
        memory = self._memory()
        recalled = memory.recall()
        audit = self._read_and_judged(self._reads, records, recalled, progress, usage)
        return memory.complete(audit, recalled, save=save)

    def audited_by(self, reads: Reads, customers: pd.DataFrame) -> Audit:
        """The account against a customer list, read by other reads than its own; nothing is kept.

        An apply reads so, with the token for changes and as much patience as Cloudflare asks for.

        Raises:
            CustomerListError, SettingsError, APIError: as for ``audit``.
        """
        return self._read_and_judged(reads, customers, self._memory().recall(), None)

    def _read_and_judged(
        self,
        reads: Reads,
        customers: pd.DataFrame,
        recalled: Recalled,
        progress: Progress | None,
        usage: bool | pd.DataFrame = False,
    ) -> Audit:
        taken_at = self.clock.now()
        namespaces = self._load_namespaces(reads)
        workers = None
        if self._rules.tenancy == "worker":
            listed = list(dict.fromkeys(self.settings.audit.namespaces))
            _refuse_unknown(listed, set(namespaces["namespace"]))
            workers = self._load_workers(reads, listed, progress, _counts(namespaces))
        look = self._look(namespaces, usage)
        return self._judged(namespaces, workers, customers, taken_at, recalled, look=look)

    def _look(self, namespaces: pd.DataFrame, usage: bool | pd.DataFrame) -> Look | None:
        if usage is False:
            return None
        from wfp_ops.account.activity import look_at_usage  # noqa: PLC0415

        return look_at_usage(self, namespaces, None if usage is True else usage)

    def audited_again(self, audit: Audit, customers: pd.DataFrame) -> Audit:
        """The same inventory against another reading of the customer list; Cloudflare is not asked.

        Raises:
            CustomerListError: it is no whole customer list.
        """
        recalled = self._memory().recall()
        return self._judged(audit.namespaces, audit.workers, customers, audit.taken_at, recalled)

    def _judged(
        self,
        namespaces: pd.DataFrame,
        workers: pd.DataFrame | None,
        customers: pd.DataFrame,
        taken_at: datetime,
        recalled: Recalled,
        *,
        look: Look | None = None,
    ) -> Audit:
        from wfp_ops.audit.build import build_audit  # noqa: PLC0415

        suspects = recalled.suspects(self._rules, namespaces, workers, taken_at)
        return build_audit(
            namespaces=namespaces,
            workers=workers,
            customers=customers,
            rules=replace(self._rules, suspects=suspects),
            account_id=self.account_id,
            account_name=self.name,
            taken_at=taken_at,
            look=look,
        )

    def doctor(self) -> pd.DataFrame:
        """What keeps this account from being worked with, and what to click in the dashboard about it.

        One small read for each permission, the customer list, the clock, the state folder. Nothing is
        changed, and nothing secret is shown.

        Returns:
            The frame ``wfp_ops.frames.columns.CHECKS``, which shows itself; ``verdict`` is ``ok``,
            ``warn``, ``fail`` or ``unknown``.
        """
        from wfp_ops.account.doctor.check import frame_of  # noqa: PLC0415
        from wfp_ops.account.doctor.examine import Patient, examine_open  # noqa: PLC0415

        patient = Patient(
            name=self.name,
            settings=self.settings,
            reads=self._reads,
            clock=self.clock,
            state_dir=self.state_dir,
            customers_source=self._customers_source,
        )
        return frame_of(examine_open(patient))

    def staged(self, access: Access, clock: Clock, state_dir: Path) -> Account:
        """The same settings and rules on another server, with a memory of its own: for rehearsals."""
        from wfp_ops.account.transport import open_transport  # noqa: PLC0415 (connect made ours with it)

        transport = open_transport(access, self.settings, clock)
        return Account(access, self.settings, self._rules, clock, transport, state_dir=state_dir)

    def close(self) -> None:
        """Let go of the connections, and of the sandbox if there is one. Closing twice is no mistake."""
        self._finalizer()

    def _load_namespaces(self, reads: Reads) -> pd.DataFrame:
        from wfp_ops.inventory.namespaces import load_namespaces  # noqa: PLC0415

        return load_namespaces(reads, self._rules.convention, self.clock)

    def _load_workers(
        self,
        reads: Reads,
        names: list[str],
        progress: Progress | None,
        expected: Mapping[str, int] | None = None,
    ) -> pd.DataFrame:
        from wfp_ops.inventory.workers import load_workers  # noqa: PLC0415

        return load_workers(
            reads,
            names,
            self._rules.convention,
            self.clock,
            select=self._rules.select,
            progress=progress,
            expected=expected,
        )

    @property
    def rules(self) -> Rules:
        """What its audits go by."""
        return self._rules

    @property
    def own_customers_source(self) -> str | None:
        """Where the settings say that the customer list is, as it must be opened: it may hold a password."""
        return self._customers_source

    def _own_source(self) -> str:
        if self._customers_source is None:
            raise SettingsError(
                "no customer list",
                key="customers.source",
                hint="give one (--customers FILE, account.audit(file)), or set it: [customers] source = "
                '"customers.csv" in wfp-ops.toml',
            )
        return self._customers_source

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._finalizer.alive else ", closed"
        return f"Account({self.name!r}, account_id={self.account_id!r}, base_url={self.base_url!r}{state})"

    def _repr_html_(self) -> str:
        state = "" if self._finalizer.alive else " (closed)"
        facts = {
            "account id": self.account_id,
            "base URL": self.base_url,
            "convention": self.settings.audit.convention,
            "tenancy": self.settings.audit.tenancy,
            "customer list": self.customers_source or "none set",
        }
        return facts_table(f"Account {self.name}{state}", facts)


def _close_all(closing: Sequence[Callable[[], None]]) -> None:
    """Close one after the other; a failure of one does not keep the next from being closed."""
    first, *rest = closing
    try:
        first()
    finally:
        if rest:
            _close_all(rest)


def _counts(namespaces: pd.DataFrame) -> dict[str, int]:
    """How many Workers Cloudflare counts in each namespace, where it says so."""
    known = namespaces.dropna(subset=["workers"])
    return {str(name): int(count) for name, count in zip(known["namespace"], known["workers"], strict=True)}


def _no_surer_than(workers: pd.DataFrame, listed: Completeness) -> pd.DataFrame:
    """All Workers are proven to be all only where the namespaces are, too."""
    if not listed.proven:
        taken_at = workers.attrs[ATTRS_KEY]["taken_at"]
        mark_complete(workers, listed, key=("namespace", "worker"), taken_at=taken_at)
    return workers


def _refuse_unknown(listed: Iterable[str], existing: set[str]) -> None:
    unknown = [name for name in listed if name not in existing]
    if unknown:
        raise SettingsError(
            f"there is no namespace {unknown[0]!r} in this account",
            key="audit.namespaces",
            hint="list what there is: wfp-ops namespaces list",
        )
