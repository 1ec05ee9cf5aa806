"""Which customers a suspect may belong to: nothing is created for them before somebody has decided."""

from __future__ import annotations

from wfp_ops.audit.result import Audit
from wfp_ops.naming import near
from wfp_ops.naming.convention import Convention


def suspected_owners(audit: Audit) -> dict[str, str]:
    """By customer id the name of a suspect (namespace or Worker) that may be that customer's already.

    The same likeness that makes a suspect: leading zeros, case, separators, one edit; never an edit
    between two ids that are all digits. Empty where the audit has no suspects.
    """
    states = audit.joined
    suspects = states[states["namespace_state"] == "suspect"].drop_duplicates(["namespace", "worker"])
    if suspects.empty:
        return {}
    named = suspects["worker"].fillna(suspects["namespace"]).astype("str")
    read = Convention(audit.convention).parse_all(named)
    by_id = dict(zip(read.fillna(suspects["customer_id"]), suspects["namespace"], strict=True))
    ids = read.fillna(suspects["customer_id"]).dropna().drop_duplicates()
    pairs = near.near_ids(ids, audit.customers["customer_id"])
    return {
        str(customer): str(by_id[suspect])
        for suspect, customer in zip(pairs["id"], pairs["near"], strict=True)
    }
