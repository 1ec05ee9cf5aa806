"""The workbench in a real JupyterLab and a real Voila: every tab, by mouse and by keyboard."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import expect
from support.busy import busy, company, write_list
from support.hostile import HOSTILE
from support.notebooks import WAIT_MS, account_cell, opened_notebook
from support.sandbox_server import clean_sandbox, running_sandbox

NOW = "2026-11-23T12:00:00Z"
SHOWN = "bench = wfp_ops.widgets.Workbench(account, customers)\nbench"
TABS = {
    "Overview": "OverviewPanel",
    "Audit": "AuditPanel",
    "Create": "CreatePanel",
    "Clean up": "DeletePanel",
    "Rename": "RenamePanel",
    "Usage": "UsagePanel",
    "Cost": "CostPanel",
    "Journal": "JournalPanel",
}
# Voila's own page asks for an icon font, unless it runs with our template
ICONS = "fortawesome"
TOO_WIDE = """() => [...document.querySelectorAll('.wfp-Workbench, .wfp-Workbench *')]
  .filter(each => !each.closest('.wfp-scroller') && each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.className)"""
CORNER = """img => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.drawImage(img, 0, 0);
  return Math.max(...canvas.getImageData(2, 2, 1, 1).data.slice(0, 3));
}"""


@pytest.fixture(scope="module")
def _server():
    with running_sandbox() as server:
        yield server


@pytest.fixture
def sandbox(_server):
    """A small company with traffic."""
    server = clean_sandbox(_server)
    company(server)
    return server


@pytest.fixture
def cells(sandbox, tmp_path):
    """The cells that connect, and show the workbench."""
    write_list(tmp_path / "customers.csv")
    account = account_cell(sandbox, tmp_path / "state", customers=tmp_path / "customers.csv", now=NOW)
    return [account, SHOWN]


@pytest.fixture(autouse=True)
def _patience():
    """What a page shows is waited for as long as a busy machine needs."""
    expect.set_options(timeout=WAIT_MS)
    yield
    expect.set_options(timeout=5_000)


def open_tab(notebook, name):
    """Click a tab; its panel comes back."""
    notebook.page.get_by_role("tab", name=name).click()
    return notebook.panel(TABS[name])


def read(panel, button):
    """Click, and wait until there is what was read: the last line of evidence, or a chart."""
    panel.button(button).click()
    panel.root.locator(".wfp-evidence b:text('analytics'), .wfp-picture img").first.wait_for()
    expect(panel.root.locator(".wfp-job:visible")).to_have_count(0)


def beginning(text):
    """What begins so."""
    return re.compile(f"^{re.escape(text)}")


def drawn(panel):
    """The chart, once there is one."""
    picture = panel.root.locator(".wfp-picture img")
    picture.wait_for()
    return picture


@pytest.mark.parametrize("kind", ["lab", "voila"])
def test_an_analyst_walks_through_all_of_it(browser, request, cells, kind):
    """Reads the account, follows a next step, charts a customer, takes it along."""
    with opened_notebook(browser, request.getfixturevalue(kind), cells) as notebook:
        overview = notebook.panel("OverviewPanel")
        read(overview, "Read the account")
        expect(overview.root).to_contain_text("1 customer lacks a namespace")
        overview.button("Create it").click()
        create = notebook.panel("CreatePanel")
        create.table().wait_for_rows()
        expect(overview.root).to_be_hidden()
        for name in TABS:
            open_tab(notebook, name)
            expect(notebook.page.get_by_role("tab", selected=True)).to_have_text(name)
        usage = open_tab(notebook, "Usage")
        read(usage, "Read the usage")
        expect(drawn(usage)).to_have_attribute("alt", beginning("Requests by customer"))
        usage.table().filter("one l")
        usage.table().press("ArrowDown")
        expect(drawn(usage)).to_have_attribute("alt", beginning("One Ltd"))
        with notebook.page.expect_download() as downloaded:
            usage.button("Data as CSV").click()
        rows = list(csv.DictReader(downloaded.value.path().read_text(encoding="utf-8").splitlines()))
        assert {row["customer_id"] for row in rows} == {"1"}
        for picture, begins in (("Picture as PNG", b"\x89PNG"), ("Picture as SVG", b"<?xml")):
            with notebook.page.expect_download() as downloaded:
                usage.button(picture).click()
            assert downloaded.value.path().read_bytes().startswith(begins)
        cost = open_tab(notebook, "Cost")
        read(cost, "Reckon the cost")
        expect(drawn(cost)).to_have_attribute("alt", beginning("Cost by customer"))
        expect(cost.root).to_contain_text("unallocated")
        assert notebook.errors == []
        assert [address for address in notebook.outside if ICONS not in address] == []


@pytest.mark.parametrize("kind", ["lab", "voila"])
def test_hostile_names_run_no_script_on_any_tab(browser, request, sandbox, cells, kind):
    """Names of the account and of the customer list; only charts are pictures."""
    sandbox.load(*(busy(name, 30) for name in HOSTILE[:4]), busy("customer-2", 100))
    with opened_notebook(browser, request.getfixturevalue(kind), cells) as notebook:
        read(notebook.panel("OverviewPanel"), "Read the account")
        for name in ("Audit", "Create", "Clean up", "Rename", "Journal"):
            open_tab(notebook, name)
        usage = open_tab(notebook, "Usage")
        read(usage, "Read the usage")
        drawn(usage)
        usage.table().filter("onerror")
        usage.table().row(HOSTILE[0]).first.click()
        expect(drawn(usage)).to_have_attribute("alt", beginning(HOSTILE[0]))
        usage.button("Show the code").click()
        cost = open_tab(notebook, "Cost")
        read(cost, "Reckon the cost")
        drawn(cost)
        cost.table().row(HOSTILE[0]).first.click()
        assert notebook.scripts_run() == []
        bench = notebook.page.locator(".wfp-Workbench")
        assert bench.locator("iframe, script, svg").count() == 0
        assert bench.locator("img").count() == bench.locator(".wfp-picture > img").count() == 2


def test_tabs_are_walked_by_keyboard(browser, lab, cells):
    """Arrows, Home and End, round and round; one of them is in the order of the Tab key."""
    with opened_notebook(browser, lab, cells) as notebook:
        tab = notebook.page.get_by_role("tab", selected=True)
        tab.focus()
        for key, name in (
            ("ArrowRight", "Audit"),
            ("End", "Journal"),
            ("ArrowRight", "Overview"),
            ("ArrowLeft", "Journal"),
            ("Home", "Overview"),
        ):
            notebook.page.keyboard.press(key)
            expect(tab).to_have_text(name)
            expect(tab).to_be_focused()
            notebook.panel(TABS[name])
        expect(notebook.page.locator(".wfp-tabs [role=tab][tabindex='0']")).to_have_count(1)
        notebook.page.keyboard.press("Tab")
        expect(notebook.panel("OverviewPanel").button("Read the account")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_voila_page_is_read_without_scrolling_sideways(browser, voila, cells, width):
    """On every tab, and the chart fits."""
    with opened_notebook(browser, voila, cells, width=width) as notebook:
        read(notebook.panel("OverviewPanel"), "Read the account")
        for name in TABS:
            panel = open_tab(notebook, name)
            if name == "Usage":
                read(panel, "Read the usage")
                drawn(panel)
            if name == "Cost":
                read(panel, "Reckon the cost")
                drawn(panel)
            assert notebook.page.evaluate(TOO_WIDE) == [], name
        picture = drawn(open_tab(notebook, "Usage"))
        list_box = notebook.panel("UsagePanel").root.locator(".wfp-picker").bounding_box()
        beside = picture.bounding_box()["x"] >= list_box["x"] + list_box["width"]
        assert beside == (width == 1280)


def test_charts_are_light_or_dark_as_the_page_is(browser, lab, cells):
    """And change with it, without being asked."""
    with opened_notebook(browser, lab, cells, theme="dark") as notebook:
        usage = open_tab(notebook, "Usage")
        read(usage, "Read the usage")
        notebook.page.wait_for_function("() => document.querySelector('.wfp-picture img')?.complete")
        dark = drawn(usage)
        notebook.page.wait_for_function(f"() => ({CORNER})(document.querySelector('.wfp-picture img')) < 60")
        before = dark.get_attribute("src")
        notebook.page.evaluate("() => document.body.setAttribute('data-jp-theme-light', 'true')")
        expect(usage.root.locator(".wfp-picture img")).not_to_have_attribute("src", before)
        notebook.page.wait_for_function(f"() => ({CORNER})(document.querySelector('.wfp-picture img')) > 240")


def test_analytics_that_may_not_be_read_stop_nothing_else(browser, lab, sandbox, cells):
    """Usage and cost say so in words; the audit works."""
    sandbox.switch(analytics_permitted=False)
    with opened_notebook(browser, lab, cells) as notebook:
        overview = notebook.panel("OverviewPanel")
        read(overview, "Read the account")
        expect(overview.root.get_by_text("an audit works without it, usage does not")).to_be_visible()
        for name, button in (("Usage", "Read the usage"), ("Cost", "Reckon the cost")):
            panel = open_tab(notebook, name)
            panel.button(button).click()
            panel.wait_for_said("Account Analytics: Read")
        open_tab(notebook, "Audit").table().wait_for_rows()
