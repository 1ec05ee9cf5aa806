"""From the settings to the rules of an audit."""

from __future__ import annotations

from wfp_ops.audit.kinds import finding_kinds
from wfp_ops.audit.rules import Accepted, Rules
from wfp_ops.errors import SettingsError
from wfp_ops.naming.convention import Convention
from wfp_ops.settings.model import AuditSettings


def rules_of(audit: AuditSettings) -> Rules:
    """The rules that ``[audit]`` says.

    Raises:
        SettingsError: the convention is none, or a finding of a kind that does not exist is accepted.
    """
    known = finding_kinds()
    for place, accepted in enumerate(audit.accepted):
        if accepted.kind not in known:
            raise SettingsError(
                f"there is no finding of the kind {accepted.kind!r}",
                key=f"audit.accepted.{place}.kind",
                hint=f"known kinds: {', '.join(known)}",
            )
    return Rules(
        convention=Convention(audit.convention),
        tenancy=audit.tenancy,
        select=audit.select,
        ignore=audit.ignore,
        id_case=audit.id_case,
        idle_days=audit.idle_days,
        accepted=tuple(Accepted(a.kind, a.name, a.reason, a.until) for a in audit.accepted),
    )
