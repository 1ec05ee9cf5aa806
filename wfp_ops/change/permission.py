"""May this plan be applied, here and now, on these words? Pure checks before anything is read or done."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from wfp_ops.change.plan import LONGEST_LIFE, Plan
from wfp_ops.change.steps import Action
from wfp_ops.clock import iso
from wfp_ops.errors import RefusedError, SettingsError

_SKEW = timedelta(minutes=5)
_RESTORING: frozenset[Action] = frozenset({"create_namespace", "put_worker"})
_PLANNED: frozenset[Action] = frozenset(
    {"create_namespace", "delete_namespace", "rename_namespace", "delete_worker"}
)
_NAMED: frozenset[Action] = frozenset({"create_namespace"})
_NEW = "make a new plan: wfp-ops plan, account.plan_delete(…)"


def check_plan(plan: Plan, *, account: str, account_id: str, base_url: str, now: datetime) -> None:
    """Refuse a plan of another account, one that has expired, that a guard refused, or with nothing to do.

    ``account`` is what the account is called here: its name stands in the words that a person types, and
    they must not name another one than is changed.

    Raises:
        RefusedError: with every reason.
    """
    reasons = []
    if plan.account_id != account_id:
        reasons.append(f"it is of account {plan.account_id}, and this is {account_id}")
    elif plan.base_url != base_url:
        reasons.append(f"it was made at {plan.base_url}, and this is {base_url}")
    elif plan.account != account:
        reasons.append(f"its words call the account {plan.account!r}, and here it is called {account!r}")
    reasons += _out_of_time(plan, now)
    reasons += _out_of_place(plan)
    reasons += [f"{row.guard}: {row.detail}" for row in plan.refusals]
    if not plan.steps:
        reasons.append("there is nothing left to do in it")
    if reasons:
        raise RefusedError("the plan may not be applied", reasons=reasons, hint=_NEW)


def _out_of_place(plan: Plan) -> list[str]:
    """Steps that such a plan never has: whoever put them in wants to get them past the guards.

    What is bound to no customer list may add, and never take away or change.
    """
    kind, allowed = "a plan from an audit", _PLANNED
    if plan.restores is not None:
        kind, allowed = "a restore", _RESTORING
    elif not plan.needs_list:
        kind, allowed = "a plan without a customer list", _NAMED
    odd = [step for step in plan.steps if step.action not in allowed]
    return [f"{kind} holds no step {step.action} ({step.name})" for step in odd[:3]]


def _out_of_time(plan: Plan, now: datetime) -> list[str]:
    if plan.expires_at - plan.created_at > LONGEST_LIFE:
        return [f"it claims to be good for {plan.expires_at - plan.created_at}; a week is the most"]
    if now >= plan.expires_at:
        return [f"it expired at {iso(plan.expires_at)}, and it is {iso(now)}"]
    if plan.created_at > now + _SKEW:
        return [f"it was made at {iso(plan.created_at)}, which is in the future: a clock is wrong"]
    return []


def check_words(plan: Plan, *, confirm: str | None, approve: str | None) -> str:
    """How the plan was approved: ``words`` where its confirmation was typed, ``digest`` where that was given.

    Raises:
        RefusedError: neither, or other ones.
        SettingsError: both.
    """
    if confirm is not None and approve is not None:
        raise SettingsError("the words and a digest were given", hint="give one of them")
    if confirm is not None:
        if not _same(" ".join(confirm.split()), plan.confirmation):
            raise RefusedError(
                "these are not this plan's words",
                reasons=[f"its words are {plan.confirmation!r}, and {confirm[:200]!r} was said"],
                hint="read the plan once more, then type its own words",
            )
        return "words"
    if approve is not None:
        if not _same(approve.strip().lower(), plan.digest):
            raise RefusedError(
                "the approved digest is not this plan's",
                reasons=[f"the plan's is {plan.digest}"],
                hint="approve the digest of the plan that a person saw: wfp-ops plan show",
            )
        return "digest"
    raise RefusedError(
        "nobody has confirmed the plan",
        reasons=[f"it wants its words: {plan.confirmation!r}"],
        hint="account.apply(plan, confirm=…), or approve=DIGEST for automation",
    )


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))
