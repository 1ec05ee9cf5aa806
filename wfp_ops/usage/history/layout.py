"""How the history lies on the disk: one Parquet file a day, and in its footer what is known of each hour.

::

    hours/day=2026-10-01/usage.parquet          customers' Workers, one row for each Worker and hour
    dispatchers/day=2026-10-01/usage.parquet    the dispatchers' own rows
    names.parquet                               which Workers (by tag) ran under which namespaces' names

A quiet hour has no row, so that an hour was collected can't be told by its rows: the footer tells, and it
comes and goes with the rows, because it is in the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pyarrow as pa

from wfp_ops.clock import iso, parse_time
from wfp_ops.usage.sums import MEASURES, QUANTILE_COLUMNS

Kind = Literal["hours", "dispatchers"]
CUSTOMERS: Kind = "hours"
DISPATCHERS: Kind = "dispatchers"

VERSION = "wfp-ops/history/1"
FOOTER_KEY = b"wfp_ops"
NAMES_FILE = "names.parquet"
FILE = "usage.parquet"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_FOLDER = "day="
_NUMBERS = (*MEASURES, *QUANTILE_COLUMNS, "sample_interval")

SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("namespace", "worker", "customer_id")),
        pa.field("time", pa.timestamp("us", "UTC")),
        *(pa.field(name, pa.float64()) for name in _NUMBERS),
        pa.field("complete", pa.bool_()),
    ]
)
"""The columns of ``frames.usage.USAGE``; the day stands in the folder's name."""


@dataclass(frozen=True)
class Hour:
    """What is known of one hour: whether it is complete, what it holds, when it was collected."""

    complete: bool
    rows: int
    requests: float
    sample_interval: float
    collected_at: str

    def as_json(self) -> dict[str, Any]:
        """As the footer has it."""
        return {
            "complete": self.complete,
            "rows": self.rows,
            "requests": self.requests,
            "sample_interval": self.sample_interval,
            "collected_at": self.collected_at,
        }


Hours = Mapping[datetime, Hour]


def write_footer(account_id: str, day: date, hours: Hours) -> bytes:
    """What stands in a day's footer."""
    document = {
        "schema": VERSION,
        "account_id": account_id,
        "day": day.isoformat(),
        "hours": {iso(hour): facts.as_json() for hour, facts in sorted(hours.items())},
    }
    return json.dumps(document, separators=(",", ":")).encode()


def read_footer(content: bytes, *, account_id: str, day: date) -> dict[datetime, Hour]:
    """The hours of a footer.

    Raises:
        ValueError: it is of another account, day or version, or lacks something.
    """
    document = json.loads(content)
    expected = {"schema": VERSION, "account_id": account_id, "day": day.isoformat()}
    for key, value in expected.items():
        if document[key] != value:
            raise ValueError(f"it says {key} {document[key]!r}, and {value!r} is expected")
    hours = {parse_time(at): _hour(**facts) for at, facts in document["hours"].items()}
    if any(hour.date() != day or hour.minute or hour.second for hour in hours):
        raise ValueError("it speaks of hours of other days")
    return hours


def _hour(*, complete: bool, rows: int, requests: float, sample_interval: float, collected_at: str) -> Hour:
    return Hour(bool(complete), int(rows), float(requests), float(sample_interval), str(collected_at))


def day_file(kind: Kind, day: date) -> str:
    """A day's file, below the history's root."""
    return f"{kind}/{_FOLDER}{day.isoformat()}/{FILE}"


def day_of(path: str) -> date | None:
    """The day that a file's path says; None where it is no day's file."""
    parts = path.split("/")
    if len(parts) != 3 or parts[2] != FILE or not parts[1].startswith(_FOLDER):
        return None
    try:
        return date.fromisoformat(parts[1].removeprefix(_FOLDER))
    except ValueError:
        return None


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def days_between(start: datetime, end: datetime) -> list[date]:
    """The days that a stretch of time touches."""
    first = start.astimezone(UTC).date()
    last = (end.astimezone(UTC) - timedelta(microseconds=1)).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)] if start < end else []


def hours_between(start: datetime, end: datetime) -> list[datetime]:
    """The beginnings of all hours that lie wholly within; both ends need not be full hours."""
    begin = datetime.fromtimestamp(-(-start.timestamp() // 3600) * 3600, UTC)
    found = []
    while begin + HOUR <= end:
        found.append(begin)
        begin += HOUR
    return found


def runs(hours: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Hours put together: stretches from the first one's beginning to the last one's end, in order."""
    found: list[tuple[datetime, datetime]] = []
    for hour in sorted(hours):
        if found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + HOUR)
        else:
            found.append((hour, hour + HOUR))
    return found
