"""The proof travels with the frame, and only with the rows that it was made for."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from wfp_ops.frames.columns import NAMESPACES, WORKERS
from wfp_ops.frames.provenance import ATTRS_KEY, Completeness, completeness, mark_complete

PROVEN = Completeness("proven", "412 rows is no page's length")
DOUBTED = Completeness("unproven", "400 rows could be a page of more")
TAKEN_AT = "2026-11-23T12:00:00Z"


def _namespaces(count: int = 3, proof: Completeness = PROVEN) -> pd.DataFrame:
    frame = NAMESPACES.build(
        {
            "namespace": [f"customer-{number}" for number in range(count)],
            "conforms": [True] * count,
            "workers": list(range(count)),
        }
    )
    mark_complete(frame, proof, key="namespace", taken_at=TAKEN_AT)
    return frame


def _workers() -> pd.DataFrame:
    frame = WORKERS.build({"namespace": ["a", "a", "b"], "worker": ["x", "y", "x"]})
    mark_complete(frame, PROVEN, key=("namespace", "worker"), taken_at=TAKEN_AT)
    return frame


@pytest.mark.parametrize("proof", [PROVEN, DOUBTED])
def test_the_verdict_comes_back_with_its_reason(proof: Completeness) -> None:
    """What was written is what is read, proven or not."""
    assert completeness(_namespaces(proof=proof)) == proof
    assert completeness(_namespaces(0, proof=proof)) == proof


def test_a_frame_from_elsewhere_is_unproven() -> None:
    """Without a record, or with one of another kind, nothing is proven."""
    bare = NAMESPACES.empty()
    assert not completeness(bare).proven
    bare.attrs[ATTRS_KEY] = {"source": "customers.csv"}
    assert not completeness(bare).proven


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.copy(),
        lambda frame: frame.sort_values("workers", ascending=False),
        lambda frame: frame.sample(frac=1, random_state=1).reset_index(drop=True),
        lambda frame: frame[["namespace", "workers"]],
        lambda frame: frame.assign(note="seen"),
    ],
    ids=["copy", "sorted", "shuffled", "fewer columns", "more columns"],
)
def test_the_same_rows_stay_proven(change) -> None:
    """Order, index and other columns have nothing to do with completeness."""
    assert completeness(change(_namespaces())) == PROVEN


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame[frame["workers"] > 0],
        lambda frame: frame.head(0),
        lambda frame: frame.drop_duplicates("conforms"),
        lambda frame: pd.concat([frame, frame]),
        lambda frame: pd.concat([frame, NAMESPACES.build({"namespace": ["x"], "conforms": [True]})]),
        lambda frame: frame.assign(namespace=frame["namespace"].str.upper()),
        lambda frame: frame.drop(columns="namespace"),
        lambda frame: frame.rename(columns={"namespace": "name"}),
        lambda frame: frame.assign(namespace=[*frame["namespace"][:-1], None]),
    ],
    ids=[
        "filtered",
        "emptied",
        "deduplicated",
        "doubled",
        "added to",
        "renamed",
        "keyless",
        "key renamed",
        "nulled",
    ],
)
def test_other_rows_are_unproven(change) -> None:
    """The record is copied along by pandas; the frame is unproven all the same, and says why."""
    found = completeness(change(_namespaces()))
    assert not found.proven
    assert found.how


def test_a_key_of_several_columns_tells_rows_apart() -> None:
    """A Worker is one by namespace and name: another namespace of the same name is another row."""
    frame = _workers()
    assert completeness(frame.sort_values("worker")) == PROVEN
    assert not completeness(frame.assign(namespace=["a", "b", "b"])).proven
    assert not completeness(frame.assign(namespace=["a", "b", "a"])).proven
    assert not completeness(frame.drop(columns="namespace")).proven


def test_two_proofs_make_one() -> None:
    """Together they are proven only when both are; the first reason to doubt is kept."""
    other = Completeness("unproven", "another doubt")
    assert PROVEN.and_(PROVEN).proven
    assert PROVEN.and_(DOUBTED) == DOUBTED
    assert DOUBTED.and_(PROVEN) == DOUBTED
    assert DOUBTED.and_(other) == DOUBTED


@pytest.mark.parametrize("make", [_namespaces, _workers])
def test_the_proof_survives_a_file(make, tmp_path: Path) -> None:
    """The record is plain JSON, so Parquet takes it along and brings it back."""
    frame = make()
    json.dumps(frame.attrs)
    file = tmp_path / "frame.parquet"
    frame.to_parquet(file)
    assert completeness(pd.read_parquet(file)) == PROVEN


def test_a_copy_shares_the_record_and_a_new_proof_replaces_it() -> None:
    """Marking a copy anew leaves the first frame's proof alone."""
    frame = _namespaces()
    copy = frame.copy()
    mark_complete(copy, DOUBTED, key="namespace", taken_at=TAKEN_AT)
    assert completeness(frame) == PROVEN
    assert completeness(copy) == DOUBTED
