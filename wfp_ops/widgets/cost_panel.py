"""Cost as a panel: what a month costs, whose part of it is whose, and what is left of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import ipywidgets
import pandas as pd

from wfp_ops import charts
from wfp_ops.charts.export import rendered
from wfp_ops.errors import RefusedError
from wfp_ops.frames.export import to_csv, to_json
from wfp_ops.usage.cost.month import Month
from wfp_ops.usage.cost.record import cost_record, to_document
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.download import File
from wfp_ops.widgets.job import Ticket
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, joined, put
from wfp_ops.widgets.panel import Panel
from wfp_ops.widgets.picture import Picture
from wfp_ops.widgets.table import Table

if TYPE_CHECKING:
    from markupsafe import Markup

    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource
    from wfp_ops.charts.canvas import Chart

_MONTHS = 13
_MONEY = ("base_fee", "requests_fee", "cpu_fee", "scripts_fee", "total", "mrr", "margin")
_COLUMNS = (
    Column("name", "customer"),
    Column("customer_id", "id"),
    Column("total", "total $", kind="number"),
    Column("requests", kind="number"),
    Column("cpu_s", "CPU (s)", kind="number"),
    Column("scripts", "Workers", kind="number"),
    Column("base_fee", "base $", kind="number"),
    Column("requests_fee", "requests $", kind="number"),
    Column("cpu_fee", "CPU $", kind="number"),
    Column("scripts_fee", "Workers $", kind="number"),
)
_MARGIN = (Column("mrr", kind="number"), Column("margin", kind="number"))


class CostPanel(Panel):
    """Pick a month, see what each customer costs and what is nobody's, and take it along.

        wfp_ops.widgets.CostPanel(account, "customers.csv")

    Attributes:
        cost: the frame that is shown, or None.
        month: which month.
        table: one row for each customer and for what is nobody's; with margins where the list has ``mrr``.
        picture: the chart.
    """

    title: ClassVar[str] = "Cost"
    purpose: ClassVar[str] = (
        "What Workers for Platforms costs in a month, and whose part of it is whose, to the cent. "
        "It reads, and changes nothing."
    )

    def __init__(
        self, account: Account, customers: CustomerSource | None = None, *, desk: Desk | None = None
    ) -> None:
        super().__init__(account, customers, desk=desk)
        self.cost: pd.DataFrame | None = None
        self.month = ipywidgets.Dropdown(
            description="Month", options=_months(Month.at(self.account.clock.now()))
        )
        self.read = self.button("Reckon the cost", self.read_cost, look="primary")
        self.table = _table()
        self.picture = Picture(self.fail)
        self._facts = box()
        self.csv = self.download("Table as CSV", self._csv)
        self.document = self.download("Document as JSON", self._json)
        self.svg = self.download("Picture as SVG", lambda: self._picture("svg"))
        self.png = self.download("Picture as PNG", lambda: self._picture("png"))
        self._exports = row(self.csv, self.document, self.svg, self.png)
        self._result = stack(self._facts, self.picture, self.table, self._exports)
        self.compose(row(self.month, self.read), self._result)
        self.on(self.month, lambda _: self._offer())
        visible_if(self._result, condition=False)

    def read_cost(self) -> None:
        """Read usage, Workers and the customer list of the month, and reckon."""
        month = self.month.value
        self.work("reading the usage of the month", lambda ticket: self._read(ticket, month), self._show)

    def code(self) -> str:
        """The same without the panel."""
        words = [f"month={self.month.value!r}"]
        if self.desk.customers_code:
            words.append(f"customers={self.desk.customers_code}")
        return (
            f"cost = account.cost({', '.join(words)})\n"
            "figure = wfp_ops.charts.cost_by_customer(cost)\n"
            'wfp_ops.charts.save(figure, "cost.svg")'
        )

    def _read(self, ticket: Ticket, month: str) -> pd.DataFrame:
        return self.account.cost(month=month, customers=self.desk.customers, progress=ticket.advance)

    def _show(self, cost: pd.DataFrame) -> None:
        self.cost = cost
        with_margin = bool(cost["mrr"].notna().any())
        if with_margin != ("margin" in [column.name for column in self.table.rows.columns]):
            self.table = _table(with_margin=with_margin)
            self._result.children = (self._facts, self.picture, self.table, self._exports)
        self.table.show(_written(cost), ids=_keys(cost))
        put(self._facts, _facts(cost))
        self.picture.draw(lambda style, size: self._draw(cost, style, size))
        visible_if(self._result, condition=True)
        self._offer()

    def _offer(self) -> None:
        """What the button does: reckon the month that is chosen, or the same once more."""
        same = self.cost is not None and self.cost.attrs.get("month") == self.month.value
        self.read.description = "Reckon it again" if same else "Reckon the cost"
        (self.read.remove_class if same else self.read.add_class)("wfp-primary")
        self.refresh_code()

    @staticmethod
    def _draw(cost: pd.DataFrame, style: str, size: tuple[int, int]) -> Chart:
        chart: Chart = charts.cost_by_customer(cost, style=style, size=size)
        return chart

    def _picture(self, kind: str) -> File:
        content = rendered(self._draw(self._needed(), "light", self.picture.size), kind, 2)
        return File(f"{self._name}.{kind}", content, "image/svg+xml" if kind == "svg" else "image/png")

    def _csv(self) -> File:
        """Every row, safe to open in a spreadsheet."""
        return File(f"{self._name}.csv", to_csv(self._needed()).encode("utf-8"), "text/csv")

    def _json(self) -> File:
        return File(
            f"{self._name}.json", to_json(to_document(self._needed())).encode("utf-8"), "application/json"
        )

    @property
    def _name(self) -> str:
        return f"cost-{self._needed().attrs['month']}"

    def _needed(self) -> pd.DataFrame:
        if self.cost is None:
            raise RefusedError("there is no cost yet", reasons=["nothing was read"], hint="reckon it first")
        return self.cost


def _months(current: Month) -> list[tuple[str, str]]:
    """The month under way and those before it, the newest first."""
    months = [current]
    while len(months) < _MONTHS:
        months.append(months[-1].previous)
    return [(f"{months[0]}, so far", str(months[0])), *((str(each), str(each)) for each in months[1:])]


def _table(*, with_margin: bool = False) -> Table:
    columns = (*_COLUMNS, *_MARGIN) if with_margin else _COLUMNS
    return Table("Cost by customer", columns, selectable=False, noun="rows", empty="No cost in this month.")


def _written(cost: pd.DataFrame) -> pd.DataFrame:
    """The frame as the table shows it: money with its cents."""
    money = {name: cost[name].map("{:,.2f}".format, na_action="ignore").astype("str") for name in _MONEY}
    return cost.assign(**money, cpu_s=cost["cpu_ms"] / 1000, name=cost["name"].fillna(cost["customer_id"]))


def _keys(cost: pd.DataFrame) -> list[str]:
    """What tells the rows apart; those that are nobody's have no id."""
    return [
        f"nobody's: {name}" if pd.isna(customer) else f"customer {customer}"
        for customer, name in zip(cost["customer_id"], cost["name"], strict=True)
    ]


def _facts(cost: pd.DataFrame) -> Markup:
    """The sum to the cent, of what it is made, how far it goes, and what to know of it."""
    record = cost_record(cost) or {}
    owned = cost[cost["customer_id"].notna()]
    nobodys = cost[cost["customer_id"].isna()]
    parts = [f"{_sum(owned)} for {len(owned):,} customers"]
    parts += [f"{_sum(part)} {name}" for name, part in nobodys.groupby("name", sort=False)]
    whole = bool(record.get("complete"))
    facts = [
        element("span", "complete", classes="wfp-good")
        if whole
        else element("span", f"not complete: up to {record.get('through')}"),
        element("span", f"what the plan includes is shared: {record.get('share')}"),
    ]
    if cost["mrr"].notna().any():
        # of the whole bill, not of what customers have of it alone
        margin = _cents(cost, "mrr") - _cents(cost, "total")
        facts.append(element("span", f"margin in all {_money(margin)}"))
    return joined(
        [
            element(
                "div",
                element("b", f"${Decimal(str(record.get('total'))):,.2f}"),
                f" in {record.get('month')}: ",
                ", ".join(parts),
                classes="wfp-lead",
            ),
            element("div", *facts, classes="wfp-facts"),
            *(element("div", note, classes="wfp-muted") for note in record.get("notes", ())),
        ]
    )


def _sum(rows: pd.DataFrame, column: str = "total") -> str:
    return _money(_cents(rows, column))


def _cents(rows: pd.DataFrame, column: str) -> Decimal:
    """Cents added up without the rounding of floats."""
    return sum((Decimal(f"{each:.2f}") for each in rows[column].dropna()), Decimal(0))


def _money(amount: Decimal) -> str:
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"
