"""The inventory of a sandbox account: namespaces and Workers as they are, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from pydantic import SecretStr

from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.clock import SystemClock
from wfp_ops.frames.columns import NAMESPACES, WORKERS
from wfp_ops.frames.provenance import completeness
from wfp_ops.inventory.namespaces import load_namespaces
from wfp_ops.inventory.workers import load_workers
from wfp_ops.naming.convention import Convention
from wfp_ops.sandbox.child import start_sandbox

CLOCK = SystemClock()


@pytest.fixture(scope="module")
def acme() -> Iterator[Reads]:
    """The reads of a sandbox that holds the acme scenario."""
    with (
        start_sandbox(scenario="acme") as sandbox,
        Transport(base_url=sandbox.base_url, token=SecretStr(sandbox.token), clock=CLOCK) as transport,
    ):
        yield Reads(transport, sandbox.account_id)


@pytest.fixture(scope="module")
def namespaces(acme: Reads) -> pd.DataFrame:
    """Its namespaces."""
    return load_namespaces(acme, Convention(), CLOCK)


def test_its_namespaces_are_proven_and_typed(namespaces: pd.DataFrame) -> None:
    """A few hundred namespaces, each once, most of them named by the convention, all dated."""
    NAMESPACES.check(namespaces)
    assert completeness(namespaces).proven
    assert len(namespaces) > 100
    assert namespaces["namespace"].is_unique
    assert namespaces["conforms"].sum() > len(namespaces) / 2
    assert namespaces["namespace_id"].notna().all()
    assert namespaces["created_on"].notna().all()


def test_the_workers_of_all_namespaces_are_as_many_as_they_say(acme: Reads, namespaces: pd.DataFrame) -> None:
    """Read in parallel, every namespace holds as many Workers as its own count says."""
    frame = load_workers(acme, namespaces["namespace"].tolist(), Convention(), CLOCK)
    WORKERS.check(frame)
    assert completeness(frame).proven
    counted = frame.groupby("namespace").size().reindex(namespaces["namespace"], fill_value=0)
    assert counted.tolist() == namespaces["workers"].tolist()
    assert not frame.duplicated(["namespace", "worker"]).any()
