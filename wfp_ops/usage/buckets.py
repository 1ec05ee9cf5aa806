"""Spans of time that usage can be told apart by: those that Cloudflare groups by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wfp_ops.clock import iso
from wfp_ops.errors import SettingsError


@dataclass(frozen=True)
class Bucket:
    """One way to cut time: its name, the dimension that says it, and its length (None: no cut at all)."""

    name: str
    dimension: str | None
    length: timedelta | None

    def floor(self, moment: datetime) -> datetime:
        """The beginning of the bucket that a moment lies in; buckets are aligned to midnight in UTC.

        One bucket for all of the time may begin with any second.
        """
        if self.length is None:
            return moment.replace(microsecond=0)
        step = self.length.total_seconds()
        return datetime.fromtimestamp(math.floor(moment.timestamp() / step) * step, UTC)

    def ceil(self, moment: datetime) -> datetime:
        """The first beginning of a bucket that is not before a moment."""
        begins = self.floor(moment)
        return begins if begins == moment else begins + (self.length or timedelta(seconds=1))

    def written(self, moment: datetime) -> str:
        """The beginning of a bucket as its dimension has it: a day is a date."""
        return f"{moment:%Y-%m-%d}" if self.dimension == "date" else iso(moment)


WHOLE = Bucket("none", None, None)
BUCKETS = (
    Bucket("5m", "datetimeFiveMinutes", timedelta(minutes=5)),
    Bucket("15m", "datetimeFifteenMinutes", timedelta(minutes=15)),
    Bucket("1h", "datetimeHour", timedelta(hours=1)),
    Bucket("6h", "datetimeSixHours", timedelta(hours=6)),
    Bucket("1d", "date", timedelta(days=1)),
)
_NAMES = ", ".join(bucket.name for bucket in BUCKETS)


def bucket_of(every: str | timedelta | None) -> Bucket:
    """The bucket of this name or length; None, or "none", is one bucket for the whole time.

    Raises:
        SettingsError: analytics are not grouped so.
    """
    if every is None or every == WHOLE.name:
        return WHOLE
    for bucket in BUCKETS:
        if every in (bucket.name, bucket.length):
            return bucket
    raise SettingsError(
        f"analytics know no buckets of {every if isinstance(every, str) else str(every)!r}",
        key="every",
        hint=f"take one of {_NAMES}, or none for one bucket",
    )
