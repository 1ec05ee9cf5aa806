"""A day's file: what is written is read, and nothing that is cut, changed or somebody else's passes."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import date
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.history_rows import DAY, day_of, row
from support.names import ACCOUNT

from wfp_ops.errors import HistoryError
from wfp_ops.usage.history.dayfile import Day, Place, encode, read_day, read_hours
from wfp_ops.usage.history.layout import FOOTER_KEY, SCHEMA, write_footer

SAMPLE = day_of([row(hour, f"customer-{n}", requests=n + 1.0) for hour in range(24) for n in range(5)])
CONTENT = encode(SAMPLE, ACCOUNT)


def place(content, day=DAY):
    """A file of this content."""

    @contextmanager
    def opened():
        yield BytesIO(content)

    return Place(day, "s3://bucket/hours/day=2026-10-01/usage.parquet", opened())


def refused(content, account=ACCOUNT, day=DAY):
    """The error of reading it; the footer alone is refused as well, or all of it is."""
    with pytest.raises(HistoryError) as caught:
        read_day(place(content, day), account)
    return caught.value


def test_what_is_written_is_read():
    """Rows and hours, also of an empty day."""
    for day in (SAMPLE, day_of([], quiet=range(24))):
        read = read_day(place(encode(day, ACCOUNT)), ACCOUNT)
        assert read.table.equals(day.table)
        assert dict(read.hours) == dict(day.hours)
        assert read_hours(place(encode(day, ACCOUNT)), ACCOUNT) == dict(day.hours)


def test_some_columns():
    """Fewer are read where fewer are asked for."""
    assert read_day(place(CONTENT), ACCOUNT, ["worker", "requests"]).table.schema.names == [
        "worker",
        "requests",
    ]


@given(st.integers(0, len(CONTENT) - 1))
def test_a_partial_file(at):
    """Cut anywhere: an error that names the file and says what to do."""
    error = refused(CONTENT[:at])
    assert error.path.endswith("day=2026-10-01/usage.parquet")
    assert "backup" in error.hint
    assert "wfp-ops usage collect" in error.hint


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_a_changed_byte(at, change):
    """A bit that has turned: an error, or every row and hour as it was."""
    changed = bytearray(CONTENT)
    changed[at] ^= change
    with suppress(HistoryError):
        read_hours(place(bytes(changed)), ACCOUNT)
    try:
        read = read_day(place(bytes(changed)), ACCOUNT)
    except HistoryError:
        return
    assert read.table.equals(SAMPLE.table)
    assert read.hours.keys() == SAMPLE.hours.keys()
    assert sum(hour.requests for hour in read.hours.values()) == sum(
        h.requests for h in SAMPLE.hours.values()
    )


def test_another_account_or_day():
    """A file that was put into the wrong folder is not believed."""
    assert "account_id" in refused(CONTENT, account="0" * 32).message
    assert "day" in refused(CONTENT, day=date(2026, 10, 2)).message


def test_files_that_are_not_ours():
    """Another program's, or one that was written anew without its footer."""
    sink = pa.BufferOutputStream()
    pq.write_table(SAMPLE.table, sink)
    assert "did not write it" in refused(sink.getvalue().to_pybytes()).message
    assert refused(b"").message
    assert refused(b"PAR1 no, not really PAR1").message


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (SAMPLE.table.drop_columns("errors"), "columns"),
        (SAMPLE.table.slice(1), "rows"),
        (pa.concat_tables([SAMPLE.table, SAMPLE.table]), "rows"),
        (SAMPLE.table.set_column(4, SCHEMA.field("requests"), pa.array([7.0] * len(SAMPLE.table))), "add up"),
    ],
)
def test_rows_that_do_not_match_the_footer(table, said):
    """Rows taken out, doubled or changed by another program that kept our footer."""
    sink = pa.BufferOutputStream()
    footer = write_footer(ACCOUNT, DAY, SAMPLE.hours)
    pq.write_table(table.replace_schema_metadata({FOOTER_KEY: footer}), sink)
    assert said in refused(sink.getvalue().to_pybytes()).message


@pytest.mark.parametrize("footer", [b"", b"[]", b"{}", b'{"schema":"wfp-ops/history/2"}', b"\xff"])
def test_a_footer_that_is_none(footer):
    """Of a later version, or no JSON."""
    sink = pa.BufferOutputStream()
    pq.write_table(SAMPLE.table.replace_schema_metadata({FOOTER_KEY: footer}), sink)
    assert refused(sink.getvalue().to_pybytes())


def test_hours_of_another_day_in_the_footer():
    """Are not believed, either."""
    other = day_of([row(1, day=date(2026, 10, 2))], day=date(2026, 10, 2))
    assert "other days" in refused(encode(Day(DAY, other.table, other.hours), ACCOUNT)).message
