"""Which time, and how finely: the controls that a usage panel asks with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import ipywidgets

from wfp_ops.errors import RefusedError
from wfp_ops.usage.buckets import BUCKETS
from wfp_ops.widgets.look import row, visible_if

# What a period is called, how it is asked for, and how finely it is cut unless told otherwise
_PERIODS = (
    ("Last 24 hours", "24h", "15m"),
    ("Last 7 days", "7d", "1h"),
    ("Last 30 days", "30d", "6h"),
    ("Last 90 days", "90d", "1d"),
)
_DAYS = "days"
_FINELY = {"5m": "5 minutes", "15m": "15 minutes", "1h": "hour", "6h": "6 hours", "1d": "day"}
_USUAL = {asked: every for _, asked, every in _PERIODS}


class PeriodPicker:
    """A period, or two days, and the interval.

    Attributes:
        period: ``24h``, ``7d``, ``30d``, ``90d`` or ``days``.
        first, last: the days, both included.
        every: the interval, as ``account.usage`` takes it.
        view: the controls.
    """

    def __init__(self, changed: Callable[[], object], today: date) -> None:
        """The last seven days, by the hour.

        Args:
            changed: called when something else is chosen.
            today: the day that it is, in UTC.
        """
        self._changed = changed
        self.period = ipywidgets.Dropdown(
            description="Period",
            options=[*((label, asked) for label, asked, _ in _PERIODS), ("Certain days", _DAYS)],
            value="7d",
        )
        self.first = ipywidgets.DatePicker(description="From", value=today - timedelta(days=7))
        self.last = ipywidgets.DatePicker(description="Up to and with", value=today)
        self.every = ipywidgets.Dropdown(
            description="For each", options=[(_FINELY[each.name], each.name) for each in BUCKETS], value="1h"
        )
        self._days = row(self.first, self.last)
        self.view = row(self.period, self._days, self.every)
        visible_if(self._days, condition=False)
        self.period.observe(lambda _: self._period_changed(), "value")
        for each in (self.first, self.last, self.every):
            each.observe(lambda _: self._changed(), "value")

    def asked(self) -> Mapping[str, Any]:
        """The words of ``account.usage`` that mean what is chosen.

        Raises:
            RefusedError: a day is missing, or the first is after the last.
        """
        if self.period.value != _DAYS:
            return {"last": self.period.value, "every": self.every.value}
        first, last = self.first.value, self.last.value
        if first is None or last is None or first > last:
            raise RefusedError(
                "these days are no period",
                reasons=[
                    "a day is missing" if first is None or last is None else "the first is after the last"
                ],
                hint="choose the first and the last day; times are in UTC",
            )
        # an end is a moment: the end of a day is the beginning of the next one
        end = last + timedelta(days=1)
        return {"start": first.isoformat(), "end": end.isoformat(), "every": self.every.value}

    def _period_changed(self) -> None:
        visible_if(self._days, self.period.value == _DAYS)
        self.every.value = _USUAL.get(self.period.value, self.every.value)
        self._changed()
