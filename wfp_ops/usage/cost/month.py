"""A calendar month in UTC, which is what a bill is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from wfp_ops.errors import SettingsError

_WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Month:
    """One month; months are ordered, and written as ``2026-10``."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: object) -> Month:
        """The month that is written so, or that says so of itself, as a pandas Period does.

        Raises:
            SettingsError: it is none.
        """
        found = _WRITTEN.fullmatch(str(text).strip())
        if found is None or found[1] == "0000":
            raise SettingsError(f"{str(text)!r} is no month", key="month", hint="write it as 2026-10")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def at(cls, moment: datetime) -> Month:
        """The month in which a moment lies."""
        utc = moment.astimezone(UTC)
        return cls(utc.year, utc.month)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment of the next one."""
        return self.next.start

    @property
    def next(self) -> Month:
        """The month after it."""
        years, number = divmod(self.number, 12)
        return Month(self.year + years, number + 1)

    @property
    def previous(self) -> Month:
        """The month before it."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
