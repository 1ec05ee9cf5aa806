"""How much a Worker is asked, as inventories say it; what they leave out is made up from ids and the seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from wfp_ops.sandbox.clock import parse_time
from wfp_ops.sandbox.control_input import InputError


@dataclass(frozen=True)
class Traffic:
    """The traffic of each Worker of a namespace, or of one Worker.

    ``hourly``: requests in a usual hour; 0 means never any, None a size that the ids decide.
    ``steady``: exactly so many in each hour: no rhythm, no noise, no incidents, and no errors but
    ``error_share``.
    ``ends_on`` (ISO time): from then on the share ``left_over`` of it, 0 unless said; ``fades_days``: over so
    many days before that it dwindles.
    ``error_share``: the usual share of requests that end in an error. ``failing_share`` of them do between
    ``failing_from`` and ``failing_until`` (ISO times; None: until ever).
    ``cpu_ms``: the mean CPU time of a request.
    """

    hourly: float | None = None
    steady: bool = False
    ends_on: str | None = None
    left_over: float = 0.0
    fades_days: float = 0.0
    error_share: float | None = None
    failing_from: str | None = None
    failing_until: str | None = None
    failing_share: float = 0.0
    cpu_ms: float | None = None

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults, as :func:`read_traffic` takes it."""
        values = asdict(self)
        return {
            field.name: values[field.name] for field in fields(self) if values[field.name] != field.default
        }


def read_traffic(document: object, place: str) -> Traffic | None:
    """Traffic out of JSON; None where nothing is said.

    Raises:
        InputError: with the place in the document and what is wrong there.
    """
    if document is None:
        return None
    if not isinstance(document, Mapping):
        raise InputError(f'{place}.traffic: expected an object such as {{"hourly": 100}}')
    for name, value in document.items():
        if name not in _RULES:
            raise InputError(f"{place}.traffic: no field {name!r}, there are {', '.join(_RULES)}")
        holds, words = _RULES[name]
        if not holds(value):
            raise InputError(f"{place}.traffic.{name}: {words}, not {value!r}")
    return Traffic(**document)


def seconds(text: str | None) -> float | None:
    """An ISO time as seconds since 1970, None for None."""
    return None if text is None else parse_time(text).timestamp()


def iso(moment: datetime | None) -> str | None:
    """A moment as the text that :class:`Traffic` holds, None for None."""
    return None if moment is None else moment.isoformat()


def _number(value: object, highest: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= highest


def _time(value: object) -> bool:
    if not isinstance(value, str):
        return value is None
    try:
        parse_time(value)
    except ValueError:
        return False
    return True


_TIME = (_time, "an ISO 8601 time")
_SHARE = (lambda v: _number(v, 1), "a number from 0 to 1")
_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "hourly": (lambda v: v is None or _number(v, 1e9), "a number from 0 to 1e9"),
    "steady": (lambda v: isinstance(v, bool), "true or false"),
    "ends_on": _TIME,
    "left_over": _SHARE,
    "fades_days": (lambda v: _number(v, 10_000), "a number of days"),
    "error_share": (lambda v: v is None or _number(v, 1), "a number from 0 to 1"),
    "failing_from": _TIME,
    "failing_until": _TIME,
    "failing_share": _SHARE,
    "cpu_ms": (lambda v: v is None or _number(v, 30_000), "a number of milliseconds"),
}
