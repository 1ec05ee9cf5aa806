"""Every panel in tabs, without a browser."""

from __future__ import annotations

import pandas as pd
import pytest
from support.panels import click, seen, wait_for

import wfp_ops
from wfp_ops.widgets import workbench as module
from wfp_ops.widgets.tabs import TabBar
from wfp_ops.widgets.workbench import Workbench

ACTIVE = "customer_id,status\n1,active\n2,active\n"
ALL = ("Overview", "Audit", "Create", "Clean up", "Rename", "Usage", "Cost", "Journal")


@pytest.fixture
def bench(acme):
    """The demo's."""
    return Workbench(acme)


@pytest.fixture
def small(connect, sandbox, tmp_path):
    """A small account, and its list."""
    sandbox.load("customer-1", "customer-9")
    (tmp_path / "customers.csv").write_text(ACTIVE, encoding="utf-8")
    return connect(), tmp_path / "customers.csv"


def open_tabs(bench):
    """The tabs whose page is on the page."""
    return [name for name, page in bench._pages.items() if seen(page)]


def test_only_the_tab_that_is_open_is_made(bench):
    """And nothing was asked of the account."""
    assert bench.tabs.names == ALL
    assert list(bench.panels) == ["Overview"]
    assert open_tabs(bench) == ["Overview"]
    assert bench.desk.audit is None


@pytest.mark.parametrize("name", ALL)
def test_every_tab_can_be_opened(bench, name):
    """Each is a panel that works alone, too; the way back makes nothing anew."""
    panel = bench.open(name)
    assert panel.error is None
    assert name in (panel.title, "Clean up")
    assert getattr(wfp_ops.widgets, type(panel).__name__)
    assert open_tabs(bench) == [name]
    bench.tabs.selected = "Overview"
    assert open_tabs(bench) == ["Overview"]
    assert bench.open(name) is panel


def test_all_panels_see_one_audit(small):
    """Whichever has read it."""
    bench = Workbench(*small)
    overview = bench.panels["Overview"]
    click(overview, overview.run)
    assert bench.open("Audit").audit is overview.audit
    assert bench.open("Create").candidates is not None
    assert bench.open("Clean up").desk is bench.desk


def test_a_step_of_the_overview_opens_what_does_it(small):
    """The audit shows that kind alone."""
    bench = Workbench(*small)
    overview = bench.panels["Overview"]
    click(overview, overview.run)
    buttons = {
        step.kind: line.children[1]
        for step, line in zip(overview.steps, overview._next.children, strict=True)
    }
    buttons["missing"].click()
    assert bench.tabs.selected == "Create"
    buttons["orphaned"].click()
    assert bench.tabs.selected == "Clean up"
    bench.go("audit", "orphaned")
    assert bench.tabs.selected == "Audit"
    assert bench.panels["Audit"].findings.filter.facets == {"kind": "orphaned"}
    bench.go("audit", "unproven")
    assert bench.panels["Audit"].findings.filter.facets == {"kind": "orphaned"}


def test_the_list_is_a_path_a_frame_or_the_settings_own(small, connect):
    """It stands above the tabs."""
    account, path = small
    frame = pd.read_csv(path, dtype=str)
    own = connect("[customers]\nsource = 'customers.csv'\n")
    for bench, told in (
        (Workbench(account, path), "customers.csv"),
        (Workbench(account, str(path)), "customers.csv"),
        (Workbench(account, frame), "a frame of 2 rows"),
        (Workbench(own), "customers.csv"),
    ):
        assert told in bench.view.children[1].value
        overview = bench.panels["Overview"]
        click(overview, overview.run)
        assert overview.error is None
        assert len(overview.audit.customers) == 2
    assert "no customer list is set" in Workbench(account).view.children[1].value


def test_a_password_in_a_databases_address_is_not_shown(acme):
    """Neither above the tabs nor in the code."""
    bench = Workbench(acme, "postgresql://me:secret-word@127.0.0.1:1/crm")
    assert "secret-word" not in bench.view.children[1].value
    assert "secret-word" not in "".join(bench.open(name).code() for name in ("Overview", "Usage", "Cost"))


def test_a_panel_that_can_not_be_made_says_so_on_its_tab(bench, monkeypatch):
    """The others work; it can be tried again."""
    monkeypatch.setitem(module._TABS, "Journal", ("no_such_panel", "NoSuchPanel"))
    broken = bench.open("Journal")
    assert "ModuleNotFoundError" in broken.said.title
    assert open_tabs(bench) == ["Journal"]
    assert bench.open("Audit").error is None
    monkeypatch.undo()
    bench.open("Journal").again.click()
    assert type(bench.panels["Journal"]).__name__ == "JournalPanel"
    assert bench._pages["Journal"].children == (bench.panels["Journal"].view,)


def test_a_tab_shows_that_work_is_under_way(small, sandbox):
    """Also when another one is open."""
    bench = Workbench(*small)
    overview = bench.panels["Overview"]
    with sandbox.holding():
        overview.run.click()
        bench.open("Cost")
        assert [tab["key"] for tab in bench.tabs._tabs if tab["busy"]] == ["Overview"]
    wait_for(lambda: not overview.job.running and overview.audit is not None)
    click(overview, overview.run)
    assert not [tab for tab in bench.tabs._tabs if tab["busy"]]


def test_in_worker_tenancy_nothing_is_created_or_renamed(connect, sandbox):
    """Creating means deploying there."""
    sandbox.load({"name": "production", "workers": [{"name": "customer-9"}]})
    bench = Workbench(connect("[audit]\ntenancy = 'worker'\nnamespaces = ['production']\nselect = 'name'\n"))
    assert bench.tabs.names == ("Overview", "Audit", "Clean up", "Usage", "Cost", "Journal")
    assert all(bench.open(name).error is None for name in bench.tabs.names)


def test_a_page_can_not_open_what_is_not_there():
    """It may send anything."""
    tabs = TabBar("x", ["a", "b"])
    tabs.selected = "<img>"
    assert tabs.selected == "a"


def test_it_shows_itself(bench, capsys):
    """As the last line of a cell."""
    bench._ipython_display_()
    assert repr(bench) == "Workbench('sandbox')"
    assert capsys.readouterr().out
