"""The table in a real JupyterLab, by mouse and keyboard."""

from __future__ import annotations

import json
import random

import pytest
from playwright.sync_api import expect
from support.notebooks import opened_notebook

ROWS = 3000
SHOWN = f"""import ipywidgets, pandas as pd
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.table import Table
n = {ROWS}
states = ["orphaned", "churned", "matched"]
frame = pd.DataFrame({{
    "id": [f"id-{{k}}" for k in range(n)],
    "name": [f"customer-{{(k * 7919) % n}}" for k in range(n)],
    "state": [states[k % 3] for k in range(n)],
    "workers": [(k * 31) % 100 for k in range(n)],
}})
table = Table("Candidates", [Column("name", kind="name"), Column("state", kind="state", facet=True),
                             Column("workers", kind="number")], noun="namespaces")
blocked = {{f"id-{{k}}": "a Worker binds it" for k in range(0, n, 10)}}
table.show(frame, ids="id", blocked=blocked)
heard = ipywidgets.Label("[]")
heard.add_class("heard")
import json
def tell(change):
    heard.value = json.dumps(list(table.chosen))
table.observe(tell, "chosen")
ipywidgets.VBox([table, heard])"""
RENEW = """again = ipywidgets.Button(description="Other rows")
again.on_click(lambda _: table.show(frame.iloc[::-1], ids="id", blocked=blocked))
again"""
FREE = [k for k in range(ROWS) if k % 10]
NAME = {k: f"customer-{(k * 7919) % ROWS}" for k in range(ROWS)}


@pytest.fixture
def notebook(browser, lab):
    """The table in a notebook."""
    with opened_notebook(browser, lab, [SHOWN, RENEW]) as opened:
        opened.table().wait_for_rows()
        yield opened


def heard(notebook, count):
    """The ids that Python holds as chosen, once they are so many."""
    notebook.page.wait_for_function(
        "count => JSON.parse(document.querySelector('.heard').innerText).length === count", arg=count
    )
    return json.loads(notebook.page.locator(".heard").inner_text())


def test_a_choice_is_made_of_ids_whatever_the_order(notebook):
    """Sort, filter, click: Python hears of that row, and of no other."""
    table = notebook.table()
    table.sort("name")
    table.filter("customer-2999")
    expect(table.count).to_have_text("1 of 3,000 namespaces")
    table.choose("customer-2999")
    (chosen,) = heard(notebook, 1)
    assert NAME[int(chosen.removeprefix("id-"))] == "customer-2999"
    table.filter("customer-1")
    expect(table.told).to_have_text("1 chosen, 1 of them hidden by the filter")
    table.filter("")
    expect(table.told).to_have_text("1 chosen")


def test_a_blocked_row_says_why_and_is_not_chosen(notebook):
    """Neither by a click, nor with all."""
    table = notebook.table()
    blocked = table.row(NAME[0]).first
    table.filter(f"{NAME[0]} binds")
    expect(blocked).to_contain_text("a Worker binds it")
    expect(blocked).to_have_attribute("aria-disabled", "true")
    blocked.locator(".wfp-check").click(force=True)
    expect(table.told).to_have_text("0 chosen")
    table.filter("")
    table.root.get_by_role("checkbox", name="Choose all that are shown").click()
    expect(table.told).to_have_text(f"{len(FREE):,} chosen")
    assert heard(notebook, len(FREE)) == [f"id-{k}" for k in FREE]


def test_the_keyboard_does_all_of_it_and_no_key_reaches_the_notebook(notebook):
    """JupyterLab's own dd deletes a cell, and b makes one."""
    table = notebook.table()
    cells = notebook.page.locator(".jp-Cell").count()
    table.press("ArrowDown", "ArrowDown", "Space")
    assert heard(notebook, 1) == ["id-1"]
    table.press("Shift+ArrowDown", "Shift+ArrowDown")
    assert heard(notebook, 3) == ["id-1", "id-2", "id-3"]
    table.press("End", "Space")
    assert heard(notebook, 4)[-1] == f"id-{ROWS - 1}"
    expect(table.root.locator(".wfp-details")).to_contain_text(NAME[ROWS - 1])
    table.press("Home", "PageDown", "Control+a")
    assert len(heard(notebook, len(FREE))) == len(FREE)
    table.press("d", "d", "b", "x", "/")
    expect(table.root.locator(".wfp-search")).to_be_focused()
    assert notebook.page.locator(".jp-Cell").count() == cells
    table.root.get_by_role("button", name="Choose none").click()
    assert heard(notebook, 0) == []


def test_with_shift_a_span_is_chosen(notebook):
    """From the row that was clicked last to this one, as they stand on the page."""
    table = notebook.table()
    table.facet("state", "orphaned")
    rows = table.root.locator(".wfp-line")
    rows.nth(1).locator(".wfp-check").click()
    rows.nth(5).locator(".wfp-check").click(modifiers=["Shift"])
    assert heard(notebook, 5) == ["id-3", "id-6", "id-9", "id-12", "id-15"]
    table.root.get_by_role("button", name="Show only these").click()
    expect(table.count).to_have_text("5 of 3,000 namespaces")
    rows.nth(0).locator(".wfp-check").click()
    expect(table.count).to_have_text("4 of 3,000 namespaces")


def test_only_the_rows_that_are_seen_are_drawn(notebook):
    """However many there are; scrolling draws the others."""
    table = notebook.table()
    assert table.root.locator(".wfp-line").count() < 60
    table.root.locator(".wfp-scroller").evaluate("element => { element.scrollTop = 1000 * 34 }")
    expect(table.row(f"{NAME[1001]}").first).to_be_visible()
    assert table.root.locator(".wfp-line").count() < 60


def test_other_rows_begin_without_a_choice(notebook):
    """And the order that was chosen stays."""
    table = notebook.table()
    table.choose(NAME[1])
    heard(notebook, 1)
    table.sort("name")
    notebook.page.get_by_role("button", name="Other rows").click()
    assert heard(notebook, 0) == []
    expect(table.told).to_have_text("0 chosen")
    assert table.texts()[0][0] == "customer-0"


def test_nothing_passes_a_filter_is_said_with_the_way_back(notebook):
    """An empty table with words in it."""
    table = notebook.table()
    table.filter("nobody")
    expect(table.root.locator(".wfp-nothing")).to_contain_text("No row passes this filter")
    table.root.get_by_role("button", name="Show all").click()
    expect(table.count).to_have_text("3,000 namespaces")
    expect(table.root.locator(".wfp-search")).to_have_value("")


@pytest.mark.parametrize("seed", [1, 2])
def test_filter_sort_page_and_choose_at_random(notebook, seed):
    """What Python holds in the end is what a person with a pencil has written down."""
    table, chance = notebook.table(), random.Random(seed)
    chosen, shown = set(), list(range(ROWS))
    state = ["orphaned", "churned", "matched"]
    for _ in range(30):
        what = chance.choice(["filter", "facet", "sort", "page", "choose", "choose", "choose", "all", "none"])
        if what in ("filter", "facet"):
            text = chance.choice(["", "customer-1", "9", "77"])
            wanted = chance.choice([None, *state])
            table.filter(text)
            table.facet("state", "\0" if wanted is None else wanted)
            shown = [k for k in range(ROWS) if _passes(k, text) and wanted in (None, state[k % 3])]
            expect(table.count).to_contain_text(f"{len(shown):,}")
        elif what == "sort":
            table.sort(chance.choice(["name", "state", "workers"]))
        elif what == "page":
            table.press(*[chance.choice(["PageDown", "PageUp", "Home", "End"]) for _ in range(3)])
        elif what == "choose" and shown:
            _choose_one(table, chance, chosen)
        elif what == "all" and len(shown) < 200:
            table.root.get_by_role("button", name="Choose the ").click(force=True)
            chosen |= {k for k in shown if k % 10}
        elif what == "none":
            table.root.get_by_role("button", name="Choose none").click(force=True)
            chosen = set()
        assert heard(notebook, len(chosen)) == [f"id-{k}" for k in sorted(chosen)]
        hidden = len(chosen - set(shown))
        told = f"{len(chosen):,} chosen" + (f", {hidden:,} of them hidden by the filter" if hidden else "")
        expect(table.told).to_have_text(told)


def _passes(k, text):
    return text in NAME[k] or text in str((k * 31) % 100) or (k % 10 == 0 and text in "a worker binds it")


def _choose_one(table, chance, chosen):
    """Click the box of a row that is seen, and write down what its name stands for."""
    seen = table.root.evaluate(
        """root => {
             const frame = root.querySelector('.wfp-scroller').getBoundingClientRect();
             return [...root.querySelectorAll('.wfp-line')].filter(row => {
               const place = row.getBoundingClientRect();
               return place.top >= frame.top + 34 && place.bottom <= frame.bottom;
             }).map(row => row.dataset.row);
           }"""
    )
    if not seen:
        return
    row = table.root.locator(f".wfp-line[data-row='{chance.choice(seen)}']")
    name = row.locator(".wfp-k-name").inner_text()
    k = next(k for k, each in NAME.items() if each == name)
    row.locator(".wfp-check").click(force=True)
    if k % 10:
        chosen ^= {k}


def test_two_views_of_one_table_hold_one_choice(browser, lab):
    """As with a second view of an output, or the same widget in two cells."""
    with opened_notebook(browser, lab, [SHOWN, "table"]) as notebook:
        first, second = notebook.table(0), notebook.table(1)
        first.wait_for_rows()
        second.wait_for_rows()
        second.sort("name")
        first.choose(NAME[1])
        expect(second.told).to_have_text("1 chosen")
        second.choose("customer-1")
        expect(first.told).to_have_text("2 chosen")
        assert notebook.errors == []


def test_no_key_on_a_panels_button_reaches_the_notebook(browser, lab):
    """A person who has clicked a button of ours and types on would delete the cell."""
    cell = """import ipywidgets
from wfp_ops.widgets.look import stack
from wfp_ops.widgets.table import Table
page = stack(ipywidgets.Button(description="Ours"), Table("Empty", []))
page.add_class("wfp")
page"""
    with opened_notebook(browser, lab, [cell]) as notebook:
        cells = notebook.page.locator(".jp-Cell")
        before = cells.count()
        button = notebook.page.get_by_role("button", name="Ours")
        button.click()
        for key in "ddbxa":
            button.press(key)
        assert cells.count() == before


def test_only_the_chosen_ones_are_shown_whatever_the_filter_hides(notebook):
    """Exactly those; letting go brings the filter back."""
    table = notebook.table()
    wanted = [NAME[1], NAME[2]]
    for name in wanted:
        table.filter(name)
        table.choose(name)
    table.filter("matches nothing at all")
    expect(table.told).to_have_text("2 chosen, 2 of them hidden by the filter")
    only = table.root.get_by_role("button", name="Show only these")
    only.click()
    expect(table.count).to_have_text(f"2 of {ROWS:,} namespaces")
    assert sorted(row[0] for row in table.texts()) == sorted(wanted)
    expect(table.told).to_have_text("2 chosen")
    only.click()
    expect(table.told).to_have_text("2 chosen, 2 of them hidden by the filter")
