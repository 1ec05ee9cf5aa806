"""How old a customer list is: by the date of its file, else by the moment at which it was read."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from wfp_ops.clock import Clock, SystemClock, parse_time
from wfp_ops.customers.set_aside import record_of

_SKEW = timedelta(minutes=5)


def age_of(customers: pd.DataFrame, clock: Clock) -> timedelta | None:
    """How old the list of this frame is; None where it has no date, or one in the future.

    A file is dated by the machine's clock, and so it is by that one that its age is told; where the
    account's own clock was set to another time (which only a server on this machine allows), that one
    tells the age of a file whose date the machine's clock has not reached yet.
    """
    record = record_of(customers)
    if record is None or not record.get("as_of"):
        return None
    return age(parse_time(str(record["as_of"])), machine_now=SystemClock().now(), now=clock.now())


def age(as_of: datetime, *, machine_now: datetime, now: datetime) -> timedelta | None:
    """The span since ``as_of`` by the machine's clock, or by the account's where that one is ahead."""
    for moment in (machine_now, now):
        if as_of <= moment:
            return moment - as_of
        if as_of <= moment + _SKEW:
            return timedelta(0)
    return None
