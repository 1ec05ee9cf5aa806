"""Creating, deleting, going on and restoring in a real JupyterLab and a real Voila, against a real sandbox.

What is asserted is the sandbox's state, not the page's alone.
"""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import expect
from support.company import NAMESPACES, ROWS
from support.hostile import HOSTILE
from support.notebooks import account_cell, opened_notebook, opened_page
from support.panels import DELETED, LACKING, NOW, customer, in_the_middle, namespace, wait_for

# a loaded machine answers late: no test is about how soon
expect.set_options(timeout=30_000)
WANTED = {f"customer-{number}" for number in LACKING}
PID = """pid = __import__("ipywidgets").Label(str(os.getpid()))
pid.add_class("kernel-pid")
pid"""
SETTINGS = """import os
os.environ["WFP_OPS_CHANGE__MAX_SHARE"] = "1.0" """


@pytest.fixture
def cells(firm, sandbox, tmp_path):
    """Makes the cells that show a panel."""

    def make(*panels):
        account = account_cell(sandbox, tmp_path / "state", customers=firm.company.csv, now=NOW)
        return [SETTINGS, account, *(f"wfp_ops.widgets.{panel}(account, customers)" for panel in panels)]

    return make


@pytest.fixture
def middle(sandbox):
    """The second deletion waits until it is released."""
    with in_the_middle(sandbox) as held:
        yield held


def gone(firm):
    """How many of those that left are deleted."""
    return len(set(DELETED) - firm.names)


def words_of(panel):
    """The words that the panel asks for."""
    asked = panel.root.locator(".wfp-planned .wfp-words")
    asked.wait_for()
    return asked.inner_text()


def type_words(panel, words):
    """Into the line below the plan."""
    panel.root.locator(".wfp-planned input[type=text]").fill(words)


def confirm_of(panel):
    """The button that carries the plan out."""
    return panel.root.locator(".wfp-planned .wfp-confirm")


def override(panel, guard, reason):
    """Override a guard for every item."""
    panel.button("Override a guard").click()
    panel.root.get_by_label("Guard", exact=True).select_option(guard)
    panel.field("Reason").fill(reason)
    panel.button("Override").click()
    panel.button("Take back").wait_for()


def previewed(panel, *names):
    """Read, choose these, override what the logs were looked through for, preview."""
    panel.button("Read the account").click()
    table = panel.table()
    table.wait_for_rows()
    expect(panel.root.locator(".wfp-job:visible")).to_have_count(0)
    for name in names:
        table.filter(name)
        table.choose(name)
    expect(table.told).to_have_text(
        f"{len(names)} chosen"
        if len(names) == 1
        else f"{len(names)} chosen, {len(names) - 1} of them hidden by the filter"
    )
    override(panel, "traffic", "looked at the logs by hand")
    panel.button("Preview the plan").click()
    return words_of(panel)


def result_of(panel):
    """What came of it."""
    shown = panel.root.locator(".wfp-result")
    shown.wait_for(timeout=60_000)
    return shown


def test_a_batch_is_created(browser, lab, cells, firm):
    """Chosen to begin with; one is taken out by a filter and a click; a real double click creates once."""
    with opened_notebook(browser, lab, cells("CreatePanel")) as notebook:
        panel = notebook.panel("CreatePanel")
        panel.button("Read the account").click()
        table = panel.table()
        expect(table.told).to_have_text("2 chosen")
        table.filter("customer-62")
        table.choose("customer-62")
        expect(table.told).to_have_text("1 chosen, 1 of them hidden by the filter")
        panel.button("Preview the plan").click()
        words = words_of(panel)
        assert words.startswith("create 1 namespace in ")
        type_words(panel, words)
        expect(confirm_of(panel)).to_be_enabled()
        confirm_of(panel).dblclick()
        expect(result_of(panel)).to_contain_text("1 done")
        assert firm.names & WANTED == {"customer-61"}
        assert len(firm.company.journals()) == 1
        assert notebook.errors == []


def test_wrong_words_delete_nothing_and_the_right_ones_once(browser, lab, cells, firm):
    """Then the way back, on the same screen."""
    with opened_notebook(browser, lab, cells("DeletePanel")) as notebook:
        panel = notebook.panel("DeletePanel")
        words = previewed(panel, *DELETED)
        for wrong in ("delete", words[:-1], words.upper()):
            type_words(panel, wrong)
            expect(confirm_of(panel)).to_be_disabled()
            confirm_of(panel).click(force=True)
        assert gone(firm) == 0
        type_words(panel, words)
        confirm_of(panel).dblclick()
        expect(result_of(panel)).to_contain_text("3 done")
        assert gone(firm) == 3
        assert len(firm.company.journals()) == 1
        panel.root.locator(".wfp-result .wfp-line", has_text="customer-50").click()
        panel.button("Bring back customer-50").click()
        back = words_of(panel)
        assert back.startswith("create 1 namespace and upload 2 Workers in ")
        type_words(panel, back)
        confirm_of(panel).click()
        expect(result_of(panel)).to_contain_text("equal")
        assert gone(firm) == 2
        assert notebook.scripts_run() == []
        assert notebook.errors == []


def test_running_all_cells_again_deletes_nothing(browser, lab, cells, firm):
    """Even with the right words typed."""
    with opened_notebook(browser, lab, cells("DeletePanel")) as notebook:
        panel = notebook.panel("DeletePanel")
        type_words(panel, previewed(panel, *DELETED))
        expect(confirm_of(panel)).to_be_enabled()
        notebook.run_all()
        panel = notebook.panel("DeletePanel")
        expect(panel.button("Read the account")).to_be_visible()
        expect(panel.root.locator(".wfp-planned")).to_be_hidden()
        assert gone(firm) == 0
        assert firm.company.journals() == []


def test_cancelled_in_the_middle_and_gone_on_with(browser, lab, cells, firm, middle):
    """What is done is done, the rest is there until somebody goes on."""
    with opened_notebook(browser, lab, cells("DeletePanel")) as notebook:
        panel = notebook.panel("DeletePanel")
        type_words(panel, previewed(panel, *DELETED))
        confirm_of(panel).click()
        middle.wait()
        panel.button("Cancel").click()
        expect(panel.root.locator(".wfp-now .wfp-said")).to_contain_text("1/3, cancelling")
        middle.release()
        expect(result_of(panel)).to_contain_text("left")
        assert gone(firm) == 2
        panel.button("Go on with what is left").click()
        expect(panel.root.locator(".wfp-result")).to_contain_text("3 done", timeout=60_000)
        assert gone(firm) == 3


def test_a_kernels_restart_in_the_middle_stops_nothing(browser, lab, cells, firm, middle):
    """The journal panel of the new kernel finds it, watches, cancels, and goes on with the rest."""
    with opened_notebook(browser, lab, cells("DeletePanel", "JournalPanel")) as notebook:
        panel = notebook.panel("DeletePanel")
        type_words(panel, previewed(panel, *DELETED))
        confirm_of(panel).click()
        middle.wait()
        (kernel,) = lab.kernels()
        lab.restart(kernel)
        notebook.page.reload(wait_until="domcontentloaded")
        notebook.run_all()
        journal = notebook.panel("JournalPanel")
        journal.table().row("delete 3 namespaces").first.click()
        journal.button("Watch it").click()
        middle.release()
        expect(journal.root.locator(".wfp-result")).to_contain_text("3 done", timeout=60_000)
        assert gone(firm) == 3
        assert len(firm.company.journals()) == 1


def test_a_kernel_that_dies_with_its_page_stops_nothing(browser, voila, cells, firm, middle):
    """Another page, with another kernel, finds it, watches it to its end, and shows what came of it."""
    with opened_notebook(browser, voila, [*cells("DeletePanel"), PID]) as notebook:
        panel = notebook.panel("DeletePanel")
        kernel = int(notebook.page.locator(".kernel-pid").inner_text())
        type_words(panel, previewed(panel, *DELETED))
        confirm_of(panel).click()
        middle.wait()
        os.kill(kernel, signal.SIGKILL)
    with opened_notebook(browser, voila, cells("DeletePanel", "JournalPanel")) as notebook:
        panel = notebook.panel("DeletePanel")
        panel.button("Watch it").click()
        middle.release()
        expect(result_of(panel)).to_contain_text("3 done", timeout=60_000)
        wait_for(lambda: gone(firm) == 3, 60)
        journal = notebook.panel("JournalPanel")
        expect(journal.button("Look again")).to_be_enabled()
        journal.button("Look again").click()
        expect(journal.table().row("delete 3 namespaces").first).to_contain_text("complete", timeout=30_000)
    assert len(firm.company.journals()) == 1


AT_ONCE = """root => {
  const box = (name) =>
    [...root.querySelectorAll(".wfp-line")].find((line) => line.textContent.includes(name)).querySelector(".wfp-check");
  box("customer-51").click();
  box("customer-52").click();
  [...root.querySelectorAll("button")].find((each) => each.textContent === "Preview the plan").click();
}"""


@pytest.mark.parametrize("kind", ["lab", "voila"])
def test_a_click_right_after_a_choice_means_that_choice(browser, request, cells, kind):
    """Notebooks send a click at once, and a choice when the kernel has answered the one before."""
    with opened_notebook(browser, request.getfixturevalue(kind), cells("DeletePanel")) as notebook:
        panel = notebook.panel("DeletePanel")
        words = previewed(panel, "customer-50")
        panel.table().filter("customer-5")
        panel.root.evaluate(AT_ONCE)
        expect(panel.root.locator(".wfp-planned .wfp-words")).to_have_text(
            words.replace("1 namespace", "3 namespaces")
        )
        assert notebook.errors == []


def test_two_tabs_delete_once(browser, lab, cells, firm):
    """Two notebooks with the same plan: the second is refused, in words."""
    with opened_notebook(browser, lab, cells("DeletePanel")) as one:
        first = one.panel("DeletePanel")
        type_words(first, previewed(first, "customer-50"))
        with opened_notebook(browser, lab, cells("DeletePanel")) as two:
            second = two.panel("DeletePanel")
            type_words(second, previewed(second, "customer-50"))
            confirm_of(first).click()
            expect(result_of(first)).to_contain_text("1 done")
            confirm_of(second).click()
            expect(second.said).to_contain_text("nothing left to do", timeout=60_000)
            expect(second.root.locator(".wfp-planned")).to_be_hidden()
    assert firm.names & set(DELETED) == {"customer-51", "customer-52"}
    assert len(firm.company.journals()) == 1


def test_a_second_tab_on_the_same_notebook_confirms_no_more(browser, lab, cells, firm):
    """It shows the same panel: what was confirmed in one can't be in the other."""
    with opened_notebook(browser, lab, cells("DeletePanel")) as one:
        first = one.panel("DeletePanel")
        type_words(first, previewed(first, "customer-50"))
        with opened_page(browser, lab, one.name, run=False):
            confirm_of(first).dblclick()
            expect(result_of(first)).to_contain_text("1 done")
    assert firm.names & set(DELETED) == {"customer-51", "customer-52"}
    assert len(firm.company.journals()) == 1


@pytest.fixture(params=["lab", "voila"])
def server(request):
    """Either of them."""
    return request.getfixturevalue(request.param)


def test_hostile_names_run_nothing(browser, server, cells, firm, sandbox):
    """Through every panel: candidates, reasons, preview, words, code, journal."""
    names = [name for name in HOSTILE if name.isprintable() and "/" not in name]
    sandbox.load(*NAMESPACES, *(namespace(name) for name in names))
    firm.write(
        [
            *ROWS,
            *(
                {**customer(f"9{place}", "churned"), "namespace": name}
                for place, name in enumerate(names)
                if "," not in name and '"' not in name
            ),
            *(customer(f"x{name}") for name in names[:4] if "," not in name and '"' not in name),
        ]
    )
    with opened_notebook(
        browser, server, cells("CreatePanel", "DeletePanel", "RenamePanel", "JournalPanel")
    ) as notebook:
        for kind_of in ("CreatePanel", "DeletePanel", "RenamePanel"):
            panel = notebook.panel(kind_of)
            panel.button("Read the account").click()
            panel.table().wait_for_rows()
            panel.button("Show the code").click()
        panel = notebook.panel("DeletePanel")
        table = panel.table()
        table.filter("<img")
        table.choose("<img")
        table.row("<img").first.click()
        override(panel, "traffic", "<img src=x onerror=window.ran=1>")
        panel.button("Preview the plan").click()
        panel.root.locator(".wfp-preview").wait_for()
        notebook.page.wait_for_timeout(500)
        assert notebook.scripts_run() == []
        assert notebook.page.locator("img[src=x]").count() == 0


LONG = "customer-" + "9" * 291
# What of a panel reaches beyond the page
OVER = """() => [...document.querySelectorAll('.wfp-DeletePanel, .wfp-DeletePanel *')]
  .filter(each => !each.closest('.wfp-scroller') && each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.className)"""
FAR = """import ipywidgets
from wfp_ops.widgets.here import Here
here, mark = Here(), ipywidgets.Label("it is here")
mark.add_class("far-away")
far = ipywidgets.Button(description="Come")
far.on_click(lambda _: here.show())
ipywidgets.VBox([far, ipywidgets.HTML("<div style='height:3000px'></div>"), here, mark])"""


@pytest.mark.parametrize("page", [("lab", 1280), ("voila", 390)])
def test_what_comes_of_a_click_is_seen_where_the_person_is(browser, request, cells, firm, page):
    """On a long page: errors and progress stay in sight, a plan is scrolled to; a long name fits."""
    (kind, width), sandbox = page, firm.sandbox
    sandbox.load(*NAMESPACES, namespace(LONG))
    firm.write([*ROWS, customer("9" * 291, "churned")])
    server = request.getfixturevalue(kind)
    with opened_notebook(browser, server, [*cells("DeletePanel"), FAR], width=width, height=500) as notebook:
        panel = notebook.panel("DeletePanel")
        panel.button("Read the account").click()
        table = panel.table()
        table.wait_for_rows()
        expect(panel.root.locator(".wfp-job:visible")).to_have_count(0)
        table.filter("9999")
        table.choose("9999")
        table.row("9999").first.click()
        panel.button("Override a guard").click()
        panel.root.get_by_label("Guard", exact=True).select_option("grace")
        panel.root.get_by_label("For", exact=True).select_option(LONG)
        assert notebook.page.evaluate(OVER) == []
        panel.button("Override").click()
        expect(panel.said).to_contain_text("needs a reason")
        expect(panel.said).to_be_in_viewport(ratio=0.9)
        panel.button("Dismiss").click()
        expect(panel.said).to_be_hidden()
        table.filter("customer-52")
        table.choose("customer-52")
        with sandbox.holding("GET", "*/dispatch/namespaces/*"):
            panel.button("Preview the plan").click()
            expect(panel.root.locator(".wfp-job:visible").first).to_be_in_viewport(ratio=0.9)
        panel.root.locator(".wfp-preview .wfp-lead").wait_for()
        expect(panel.root.locator(".wfp-preview .wfp-lead")).to_be_in_viewport()
        notebook.page.get_by_role("button", name="Come").click()
        expect(notebook.page.locator(".far-away")).to_be_in_viewport()
        assert notebook.errors == []
