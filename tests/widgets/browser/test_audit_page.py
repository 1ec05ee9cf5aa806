"""The audit panel in a real JupyterLab and a real Voila."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import expect
from support.hostile import HOSTILE
from support.notebooks import account_cell, opened_notebook
from support.pages import ROOT
from support.sandbox_server import clean_sandbox, running_sandbox

from wfp_ops.clock import parse_time

NOW = "2026-11-23T12:00:00Z"
SHOWN = "panel = wfp_ops.widgets.AuditPanel(account, customers)\npanel"
HOSTILE_CELL = f"""import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from support.hostile import hostile_audit
panel.desk.put(hostile_audit())"""
RATIO = """(selector) => {
  const light = (color) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((each) => {
      const part = each / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const element = document.querySelector(selector);
  let paper = element;
  while (getComputedStyle(paper).backgroundColor === "rgba(0, 0, 0, 0)") paper = paper.parentElement;
  const [ink, ground] = [getComputedStyle(element).color, getComputedStyle(paper).backgroundColor].map(light);
  return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
}"""


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """The demo's account as a server, and the cell that connects to it."""
    folder = tmp_path_factory.mktemp("acme")
    customers = folder / "customers.csv"
    with running_sandbox("acme", now=parse_time(NOW), write_customers=customers) as server:
        yield account_cell(server, folder / "state", customers=customers, now=NOW)


@pytest.fixture(scope="module")
def _server():
    with running_sandbox() as server:
        yield server


@pytest.fixture
def sandbox(_server):
    """An empty one, without faults."""
    return clean_sandbox(_server)


@pytest.fixture
def small(sandbox, tmp_path):
    """A small account, and the cell that connects to it."""
    sandbox.load("customer-1", "customer-2", *HOSTILE[:2])
    customers = tmp_path / "customers.csv"
    customers.write_text(
        "customer_id,status,name\n1,active,<img src=x onerror=window.ran=1>\n", encoding="utf-8"
    )
    return account_cell(sandbox, tmp_path / "state", customers=customers, now=NOW)


def test_an_analyst_runs_it_looks_closer_and_takes_it_along(browser, lab, acme):
    """From the click to the files."""
    with opened_notebook(browser, lab, [acme, SHOWN]) as notebook:
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").dblclick()
        table = panel.table()
        table.wait_for_rows()
        expect(panel.root).to_contain_text("inventory proven complete")
        table.facet("severity", "warning")
        table.filter("customer-158")
        expect(table.count).to_have_text(re.compile(r"^1 of \d+ findings$"))
        table.row("customer-158").click()
        expect(table.root.locator(".wfp-details")).to_contain_text("keep it until the grace period is over")
        with notebook.page.expect_download() as downloaded:
            panel.button("Findings as CSV").click()
        rows = list(csv.DictReader(downloaded.value.path().read_text(encoding="utf-8").splitlines()))
        assert [row["namespace"] for row in rows] == ["customer-158"]
        assert downloaded.value.suggested_filename == "findings-2026-11-23.csv"
        with notebook.page.expect_download() as downloaded:
            panel.button("Report to mail (HTML)").click()
        assert "wfp-ops" in downloaded.value.path().read_text(encoding="utf-8")
        panel.button("Show the code").click()
        expect(panel.root.locator(".wfp-code")).to_contain_text("account.audit(")
        assert (notebook.errors, notebook.outside) == ([], [])


def test_a_reading_can_be_cancelled(browser, lab, sandbox, small):
    """While the kernel waits for an answer, the click is heard."""
    with (
        sandbox.holding(route="*/dispatch/namespaces"),
        opened_notebook(browser, lab, [small, SHOWN]) as notebook,
    ):
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").click()
        expect(panel.root.locator(".wfp-said")).to_contain_text("reading the account")
        expect(panel.button("Run the audit")).to_be_disabled()
        panel.button("Cancel").click()
        panel.wait_for_said("cancelled")
        expect(panel.button("Run the audit")).to_be_enabled()


@pytest.mark.parametrize("kind", ["lab", "voila"])
def test_an_error_stands_on_the_page_in_words(browser, request, sandbox, small, kind):
    """A token that may not read; what was sent is not shown."""
    cell = small.replace(repr(sandbox.token), "'a-token-that-is-wrong'")
    with opened_notebook(browser, request.getfixturevalue(kind), [cell, SHOWN]) as notebook:
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").click()
        panel.wait_for_said("What to do")
        expect(panel.said).not_to_contain_text("a-token-that-is-wrong")
        expect(panel.said.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("kind", ["lab", "voila"])
def test_hostile_names_run_no_script(browser, request, small, kind):
    """Names of the account, of the customer list, and of an audit that is full of them."""
    with opened_notebook(browser, request.getfixturevalue(kind), [small, SHOWN]) as notebook:
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").click()
        panel.table().wait_for_rows()
        expect(panel.table().row(HOSTILE[0]).first).to_be_visible()
        assert notebook.scripts_run() == []
    with opened_notebook(browser, request.getfixturevalue(kind), [small, SHOWN, HOSTILE_CELL]) as notebook:
        panel = notebook.panel("AuditPanel")
        table = panel.table()
        table.wait_for_rows()
        for name in HOSTILE[:5]:
            table.filter(name)
            row = table.row(name).first
            expect(row).to_be_visible()
            row.click()
            expect(table.root.locator(".wfp-details")).to_contain_text(name)
        panel.button("Show the code").click()
        assert notebook.scripts_run() == []
        assert panel.root.locator("img, iframe, script, svg").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_a_voila_page_is_read_without_scrolling_sideways(browser, voila, acme, width):
    """On a telephone a row has two lines, and everything fits."""
    with opened_notebook(browser, voila, [acme, SHOWN], width=width) as notebook:
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").click()
        table = panel.table()
        table.wait_for_rows()
        table.row("customer-158").click()
        wide = notebook.page.evaluate(
            """() => [...document.querySelectorAll('.wfp-panel, .wfp-panel *')]
                 .filter(each => !each.closest('.wfp-scroller') && each.getBoundingClientRect().right > innerWidth + 1)
                 .map(each => each.className)"""
        )
        assert wide == []
        assert ("wfp-narrow" in table.root.get_attribute("class")) == (width == 390)
        expect(table.row("customer-158")).to_contain_text("churned")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_in_both_themes(browser, lab, acme, theme):
    """At least 4.5 to 1, the least that WCAG asks for."""
    with opened_notebook(browser, lab, [acme, SHOWN], theme=theme) as notebook:
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").click()
        panel.table().wait_for_rows()
        panel.table().row("customer-158").click()
        places = (
            ".wfp-title",
            ".wfp-purpose",
            ".wfp-facts span",
            ".wfp-good",
            ".wfp-line .wfp-cell",
            ".wfp-sort",
        )
        ratios = {place: notebook.page.evaluate(RATIO, place) for place in (*places, ".wfp-details dt")}
        assert {place: ratio for place, ratio in ratios.items() if ratio < 4.5} == {}


def test_a_page_that_is_loaded_again_shows_what_the_kernel_holds(browser, lab, small):
    """The kernel goes on; the panel's state is there again once the notebook was saved."""
    with opened_notebook(browser, lab, [small, SHOWN]) as notebook:
        panel = notebook.panel("AuditPanel")
        panel.button("Run the audit").click()
        panel.table().wait_for_rows()
        with notebook.page.expect_response(
            lambda answer: answer.request.method == "PUT" and f"contents/{notebook.name}" in answer.url
        ):
            panel.table().press("Control+s")
        notebook.page.goto(notebook.page.url, wait_until="domcontentloaded")
        table = notebook.panel("AuditPanel").table()
        table.wait_for_rows()
        table.filter("customer-2")
        expect(table.count).to_have_text("2 of 7 findings")
