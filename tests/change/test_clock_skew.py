"""Whether this machine's dates can be trusted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from wfp_ops.change.clock_skew import clock_is_wrong


@pytest.mark.parametrize(
    ("skew", "words"),
    [
        (timedelta(0), None),
        (timedelta(minutes=5), None),
        (timedelta(minutes=-5), None),
        (timedelta(minutes=6), "6 minutes ahead of"),
        (timedelta(minutes=-90), "90 minutes behind"),
        (timedelta(hours=30), "30 hours ahead of"),
        (timedelta(days=-45), "45 days behind"),
    ],
)
def test_words(skew, words):
    """Up to five minutes they can; beyond, how far it is off, and which way."""
    said = clock_is_wrong(skew)
    assert said == (None if words is None else f"this machine's clock is {words} Cloudflare's (set it right)")
