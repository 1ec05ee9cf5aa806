"""Audits as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from wfp_ops.audit.page.render import render_page
from wfp_ops.audit.result import Audit
from wfp_ops.audit.several import Audits

Audited: TypeAlias = Audit | Audits | Sequence[Audit]


def render_report(audits: Audited, *, generated_at: datetime | None = None) -> str:
    """The HTML of a page that needs no network, no other file and no server.

    It shows what was compared and how complete it was, counts and states, what changed, every finding
    with what to do about it, what was accepted and what was set aside. Findings can be filtered and
    sorted in any browser; without scripts, and on paper, all of them are there to read. No text from
    the account or the customer list can become markup, and the page's own policy lets no script run
    but its own.

    Args:
        audits: one audit, several, or what an audit of all accounts gave (accounts that failed are named).
        generated_at: when the page is made, if it should say so; when each account was read it says
            in any case. Without it the same audits give the same text.

    Raises:
        ValueError: there is no audit.
    """
    if isinstance(audits, Audits):
        return render_page(audits.audits, failed=audits.failed, generated_at=generated_at)
    return render_page([audits] if isinstance(audits, Audit) else audits, generated_at=generated_at)
