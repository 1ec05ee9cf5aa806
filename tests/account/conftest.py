"""One sandbox for the tests of this room: the acme scenario at a fixed moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.company import Company, Prepared, prepare
from support.sandbox_server import RunningSandbox, running_sandbox

import wfp_ops
from wfp_ops.account.account import Account
from wfp_ops.change.plan import Plan
from wfp_ops.clock import parse_time

NOW = "2026-11-23T12:00:00Z"


@pytest.fixture(scope="module")
def acme() -> Iterator[wfp_ops.Account]:
    """The account of ``connect("sandbox")``, read only."""
    with wfp_ops.connect("sandbox", now=NOW) as account:
        yield account


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    """One sandbox for the tests of a module, to be changed."""
    with running_sandbox(now=parse_time(NOW)) as running:
        yield running


@pytest.fixture(scope="module")
def prepared(server: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A company with a plan of everything; a module may have another one."""
    return prepare(server, tmp_path_factory.mktemp("company"))


@pytest.fixture
def company(prepared: Prepared) -> Company:
    """It, as it was when the plan was made."""
    return prepared.again()


@pytest.fixture
def plan(prepared: Prepared) -> Plan:
    """The plan of the module's prepared company: three deletions, two creations, a rename."""
    return prepared.plan


@pytest.fixture
def account(company: Company) -> Iterator[Account]:
    """The account of the module's company, which the plan is applied to."""
    with company.account() as opened:
        yield opened
