"""Whose part is whose: by customer, nobody's, and the dispatchers'."""

from decimal import Decimal

import pandas as pd

from wfp_ops.usage.cost.parts import parts_of

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3", "4"],
        "name": ["One", None, "Three", "Four"],
        "status": ["active", "churned", "churned", "trial"],
        "mrr": [100.0, None, 5.0, None],
    }
)


def usage(*rows):
    """Rows of (customer id, requests, CPU time)."""
    return pd.DataFrame(rows, columns=["customer_id", "requests", "cpu_ms"]).astype({"customer_id": "str"})


def passed(requests, cpu_ms):
    """The dispatchers' row."""
    return pd.DataFrame({"requests": [requests], "cpu_ms": [cpu_ms]})


def scripts(**counts):
    """Workers by customer id; ``nobody`` is what is nobody's."""
    index = pd.Index([None if name == "nobody" else name.strip("_") for name in counts], dtype="str")
    return pd.Series(list(counts.values()), index=index, dtype="Float64")


USED = usage(("1", 10, 1.5), ("2", 5, 0.5), ("9", 2, 0.1), (None, 3, 0.2))


def test_with_a_list():
    """Each who is there or used anything; ids that the list lacks are nobody's."""
    parts = parts_of(USED, passed(26, 7.25), scripts(_1=2, _9=1, nobody=4), CUSTOMERS)
    assert [(part.customer_id, part.name) for part in parts] == [
        ("1", "One"),
        ("2", None),
        ("4", "Four"),
        (None, "unallocated"),
        (None, "dispatcher"),
    ]
    assert [part.requests for part in parts] == [10, 5, 0, 5, 6]
    assert [float(part.cpu_ms) for part in parts] == [1.5, 0.5, 0, 0.3, 7.25]
    assert [part.scripts for part in parts] == [2, 0, 0, 5, 0]
    assert [part.mrr for part in parts] == [Decimal(100), None, None, None, None]


def test_without_a_list():
    """Each id that the names hold is a customer."""
    parts = parts_of(USED, passed(0, 0), scripts(_7=1), None)
    assert [part.customer_id for part in parts] == ["1", "2", "7", "9", None, None]


def test_a_request_is_billed_once():
    """What passed a dispatcher and a Worker is the Worker's; fewer at the dispatcher (sampling) is no credit."""
    parts = parts_of(USED, passed(20, 1), scripts(), CUSTOMERS)
    assert sum(part.requests for part in parts) == 20
    parts = parts_of(USED, passed(15, 1), scripts(), CUSTOMERS)
    assert sum(part.requests for part in parts) == 20


def test_nothing_at_all():
    """Two rows, of zeros."""
    parts = parts_of(usage(), passed(None, None), scripts(), None)
    assert [(part.name, part.requests, part.cpu_ms, part.scripts) for part in parts] == [
        ("unallocated", 0, 0, 0),
        ("dispatcher", 0, 0, 0),
    ]
