"""A clock that is wrong by days would end everybody's grace at once, or date a first sighting too early."""

from __future__ import annotations

from datetime import timedelta

from wfp_ops.clock import length_in_words

LEAST = timedelta(minutes=5)
"""A clock that is off by no more tells days well enough."""


def clock_is_wrong(skew: timedelta) -> str | None:
    """Why this machine's dates can't be trusted; None where they can.

    Args:
        skew: how far its clock is ahead of Cloudflare's (behind: below zero).
    """
    if abs(skew) <= LEAST:
        return None
    way = "ahead of" if skew > timedelta(0) else "behind"
    return f"this machine's clock is {length_in_words(abs(skew))} {way} Cloudflare's (set it right)"
