"""Which chart of usage, and what it is told: one entry for each, as a person asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wfp_ops import charts
from wfp_ops.errors import RefusedError

if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.charts.canvas import Chart

CUSTOMER = "customer_over_time"
# How a person asks, and the function of ``wfp_ops.charts`` that answers
CHARTS = (
    ("Who uses most", "usage_by_customer"),
    ("One customer over time", CUSTOMER),
    ("Who is failing, and since when", "error_heatmap"),
    ("The busiest, side by side", "small_multiples"),
    ("Who left, and still has traffic", "churn_view"),
    ("How much the largest make", "concentration"),
)
METRICS = (
    ("Requests", "requests"),
    ("Errors", "errors"),
    ("Subrequests", "subrequests"),
    ("CPU time", "cpu_ms"),
    ("Wall time", "wall_ms"),
)


@dataclass(frozen=True)
class ChartChoice:
    """What is to be drawn.

    Attributes:
        name: the function of ``wfp_ops.charts``.
        metric: what is ranked by; only ``usage_by_customer`` asks.
        customer_id: whom ``customer_over_time`` is about; None for what is nobody's.
        zone: the time zone in which its times are written.
    """

    name: str
    metric: str = "requests"
    customer_id: str | None = None
    zone: str = "UTC"

    def draw(
        self, usage: pd.DataFrame, customers: pd.DataFrame | None, style: str, size: tuple[int, int]
    ) -> Chart:
        """The chart.

        Raises:
            RefusedError: it needs a customer list, and there is none.
        """
        if self.name == "churn_view" and customers is None:
            raise RefusedError(
                "who left is not known",
                reasons=["that stands in a customer list, and none is given or set"],
                hint="give the panel a customer list",
            )
        function = getattr(charts, self.name)
        given: Chart = function(
            usage, *self._about(), customers=customers, **self._more(), style=style, size=size
        )
        return given

    def code(self, known: bool) -> str:
        """The call, as a person writes it."""
        words = ["usage", *(repr(each) for each in self._about())]
        words += ["customers=customers"] if known else []
        words += [f"{name}={value!r}" for name, value in self._more().items()]
        return f"figure = wfp_ops.charts.{self.name}({', '.join(words)})"

    def part(self, usage: pd.DataFrame) -> pd.DataFrame:
        """The rows that the chart is about."""
        if self.name != CUSTOMER:
            return usage
        ids = usage["customer_id"]
        return usage[
            ids.isna() if self.customer_id is None else (ids == self.customer_id).fillna(value=False)
        ]

    def _about(self) -> list[str | None]:
        return [self.customer_id] if self.name == CUSTOMER else []

    def _more(self) -> Mapping[str, Any]:
        metric = {"metric": self.metric} if self.name == "usage_by_customer" else {}
        zone = {} if self.zone == "UTC" else {"zone": self.zone}
        return {**metric, **zone}
