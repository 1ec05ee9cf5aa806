"""A million namespaces against a million customers: the reconciliation beside one bare pandas merge.

    python benchmarks/reconcile.py

The peer is one outer merge with indicator of the same two frames, all columns, on names that were made
before the clock started: it parses no name, judges nothing and finds no near match. Ours is the parsing,
the claims, the states and the joined table (``audit/things.py``, ``claims.py``, ``states.py``, ``join.py``).
The search for near matches (whose a name may be that nobody claims, or that of a customer who left) is timed
by itself and taken out of the first figure.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from measuring import machine, ratios, seconds, show, spread

from wfp_ops.audit import states
from wfp_ops.audit.build import build_audit
from wfp_ops.audit.claims import claims_of
from wfp_ops.audit.join import join
from wfp_ops.audit.rules import Rules
from wfp_ops.audit.things import records_of, things_of
from wfp_ops.customers.read import read_customers
from wfp_ops.customers.set_aside import set_aside
from wfp_ops.frames.columns import NAMESPACES
from wfp_ops.frames.provenance import Completeness, mark_complete

PREFIX = "customer-"
TAKEN_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
IDS = ("digits", "hex")
# What ``audit/states.py`` asks about names and ids that are nearly another
SEARCHES = ("_misnamed", "why_not_gone", "other_spellings", "why_suspect")


@dataclass(frozen=True)
class Case:
    """Two frames of which a share has no counterpart, and the same two as the peer merges them."""

    namespaces: pd.DataFrame
    customers: pd.DataFrame
    left: pd.DataFrame
    right: pd.DataFrame


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    print(machine())
    rows = [_scaling(ids, size, given.rounds) for ids in IDS for size in given.sizes]
    header = ["ids", "rows", "bare merge", "ours, per row", "of bare", "near matches, of ours"]
    show("parsing, states and join; one tenth on each side without a counterpart", header, rows)
    size = max(given.sizes)
    rows = [_whole(size, findings, given.rounds) for findings in (size // 1000, size // 10)]
    show("build_audit, findings included", ["rows", "findings", "bare merge", "build_audit", "of bare"], rows)


def _scaling(ids: str, size: int, rounds: int) -> Sequence[str]:
    case = _case(ids, size, without=size // 10)
    bare, ours, near = [], [], []
    for _ in range(rounds + 1):
        bare.append(seconds(lambda: _merge(case)))
        with _stopwatch() as searching:
            whole = seconds(lambda: _reconcile(case))
        near.append(sum(searching))
        ours.append(whole - near[-1])
    del bare[0], ours[0], near[0]  # the first round warms up
    per_row = [took / size * 1e6 for took in ours]
    return [
        ids,
        f"{size:,}",
        spread(bare, " s"),
        spread(per_row, " µs"),
        spread(ratios(ours, bare), " x"),
        spread(ratios(near, ours), " x"),
    ]


def _whole(size: int, findings: int, rounds: int) -> Sequence[str]:
    case = _case("digits", size, without=findings // 2)
    found = len(_audit(case).findings)
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(seconds(lambda: _merge(case)))
        ours.append(seconds(lambda: _audit(case)))
    return [
        f"{size:,}",
        f"{found:,}",
        spread(bare, " s"),
        spread(ours, " s"),
        spread(ratios(ours, bare), " x"),
    ]


def _merge(case: Case) -> pd.DataFrame:
    return case.left.merge(case.right, on="key", how="outer", indicator=True)


def _reconcile(case: Case) -> pd.DataFrame:
    rules = Rules()
    things = things_of(case.namespaces, None, rules)
    records = records_of(case.customers, set_aside(case.customers))
    claims = claims_of(things, records, rules)
    verdicts = states.judge(things, records, claims, rules)
    return join(things, records, claims, verdicts, rules)


def _audit(case: Case) -> Any:
    return build_audit(
        namespaces=case.namespaces,
        customers=case.customers,
        rules=Rules(),
        account_id="0" * 32,
        account_name="benchmark",
        taken_at=TAKEN_AT,
    )


def _case(ids: str, size: int, *, without: int) -> Case:
    """``size`` namespaces and customers; ``without`` of each have no counterpart among the others."""
    known = _ids(ids, size + without)
    inventory = known[:size]
    listed = known[without:].sample(frac=1, random_state=1).reset_index(drop=True)
    namespaces = NAMESPACES.build(
        {
            "namespace": PREFIX + inventory,
            "namespace_id": inventory,
            "customer_id": inventory,
            "conforms": np.ones(size, dtype=bool),
            "workers": np.ones(size, dtype=int),
            "trusted": np.zeros(size, dtype=bool),
        },
        length=size,
    )
    mark_complete(
        namespaces, Completeness("proven", "made here"), key="namespace", taken_at=TAKEN_AT.isoformat()
    )
    customers = read_customers(pd.DataFrame({"customer_id": listed, "status": "active"}))
    right = pd.DataFrame(customers).rename(columns={"namespace": "mapped_to"})
    left, right = namespaces.assign(key=PREFIX + inventory), right.assign(key=PREFIX + listed)
    left.attrs, right.attrs = {}, {}
    return Case(namespaces, customers, left, right)


def _ids(kind: str, count: int) -> pd.Series[Any]:
    """Ids all of digits, one after the other; or twelve random hex digits, each once."""
    if kind == "digits":
        return pd.Series(np.arange(count), dtype="str")
    step = 0x9E3779B97F4B & ~1 | 1  # odd, so that no two products are the same
    return pd.Series([f"{number * step % 2**48:012x}" for number in range(1, count + 1)], dtype="str")


@contextmanager
def _stopwatch() -> Iterator[list[float]]:
    """Time what the states spend on likeness: the seconds of each search."""
    took: list[float] = []
    searches = {name: getattr(states, name) for name in SEARCHES}
    for name, search in searches.items():
        setattr(states, name, _timed(search, took))
    try:
        yield took
    finally:
        for name, search in searches.items():
            setattr(states, name, search)


def _timed(search: Callable[..., Any], took: list[float]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return search(*args, **kwargs)
        finally:
            took.append(time.perf_counter() - start)

    return run


if __name__ == "__main__":
    main()
