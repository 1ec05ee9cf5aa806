"""What was collected of a day, put together with what is kept of it, hour by hour."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from wfp_ops.usage.history.dayfile import Day
from wfp_ops.usage.history.layout import SCHEMA, Hour
from wfp_ops.usage.wholeness import too_few

_ORDER = [(name, "ascending") for name in ("time", "namespace", "worker")]


@dataclass(frozen=True)
class Merged:
    """The day as it is to be kept; ``stayed`` are hours whose new reading was worse than what was there."""

    day: Day
    stayed: tuple[datetime, ...]


def merge(kept: Day | None, new: Day) -> Merged:
    """Both of one day; an hour comes as a whole from one of the two.

    A complete hour beats an incomplete one. Otherwise the later reading counts, unless it has fewer requests
    than the earlier by more than sampling explains: an answer may be empty for other reasons than silence.
    """
    if kept is None:
        return Merged(_sorted(new), ())
    stayed = tuple(
        hour for hour, facts in sorted(new.hours.items()) if not _is_better(facts, kept.hours.get(hour))
    )
    taken = set(new.hours) - set(stayed)
    table = pa.concat_tables([_rows(kept.table, taken, within=False), _rows(new.table, taken, within=True)])
    hours = {**kept.hours, **{hour: new.hours[hour] for hour in taken}}
    return Merged(_sorted(Day(new.day, table, hours)), stayed)


def _is_better(new: Hour, kept: Hour | None) -> bool:
    if kept is None:
        return True
    if new.complete != kept.complete:
        return new.complete
    interval = max(new.sample_interval, kept.sample_interval)
    return not too_few(new.requests, kept.requests, interval)


def _rows(table: pa.Table, hours: Collection[datetime], *, within: bool) -> pa.Table:
    """The rows of these hours, or of all others."""
    chosen = pc.is_in(table["time"], value_set=pa.array(sorted(hours), type=SCHEMA.field("time").type))
    return table.filter(chosen if within else pc.invert(chosen))


def _sorted(day: Day) -> Day:
    return Day(day.day, day.table.sort_by(_ORDER), day.hours)
