"""Whether what an audit calls missing may be there all the same, so that nobody is chosen unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wfp_ops.errors import StateError
from wfp_ops.memory.baseline import MOST_LOST

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.audit.result import Audit


def doubt_of(audit: Audit, account: Account) -> str:
    """What speaks against an audit's inventory, in words; "" where nothing does.

    It is compared with the one of the list that was accepted last, as the guards of deletions do.
    """
    if not audit.evidence.proven:
        return "the inventory is not proven complete, so what is missing may be there"
    try:
        baseline = account.accepted()
    except StateError as error:
        return f"nobody can tell whether the inventory shrank ({error.message})"
    if baseline is None or not baseline.namespaces:
        return ""
    now, then = len(audit.namespaces), baseline.namespaces
    if (then - now) / then <= MOST_LOST:
        return ""
    return (
        f"the inventory shrank from {then:,} to {now:,} namespaces since a customer list was accepted, so "
        "what is missing may be there"
    )
