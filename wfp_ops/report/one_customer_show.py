"""How one customer shows itself: as text in a terminal, as HTML in Jupyter. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from wfp_ops.audit.flags import workers_inside
from wfp_ops.clock import iso
from wfp_ops.errors import visible
from wfp_ops.frames.customer import HISTORY
from wfp_ops.usage.record import usage_record

if TYPE_CHECKING:
    from wfp_ops.report.one_customer import OneCustomer

_ROWS = 12
_RECORD = ("status", "plan", "started_on", "churned_on", "mrr")
_FEES = (
    ("base_fee", "base fee"),
    ("requests_fee", "requests"),
    ("cpu_fee", "CPU"),
    ("scripts_fee", "Workers"),
)


def title(one: OneCustomer) -> str:
    """Who it is, in a line."""
    name = "" if one.name is None else f" {visible(one.name)}"
    return f"Customer {visible(one.customer_id)}{name}"


def record_line(one: OneCustomer) -> str:
    """What the customer list says."""
    if not one.record:
        return "not in the customer list"
    said = [
        f"{name.removesuffix('_on')} {visible(_day(one.record[name]))}"
        for name in _RECORD
        if _known(one.record, name)
    ]
    return f"{', '.join(said)}; state {one.state or 'unknown'}"


def usage_line(one: OneCustomer) -> str | None:
    """How much they used, in a sentence; None where that is not known."""
    if one.usage is None:
        return None
    record = usage_record(one.usage) or {}
    since = f"since {str(record.get('start', ''))[:10]}"
    total = float(one.usage["requests"].sum())
    if not total:
        return f"no request seen {since}"
    errors, cpu = float(one.usage["errors"].sum()), float(one.usage["cpu_ms"].sum())
    last = one.usage.loc[one.usage["requests"] > 0, "time"].max()
    return (
        f"{total:,.0f} requests {since} ({errors / total:.1%} failed), {cpu / 1000:,.0f} s of CPU time, "
        f"the last on {last:%Y-%m-%d}"
    )


def cost_line(one: OneCustomer) -> str | None:
    """What they cost in the month, in a sentence; None where that is not known."""
    if one.cost is None:
        return None
    parts = ", ".join(f"{words} {one.cost[name]:,.2f}" for name, words in _FEES if _known(one.cost, name))
    margin = f"; margin {one.cost['margin']:,.2f}" if _known(one.cost, "margin") else ""
    final = "" if one.cost.get("complete") else ", not final yet"
    return f"{one.cost['total']:,.2f} US dollars in {one.month}{final} ({parts}){margin}"


def as_text(one: OneCustomer) -> str:
    """A screenful, or two."""
    return "\n".join(_lines(one))


def _lines(one: OneCustomer) -> Iterator[str]:
    yield f"{title(one)} in {visible(one.account)}, {iso(one.taken_at)}"
    yield f"record: {record_line(one)}"
    yield f"namespaces ({len(one.namespaces)}):"
    for row in one.namespaces.to_dict("records"):
        inside = workers_inside(row["workers"])
        state = "" if pd.isna(row["namespace_state"]) else f", {row['namespace_state']}"
        yield f"  {visible(row['namespace'])}: {inside}{state}, created {_plain(row['created_on'])}"
    yield f"Workers ({len(one.workers)}): {_few(one.workers['worker'])}"
    yield f"findings ({len(one.findings)}):" if len(one.findings) else "findings: none"
    for row in one.findings.head(_ROWS).to_dict("records"):
        about = next((str(row[n]) for n in ("worker", "namespace") if not pd.isna(row[n])), "")
        yield f"  {row['severity']}: {row['kind']} {visible(about)}: {visible(row['detail'])}"
    yield f"usage: {usage_line(one) or 'unknown'}"
    yield f"cost: {cost_line(one) or 'unknown'}"
    yield f"history ({len(one.history)}):"
    for row in one.history.tail(_ROWS).to_dict("records"):
        about = "" if pd.isna(row["namespace"]) else f" {visible(row['namespace'])}"
        worker = "" if pd.isna(row["worker"]) else f"/{visible(row['worker'])}"
        what, source = visible(row["what"]), visible(row["source"])
        yield f"  {row['at']:%Y-%m-%d %H:%M}{about}{worker}: {what} ({source})"
    for note in one.notes:
        yield f"note: {visible(note)}"


def as_html(one: OneCustomer) -> str:
    """The same with tables and a chart, every text escaped."""
    import jinja2  # noqa: PLC0415 (heavy, and only notebooks need it)

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("wfp_ops.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("one_customer.html.j2").render(
        title=title(one),
        account=visible(one.account),
        taken_at=iso(one.taken_at),
        facts=[
            ("record", record_line(one)),
            ("usage", usage_line(one) or "unknown"),
            ("cost", cost_line(one) or "unknown"),
        ],
        tables=[
            (
                "namespaces",
                _table(
                    one.namespaces, ("namespace", "namespace_state", "workers", "created_on", "modified_on")
                ),
            ),
            ("Workers", _table(one.workers, ("namespace", "worker", "tags", "created_on", "modified_on"))),
            (
                "findings",
                _table(one.findings, ("severity", "kind", "namespace", "worker", "detail", "suggestion")),
            ),
            ("history", _table(one.history.tail(_ROWS), HISTORY.names)),
        ],
        chart=_chart(one),
        notes=[visible(note) for note in one.notes],
    )


def _chart(one: OneCustomer) -> tuple[str, str] | None:
    """The picture of their usage as a data URI, and what it shows in words."""
    if one.usage is None or not float(one.usage["requests"].sum()):
        return None
    from wfp_ops.charts.timeline import customer_over_time  # noqa: PLC0415 (matplotlib is heavy)
    from wfp_ops.report.picture import data_uri  # noqa: PLC0415

    # all rows are theirs, also those of names that nobody owns any more
    own = one.usage.assign(customer_id=pd.Series(one.customer_id, index=one.usage.index, dtype="str"))
    own.attrs = one.usage.attrs
    return data_uri(customer_over_time(own, one.customer_id, zone=one.zone, size=(900, 480)))


def _table(frame: pd.DataFrame, columns: tuple[str, ...] | list[str]) -> dict[str, Any]:
    shown = frame.head(_ROWS)
    kept = [name for name in columns if shown[name].notna().any()]
    rows = [
        [visible(_plain(value)) for value in row] for row in zip(*(shown[name] for name in kept), strict=True)
    ]
    return {
        "columns": [name.replace("_", " ") for name in kept],
        "rows": rows,
        "more": len(frame) - len(shown),
    }


def _few(names: Any, most: int = 8) -> str:
    every = [visible(str(name)) for name in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more if every else "none"


def _known(values: Any, name: str) -> bool:
    value = values.get(name)
    return value is not None and not (isinstance(value, float) and pd.isna(value))


def _day(value: Any) -> str:
    """A value of the record; of a moment its day."""
    return _plain(value).removesuffix("T00:00:00Z")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)
