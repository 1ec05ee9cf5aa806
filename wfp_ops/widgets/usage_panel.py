"""Usage as a panel: who uses how much, one customer over time, who is failing; pictures and data of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from wfp_ops.charts.export import rendered
from wfp_ops.clock import parse_time
from wfp_ops.errors import RefusedError
from wfp_ops.frames.export import to_csv
from wfp_ops.frames.provenance import completeness
from wfp_ops.usage.customers import by_customer
from wfp_ops.usage.record import usage_record
from wfp_ops.widgets.chart_choice import CHARTS, CUSTOMER, METRICS, ChartChoice
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.download import File
from wfp_ops.widgets.job import Ticket
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, joined, put
from wfp_ops.widgets.panel import Panel
from wfp_ops.widgets.period import PeriodPicker
from wfp_ops.widgets.picture import Picture
from wfp_ops.widgets.table import Table
from wfp_ops.widgets.words import span_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from markupsafe import Markup

    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource

_PICKER = (
    Column("who", "customer", kind="name"),
    Column("customer_id", "id"),
    Column("status", kind="state", facet=True),
    Column("requests", kind="number"),
    Column("failed", "% failed", kind="number"),
)
_NOBODYS = "unallocated"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class _Read:
    """One reading: the usage, the customer list where there is one, and how it was asked for."""

    usage: pd.DataFrame
    customers: pd.DataFrame | None
    asked: Mapping[str, Any]
    by: tuple[str, ...]


class UsagePanel(Panel):
    """Pick a customer, a period and a chart; what is drawn can be taken along as picture and as data.

        wfp_ops.widgets.UsagePanel(account, "customers.csv")

    Attributes:
        usage: the frame that is shown, or None.
        period: period and interval.
        picker: all customers; the one with the cursor is drawn.
        chart: which chart.
        metric: what customers are ranked by, where the chart asks.
        picture: the chart.
    """

    title: ClassVar[str] = "Usage"
    purpose: ClassVar[str] = (
        "What customers' Workers used, by the account's analytics. Pick a customer to see one over time. "
        "It reads, and changes nothing."
    )

    def __init__(
        self, account: Account, customers: CustomerSource | None = None, *, desk: Desk | None = None
    ) -> None:
        super().__init__(account, customers, desk=desk)
        self._shown: _Read | None = None
        self._ids: dict[str, str | None] = {}
        self.period = PeriodPicker(lambda: self.safely(self._offer), self.account.clock.now().date())
        self.read = self.button("Read the usage", self.read_usage, look="primary")
        self.picker = Table("Customers", _PICKER, selectable=False, noun="customers", height=430)
        self.chart = ipywidgets.Dropdown(description="Chart", options=list(CHARTS))
        self.metric = ipywidgets.Dropdown(description="By", options=list(METRICS))
        self.picture = Picture(self.fail)
        self.svg = self.download("Picture as SVG", lambda: self._picture("svg"))
        self.png = self.download("Picture as PNG", lambda: self._picture("png"))
        self.csv = self.download("Data as CSV", self._csv)
        self._facts = box()
        self._result = self._make_result()
        self.compose(row(self.period.view, self.read), self._result)
        self.on(self.picker, self._picked, "active")
        self.on(self.chart, lambda _: self._draw())
        self.on(self.metric, lambda _: self._draw())
        visible_if(self._result, condition=False)

    def _make_result(self) -> ipywidgets.Box:
        drawn = stack(
            row(self.chart, self.metric),
            self.picture,
            row(self.svg, self.png, self.csv),
            classes="wfp-drawn",
        )
        beside = ipywidgets.Box([stack(self.picker, classes="wfp-picker"), drawn])
        beside.add_class("wfp-beside")
        return stack(self._facts, beside)

    # --- reading ------------------------------------------------------------------------------

    @property
    def usage(self) -> pd.DataFrame | None:
        """The frame that is shown."""
        return None if self._shown is None else self._shown.usage

    def read_usage(self) -> None:
        """Read the customer list and the usage of the period, and draw it."""
        asked = self.period.asked()
        self.work("reading the usage", lambda ticket: self._read(ticket, asked), self._show)

    def _offer(self) -> None:
        """What the button does: read what is chosen, or the same once more."""
        same = self._shown is not None and self._shown.asked == self.period.asked()
        self.read.description = "Read it again" if same else "Read the usage"
        (self.read.remove_class if same else self.read.add_class)("wfp-primary")
        self.refresh_code()

    def _read(self, ticket: Ticket, asked: Mapping[str, Any]) -> _Read:
        customers = None
        if self.desk.customers is not None or self.account.own_customers_source is not None:
            customers = self.account.customers(self.desk.customers)
        by = ("namespace", "worker") if self.account.settings.audit.tenancy == "worker" else ("namespace",)
        usage = self.account.usage(
            **asked,
            by=by,
            customers=customers,
            progress=ticket.advance,
            forecast=lambda queries, seconds: ticket.say(_forecast(queries, seconds)),
        )
        return _Read(usage, customers, asked, by)

    def _show(self, read: _Read) -> None:
        before = self._ids.get(self.picker.active, ...)
        self._shown = read
        self._show_customers(by_customer(read.usage, read.customers))
        put(self._facts, _facts(read.usage))
        visible_if(self._result, condition=True)
        self._offer()
        # who was picked stays so; that draws them
        self.picker.point(next((key for key, each in self._ids.items() if each == before), ""))
        self._draw()

    def _show_customers(self, sums: pd.DataFrame) -> None:
        ids = sums["customer_id"]
        known = ids.astype(object).where(ids.notna(), None)
        self._ids = {f"row {place}": each for place, each in enumerate(known)}
        named = sums["name"].fillna(ids).fillna(_NOBODYS)
        failed = (sums["error_share"] * 100).map("{:.1f}".format, na_action="ignore").astype("str")
        self.picker.show(sums.assign(who=named, failed=failed), ids=list(self._ids))

    # --- drawing ------------------------------------------------------------------------------

    def _picked(self, key: str) -> None:
        """A customer: drawn over time, whatever was drawn before."""
        if not key or self._shown is None:
            return
        if self.chart.value == CUSTOMER:
            self._draw()
        else:
            self.chart.value = CUSTOMER

    @property
    def choice(self) -> ChartChoice:
        """What is to be drawn."""
        zone = self.account.settings.usage.zone
        return ChartChoice(self.chart.value, self.metric.value, self._customer(), zone)

    def _customer(self) -> str | None:
        """Who has the cursor; before anybody has, who uses most."""
        first = next(iter(self._ids.values()), None)
        return self._ids.get(self.picker.active, first)

    def _draw(self) -> None:
        visible_if(self.metric, self.chart.value == "usage_by_customer")
        self.refresh_code()
        read, choice = self._shown, self.choice
        if read is None:
            return
        self.quiet()
        self.picture.draw(lambda style, size: choice.draw(read.usage, read.customers, style, size))

    # --- taking along -------------------------------------------------------------------------

    def _picture(self, kind: str) -> File:
        read, choice = self._needed(), self.choice
        figure = choice.draw(read.usage, read.customers, "light", self.picture.size)
        content = rendered(figure, kind, 2)
        return File(
            f"{self._name(choice)}.{kind}", content, "image/svg+xml" if kind == "svg" else "image/png"
        )

    def _csv(self) -> File:
        """The rows that the chart is about, safe to open in a spreadsheet."""
        read, choice = self._needed(), self.choice
        text = to_csv(choice.part(read.usage))
        return File(f"{self._name(choice)}.csv", text.encode("utf-8"), "text/csv")

    def _name(self, choice: ChartChoice) -> str:
        end = str((usage_record(self._needed().usage) or {}).get("end", ""))[:10]
        about = f"customer-{choice.customer_id or 'unknown'}" if choice.name == CUSTOMER else choice.name
        return f"usage-{_UNSAFE.sub('_', about)[:60]}-{end}"

    def _needed(self) -> _Read:
        if self._shown is None:
            raise RefusedError("there is no usage yet", reasons=["nothing was read"], hint="read it first")
        return self._shown

    def code(self) -> str:
        """The same without the panel, for what is chosen."""
        asked = dict(self.period.asked()) if self._shown is None else self._shown.asked
        known = self.desk.customers is not None or self.account.own_customers_source is not None
        by = ("namespace",) if self._shown is None else self._shown.by
        words = [*(f"{name}={value!r}" for name, value in asked.items()), f"by={list(by)!r}"]
        lines = [f"customers = account.customers({self.desk.customers_code})"] if known else []
        words += ["customers=customers"] if known else []
        return "\n".join(
            [
                *lines,
                f"usage = account.usage({', '.join(words)})",
                self.choice.code(known),
                'wfp_ops.charts.save(figure, "usage.svg")',
            ]
        )


def _forecast(queries: int, seconds: float) -> str:
    told = f"it takes {queries:,} queries"
    return told if seconds < 1 else f"{told}, at least {span_in_words(seconds)}"


def _facts(usage: pd.DataFrame) -> Markup:
    """What the numbers cover, and whether they are whole."""
    record = usage_record(usage) or {}
    proof = completeness(usage)
    known = f"{_moment(record['start'])} to {_moment(min(record['end'], record['watermark']))} UTC"
    facts = [
        element("span", f"settled from {known}"),
        element(
            "span",
            proof.how if proof.proven else f"NOT PROVEN WHOLE: {proof.how}",
            classes="wfp-good" if proof.proven else "wfp-bad",
        ),
    ]
    renamed = [f"renamed: {' -> '.join(names)}" for names in record.get("renamed", ())]
    notes = [element("div", note, classes="wfp-muted") for note in (*record.get("notes", ()), *renamed)]
    return joined([element("div", *facts, classes="wfp-facts"), *notes])


def _moment(text: str) -> str:
    return f"{parse_time(text):%Y-%m-%d %H:%M}"
