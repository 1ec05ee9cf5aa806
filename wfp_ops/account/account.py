"""``Account``: what a notebook holds. It reads; it has no method that changes anything."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self, TypeAlias

import pandas as pd

from wfp_ops.api.models import Namespace, WorkerDetail
from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.audit.build import build_audit
from wfp_ops.audit.result import Audit
from wfp_ops.audit.rules import Rules
from wfp_ops.clock import Clock
from wfp_ops.customers.read import read_customers
from wfp_ops.errors import SettingsError
from wfp_ops.frames.provenance import ATTRS_KEY, Completeness, completeness, mark_complete
from wfp_ops.frames.show import facts_table
from wfp_ops.inventory.namespaces import load_namespaces
from wfp_ops.inventory.workers import load_workers
from wfp_ops.settings.access import Access
from wfp_ops.settings.model import Settings

Progress: TypeAlias = Callable[[int, int], None]
CustomerSource: TypeAlias = "str | os.PathLike[str] | pd.DataFrame"


class Account:
    """One Cloudflare account, to be read. Made by ``wfp_ops.connect``; a context manager.

    Attributes:
        name: how the settings call it; the account id where they don't.
        account_id: Cloudflare's id of it, 32 hex characters.
        settings: everything that was set.
        customers_source: where its customer list is, or None.
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
        closing: Sequence[Callable[[], None]] = (),
    ) -> None:
        self.name = access.name
        self.account_id = access.account_id
        self.settings = settings
        self.customers_source = customers_source
        self._clock = clock
        self._base_url = access.base_url
        self._rules = rules
        self._reads = Reads(transport, access.account_id)
        self._finalizer = weakref.finalize(self, _close_all, (transport.close, *closing))

    def namespaces(self) -> pd.DataFrame:
        """All dispatch namespaces, one row each, with the proof of completeness beside them.

        Returns:
            The frame ``wfp_ops.frames.columns.NAMESPACES``; ``wfp_ops.completeness(frame)`` says
            whether the listing was proven whole.

        Raises:
            APIError: Cloudflare refused, or its answer was not whole. No short frame ever comes back.
        """
        return load_namespaces(self._reads, self._rules.convention, self._clock)

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
            workers = self._load_workers(list(namespaces["namespace"]), progress)
            return _no_surer_than(workers, completeness(namespaces))
        names = [namespace] if isinstance(namespace, str) else list(namespace)
        return self._load_workers(names, progress)

    def worker(self, namespace: str, name: str) -> WorkerDetail:
        """One user Worker by its namespace and name.

        Raises:
            WorkerNotFoundError, NamespaceNotFoundError: there is no such Worker, or no such namespace.
            APIError: Cloudflare refused, or its answer was not what it promises.
        """
        return self._reads.get_worker(namespace, name)

    def customers(self, source: CustomerSource | None = None) -> pd.DataFrame:
        """The customer list, validated: one row per customer whose record can be used.

        Args:
            source: a CSV, Excel, Parquet, JSON or JSON lines file, or a DataFrame; None for
                ``customers_source``. The settings' column map, status map and rules apply to it,
                unless it is a frame that ``read_customers`` made: that one comes back as it is.

        Returns:
            The frame ``wfp_ops.frames.columns.CUSTOMERS``, then the list's further columns;
            ``wfp_ops.set_aside(frame)`` holds the records that can't be used, with the reasons.

        Raises:
            SettingsError: no source is given, and none is set.
            CustomerListError: the source can't be read as a customer list.
        """
        if source is None:
            source = self._own_source()
        chosen = self.settings.customers
        return read_customers(
            source,
            columns=chosen.columns or None,
            status=chosen.status or None,
            duplicates=chosen.duplicates,
            id_case=self.settings.audit.id_case,
            sheet=chosen.sheet,
        )

    def audit(self, customers: CustomerSource | None = None, *, progress: Progress | None = None) -> Audit:
        """Whose each namespace is, which customers lack one, and what is wrong with either.

        Args:
            customers: as for ``customers``.
            progress: called with (namespaces read, namespaces in all), in worker tenancy only.

        Returns:
            An ``Audit``, which shows itself; ``.findings`` and ``.joined`` are DataFrames.

        Raises:
            SettingsError: no customer list is given or set, or a namespace in ``[audit]`` does not exist.
            CustomerListError: the customer list can't be read as one.
            APIError: Cloudflare refused, or a listing was not whole: no audit comes of incomplete data.
        """
        records = self.customers(customers)
        taken_at = self._clock.now()
        namespaces = self.namespaces()
        workers = None
        if self._rules.tenancy == "worker":
            listed = list(dict.fromkeys(self.settings.audit.namespaces))
            _refuse_unknown(listed, set(namespaces["namespace"]))
            workers = self._load_workers(listed, progress)
        return build_audit(
            namespaces=namespaces,
            workers=workers,
            customers=records,
            rules=self._rules,
            account_id=self.account_id,
            account_name=self.name,
            taken_at=taken_at,
        )

    def close(self) -> None:
        """Let go of the connections, and of the sandbox if there is one. Closing twice is no mistake."""
        self._finalizer()

    def _load_workers(self, names: list[str], progress: Progress | None) -> pd.DataFrame:
        return load_workers(
            self._reads,
            names,
            self._rules.convention,
            self._clock,
            select=self._rules.select,
            progress=progress,
        )

    def _own_source(self) -> str:
        if self.customers_source is None:
            raise SettingsError(
                "no customer list",
                key="customers.source",
                hint="give one (--customers FILE, account.audit(file)), or set it: [customers] source = "
                '"customers.csv" in wfp-ops.toml',
            )
        return self.customers_source

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
        return f"Account({self.name!r}, account_id={self.account_id!r}, base_url={self._base_url!r}{state})"

    def _repr_html_(self) -> str:
        state = "" if self._finalizer.alive else " (closed)"
        facts = {
            "account id": self.account_id,
            "base URL": self._base_url,
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
