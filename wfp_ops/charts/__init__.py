"""Charts of usage and cost: each function takes a frame and returns a matplotlib Figure.

    figure = wfp_ops.charts.usage_by_customer(account.usage(last="30d", every="1d"))
    wfp_ops.charts.save(figure, "usage.svg")

The names of ``__all__`` are loaded when they are first used: matplotlib is heavy, and few ask for a chart.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wfp_ops.charts.departures import churn_view as churn_view
    from wfp_ops.charts.export import save as save
    from wfp_ops.charts.heat import error_heatmap as error_heatmap
    from wfp_ops.charts.lorenz import concentration as concentration
    from wfp_ops.charts.money import cost_by_customer as cost_by_customer
    from wfp_ops.charts.outcomes import status_mix as status_mix
    from wfp_ops.charts.panes import small_multiples as small_multiples
    from wfp_ops.charts.ranking import usage_by_customer as usage_by_customer
    from wfp_ops.charts.timeline import customer_over_time as customer_over_time

_HOMES = {
    "churn_view": "departures",
    "concentration": "lorenz",
    "cost_by_customer": "money",
    "customer_over_time": "timeline",
    "error_heatmap": "heat",
    "save": "export",
    "small_multiples": "panes",
    "status_mix": "outcomes",
    "usage_by_customer": "ranking",
}

__all__ = [
    "churn_view",
    "concentration",
    "cost_by_customer",
    "customer_over_time",
    "error_heatmap",
    "save",
    "small_multiples",
    "status_mix",
    "usage_by_customer",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
