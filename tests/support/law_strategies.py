"""Random accounts, lists, overrides, faults and crashes for the tests of laws; small, so that much meets."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from support.law_world import LONG_AGO, customer, namespace

IDS = ("1", "2", "3", "4", "5", "007", "7", "8")
NAMES = (*(f"customer-{each}" for each in IDS), "customer_4", "Customer-5", "staging", "customer-99")
RECENT = "2026-11-20T00:00:00.000000Z"
GUARDS = (
    "count",
    "share",
    "quarantine",
    "unproven",
    "state",
    "protected",
    "grace",
    "traffic",
    "workers",
    "trusted",
    "bound",
    "irreversible",
)
REASON = "looked by hand"

names = st.sampled_from(NAMES)
rarely = st.integers(0, 4).map(lambda n: n == 0)
mostly = st.integers(0, 4).map(lambda n: n != 0)

_WORKERS = (
    {"name": "site"},
    {"name": "api", "tags": ["pro"], "compatibility_date": "2025-01-01"},
    {"name": "secretive", "bindings": [{"type": "secret_text", "name": "KEY"}]},
    {"name": "kept", "bindings": [{"type": "plain_text", "name": "PLAN", "text": "pro"}]},
    {"name": "static", "has_assets": True, "bindings": [{"type": "assets", "name": "ASSETS"}]},
    {
        "name": "room",
        "bindings": [{"type": "durable_object_namespace", "name": "ROOM", "class_name": "Room"}],
    },
)
_usual_workers = st.lists(st.sampled_from(_WORKERS[:4]), max_size=2, unique_by=lambda each: each["name"])
_any_workers = st.lists(st.sampled_from(_WORKERS), max_size=3, unique_by=lambda each: each["name"])


_KINDS = ("stays", "stays", "left", "left", "left", "orphan", "missing", "nobody")
_LEFT_ON = ("2025-02-01", "2025-02-01", "2025-02-01", "2026-11-10", "2027-01-01", "2019-01-01", "")


@st.composite
def accounts(draw: Any) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Namespaces and customers, 0 to 12 of each, that mostly belong together; many customers have left.

    Now and then so many namespaces that a listing has pages.
    """
    spaces, rows = [], []
    for number in IDS:
        kind = draw(st.sampled_from(_KINDS))
        if kind in ("stays", "left", "orphan"):
            spaces.append(f"customer-{number}")
        if kind in ("stays", "missing"):
            status = draw(st.sampled_from(("active", "active", "trial", "suspended", "")))
            rows.append(customer(number, status))
        elif kind == "left":
            rows.append(customer(number, "churned", churned_on=draw(st.sampled_from(_LEFT_ON))))
    if rows and draw(rarely):
        rows[0]["namespace"] = draw(names)
    spaces += draw(st.lists(st.sampled_from(NAMES[len(IDS) :]), max_size=2, unique=True))
    made = [draw(_namespaces(name)) for name in spaces]
    if draw(rarely) and draw(rarely):
        made += [namespace(f"filler-{number}") for number in range(20 - len(made))]
    return made, rows or [customer("1")]


@st.composite
def _namespaces(draw: Any, name: str) -> dict[str, Any]:
    return namespace(
        name,
        *draw(st.one_of(_usual_workers, _usual_workers, _any_workers)),
        created_on=draw(st.sampled_from((LONG_AGO, LONG_AGO, LONG_AGO, RECENT))),
        trusted_workers=draw(rarely) and draw(rarely),
    )


@st.composite
def change_settings(draw: Any) -> dict[str, Any]:
    """``[change]``: mostly so that something can happen."""
    return {
        "max_deletions": draw(st.sampled_from((25, 25, 25, 2, 1, 0))),
        "max_share": draw(st.sampled_from((1.0, 1.0, 1.0, 0.5, 0.1))),
        "grace_days": draw(st.sampled_from((0, 0, 30))),
        "protect": tuple(draw(st.lists(st.sampled_from((*NAMES, "customer-0*", "staging")), max_size=1))),
        "max_workers": draw(st.sampled_from((20, 20, 1))),
    }


@st.composite
def overrides(draw: Any, *, generous: bool = False) -> dict[str, str]:
    """Guards, and guards of single items, that are overridden."""
    made = {"traffic": REASON} if generous or draw(mostly) else {}
    for guard in GUARDS:
        if guard != "traffic" and (draw(mostly) if generous and guard not in _CORE else draw(rarely)):
            made[guard] = REASON
    if draw(rarely):
        made[f"state:{draw(names)}"] = REASON
    if draw(rarely):
        guard = draw(st.sampled_from(("protected", "grace", "traffic", "trusted", "bound", "irreversible")))
        made[f"{guard}:{draw(names)}"] = REASON
    return made


# Those that most laws are about: to override them is the exception
_CORE = ("count", "share", "quarantine", "state", "protected")

_HONEST = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502},
    {"kind": "status", "status": 429, "retry_after": 1},
    {"kind": "reset"},
    {"kind": "cut"},
    {"kind": "lost_answer"},
)
_LYING = (
    {"kind": "empty_result"},
    {"kind": "null_result"},
    {"kind": "short_result"},
    {"kind": "success_false"},
    {"kind": "not_json"},
    {"kind": "html"},
    {"kind": "status", "status": 404},
    {"kind": "status", "status": 403},
)


@st.composite
def faults(draw: Any) -> list[dict[str, Any]]:
    """What goes wrong with requests; a lying one says something that is not so."""
    kinds = st.sampled_from((*_HONEST, *_HONEST, *_LYING))
    return [
        {
            **draw(kinds),
            "method": draw(st.sampled_from(("GET", "POST", "PUT", "DELETE", "DELETE", None))),
            "probability": draw(st.sampled_from((1.0, 0.5, 0.2))),
            "count": draw(st.integers(1, 6)),
            "skip": draw(st.integers(0, 8)),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]


def lies(fault: dict[str, Any]) -> bool:
    """Whether it says something that is not so."""
    return {key: value for key, value in fault.items() if key in ("kind", "status", "retry_after")} in _LYING


# Where the power goes: at a change before or after it is carried out, at any request, as progress is told,
# or as the time is looked at (which a journal does right before each record)
crashes = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(("change before", "change after")), st.integers(1, 4)),
    st.tuples(st.sampled_from(("request before", "request after")), st.integers(1, 60)),
    st.tuples(st.just("progress"), st.integers(1, 6)),
    st.tuples(st.just("clock"), st.integers(3, 60)),
)
