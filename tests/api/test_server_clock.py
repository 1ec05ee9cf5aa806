"""How far the clock is off, by the dates of answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.fake_clock import START, FakeClock
from support.names import ACCOUNT
from support.stub_server import refused

from wfp_ops.api.reads import Reads
from wfp_ops.api.server_clock import ServerClock
from wfp_ops.clock import SystemClock
from wfp_ops.errors import PermissionDeniedError

SCRIPTS = f"/accounts/{ACCOUNT}/workers/scripts"


@pytest.mark.parametrize(
    ("dates", "ahead"),
    [
        ([], 0),
        (["Mon, 23 Nov 2026 11:00:00 GMT"], 3600),
        (["Mon, 23 Nov 2026 14:00:00 GMT"], -7200),
        (["Mon, 23 Nov 2026 11:59:30 GMT"], 0),
        (["Mon, 23 Nov 2026 11:00:00 GMT", "Mon, 23 Nov 2026 11:59:59 GMT"], 0),  # the first was slow
        (["yesterday", ""], 0),
    ],
)
def test_skew(dates, ahead):
    """The least difference of all answers; what is no date tells nothing."""
    clock = ServerClock(FakeClock(START))
    clock.see({})
    for date in dates:
        clock.see({"date": date})
    assert clock.skew == timedelta(seconds=ahead)


def test_a_clock_that_was_set_on_purpose():
    """It is not the machine's time that it tells, so there is nothing to compare."""
    clock = ServerClock(SystemClock(start=START - timedelta(days=45)))
    clock.see({"date": "Mon, 23 Nov 2026 12:00:00 GMT"})
    assert clock.skew == timedelta(0)


def test_every_answer_counts(stub_server, reads):
    """Also a refusal, and by whichever copy of the connection."""
    stub_server.on("GET", SCRIPTS, refused(403, "no").with_headers(Date="Sun, 11 Oct 2026 12:00:00 GMT"))
    other = Reads(reads.transport.with_deadline(5), reads.account_id)
    with pytest.raises(PermissionDeniedError):
        other.list_account_workers()
    assert reads.transport.skew == timedelta(days=43)
