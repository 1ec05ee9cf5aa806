"""Decoders for declared shapes, made one at a time.

What msgspec knows of a struct is kept at the struct, and is there for every thread from the moment on which
it begins to find it out: a thread that decodes with what another is still finding out crashes the process.
Once a decoder is made, all of its shape is known, also of what stands inside; decoding asks for no more.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import msgspec

P = ParamSpec("P")
T = TypeVar("T")

# One for all of them: shapes share the structs inside them. Whoever makes one may need another for it
_ONE_AT_A_TIME = threading.RLock()


def made_once(make: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function makes by its arguments, and let only one thread make anything of that kind."""
    kept = functools.lru_cache(maxsize=64)(make)

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        with _ONE_AT_A_TIME:
            return kept(*args, **kwargs)  # type: ignore[arg-type]  # whoever can't be hashed is no key, and fails

    return made


@made_once
def decoder_of(shape: Any) -> msgspec.json.Decoder[Any]:
    """The decoder for a shape, which any thread may use."""
    return msgspec.json.Decoder(shape)
