"""Cost as a panel, driven as a person drives it, without a browser."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from support.busy import company, write_list
from support.panels import click, seen

import wfp_ops
from wfp_ops.usage.cost.record import cost_record
from wfp_ops.widgets.cost_panel import CostPanel


@pytest.fixture
def panel(connect, sandbox, tmp_path):
    """A small company's."""
    company(sandbox)
    return CostPanel(connect(), write_list(tmp_path / "customers.csv"))


@pytest.fixture
def shown(panel):
    """Reckoned."""
    click(panel, panel.read)
    assert panel.error is None, panel.error
    return panel


def taken(download):
    """What a click hands over."""
    download.click()
    return download.made


def column(panel, name):
    """A column of the table, as it is written."""
    at = [each.name for each in panel.table.rows.columns].index(name)
    return panel.table.rows.cells[at]


def test_before_it_was_reckoned_it_offers_to(panel):
    """The month under way, and a year back."""
    assert panel.cost is None
    assert not seen(panel._result)
    assert panel.month.options[0] == ("2026-11, so far", "2026-11")
    assert panel.month.options[-1] == ("2025-11", "2025-11")


def test_the_rows_are_the_bill_to_the_cent(shown):
    """Also what is nobody's; the sum stands above."""
    total = sum((Decimal(text.replace(",", "")) for text in column(shown, "total")), Decimal(0))
    assert total == Decimal(cost_record(shown.cost)["total"])
    assert f"<b>${total:,.2f}</b> in 2026-11" in shown._facts.value
    assert {"unallocated", "dispatcher"} <= set(column(shown, "name"))
    assert "unallocated" in shown._facts.value
    assert "not complete: up to" in shown._facts.value
    assert shown.picture.alt.startswith("Cost by customer")


def test_money_has_its_cents(shown):
    """In every column of it."""
    for name in ("base_fee", "requests_fee", "total", "mrr", "margin"):
        texts = [text for text in column(shown, name) if text]
        assert texts
        assert all(text[-3] == "." for text in texts)


def test_margins_are_there_where_the_list_has_revenue(shown, tmp_path):
    """Otherwise the columns are not."""
    assert "margin" in [each.name for each in shown.table.rows.columns]
    total, mrr = (
        sum(Decimal(text.replace("$", "").replace(",", "")) for text in column(shown, name) if text)
        for name in ("total", "mrr")
    )
    assert f"margin in all ${mrr - total:,.2f}" in shown._facts.value
    without = CostPanel(shown.account, write_list(tmp_path / "plain.csv", mrr=False))
    click(without, without.read)
    assert "margin" not in [each.name for each in without.table.rows.columns]
    assert "margin" not in without._facts.value


def test_another_month_is_reckoned_when_asked_for(shown):
    """What is shown stays until then."""
    shown.month.value = "2026-10"
    assert shown.read.description == "Reckon the cost"
    assert shown.cost.attrs["month"] == "2026-11"
    click(shown, shown.read)
    assert shown.error is None
    assert shown.cost.attrs["month"] == "2026-10"
    assert shown.read.description == "Reckon it again"


def test_it_can_be_taken_along(shown):
    """As a table, a document and a picture; safe in a spreadsheet."""
    rows = list(csv.DictReader(io.StringIO(taken(shown.csv).content.decode())))
    assert len(rows) == len(shown.cost)
    document = json.loads(taken(shown.document).content)
    assert document["schema"] == "wfp-ops/cost/1"
    assert taken(shown.svg).content.startswith(b"<?xml")
    assert taken(shown.png).content.startswith(b"\x89PNG")
    assert shown.png.made.name == "cost-2026-11.png"


def test_nothing_is_exported_before_there_is_something(panel):
    """Scripts click what is not there."""
    for download in (panel.csv, panel.document, panel.svg, panel.png):
        assert taken(download) is None
        assert panel.said.title == "there is no cost yet"


def test_the_code_does_the_same(shown, tmp_path):
    """A person can do without the panel."""
    names = {"account": shown.account, "wfp_ops": wfp_ops}
    exec(shown.code(), names)
    assert names["cost"]["total"].sum() == pytest.approx(shown.cost["total"].sum())
    assert (tmp_path / "cost.svg").exists()


def test_a_month_before_analytics_reach_is_said(shown):
    """What was shown stays."""
    before = shown.cost
    shown.month.value = "2025-11"
    click(shown, shown.read)
    assert isinstance(shown.error, wfp_ops.errors.AnalyticsRangeError)
    assert shown.cost is before
    assert seen(shown._result)


def test_a_token_that_may_not_read_analytics_is_said(panel, sandbox):
    """With what to do; nothing pretends to cost nothing."""
    sandbox.switch(analytics_permitted=False)
    click(panel, panel.read)
    assert isinstance(panel.error, wfp_ops.errors.AnalyticsPermissionError)
    assert panel.said.hint
    assert not seen(panel._result)


def test_an_account_that_cannot_be_reached_is_said(connect, tmp_path):
    """The panel is free to try again."""
    account = connect("[api]\ndeadline_s = 0.5\n", base_url="http://127.0.0.1:9/client/v4")
    panel = CostPanel(account, write_list(tmp_path / "customers.csv"))
    click(panel, panel.read)
    assert isinstance(panel.error, wfp_ops.errors.APIConnectionError)
    assert not panel.read.disabled


def test_no_namespaces_cost_the_plan(connect, tmp_path):
    """Which somebody must pay."""
    panel = CostPanel(connect(), write_list(tmp_path / "customers.csv"))
    click(panel, panel.read)
    assert panel.error is None
    assert "<b>$25.00</b>" in panel._facts.value


def test_without_a_customer_list_the_convention_tells(connect, sandbox):
    """Ids for names."""
    company(sandbox)
    panel = CostPanel(connect())
    click(panel, panel.read)
    assert panel.error is None
    assert {"1", "2", "4"} <= set(column(panel, "customer_id"))


def test_hostile_names_are_text(shown):
    """In the facts and in the table."""
    assert "<img" not in shown._facts.value
    assert "<img src=x onerror=window.ran=1>" in column(shown, "name")
