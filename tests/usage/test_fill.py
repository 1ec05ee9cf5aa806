"""Zeros only where it is proven that there was nothing."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_analytics import FakeAnalytics, request
from support.fake_clock import START

import wfp_ops
from wfp_ops.clock import iso
from wfp_ops.errors import FrameError
from wfp_ops.frames.usage import USAGE
from wfp_ops.usage.fill import with_zeros
from wfp_ops.usage.record import usage_record

TIME = {"start": "2026-11-20", "end": "2026-11-22"}


def day(number, namespace="customer-1", **values):
    return request(f"2026-11-{number}T10:20:00Z", namespace, **values)


def test_quiet_days_are_zero(world):
    """Each thing has a row for each day; measures are 0, what nobody measured is null."""
    frame = with_zeros(
        world.frame(FakeAnalytics([day(20), day(21, "customer-2", requests=3)]), every="1d", **TIME)
    )
    USAGE.check(frame)
    assert list(zip(frame["time"].dt.day, frame["namespace"], frame["requests"], strict=True)) == [
        (20, "customer-1", 1),
        (20, "customer-2", 0),
        (21, "customer-1", 0),
        (21, "customer-2", 3),
    ]
    zero = frame.iloc[1]
    assert (zero.customer_id, zero.worker, zero.errors, zero.complete) == ("2", "web", 0, True)
    assert pd.isna(zero.cpu_ms_p50)
    assert pd.isna(zero.sample_interval)
    assert wfp_ops.completeness(frame).proven


def test_what_never_had_a_request(world):
    """Can be named: a namespace, or a customer where the frame is by customer."""
    fake = FakeAnalytics([day(20)])
    frame = with_zeros(
        world.frame(fake, every="1d", by=("namespace",), **TIME), also=["customer-1", "customer-9"]
    )
    assert list(frame["namespace"]) == ["customer-1", "customer-9"] * 2
    assert list(frame["requests"]) == [1, 0, 0, 0]
    frame = with_zeros(world.frame(fake, every=None, by=("customer",), **TIME), also=["9"])
    assert list(zip(frame["customer_id"], frame["requests"], strict=True)) == [("1", 1), ("9", 0)]


def test_not_where_rows_are_missing(world):
    """A window whose rows do not add up proves nothing about what is not in it."""
    fake = FakeAnalytics([*(day(20, f"customer-{number}") for number in (1, 2, 3)), day(21)])
    fake.limits["maxDuration"] = 86400
    fake.lost = 2
    frame = with_zeros(world.frame(fake, every="1d", by=("namespace",), **TIME), also=["customer-9"])
    assert list(zip(frame["time"].dt.day, frame["namespace"], frame["requests"], strict=True)) == [
        (20, "customer-1", 1),
        (20, "customer-3", 1),
        (21, "customer-1", 1),
        (21, "customer-3", 0),
        (21, "customer-9", 0),
    ]


def test_not_in_the_newest_minutes(world):
    """Nobody knows yet what will turn up there."""
    frame = with_zeros(world.frame(FakeAnalytics([]), "30m", "5m", by=("namespace",)), also=["customer-1"])
    assert [iso(time) for time in frame["time"]] == [
        f"2026-11-23T11:{minute}:00Z" for minute in (30, 35, 40, 45)
    ]


def test_one_bucket_that_is_not_settled(world):
    """Stays without a zero."""
    frame = world.frame(FakeAnalytics([]), "7d", None, by=("namespace",))
    assert with_zeros(frame, also=["customer-1"]).empty
    frame = world.frame(FakeAnalytics([]), every=None, by=("namespace",), **TIME)
    assert len(with_zeros(frame, also=["customer-1"])) == 1


@given(hours=st.sets(st.tuples(st.integers(0, 47), st.sampled_from(["a", "b", "c"]))))
def test_filled_once_and_for_all(world, hours):
    """Every proven bucket of everything is there once, sums stay, and filling again changes nothing."""
    fake = FakeAnalytics([request(iso(START - pd.Timedelta(hours=48 - hour)), name) for hour, name in hours])
    frame = world.frame(fake, "48h", "1h")
    filled = with_zeros(frame)
    assert len(filled) == 48 * len({name for _, name in hours}) - len({name for _, name in hours}) + sum(
        hour == 47 for hour, _ in hours
    )
    assert not filled.duplicated(["namespace", "worker", "time"]).any()
    assert filled["requests"].sum() == frame["requests"].sum()
    pd.testing.assert_frame_equal(with_zeros(filled), filled)


def test_fill_before_you_filter(world):
    """Of a frame that lost rows nobody knows what is missing; another frame says nothing of its time."""
    frame = world.frame(FakeAnalytics([day(20), day(21)]), every="1d", **TIME)
    with pytest.raises(FrameError, match="fill first"):
        with_zeros(frame[frame["requests"] > 7])
    with pytest.raises(FrameError, match="no frame of"):
        with_zeros(USAGE.empty())
    assert usage_record(with_zeros(frame))["filled"]
