"""When parts are the total, exactly and where samples differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.usage.wholeness import adds_up, ratio_of, too_few

counts = st.integers(0, 10**12)


@given(total=counts, interval=st.integers(1, 1000))
def test_what_is_the_total_adds_up(total, interval):
    """However it was sampled."""
    assert adds_up(total, total, interval)
    assert not too_few(total, total, interval)


@given(total=st.integers(1, 10**12), lost=st.integers(1, 10**12))
def test_one_lost_request_is_seen_where_all_were_recorded(total, lost):
    """Unsampled numbers are exact."""
    lost = min(lost, total)
    assert too_few(total - lost, total, 1)
    assert not adds_up(total - lost, total, 1)


@given(total=st.integers(3, 10**12), interval=st.integers(1, 1000))
def test_half_is_never_the_whole(total, interval):
    """No sampling explains that much."""
    assert too_few(total // 2, total, interval)
    assert not adds_up(total // 2, total, interval)


@pytest.mark.parametrize(
    ("parts", "total", "interval", "whole"),
    [
        (0, 0, 1, True),
        (1, 0, 1, False),
        (1005, 1000, 1, True),
        (1100, 1000, 1, False),
        (999_000, 1_000_000, 10, True),
        (950_000, 1_000_000, 10, False),
        (2_000_000, 1_000_000, 10, False),
    ],
)
def test_how_much_may_differ(parts, total, interval, whole):
    """Late rows a little, samples as much as chance explains, twice counted never."""
    assert adds_up(parts, total, interval) == whole


def test_ratios():
    """The parts' share; none of nothing; null where nothing was compared."""
    assert ratio_of(1, 2) == 0.5
    assert ratio_of(0, 0) == 1.0
    assert ratio_of(3, 0) is None
    assert ratio_of(3, None) is None
