"""Usage, cost and what is kept of both, as frames: declared once, as in ``columns``."""

from __future__ import annotations

from wfp_ops.frames.columns import AMOUNT, FLAG, MAYBE_FLAG, TEXT, TIME, Column, FrameSpec

_MEASURES = (
    Column("requests", AMOUNT, "requests, scaled up where Cloudflare sampled"),
    Column("errors", AMOUNT, "requests that ended in an error (exception, exceeded resources, internal)"),
    Column("subrequests", AMOUNT, "requests that the Workers made"),
    Column("cpu_ms", AMOUNT, "CPU time, in milliseconds"),
    Column("wall_ms", AMOUNT, "wall time, in milliseconds"),
)

_QUANTILES = tuple(
    Column(f"{name}_p{rank}", AMOUNT, f"{what} of one request, {rank} of 100 took at most this, in ms")
    for name, what in (("cpu_ms", "CPU time"), ("wall_ms", "wall time"))
    for rank in (50, 99)
)

USAGE = FrameSpec(
    "usage",
    "one namespace (with its Workers asked for: one Worker) in one span of time",
    (
        Column("namespace", TEXT, "the namespace, by the name it had then"),
        Column("worker", TEXT, "the Worker; null where Workers are not told apart"),
        Column("customer_id", TEXT, "the customer whose it is; null where that is not known"),
        Column("time", TIME, "when the span begins", nullable=False),
        *_MEASURES,
        *_QUANTILES,
        Column("sample_interval", AMOUNT, "one request in how many was recorded; 1 is all"),
        Column(
            "complete", FLAG, "whether the span is over and its numbers add up to the total", nullable=False
        ),
    ),
)

COST = FrameSpec(
    "cost",
    "one customer in one month; 'unallocated' and 'dispatcher' stand for what is nobody's",
    (
        Column("customer_id", TEXT, "the customer; null in the rows that are nobody's"),
        Column("name", TEXT, "the customer's name, or what the row stands for"),
        Column("requests", AMOUNT, "billed requests"),
        Column("cpu_ms", AMOUNT, "CPU time, in milliseconds"),
        Column("scripts", AMOUNT, "Workers, on the average of the month"),
        Column("base_fee", AMOUNT, "share of the plan's price, in US dollars"),
        Column("requests_fee", AMOUNT, "share of the fee for requests, in US dollars"),
        Column("cpu_fee", AMOUNT, "share of the fee for CPU time, in US dollars"),
        Column("scripts_fee", AMOUNT, "share of the fee for Workers, in US dollars"),
        Column("total", AMOUNT, "all of it, in US dollars, to the cent"),
        Column("mrr", AMOUNT, "monthly recurring revenue, in the list's own currency"),
        Column("margin", AMOUNT, "what is left of it; null where there is no mrr"),
        Column("complete", MAYBE_FLAG, "whether the month is over and all that it rests on is whole"),
    ),
)

USAGE_BY_CUSTOMER = FrameSpec(
    "usage_by_customer",
    "one customer over all of the time that was asked for",
    (
        Column("customer_id", TEXT, "the customer; null for what is nobody's"),
        Column("name", TEXT, "the customer's name, where the list has one"),
        Column("status", TEXT, "the customer's status, where the list has it"),
        Column("requests", AMOUNT, "requests; null where none were seen and that is not proven"),
        Column("errors", AMOUNT, "requests that ended in an error"),
        Column("error_share", AMOUNT, "errors of all requests, between 0 and 1; null without requests"),
        Column("cpu_ms", AMOUNT, "CPU time, in milliseconds"),
    ),
)

USAGE_FRAMES = (USAGE, USAGE_BY_CUSTOMER, COST)
