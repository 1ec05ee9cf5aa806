"""Usage as a panel, driven as a person drives it, without a browser."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import pytest
from support.busy import NAMED, busy, company, write_list
from support.hostile import HOSTILE
from support.panels import click, seen

import wfp_ops
from wfp_ops.widgets.chart_choice import CHARTS
from wfp_ops.widgets.usage_panel import UsagePanel


@pytest.fixture
def panel(connect, sandbox, tmp_path):
    """A small company's."""
    company(sandbox)
    return UsagePanel(connect(), write_list(tmp_path / "customers.csv"))


@pytest.fixture
def shown(panel):
    """Read."""
    click(panel, panel.read)
    assert panel.error is None, panel.error
    return panel


def pick(panel, name):
    """As a click on their row does."""
    (key,) = [
        key for key, who in zip(panel.picker.rows.ids, panel.picker.rows.cells[0], strict=True) if who == name
    ]
    panel.picker.point(key)


def taken(download):
    """What a click hands over."""
    download.click()
    return download.made


def test_before_it_was_read_it_offers_to(panel):
    """And nothing was asked of anybody."""
    assert panel.usage is None
    assert not seen(panel._result)
    assert panel.read.description == "Read the usage"


def test_it_shows_who_uses_most(shown):
    """Everybody is in the list, the quiet ones with zero, what is nobody's by its name."""
    names = shown.picker.rows.cells[0]
    assert names[0] == "One Ltd"
    assert set(names) == {*(shown_as for shown_as in map(visible, NAMED.values())), "unallocated"}
    requests = dict(zip(names, shown.picker.rows.cells[3], strict=True))
    assert requests["a" * 300] == "0"
    assert "Requests by customer" in shown.picture.alt
    assert "the rows add up to the total" in shown._facts.value
    assert shown.read.description == "Read it again"


def visible(name):
    """As the table writes it."""
    return wfp_ops.errors.visible(name)


def test_a_customer_that_is_picked_is_drawn_over_time(shown):
    """In place of what was drawn; another chart comes back to all."""
    pick(shown, "One Ltd")
    assert shown.chart.value == "customer_over_time"
    assert shown.picture.alt.startswith("One Ltd")
    assert not seen(shown.metric)
    pick(shown, "unallocated")
    assert shown.picture.alt.startswith("Unallocated")
    shown.chart.value = "usage_by_customer"
    assert shown.picture.alt.startswith("Requests by customer")
    assert seen(shown.metric)


@pytest.mark.parametrize("name", [name for _, name in CHARTS])
def test_every_chart_can_be_drawn_and_taken_along(shown, name):
    """As SVG and PNG; nothing of a name is markup in it."""
    shown.chart.value = name
    assert shown.error is None
    assert shown.picture.alt
    svg, png = taken(shown.svg), taken(shown.png)
    assert svg.content.startswith(b"<?xml")
    assert b"<img" not in svg.content
    assert b"<script" not in svg.content
    assert png.content.startswith(b"\x89PNG")
    assert svg.name.endswith(".svg")
    assert png.type == "image/png"


def test_customers_are_ranked_by_what_is_chosen(shown):
    """The same reading."""
    shown.metric.value = "cpu_ms"
    assert shown.picture.alt.startswith("CPU time by customer")


def test_the_data_are_those_of_the_chart_and_safe_in_a_spreadsheet(shown):
    """One customer's rows for one customer; else all."""
    everything = list(csv.DictReader(io.StringIO(taken(shown.csv).content.decode())))
    assert {row["customer_id"] for row in everything} == {"1", "2", "4", ""}
    pick(shown, "One Ltd")
    own = taken(shown.csv)
    rows = list(csv.DictReader(io.StringIO(own.content.decode())))
    assert {row["customer_id"] for row in rows} == {"1"}
    assert own.name == "usage-customer-1-2026-11-23.csv"
    assert sum(float(row["requests"]) for row in rows) == pytest.approx(
        shown.usage.loc[shown.usage["customer_id"] == "1", "requests"].sum()
    )


def test_formulas_are_defused(connect, sandbox, tmp_path):
    """A namespace may be called anything."""
    sandbox.load(busy("=1+1", 10))
    panel = UsagePanel(connect(), write_list(tmp_path / "customers.csv"))
    click(panel, panel.read)
    content = taken(panel.csv).content.decode()
    assert "'=1+1" in content
    assert "\n=1+1" not in content


def test_another_period_is_read_when_asked_for(shown):
    """Its usual interval comes with it; what is shown stays until it is read."""
    before = shown.usage
    shown.period.period.value = "24h"
    assert shown.period.every.value == "15m"
    assert shown.read.description == "Read the usage"
    assert shown.usage is before
    click(shown, shown.read)
    assert shown.usage is not before
    assert shown.usage["time"].min() >= before["time"].max().normalize() - wfp_ops.clock.parse_span("2d")
    assert shown.read.description == "Read it again"


def test_certain_days_are_read_with_the_last_one_whole(shown):
    """And no others."""
    shown.period.period.value = "days"
    shown.period.first.value = date(2026, 11, 18)
    shown.period.last.value = date(2026, 11, 19)
    shown.period.every.value = "1d"
    click(shown, shown.read)
    days = sorted({str(each.date()) for each in shown.usage["time"]})
    assert days == ["2026-11-18", "2026-11-19"]
    assert "end='2026-11-20'" in shown.code()


@pytest.mark.parametrize("first", [None, date(2026, 11, 22)])
def test_days_that_are_no_period_are_said(shown, first):
    """Nothing is read."""
    before = shown.usage
    shown.period.period.value = "days"
    shown.period.last.value = date(2026, 11, 20)
    shown.period.first.value = first
    click(shown, shown.read)
    assert shown.said.title == "these days are no period"
    assert shown.usage is before


def test_a_customer_who_was_picked_stays_so(shown):
    """When the usage is read again."""
    pick(shown, visible(HOSTILE[0]))
    click(shown, shown.read)
    assert shown._customer() == "2"
    assert shown.picker.active


def test_the_code_does_the_same(shown, tmp_path):
    """A person can do without the panel."""
    pick(shown, "One Ltd")
    names = {"account": shown.account, "wfp_ops": wfp_ops}
    exec(shown.code(), names)
    assert names["figure"].title == shown.picture.chart.title == "One Ltd"
    assert names["usage"]["requests"].sum() == pytest.approx(shown.usage["requests"].sum(), rel=0.01)
    assert (tmp_path / "usage.svg").exists()


def test_times_are_written_in_the_readers_zone(connect, sandbox, tmp_path):
    """On each chart, and in the code beside it; without the setting in UTC."""
    company(sandbox)
    account = connect("[usage]\nzone = 'Europe/Berlin'\n")
    panel = UsagePanel(account, write_list(tmp_path / "customers.csv"))
    click(panel, panel.read)
    for _, name in CHARTS:
        panel.chart.value = name
        assert "(Europe/Berlin)" in taken(panel.svg).content.decode(), name
    assert "zone='Europe/Berlin'" in panel.code()


def test_two_clicks_read_once(panel, sandbox):
    """A double click fires the handler twice."""
    with sandbox.holding(route="*/graphql"):
        panel.read.click()
        panel.read.click()
    assert panel.wait(60)
    assert panel.error is None


def test_a_token_that_may_not_read_analytics_is_said_and_the_rest_works(panel, sandbox):
    """With what to do; nothing is drawn, and nothing pretends to be zero."""
    sandbox.switch(analytics_permitted=False)
    click(panel, panel.read)
    assert isinstance(panel.error, wfp_ops.errors.AnalyticsPermissionError)
    assert "Account Analytics: Read" in panel.said.hint
    assert not seen(panel._result)
    sandbox.switch(analytics_permitted=True)
    click(panel, panel.read)
    assert panel.error is None


def test_what_was_read_stays_where_a_later_reading_fails(shown, sandbox):
    """The error stands above it."""
    before = shown.picture._png
    sandbox.switch(analytics_enabled=False)
    click(shown, shown.read)
    assert shown.error is not None
    assert shown.picture._png == before
    assert seen(shown._result)


def test_a_time_before_analytics_reach_is_said(panel, sandbox):
    """With how far they do."""
    sandbox.switch(analytics_not_older_than=3 * 86400)
    click(panel, panel.read)
    assert isinstance(panel.error, wfp_ops.errors.AnalyticsRangeError)
    assert "3 days" in panel.said.hint


def test_an_account_that_cannot_be_reached_is_said(connect, tmp_path):
    """The panel is free to try again."""
    account = connect("[api]\ndeadline_s = 0.5\n", base_url="http://127.0.0.1:9/client/v4")
    panel = UsagePanel(account, write_list(tmp_path / "customers.csv"))
    click(panel, panel.read)
    assert isinstance(panel.error, wfp_ops.errors.APIConnectionError)
    assert not panel.read.disabled


def test_without_a_customer_list_the_convention_tells(connect, sandbox):
    """Ids for names; who left is not known, and that is said."""
    company(sandbox)
    panel = UsagePanel(connect())
    click(panel, panel.read)
    assert panel.error is None
    assert panel.picker.rows.cells[0][0] == "1"
    panel.chart.value = "churn_view"
    assert panel.said.title == "who left is not known"
    panel.chart.value = "concentration"
    assert panel.error is None


def test_a_customer_list_that_is_none_is_said(connect):
    """Before any analytics are asked."""
    panel = UsagePanel(connect(), "no-such-file.csv")
    click(panel, panel.read)
    assert isinstance(panel.error, wfp_ops.errors.CustomerListError)


def test_no_namespaces_are_an_empty_chart(connect, tmp_path):
    """Which says so."""
    panel = UsagePanel(connect(), write_list(tmp_path / "customers.csv"))
    click(panel, panel.read)
    assert panel.error is None
    assert seen(panel._result)
    for _, name in CHARTS:
        panel.chart.value = name
        assert panel.error is None


def test_nothing_is_exported_before_there_is_something(panel):
    """Scripts click what is not there."""
    for download in (panel.svg, panel.png, panel.csv):
        assert taken(download) is None
        assert panel.said.title == "there is no usage yet"


def test_a_name_of_a_customer_makes_no_path(connect, sandbox, tmp_path):
    """A file's name is ours."""
    (tmp_path / "customers.csv").write_text(
        'customer_id,name,status,namespace\n"../x/\u202ey",n,active,shop\n', encoding="utf-8"
    )
    sandbox.load(busy("shop", 10))
    panel = UsagePanel(connect(), str(tmp_path / "customers.csv"))
    click(panel, panel.read)
    pick(panel, "n")
    name = taken(panel.csv).name
    assert Path(name).name == name
    assert re.fullmatch(r"[A-Za-z0-9._-]+", name)


def test_worker_tenancy_tells_workers_apart(connect, sandbox, tmp_path):
    """Whose each Worker is stands in its name."""
    namespace = busy("production", 50)
    namespace["workers"] = [
        {"name": f"customer-{each}", "created_on": "2026-06-01T00:00:00Z"} for each in (1, 2)
    ]
    sandbox.load(namespace)
    settings = "[audit]\ntenancy = 'worker'\nnamespaces = ['production']\nselect = 'name'\n"
    panel = UsagePanel(connect(settings), write_list(tmp_path / "customers.csv"))
    click(panel, panel.read)
    assert panel.error is None
    assert set(panel.usage["customer_id"].dropna()) == {"1", "2"}
