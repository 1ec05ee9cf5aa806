"""A plan of one new namespace, by its name: it rests on no audit and on no customer list."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from wfp_ops.account.unlisted import unlisted_plan
from wfp_ops.change.plan import DEFAULT_LIFE, Plan
from wfp_ops.change.steps import Step
from wfp_ops.errors import NamespaceNameError
from wfp_ops.naming.convention import NAME_HINT, Convention, name_problem

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def plan_namespace_creation(account: Account, name: str) -> Plan:
    """A plan of one creation. Nothing is read for it: whether the name is free is looked at at its apply.

    Raises:
        NamespaceNameError: no namespace can have this name.
    """
    if problem := name_problem(name):
        raise NamespaceNameError(
            f"{name[:80]!r} can't be the name of a namespace: {problem}",
            hint=NAME_HINT,
        )
    step = Step(
        action="create_namespace",
        namespace=name,
        customer_id=Convention(account.settings.audit.convention).parse(name),
        reason="somebody asked for it by name",
        # A confirmation is good once: two who ask for one name within a second made two plans
        evidence={"asked": secrets.token_hex(8)},
    )
    return unlisted_plan(account, [step], life=DEFAULT_LIFE, seen=("unproven", "nothing was read", 0))
