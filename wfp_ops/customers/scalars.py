"""Every single value within a value, however deep it lies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from wfp_ops.customers.text import is_nothing

_UUID_BYTES = 16


def scalars(value: Any) -> Iterator[Any]:
    """The plain values in a list, object, array or set, keys included, in their order.

    Bytes come as text: decoded, and in hexadecimal and as a UUID where they may be one.
    """
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            waiting += [part for pair in reversed(list(found.items())) for part in reversed(pair)]
        elif isinstance(found, np.ndarray):
            waiting += reversed(found.ravel().tolist())
        elif isinstance(found, list | tuple | set | frozenset):
            waiting += reversed(list(found))
        elif isinstance(found, bytes | bytearray | memoryview):
            yield from _texts_of(bytes(found))
        elif not is_nothing(found):
            yield found


def _texts_of(data: bytes) -> Iterator[str]:
    try:
        yield data.decode("utf-8")
    except UnicodeDecodeError:
        yield data.decode("latin-1")
        yield data.hex()
    if len(data) == _UUID_BYTES:
        yield data.hex()
        yield str(uuid.UUID(bytes=data))
