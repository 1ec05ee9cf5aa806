"""What the page says of usage: plain values, charts as pictures, and why where it is not known."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from wfp_ops.audit.page.values import moment, share
from wfp_ops.clock import parse_time
from wfp_ops.errors import FrameError, visible
from wfp_ops.frames.provenance import completeness
from wfp_ops.report.picture import data_uri
from wfp_ops.usage.cost.table import UNALLOCATED
from wfp_ops.usage.record import usage_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from wfp_ops.audit.result import Audit

KnownUsage: TypeAlias = "pd.DataFrame | str"
"""A frame of ``account.usage()`` with days or shorter buckets; or a sentence on why there is none."""

TOP = 10
QUIET_DAYS = 7
_SIZE = (1000, 460)
_HERE = ("active", "trial")


def usage_view(usage: KnownUsage, audit: Audit, zone: str = "UTC") -> dict[str, Any]:
    """Everything that the section shows; ``why`` alone where nothing is known. Times are the zone's.

    Raises:
        FrameError: it is no usage frame, or customers are not told apart in it.
        SettingsError: there is no such zone.
    """
    if isinstance(usage, str):
        return {"why": visible(usage)}
    record = usage_record(usage)
    if record is None or not {"namespace", "customer"} & set(record["by"]):
        raise FrameError("a report needs a frame of account.usage(), by namespace or customer", frame="usage")
    proof = completeness(usage)
    totals = _by_customer(usage)
    requests = float(totals["requests"].sum())
    return {
        "why": None if requests else "Nobody had a request in that time.",
        "period": _period(record, zone),
        "figures": _figures(totals, requests),
        "proven": proof.proven,
        "how": visible(proof.how),
        "charts": [_picture(draw, usage, audit, zone) for draw in _charts()] if requests else [],
        "tables": list(_tables(usage, totals, audit, zone)) if requests else [],
        "notes": [visible(note) for note in record["notes"]],
    }


def _period(record: Mapping[str, Any], zone: str) -> str:
    """From when to when, and up to when it is complete, by the clock that the charts have."""
    start, end, settled = (parse_time(record[name]) for name in ("start", "end", "watermark"))
    if zone == "UTC":
        return f"{moment(start)} to {moment(end)}, complete up to {moment(settled)}"
    from wfp_ops.charts.spans import zone_of  # noqa: PLC0415 (matplotlib is heavy)

    there = [when.astimezone(zone_of(zone)) for when in (start, end, settled)]
    first, last, sure = (f"{when.day} {when:%B %Y, %H:%M}" for when in there)
    return f"{first} to {last}, complete up to {sure} ({zone})"


def _by_customer(usage: pd.DataFrame) -> pd.DataFrame:
    measures = ["requests", "errors", "cpu_ms"]
    summed = usage.groupby("customer_id", dropna=False)[measures].sum().reset_index()
    return summed.sort_values("requests", ascending=False, kind="stable", ignore_index=True)


def _figures(totals: pd.DataFrame, requests: float) -> list[tuple[str, str]]:
    errors, cpu = float(totals["errors"].sum()), float(totals["cpu_ms"].sum())
    customers = int((totals["customer_id"].notna() & (totals["requests"] > 0)).sum())
    return [
        ("Requests", f"{requests:,.0f}"),
        ("Failed", share_of(errors, requests)),
        ("CPU time", f"{cpu / 3_600_000:,.1f} h"),
        ("Customers with requests", f"{customers:,}"),
    ]


def share_of(part: float, whole: float) -> str:
    """A part in percent; nothing of nothing is nothing."""
    return "0 %" if not whole or not part else share(part, whole)  # type: ignore[arg-type]


def _charts() -> tuple[Callable[..., Figure], ...]:
    from wfp_ops.charts.heat import error_heatmap  # noqa: PLC0415 (matplotlib is heavy)
    from wfp_ops.charts.ranking import usage_by_customer  # noqa: PLC0415

    return usage_by_customer, error_heatmap


def _picture(draw: Callable[..., Figure], usage: pd.DataFrame, audit: Audit, zone: str) -> dict[str, str]:
    """A chart, with the words for who can't see it."""
    picture, words = data_uri(draw(usage, top=TOP, customers=audit.customers, zone=zone, size=_SIZE))
    return {"picture": picture, "words": visible(words)}


def _tables(usage: pd.DataFrame, totals: pd.DataFrame, audit: Audit, zone: str) -> Iterator[dict[str, Any]]:
    records = audit.customers
    names = dict(zip(records["customer_id"], records["name"].fillna(""), strict=True))
    here = set(records.loc[records["status"].isin(_HERE), "customer_id"])
    yield _top(totals, names)
    # days of usage are those of UTC in any zone
    yield _quiet(usage, totals, names, here, "Last seen" if zone == "UTC" else "Last seen (UTC)")
    yield _live(audit)


def _top(totals: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    whole = float(totals["requests"].sum())
    rows = [
        _row(
            ("name", "Customer", UNALLOCATED if pd.isna(row["customer_id"]) else str(row["customer_id"])),
            ("text", "Name", _name(names, row["customer_id"])),
            ("number", "Requests", f"{row['requests']:,.0f}"),
            ("number", "Share", share_of(row["requests"], whole)),
            ("number", "Failed", share_of(row["errors"], row["requests"])),
            ("number", "CPU time", f"{row['cpu_ms'] / 1000:,.0f} s"),
        )
        for row in totals.head(TOP).to_dict("records")
    ]
    more = len(totals) - len(rows)
    headings = ("Customer", "Name", "Requests", "Share", "Failed", "CPU time")
    rest = share_of(float(totals["requests"][TOP:].sum()), whole)
    lead = f"{more:,} more have {rest} of all requests." if more else ""
    return _section("Who uses most", lead, headings, rows, "Nobody had a request.")


def _quiet(
    usage: pd.DataFrame, totals: pd.DataFrame, names: Mapping[str, str], here: Collection[str], last_seen: str
) -> dict[str, Any]:
    """Customers who are here and had requests before the last week, and none in it."""
    record = usage_record(usage) or {}
    until = min(parse_time(record["watermark"]), parse_time(record["end"]))
    since = pd.Timestamp(until) - pd.Timedelta(days=QUIET_DAYS)
    lead = f"Requests before, and none in the last {QUIET_DAYS} days; their status is active or trial."
    headings = ("Customer", "Name", "Requests before", last_seen)
    if not completeness(usage).proven or parse_time(record["start"]) > since:
        why = "Not known: the usage is not proven whole for long enough."
        return _section("Who went quiet", "", headings, [], why)
    seen = usage[usage["requests"] > 0].dropna(subset=["customer_id"])
    last = seen.groupby("customer_id")["time"].max()
    # a bucket that begins before the week may reach into it, and then its requests may lie there
    quiet = totals[totals["customer_id"].isin(last.index[last < since - pd.Timedelta(days=1)])]
    quiet = quiet[quiet["customer_id"].isin(list(here))]
    rows = [
        _row(
            ("name", "Customer", str(row["customer_id"])),
            ("text", "Name", _name(names, row["customer_id"])),
            ("number", "Requests before", f"{row['requests']:,.0f}"),
            ("number", last_seen, f"{last[row['customer_id']]:%Y-%m-%d}"),
        )
        for row in quiet.head(TOP).to_dict("records")
    ]
    more = len(quiet) - len(rows)
    lead = f"{lead} {more:,} more are not shown." if more else lead
    return _section("Who went quiet", lead, headings, rows, "Nobody.")


def _live(audit: Audit) -> dict[str, Any]:
    found = audit.findings[audit.findings["kind"] == "live_after_churn"]
    headings = ("Namespace", "Customer", "What was seen")
    rows = [
        _row(
            ("name", "Namespace", _thing(row)),
            ("name", "Customer", "" if pd.isna(row["customer_id"]) else str(row["customer_id"])),
            ("text", "What was seen", str(row["detail"])),
        )
        for row in found.head(TOP).to_dict("records")
    ]
    more = len(found) - len(rows)
    lead = f"{more:,} more are among the findings." if more else ""
    known = "live_after_churn" in audit.by_usage
    return _section("Live after churn", lead, headings, rows, "Nobody." if known else "Not known.")


def _thing(row: Any) -> str:
    return str(row["namespace"]) if pd.isna(row["worker"]) else f"{row['namespace']}/{row['worker']}"


def _name(known: Mapping[str, str], customer_id: Any) -> str:
    return "" if pd.isna(customer_id) else known.get(str(customer_id), "")


def _row(*cells: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    return [(kind, heading, visible(text)) for kind, heading, text in cells]


def _section(
    title: str, lead: str, headings: tuple[str, ...], rows: list[list[tuple[str, str, str]]], none: str
) -> dict[str, Any]:
    return {"title": title, "lead": lead, "headings": headings, "rows": rows, "none": none}
