"""Numbers as charts write them: few digits, SI suffixes, no rounding to what is not so."""

from __future__ import annotations

import math
from dataclasses import dataclass

NARROW = "\u00a0"  # a space where no line breaks
DASH = "\u2013"
_SUFFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SPANS = ((3.6e6 * 24, "days"), (3.6e6, "hours"), (6e4, "minutes"), (1e3, "seconds"))


def short(value: float) -> str:
    """A number in three digits and an SI suffix: ``1,234``, ``12.3 k``, ``4.56 M``."""
    if not math.isfinite(value):
        return "unknown"
    size = abs(value)
    if size < 9_999.5:
        return small(value)
    for divisor, suffix in _SUFFIXES:
        # 999,950 would be written as 1000 k
        if size >= divisor * 0.9995:
            return f"{_digits(value / divisor)}{NARROW}{suffix}"
    return small(value)


def small(value: float) -> str:
    """A number below ten thousand: whole where it is, or where it is large; else with two digits."""
    if abs(value) >= 10 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2g}"


def _digits(value: float) -> str:
    size = abs(value)
    decimals = 2 if size < 9.995 else 1 if size < 99.95 else 0
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def share(part: float, whole: float) -> str:
    """A part of a whole in percent: never ``0 %`` of what is there, never ``100 %`` of less than all."""
    if not whole or not math.isfinite(part) or not math.isfinite(whole):
        return DASH
    percent = 100 * part / whole
    if percent in {0, 100}:
        return f"{percent:.0f}{NARROW}%"
    if 0 < percent < 0.01:
        return f"<0.01{NARROW}%"
    if 99.9 < percent < 100:
        return f">99.9{NARROW}%"
    decimals = 2 if percent < 0.995 else 1 if percent < 9.95 or percent > 99 else 0
    return f"{percent:.{decimals}f}{NARROW}%"


def percent(value: float) -> str:
    """A share between 0 and 1 on an axis."""
    return f"{100 * value:.3g}{NARROW}%"


def money(value: float) -> str:
    """US dollars to the cent: ``$1,234.50``."""
    return f"{'-' if value < 0 else ''}${abs(value):,.2f}"


def dollars(value: float) -> str:
    """US dollars for an axis: no cents where there are none to see."""
    if value == int(value) and abs(value) < 1e5:
        return f"{'-' if value < 0 else ''}${abs(value):,.0f}"
    if abs(value) < 1e5:
        return money(value)
    return f"{'-' if value < 0 else ''}${short(abs(value))}"


def counted(count: int, what: str) -> str:
    """A count with its noun: ``1 customer``, ``2,345 customers``."""
    return f"{count:,}{NARROW}{what}{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class Unit:
    """What an axis counts in: its name, and what values are divided by."""

    name: str
    divisor: float = 1.0

    def write(self, value: float) -> str:
        """A value (not yet divided) in this unit, without its name."""
        return short(value / self.divisor)


def span_unit(milliseconds: float) -> Unit:
    """The unit in which a time like this one is a number of few digits."""
    for divisor, name in _SPANS:
        if milliseconds >= 2 * divisor:
            return Unit(name, divisor)
    return Unit("milliseconds")
