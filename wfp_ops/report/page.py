"""Audits as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from wfp_ops.audit.page.render import render_page
from wfp_ops.audit.result import Audit
from wfp_ops.audit.several import Audits

if TYPE_CHECKING:
    import pandas as pd

Audited: TypeAlias = Audit | Audits | Sequence[Audit]
UsageOf: TypeAlias = "pd.DataFrame | str | Mapping[str, pd.DataFrame | str] | None"


def render_report(
    audits: Audited, *, usage: UsageOf = None, zone: str = "UTC", generated_at: datetime | None = None
) -> str:
    """The HTML of a page that needs no network, no other file and no server.

    It shows what was compared and how complete it was, counts and states, what changed, every finding
    with what to do about it, what was accepted and what was set aside. Findings can be filtered and
    sorted in any browser; without scripts, and on paper, all of them are there to read. No text from
    the account or the customer list can become markup, and the page's own policy lets no script run
    but its own.

    Args:
        audits: one audit, several, or what an audit of all accounts gave (accounts that failed are named).
        usage: for a section on usage: a frame of ``account.usage()`` by namespace, Worker or customer, for
            each day or shorter; or a sentence on why it is not known. For several audits these by the
            account's id. None: there is no such section.
        zone: the time zone in which its charts write times.
        generated_at: when the page is made, if it should say so; when each account was read it says
            in any case. Without it the same audits give the same text.

    Raises:
        ValueError: there is no audit; or usage that is not told apart by account, for several.
        FrameError: what is given is no usage frame, or customers are not told apart in it.
        SettingsError: there is no such zone.
    """
    failed = audits.failed if isinstance(audits, Audits) else ()
    each = audits.audits if isinstance(audits, Audits) else [audits] if isinstance(audits, Audit) else audits
    views = _usage_views(each, usage, zone)
    return render_page(each, failed=failed, usage=views, generated_at=generated_at)


def _usage_views(audits: Sequence[Audit], usage: UsageOf, zone: str) -> dict[str, dict[str, Any]]:
    if usage is None:
        return {}
    from wfp_ops.report.usage_view import usage_view  # noqa: PLC0415 (few pages have charts)

    if not isinstance(usage, Mapping):
        if len(audits) != 1:
            raise ValueError("for several audits give usage by the account's id")
        usage = {audits[0].account_id: usage}
    known = {audit.account_id: audit for audit in audits}
    return {
        account_id: usage_view(each, known[account_id], zone)
        for account_id, each in usage.items()
        if account_id in known
    }
