"""The usage frame with the bounds of its estimates, for who asks for them."""

from __future__ import annotations

from wfp_ops.frames.columns import AMOUNT, Column, FrameSpec
from wfp_ops.frames.usage import USAGE

USAGE_BOUNDS = FrameSpec(
    "usage with bounds",
    USAGE.row,
    (
        *USAGE.columns,
        Column("requests_low", AMOUNT, "95 of 100 times there were no fewer requests; null where unknown"),
        Column("requests_high", AMOUNT, "95 of 100 times there were no more requests; null where unknown"),
    ),
)
