"""What guards are told of the machine's clock: by a real account's answers, not by those of a sandbox."""

from __future__ import annotations

from datetime import timedelta

from support.names import ACCOUNT
from support.stub_server import ok

from wfp_ops.account.known import skew_of


def test_a_sandbox_proves_nothing(stub_server, reads):
    """It has whatever time somebody gave it."""
    there = f"/accounts/{ACCOUNT}/workers/scripts"
    stub_server.on("GET", there, ok([]).with_headers(Date="Sun, 11 Oct 2026 12:00:00 GMT"))
    reads.list_account_workers()
    assert skew_of("https://api.cloudflare.com/client/v4", reads) == timedelta(days=43)
    assert skew_of(stub_server.base_url, reads) == timedelta(0)
