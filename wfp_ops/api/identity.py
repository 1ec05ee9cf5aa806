"""Whether the thing that came back is the thing that was asked for."""

from __future__ import annotations

from typing import TypeVar

from wfp_ops.api.envelope import Answer, wrong_shape
from wfp_ops.api.models import WireStruct, keep_unknown

W = TypeVar("W", bound=WireStruct)


def named(answer: Answer[W], found: str, asked: str, field: str) -> W:
    """The result with its unknown keys kept, once its name is the one that was asked for.

    Raises:
        APIResponseValidationError: the answer speaks of something else.
    """
    if found != asked:
        said = f"asked for {asked[:80]!r}, but the answer is about {found[:80]!r}"
        raise wrong_shape(answer.reply, said, field)
    return keep_unknown(answer.result, answer.raw_result())
