"""Plans made by hand, to be shown: a usual one, a refused one, an empty one, one full of hostile texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from support.fake_clock import START
from support.hostile import HOSTILE

from wfp_ops.change.overrides import Overrides, overrides_of
from wfp_ops.change.plan import CustomerList, Forecast, InventorySeen, Plan
from wfp_ops.change.result import Applied, StepResult
from wfp_ops.change.steps import Excluded, GuardRow, Step

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"


def deletion(name, *, customer_id=None, workers=1, why=None, cannot=(), **changes):
    """A step that deletes a namespace with so many Workers."""
    customer_id = customer_id or name.removeprefix("customer-")
    return Step(
        **{
            "action": "delete_namespace",
            "namespace": name,
            "customer_id": customer_id,
            "reason": why or f"customer '{customer_id}' left on 2026-08-01",
            "evidence": {
                "state": "churned",
                "workers": [{"worker": f"w{n}"} for n in range(workers)],
                "cannot_return": list(cannot),
            },
            "preconditions": {"namespace_id": "b" * 32, "workers": workers},
            **changes,
        }
    )


def creation(name):
    """A step that creates a namespace."""
    customer_id = name.removeprefix("customer-")
    return Step(
        action="create_namespace",
        namespace=name,
        customer_id=customer_id,
        reason=f"customer '{customer_id}' is active and has no namespace",
        preconditions={"absent": True},
    )


def left_out(name, guard, why, *others):
    """What a guard kept out."""
    return Excluded(step=deletion(name), guard=guard, reason=why, guards=(guard, *others))


def plan_of(*steps, **changes):
    """A plan of these steps."""
    facts = {
        "account": "acme-prod",
        "account_id": ACCOUNT,
        "base_url": "https://api.cloudflare.com/client/v4",
        "created_at": START,
        "expires_at": START + timedelta(hours=24),
        "convention": "customer-{id}",
        "tenancy": "namespace",
        "customers": CustomerList(source="customers.csv", sha256="c" * 64, customers=402, set_aside=3),
        "inventory": InventorySeen(
            snapshot="0001-20261123T120000Z",
            verdict="proven",
            how="a page of 412 can't be one of several",
            taken_at="2026-11-23T12:00:00Z",
            namespaces=412,
        ),
        "forecast": Forecast(requests=140, seconds=12),
        "guards": GUARDS,
    }
    return Plan(**{**facts, "steps": tuple(steps), **changes})


GUARDS = (
    GuardRow(guard="count", verdict="pass", detail="7 deletions here and 0 in the last 24 hours; at most 25"),
    GuardRow(guard="share", verdict="pass", detail="7 of 412 namespaces of the account would be gone"),
    GuardRow(guard="quarantine", verdict="pass", detail="402 customers, 3 fewer than accepted"),
    GuardRow(
        guard="unproven", verdict="pass", detail="proven complete: a page of 412 can't be one of several"
    ),
)


_PASSED_OVER = GuardRow(
    guard="grace",
    verdict="overridden",
    detail="its grace ends later; overridden: contract ended in May",
    namespace="customer-9",
)


def usual_plan():
    """Seven deletions, what was left out and why, an override, and two secrets that can't come back."""
    steps = [deletion(f"customer-{number}") for number in range(7, 13)]
    secret = ("the value of the secret API_KEY of 'shop'", "the value of the secret DB of 'shop'")
    return plan_of(
        deletion("customer-100", workers=12, cannot=secret),
        *steps,
        excluded=(
            left_out("customer-42", "grace", "its grace ends on 2026-12-01 12:00 UTC (30 days)"),
            left_out("customer-43", "grace", "its grace ends on 2026-12-04 12:00 UTC (30 days)"),
            left_out("customer-77", "traffic", "3120 requests in the last 30 days", "bound"),
            left_out("customer-1", "protected", "'customer-1' is on the protect list ('customer-1')"),
        ),
        overrides=Overrides({"grace:customer-9": "contract ended in May"}),
        guards=(*GUARDS, _PASSED_OVER),
    )


def refused_plan():
    """A plan that a guard refuses as a whole."""
    rows = (
        GuardRow(guard="count", verdict="refuse", detail="40 deletions here and 0 in the last 24 hours"),
        GuardRow(guard="share", verdict="unknown", detail="the journals can't say how many were deleted"),
        *GUARDS[2:],
    )
    return plan_of(*(deletion(f"customer-{n}") for n in range(40)), guards=rows)


def empty_plan():
    """A plan in which nothing is left."""
    out = tuple(left_out(f"customer-{n}", "grace", "its grace ends on 2026-12-01") for n in range(3))
    return plan_of(excluded=out, guards=(), forecast=Forecast(requests=0, seconds=0))


def huge_plan(number=10_000):
    """As many steps, and as many items left out."""
    return plan_of(
        *(creation(f"customer-{n}") for n in range(number)),
        excluded=tuple(left_out(f"gone-{n}", "grace", "too early") for n in range(number)),
        guards=(),
    )


def hostile_plan():
    """Somebody's texts wherever a plan holds any."""
    rows = [
        deletion(f"customer-{name}", customer_id=name, why=name, cannot=(f"lost: {name}",))
        for name in HOSTILE
    ]
    renames = [
        Step(action="rename_namespace", namespace=name, new_name=name, customer_id=name, reason=name)
        for name in HOSTILE[:3]
    ]
    odd = Step(
        action="put_worker",
        namespace=HOSTILE[0],
        worker=HOSTILE[1],
        reason=HOSTILE[2],
        evidence={"workers": "no list", "cannot_return": {"no": "list"}},
    )
    return plan_of(
        odd,
        *renames,
        *rows,
        account=HOSTILE[0],
        convention=HOSTILE[1],
        base_url=HOSTILE[2],
        excluded=tuple(
            Excluded(step=deletion(name), guard=name, reason=name, guards=(name,)) for name in HOSTILE
        ),
        guards=tuple(GuardRow(guard=name, verdict="refuse", detail=name) for name in HOSTILE),
        overrides=Overrides({f"grace:{name}": name for name in HOSTILE}),
        customers=CustomerList(source=HOSTILE[3], sha256=None, customers=1, set_aside=1),
        inventory=InventorySeen(
            snapshot=HOSTILE[4], verdict=HOSTILE[5], how=HOSTILE[6], taken_at=HOSTILE[7], namespaces=1
        ),
    )


def hostile_file():
    """The same as far as a file is read: each key holds what it should, and the texts are somebody's."""
    plan = hostile_plan()
    overrides = overrides_of({f"grace:{name}": "looked by hand" for name in HOSTILE})
    return replace(plan, steps=plan.steps[1:], overrides=overrides)


def applied_of(*results, stopped=None, **changes):
    """What came of a plan, from pairs of an outcome and a step, or whole results."""
    steps = tuple(
        each if isinstance(each, StepResult) else StepResult(outcome=each[0], step=each[1])
        for each in results
    )
    facts = {
        "account": "acme-prod",
        "account_id": ACCOUNT,
        "digest": "d" * 64,
        "journal": Path("/state/journals/20261123T120000Z-dddddddd.jsonl"),
    }
    return Applied(**{**facts, "steps": steps, "stopped": stopped, **changes})


def usual_applied(**changes):
    """Some done, one dropped, one failed, one left."""
    secret = ("the value of the secret API_KEY of 'shop'",)
    return applied_of(
        StepResult(
            step=deletion("customer-7", cannot=secret),
            outcome="done",
            archive="customer-7-20261123T120000Z",
            verified=True,
        ),
        StepResult(
            step=deletion("customer-8"), outcome="done", archive="customer-8-20261123T120001Z", verified=True
        ),
        StepResult(
            step=deletion("customer-9"), outcome="dropped", guard="moved", detail="its id was a and is b"
        ),
        StepResult(step=deletion("customer-10"), outcome="failed", detail="Cloudflare says: not now"),
        StepResult(step=deletion("customer-11"), outcome="left"),
        stopped="cancelled",
        **changes,
    )


def hostile_applied():
    """Somebody's texts wherever a result holds any."""
    results = [
        StepResult(
            step=deletion(f"customer-{name}", customer_id=name, cannot=(name,)),
            outcome=outcome,
            detail=name,
            guard=name,
            archive=name,
        )
        for name in HOSTILE
        for outcome in ("done", "dropped")
    ]
    return applied_of(*results, stopped=HOSTILE[1], account=HOSTILE[0])
