"""``audit_all``: every account of the settings, one after the other; one that fails hides no other."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from wfp_ops.account.connect import connect
from wfp_ops.errors import SettingsError, WfpOpsError
from wfp_ops.settings.load import CONFIG_FILE, load_settings

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit
    from wfp_ops.audit.several import Audits, FailedAudit


def audit_all(
    *,
    config: str | os.PathLike[str] | None = None,
    query: str | None = None,
    customers: str | os.PathLike[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    save: bool = True,
    usage: bool = True,
) -> Audits:
    """Audit each account that the settings describe, each with its own token, list and rules.

        audits = wfp_ops.audit_all()
        audits.summary                    # one row for each account
        audits.audits[0].findings

    Args:
        config: the settings file; by default ``wfp-ops.toml`` of this folder.
        query: for lists in a database, instead of the settings' own query.
        customers: one list for all accounts, instead of the settings' own.
        progress: called with an account's name, how many are done, and how many there are.
        save: whether a snapshot of each audit is kept.
        usage: whether analytics are asked who is idle, and who is called though the customer left.

    Returns:
        ``Audits``: the audits, and for each account that could not be audited what went wrong.

    Raises:
        SettingsError: the settings are wrong, or describe no account.
    """
    from wfp_ops.audit.several import Audits  # noqa: PLC0415 (loads pandas)

    names = list(load_settings(config).accounts)
    if not names:
        raise SettingsError(
            "the settings describe no account",
            key="accounts",
            hint=f"write a block [accounts.NAME] with account_id and token_env into {CONFIG_FILE} for each",
        )
    done: list[Audit] = []
    failed: list[FailedAudit] = []
    for place, name in enumerate(names):
        if progress is not None:
            progress(name, place, len(names))
        try:
            with connect(name, config=config) as account:
                done.append(account.audit(customers, query=query, usage=usage, save=save))
        except (WfpOpsError, OSError) as error:
            failed.append(_failure(name, error))
    return Audits(tuple(done), tuple(failed))


def _failure(name: str, error: WfpOpsError | OSError) -> FailedAudit:
    from wfp_ops.audit.several import FailedAudit  # noqa: PLC0415

    if isinstance(error, WfpOpsError):
        where = "; ".join(f"{label}: {text}" for label, text in error.facts().items() if text)
        return FailedAudit(name, f"{error.message} ({where})" if where else error.message, error.hint)
    return FailedAudit(name, str(error), None)
