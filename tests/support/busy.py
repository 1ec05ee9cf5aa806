"""A small company with traffic, for panels of usage and cost."""

from __future__ import annotations

from support.hostile import HOSTILE

CREATED = "2026-06-01T00:00:00Z"
NAMED = {
    "1": "One Ltd",
    "2": HOSTILE[0],
    "3": "a" * 300,
    "4": "\u05d0\u05d1\u05d2 \U0001f469\u200d\U0001f680",
}


def busy(name, hourly, **more):
    """A namespace with one Worker, called so often in an hour."""
    worker = {"name": "web", "created_on": CREATED}
    return {
        "name": name,
        "created_on": CREATED,
        "workers": [worker],
        "traffic": {"hourly": hourly},
        **more,
    }


def company(sandbox):
    """Two busy customers, a quiet one, one whose list says that they left, and what is nobody's."""
    sandbox.load(
        busy("customer-1", 400), busy("customer-2", 100), busy("customer-4", 20), busy("nobodys", 10)
    )


def write_list(path, *, mrr=True):
    """Its customer list: names that somebody chose in order to do harm among them."""
    head = "customer_id,name,status,churned_on,mrr" if mrr else "customer_id,name,status,churned_on"
    lines = [
        f'{number},"{name}",{"churned" if number == "4" else "active"},{"2026-11-20" if number == "4" else ""}'
        + (f",{number}00.5" if mrr else "")
        for number, name in NAMED.items()
    ]
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return str(path)
