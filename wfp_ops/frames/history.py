"""What is made of the usage history, as frames: declared once, as in ``columns``."""

from __future__ import annotations

from wfp_ops.frames.columns import AMOUNT, COUNT, FLAG, TEXT, TIME, Column, FrameSpec

HISTORY_USAGE = FrameSpec(
    "history by customer",
    "one customer, in all of the time asked for or in one month of it",
    (
        Column("customer_id", TEXT, "the customer; null for what is nobody's"),
        Column("month", TEXT, "the month (YYYY-MM, in UTC); null where months are not told apart"),
        Column("requests", AMOUNT, "requests, scaled up where Cloudflare sampled"),
        Column("errors", AMOUNT, "requests that ended in an error"),
        Column("subrequests", AMOUNT, "requests that the Workers made"),
        Column("cpu_ms", AMOUNT, "CPU time, in milliseconds"),
        Column("wall_ms", AMOUNT, "wall time, in milliseconds"),
        Column("sample_interval", AMOUNT, "one request in how many was recorded; 1 is all"),
        Column("requests_share", AMOUNT, "its part of all requests (of that month), from 0 to 1"),
        Column("cpu_share", AMOUNT, "its part of all CPU time (of that month), from 0 to 1"),
        Column("complete", FLAG, "whether every hour that it was seen in was complete", nullable=False),
    ),
)

HISTORY_DAYS = FrameSpec(
    "history days",
    "one day of the usage history",
    (
        Column("day", TEXT, "the day (YYYY-MM-DD, in UTC)", nullable=False),
        Column("hours", COUNT, "hours of it that were collected", nullable=False),
        Column("complete", COUNT, "hours that are complete, of 24", nullable=False),
        Column("rows", COUNT, "rows: one for each Worker and hour with a request", nullable=False),
        Column("requests", AMOUNT, "all requests of that day"),
        Column("collected_at", TIME, "when the last of it was collected"),
        Column("file", TEXT, "its file", nullable=False),
    ),
)

HISTORY_FRAMES = (HISTORY_USAGE, HISTORY_DAYS)
