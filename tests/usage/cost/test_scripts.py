"""How many Workers there were in a month, by what was seen."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from wfp_ops.usage.cost.month import Month
from wfp_ops.usage.cost.scripts import Sight, scripts_in

OCTOBER = Month(2026, 10)
LATER = datetime(2026, 11, 23, tzinfo=UTC)


def seen(day, month=10, **counts):
    """A look at the account; ``nobody`` is what is nobody's."""
    index = pd.Index([None if name == "nobody" else name for name in counts], dtype="str")
    return Sight(
        datetime(2026, month, day, tzinfo=UTC), pd.Series(list(counts.values()), index=index, dtype="Float64")
    )


def test_the_average_of_what_was_seen():
    """What was seen holds until the next look; before the first one, what it shows."""
    average, how = scripts_in(OCTOBER, [seen(11, a=10), seen(1, month=9, a=31), seen(21, a=20)], LATER)
    assert average["a"] == pytest.approx((31 * 10 + 10 * 10 + 20 * 11) / 31)
    assert "looked at 2 times" in how
    average, how = scripts_in(OCTOBER, [seen(11, a=10, nobody=3)], LATER)
    assert average["a"] == 10
    assert average[average.index.isna()].tolist() == [3]
    assert how.endswith("2026-10 was looked at once")


def test_a_customer_who_came_in_the_middle():
    """Half a month with two Workers is one on the average."""
    average, _ = scripts_in(OCTOBER, [seen(1, a=5), seen(16, a=5, b=2)], LATER)
    assert average["a"] == pytest.approx(5)
    assert average["b"] == pytest.approx(2 * 16 / 31)


def test_nobody_looked_in_the_month():
    """The look that is nearest to it counts, before or after; the note says so."""
    before, after = (seen(1, month=8, a=1), seen(2, month=9, a=2)), seen(3, month=11, a=3)
    average, how = scripts_in(OCTOBER, [*before, after], LATER)
    assert average.to_dict() == {"a": 3.0}
    assert how == "Workers are those that were there on 2026-11-03 00:00 UTC: no audit of 2026-10 is kept"
    average, how = scripts_in(OCTOBER, [*before, seen(30, month=11, a=3)], LATER)
    assert average.to_dict() == {"a": 2.0}
    assert "2026-09-02" in how
    average, how = scripts_in(OCTOBER, [seen(3, month=11, a=3), seen(9, month=11, a=4)], LATER)
    assert average.to_dict() == {"a": 3.0}
    assert scripts_in(OCTOBER, [], LATER)[0].empty


def test_a_month_that_is_not_over():
    """The average is up to now."""
    now = datetime(2026, 10, 11, tzinfo=UTC)
    average, _ = scripts_in(OCTOBER, [seen(1, a=0), seen(6, a=10)], now)
    assert average["a"] == pytest.approx(5)
    assert scripts_in(OCTOBER, [Sight(OCTOBER.start, seen(1, a=7).scripts)], OCTOBER.start)[0]["a"] == 7
