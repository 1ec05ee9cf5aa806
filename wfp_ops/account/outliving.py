"""What an ``Account`` does about applies that outlive the notebook or terminal that began them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wfp_ops.account.customers import CustomerSource
from wfp_ops.account.part import whole
from wfp_ops.account.remembering import Remembering

# What carries plans out is loaded by the methods that do: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.running import Running
    from wfp_ops.change.control import Control
    from wfp_ops.change.plan import Plan


class Outliving(Remembering):
    """The part of ``Account`` that has a process of its own apply a plan, and finds such processes again."""

    def start(
        self,
        plan: Plan,
        *,
        confirm: str | None = None,
        approve: str | None = None,
        customers: CustomerSource | None = None,
        query: str | None = None,
        journal: str | os.PathLike[str] | None = None,
        control: Control | None = None,
    ) -> Running:
        """Have a process of its own carry a plan out: it goes on if this one, its page or its terminal ends.

        It comes back right before the first change, when everything was read and judged again, and is on
        record; until then the apply can be refused as by ``apply``.

        Args:
            plan: the plan.
            confirm: as for ``apply``.
            approve: as for ``apply``.
            customers: as for ``apply``.
            query: as for ``apply``.
            journal: as for ``apply``.
            control: its ``cancel`` ends the apply before the first change, from another thread. From then on
                what comes back is asked.

        Returns:
            ``Running``: how far it is, pause and cancel, what came of it.

        Raises:
            RefusedError, CustomerListError, StateError, APIError: as for ``apply``. Nothing was changed.
        """
        from wfp_ops.account.run import How  # noqa: PLC0415
        from wfp_ops.account.starting import start_apply  # noqa: PLC0415

        how = How(
            confirm=confirm,
            approve=approve,
            customers=customers,
            query=query,
            journal=journal,
            control=control,
        )
        return start_apply(whole(self), plan, how)

    def start_resume(
        self,
        journal: str | os.PathLike[str],
        *,
        customers: CustomerSource | None = None,
        query: str | None = None,
        control: Control | None = None,
    ) -> Running:
        """Have a process of its own go on with an apply that was cut off, as ``resume`` does.

        Args:
            journal: the journal's file.
            customers: as for ``apply``.
            query: as for ``apply``.
            control: as for ``start``.

        Raises:
            JournalError, RefusedError, CustomerListError, StateError, APIError: as for ``resume``, until it
                goes on. What happens later, ``Running`` tells.
        """
        from wfp_ops.account.run import How  # noqa: PLC0415
        from wfp_ops.account.starting import start_resume  # noqa: PLC0415

        how = How(customers=customers, query=query, control=control)
        return start_resume(whole(self), journal, how)

    def attach(self, journal: str | os.PathLike[str]) -> Running:
        """An apply of this account by its journal: one that goes on in whichever process, or has ended.

        Raises:
            JournalError: there is no such journal, or it can't be trusted.
            RefusedError: it is of another account.
        """
        from wfp_ops.account.attaching import attach  # noqa: PLC0415

        return attach(whole(self), journal)

    def running(self) -> pd.DataFrame:
        """The applies of this account that go on now, and those that can be gone on with, the newest first.

        Returns:
            The frame ``wfp_ops.frames.applies.RUNNING``; ``attach`` takes its ``journal``.

        Raises:
            StateError: the register of applies can't be read.
        """
        from wfp_ops.account.attaching import running_frame  # noqa: PLC0415

        return running_frame(whole(self))
