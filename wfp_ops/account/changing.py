"""What an ``Account`` plans and applies. Nothing here decides: the rooms below do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.outliving import Outliving
from wfp_ops.account.part import whole
from wfp_ops.api.reads import Reads
from wfp_ops.settings.access import Access

# What makes plans is loaded by the methods that make them: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.candidates import What
    from wfp_ops.account.planning import GivenOverrides
    from wfp_ops.account.rehearsal import Rehearsal
    from wfp_ops.audit.result import Audit
    from wfp_ops.change.apply import Progress
    from wfp_ops.change.control import Control
    from wfp_ops.change.plan import Plan
    from wfp_ops.change.result import Applied
    from wfp_ops.change.selection import Chosen

Advance: TypeAlias = Callable[[int, int], None]
Forecast: TypeAlias = Callable[[int, float], None]


class Changing(Outliving):
    """The part of ``Account`` that makes plans, applies them, and knows the way back.

    Attributes:
        access, reads, rate_state_dir: what the rooms of this package work with.
    """

    name: str
    access: Access
    reads: Reads
    rate_state_dir: Path | None

    # --- plans --------------------------------------------------------------------------------

    def candidates(
        self,
        audit: Audit,
        what: What,
        *,
        states: Iterable[str] | None = None,
        overrides: GivenOverrides = None,
        usage: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """What a plan could be made of, with what a person decides by; Cloudflare is not asked.

        Args:
            audit: an audit of this account.
            what: ``"create"``, ``"delete"`` or ``"rename"``.
            states: which states; by default churned and orphaned to delete, misnamed to rename, and to
                create missing, with conflict and unusable beside it, which no plan takes.
            overrides: as for the plan: what the guards would say with these.
            usage: ``account.usage(every="1d", by="namespace")``, for the last request.

        Returns:
            The frame ``wfp_ops.frames.changing.CANDIDATES``. The guards' words are what can be told
            without a look inside; the plan looks. Rows of it can be given to ``plan_create``,
            ``plan_delete`` and ``plan_rename``.

        Raises:
            SettingsError: there is no such action or guard, or it does not exist in worker tenancy.
            RefusedError: the audit is of another account.
        """
        from wfp_ops.account.candidates import candidates_frame  # noqa: PLC0415

        return candidates_frame(whole(self), audit, what, states=states, overrides=overrides, usage=usage)

    def plan_create(
        self,
        audit: Audit,
        chosen: Chosen = None,
        *,
        only: Iterable[str] = (),
        without: Iterable[str] = (),
        limit: int | None = None,
        overrides: GivenOverrides = None,
        expires: str | timedelta | None = None,
        progress: Advance | None = None,
        forecast: Forecast | None = None,
    ) -> Plan:
        """A plan that creates the namespaces that customers lack. It changes nothing by itself.

        Args:
            audit: an audit of this account.
            chosen: ``"missing"`` (the default), customer ids or names, or a frame with ``customer_id``.
            only: of those, only the ones of these names or ids (globs).
            without: and none of these (globs).
            limit: at most so many; the others are left out in the order of their names.
            overrides: guards that are overridden, as ``{"guard": "reason"}`` or ``{"guard:name": "reason"}``.
            expires: how long the plan is good for: ``"24h"`` unless set otherwise, a week at the most.
            progress: called with (things looked into, things in all).
            forecast: called once with (requests, seconds), where the rate budget as it stands does not
                suffice: then it is waited for, however long that takes.

        Returns:
            A ``Plan``, which shows itself. Who may have a namespace already (a suspect) is left out.

        Raises:
            SettingsError: a name, a state, a guard or a span that means nothing.
            RefusedError: the audit is of another account.
            APIError: Cloudflare refused, or an answer was not whole.
        """
        from wfp_ops.account.planning import Wish, plan_creations  # noqa: PLC0415

        wish = Wish(
            only=tuple(only),
            without=tuple(without),
            most=limit,
            overrides=overrides,
            expires=expires,
            progress=progress,
            forecast=forecast,
        )
        return plan_creations(whole(self), audit, chosen, wish)

    def plan_create_namespace(self, name: str) -> Plan:
        """A plan of one: an empty namespace of this name, whosever it may be.

        It needs no audit and no customer list, reads nothing, and can do nothing else. Whether the name is
        free is looked at right before the change.

        Raises:
            NamespaceNameError: no namespace can have this name.
        """
        from wfp_ops.account.creating import plan_namespace_creation  # noqa: PLC0415

        return plan_namespace_creation(whole(self), name)

    def plan_delete(
        self,
        audit: Audit,
        chosen: Chosen = None,
        *,
        only: Iterable[str] = (),
        without: Iterable[str] = (),
        limit: int | None = None,
        overrides: GivenOverrides = None,
        expires: str | timedelta | None = None,
        progress: Advance | None = None,
        forecast: Forecast | None = None,
    ) -> Plan:
        """A plan that deletes namespaces, or in worker tenancy Workers. It changes nothing by itself.

        Args:
            audit: as for ``plan_create``.
            chosen: ``"churned"``, ``"orphaned"`` or both (the default), names, or a frame with a column
                ``namespace`` (in worker tenancy also ``worker``).
            only: as for ``plan_create``.
            without: as for ``plan_create``.
            limit: as for ``plan_create``.
            overrides: as for ``plan_create``.
            expires: as for ``plan_create``.
            progress: as for ``plan_create``.
            forecast: as for ``plan_create``.

        Returns:
            A ``Plan`` of what every guard lets pass; ``plan.excluded`` says why the others are left out.

        Raises:
            SettingsError, RefusedError, APIError: as for ``plan_create``.
        """
        from wfp_ops.account.planning import Wish, plan_deletions  # noqa: PLC0415

        wish = Wish(
            only=tuple(only),
            without=tuple(without),
            most=limit,
            overrides=overrides,
            expires=expires,
            progress=progress,
            forecast=forecast,
        )
        return plan_deletions(whole(self), audit, chosen, wish)

    def plan_delete_namespace(
        self,
        audit: Audit,
        name: str,
        *,
        overrides: GivenOverrides = None,
        expires: str | timedelta | None = None,
    ) -> Plan:
        """A plan of one: to delete this namespace, whatever the tenancy; the same guards judge it.

        Raises:
            SettingsError: there is no such namespace, or as for ``plan_create``.
            RefusedError, APIError: as for ``plan_create``.
        """
        from wfp_ops.account.planning import Wish, plan_namespace_deletion  # noqa: PLC0415

        wish = Wish(overrides=overrides, expires=expires)
        return plan_namespace_deletion(whole(self), audit, name, wish)

    def plan_rename(
        self,
        audit: Audit,
        chosen: Chosen = None,
        *,
        only: Iterable[str] = (),
        without: Iterable[str] = (),
        limit: int | None = None,
        overrides: GivenOverrides = None,
        expires: str | timedelta | None = None,
        progress: Advance | None = None,
        forecast: Forecast | None = None,
    ) -> Plan:
        """A plan that gives misnamed namespaces the convention's name. It changes nothing by itself.

        Args:
            audit: as for ``plan_create``.
            chosen: ``"misnamed"`` (the default), names, or a frame with a column ``namespace``.
            only: as for ``plan_create``.
            without: as for ``plan_create``.
            limit: as for ``plan_create``.
            overrides: as for ``plan_create``.
            expires: as for ``plan_create``.
            progress: as for ``plan_create``.
            forecast: as for ``plan_create``.

        Raises:
            SettingsError, RefusedError, APIError: as for ``plan_create``; a Worker can't be renamed.
        """
        from wfp_ops.account.planning import Wish, plan_renames  # noqa: PLC0415

        wish = Wish(
            only=tuple(only),
            without=tuple(without),
            most=limit,
            overrides=overrides,
            expires=expires,
            progress=progress,
            forecast=forecast,
        )
        return plan_renames(whole(self), audit, chosen, wish)

    def plan_restore(
        self,
        archive: str,
        *,
        overrides: GivenOverrides = None,
        expires: str | timedelta | None = None,
    ) -> Plan:
        """A plan that brings back what an archive holds: the namespace and its Workers.

        What is there already is left alone. What can't come back (values of secrets, data held elsewhere)
        stands in each step's evidence, and in the comparison that ``apply`` ends with.

        Args:
            archive: its name, the beginning of it, or the namespace's name where one archive has it.
            overrides: as for ``plan_create``.
            expires: as for ``plan_create``.

        Raises:
            ArchiveError: there is no such archive, or it can't be trusted.
            APIError: Cloudflare refused, or an answer was not whole.
        """
        from wfp_ops.account.restoring import plan_restore  # noqa: PLC0415

        return plan_restore(whole(self), archive, overrides=overrides, expires=expires)

    # --- applying -----------------------------------------------------------------------------

    def apply(
        self,
        plan: Plan,
        *,
        confirm: str | None = None,
        approve: str | None = None,
        customers: CustomerSource | None = None,
        query: str | None = None,
        journal: str | os.PathLike[str] | None = None,
        control: Control | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Applied:
        """Carry a plan out, once a person has confirmed it.

        Customers and account are read again and every guard is asked again: the plan can only shrink.
        What is deleted is archived before. Everything is written into a journal before and after it is
        done; an apply that was cut off goes on with ``resume``.

        Args:
            plan: the plan.
            confirm: its own words, ``plan.confirmation``, as a person types them.
            approve: instead, the digest that a person saw, for automation.
            customers: the customer list again, where the plan's is no file that can be found.
            query: for a database: the SELECT.
            journal: where the journal goes; by default into the state folder.
            control: pause and cancel it from another thread; Ctrl-C cancels between two steps.
            progress: told before each step, with an ``apply.Progress``.

        Returns:
            ``Applied``: what came of each step, and the journal's path. ``left`` counts what can be resumed.

        Raises:
            RefusedError: not confirmed, expired, of another account, refused by a guard, applied before, or
                nothing is left of it. Nothing was changed.
            CustomerListError: the list can't be read again. Nothing was changed.
            StateError: the journal or an archive can't be written, or another apply is going on.
            APIError: the account can't be read. Nothing was changed.
        """
        from wfp_ops.account.applying import apply_plan  # noqa: PLC0415
        from wfp_ops.account.run import How  # noqa: PLC0415

        how = How(
            confirm=confirm,
            approve=approve,
            customers=customers,
            query=query,
            journal=journal,
            control=control,
            progress=progress,
        )
        return apply_plan(whole(self), plan, how)

    def resume(
        self,
        journal: str | os.PathLike[str],
        *,
        customers: CustomerSource | None = None,
        query: str | None = None,
        control: Control | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Applied:
        """Go on with an apply that was cut off: settle by reads what was in flight, then do what is left.

        It was confirmed when it was begun, so nobody is asked again; every guard is.

        Args:
            journal: the journal's file.
            customers: as for ``apply``.
            query: as for ``apply``.
            control: as for ``apply``.
            progress: as for ``apply``.

        Raises:
            JournalError: the journal was tampered with, or is none.
            RefusedError: it was not begun here, its plan has expired, or a guard refuses what is left; what
                was in flight is settled all the same.
            CustomerListError, StateError, APIError: as for ``apply``.
        """
        from wfp_ops.account.applying import resume_apply  # noqa: PLC0415
        from wfp_ops.account.run import How  # noqa: PLC0415

        how = How(customers=customers, query=query, control=control, progress=progress)
        return resume_apply(whole(self), Path(journal), how)

    def rehearse(
        self, plan: Plan, *, faults: float = 0.05, seed: int = 1, customers: CustomerSource | None = None
    ) -> Rehearsal:
        """Carry a plan out on a sandbox that holds the inventory which the plan names; nothing is changed.

        Args:
            plan: the plan.
            faults: the share of requests that fail in one way or another.
            seed: another seed makes others fail.
            customers: as for ``apply``.

        Returns:
            ``Rehearsal``: the audit before and after, what came of each step, and what a crash in the
            middle would look like.

        Raises:
            SnapshotError: the inventory that the plan names is not kept any more.
            MissingExtraError: the sandbox is not installed.
            CustomerListError: the list can't be read again.
        """
        from wfp_ops.account.rehearsal import rehearse  # noqa: PLC0415

        return rehearse(whole(self), plan, faults=faults, seed=seed, customers=customers)
