"""The price table: dated entries, from the file that is shipped or from one of the user's own."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path
from typing import Any

from wfp_ops.errors import SettingsError
from wfp_ops.usage.cost.month import Month

SHIPPED = "the price table that comes with wfp-ops"
_MONEY = ("base", "requests_per_million", "cpu_ms_per_million", "script")
_AMOUNTS = ("requests_included", "cpu_ms_included", "scripts_included")
_MOST = 1_000_000_000
_SEE = "docs/cost.md shows a whole entry"


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What everything costs from a month on, in US dollars; what is included is of one account and month."""

    since: Month
    base: Decimal
    requests_included: Decimal
    requests_per_million: Decimal
    cpu_ms_included: Decimal
    cpu_ms_per_million: Decimal
    scripts_included: Decimal
    script: Decimal

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the document."""
        amounts = {name: int(getattr(self, name)) for name in _AMOUNTS}
        return {"from": str(self.since), **{name: float(getattr(self, name)) for name in _MONEY}, **amounts}


@dataclass(frozen=True)
class PriceTable:
    """Entries in the order of their months, and where they were read."""

    entries: tuple[Prices, ...]
    source: str

    def of(self, month: Month) -> Prices:
        """The entry that counts in this month.

        Raises:
            SettingsError: the table begins later.
        """
        found = [entry for entry in self.entries if entry.since <= month]
        if not found:
            raise SettingsError(
                f"there are no prices for {month}: the table begins with {self.entries[0].since}",
                file=self.source,
                key="from",
                hint="give a table that has them: wfp-ops cost --prices FILE",
            )
        return found[-1]


def read_prices(path: str | os.PathLike[str] | None = None) -> PriceTable:
    """The table in a file; without one, the table that is shipped.

    Raises:
        SettingsError: the file can't be read, or an entry lacks a price, or has one that can't be.
    """
    if path is None:
        text = files("wfp_ops.usage.cost").joinpath("prices.toml").read_text(encoding="utf-8")
        return parse_prices(text, SHIPPED)
    try:
        return parse_prices(Path(path).expanduser().read_text(encoding="utf-8-sig"), os.fspath(path))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingsError(
            f"the price table can't be read: {why}", file=os.fspath(path), hint=_SEE
        ) from None


def parse_prices(text: str, source: str) -> PriceTable:
    """The table in a TOML text.

    Raises:
        SettingsError: as for ``read_prices``.
    """
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the price table is no TOML: {error}", file=source, hint=_SEE) from None
    entries = document.get("prices")
    if not isinstance(entries, list) or not entries:
        raise SettingsError("the price table has no entry [[prices]]", file=source, hint=_SEE)
    found = [_Reader(entry, source, place).entry() for place, entry in enumerate(entries, 1)]
    months = [entry.since for entry in found]
    if len(set(months)) != len(months):
        twice = next(month for month in months if months.count(month) > 1)
        raise SettingsError(
            f"two entries of the price table count from {twice}", file=source, key="from", hint="take one out"
        )
    return PriceTable(tuple(sorted(found, key=lambda entry: entry.since)), source)


@dataclass(frozen=True)
class _Reader:
    """One entry, read value by value, so that what is wrong is named."""

    given: Any
    source: str
    place: int

    def entry(self) -> Prices:
        if not isinstance(self.given, Mapping):
            raise self._wrong("prices", "it is no table")
        self._refuse_others([*_MONEY, *_AMOUNTS, "from"])
        money = {name: self._amount(name) for name in _MONEY}
        amounts = {name: self._amount(name) for name in _AMOUNTS}
        for name, amount in amounts.items():
            if amount != amount.to_integral_value():
                raise self._wrong(name, f"{amount} is no whole number")
        return Prices(since=self._month(), **money, **amounts)

    def _refuse_others(self, known: Sequence[str]) -> None:
        other = [str(name) for name in self.given if name not in known]
        if other:
            raise self._wrong(other[0], f"nothing is called so; known here: {', '.join(known)}")

    def _month(self) -> Month:
        said = self._value("from")
        try:
            return Month.parse(said if isinstance(said, str) else "")
        except SettingsError:
            raise self._wrong("from", f'{said!r} is no month; write it as "2026-10"') from None

    def _amount(self, name: str) -> Decimal:
        said = self._value(name)
        if isinstance(said, bool) or not isinstance(said, str | int | Decimal):
            raise self._wrong(name, f"{said!r} is no number")
        try:
            amount = Decimal(said)
        except InvalidOperation:
            raise self._wrong(name, f"{said!r} is no number") from None
        if not amount.is_finite() or not 0 <= amount <= _MOST:
            raise self._wrong(name, f"{said} can't be: write a number from 0 to {_MOST:,}")
        return amount

    def _value(self, name: str) -> Any:
        if name not in self.given:
            raise self._wrong(name, "it is missing")
        return self.given[name]

    def _wrong(self, key: str, said: str) -> SettingsError:
        return SettingsError(
            f"entry {self.place} of the price table: {key}: {said}", file=self.source, key=key, hint=_SEE
        )
