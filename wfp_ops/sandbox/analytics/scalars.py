"""Cloudflare's scalars: lower-case names, times as RFC 3339 in UTC, days as YYYY-MM-DD.

Read, times and days are seconds since 1970 (with fractions), so that filters compare numbers.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from graphql import GraphQLError, GraphQLSchema

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def read_time(value: object) -> Fraction:
    """An RFC 3339 time as seconds since 1970.

    Raises:
        GraphQLError: it is none.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise GraphQLError(f"cannot parse {value!r} as Time, such as 2026-11-23T12:00:00Z")
    day, clock, fraction, zone = match.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}")
    except ValueError as error:
        raise GraphQLError(f"cannot parse {value!r} as Time: {error}") from None
    return Fraction(int(whole.timestamp())) + Fraction(fraction or 0)


def read_day(value: object) -> Fraction:
    """A day as the seconds from 1970 to its beginning.

    Raises:
        GraphQLError: it is none.
    """
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        with contextlib.suppress(ValueError):
            return Fraction(int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()))
    raise GraphQLError(f"cannot parse {value!r} as Date, such as 2026-11-23")


def _whole(lowest: int, highest: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise GraphQLError(f"cannot parse {value!r} as a whole number from {lowest} to {highest}")
        return value

    return read


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GraphQLError(f"cannot parse {value!r} as a number")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"cannot parse {value!r} as string")
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise GraphQLError(f"cannot parse {value!r} as bool")
    return value


def _bytes(value: object) -> bytes:
    """JSON has no bytes: they come as base64, as Go writes them."""
    try:
        return base64.b64decode(_text(value), validate=True)
    except binascii.Error as error:
        raise GraphQLError(f"cannot parse {value!r} as bytes: {error}") from None


_READERS: Mapping[str, Callable[[object], Any]] = {
    "Time": read_time,
    "Date": read_day,
    "bool": _truth,
    "bytes": _bytes,
    "float32": _number,
    "float64": _number,
    "int64": _whole(-(2**63), 2**63 - 1),
    "string": _text,
    "uint64": _whole(0, 2**64 - 1),
    "uint8": _whole(0, 255),
}


def teach_scalars(schema: GraphQLSchema) -> None:
    """Give the schema's scalars their reading; what is answered has its JSON form already."""
    for name, read in _READERS.items():
        # graphql-core 3.2 reads by the first, 3.3 by the second
        for attribute in ("parse_value", "coerce_input_value"):
            setattr(schema.type_map[name], attribute, read)
