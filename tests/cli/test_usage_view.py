"""The table of ``wfp-ops usage``: marks, names, and what a narrow terminal leaves out."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from support import charted

from wfp_ops.cli.usage_view import usage_table
from wfp_ops.usage.overview import overview_of

NOTE = "* some of it lies in time that is not complete yet, or not proven whole"


def drawn(frame, *, limit=20, width=100, customers=None, by=("namespace",), dispatchers=False):
    """The table's lines as a terminal of this width shows them."""
    frame.attrs["wfp_ops"] = {"kind": "usage", "by": list(by), "dispatchers": dispatchers}
    out = io.StringIO()
    table = usage_table(frame, overview_of(frame, limit=limit, customers=customers), width)
    Console(file=out, width=width, highlight=False).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


def test_every_line_with_incomplete_numbers_is_marked_and_the_mark_explained():
    """Also the others and the total; digits stand below digits."""
    late = {"id": "3", "hour": 1, "requests": 1, "complete": False}
    lines = drawn(charted.rows(("1", 0, 3000), ("2", 0, 20), ("3", 0, 1), late), limit=2)
    _, _, first, second, others, total, note = lines
    assert note == NOTE
    assert ["*" in line for line in (first, second, others, total)] == [False, False, True, True]
    said = zip((first, second, others, total), ("3,000", "20", "2*", "3,022*"), strict=True)
    assert len({line.index(f" {number}") + len(number.rstrip("*")) for line, number in said}) == 1
    top = drawn(charted.rows(("1", 0, 3000), late), limit=2)
    assert ["*" in line for line in top[2:]] == [False, True, True, True]


def test_others_are_not_marked_for_what_stands_by_itself():
    """The incomplete one is among the first: the others are whole, the total is not."""
    first = {"id": "1", "hour": 0, "requests": 99, "complete": False}
    lines = drawn(charted.rows(first, ("2", 0, 20), ("3", 0, 1)), limit=1)
    assert ["*" in line for line in lines[2:-1]] == [True, False, True]


def test_nothing_is_explained_where_all_is_complete():
    """No mark, no note."""
    assert not any("*" in line for line in drawn(charted.usage(5)))
    assert any("*" in line for line in drawn(charted.usage(5, incomplete=1)))


def test_what_is_no_customers_is_called_as_in_the_cost_table():
    """By customer and by namespace; a dispatcher's own rows are not called so."""
    frame = charted.usage(3)
    for by in (("customer",), ("namespace",)):
        assert sum("unallocated" in line for line in drawn(frame, by=by)) == 1
    own = drawn(frame, by=("namespace", "customer"), dispatchers=True)
    assert not any("unallocated" in line for line in own)


@pytest.mark.parametrize("width", [60, 70, 80, 90, 100, 120, 140, 200])
def test_no_name_is_broken_while_there_is_something_to_leave_out(width):
    """Each thing has one line; fewer columns where the line is short, the first ones always."""
    frame = charted.usage(12)
    frame["worker"] = "a-worker-of-it"
    people = charted.customers([str(number) for number in range(1, 13)])
    lines = drawn(frame, width=width, customers=people, by=("namespace", "worker"))
    assert len(lines) == 2 + 13 + 1
    assert max(map(len, lines)) <= width
    assert lines[0].split()[:4] == ["namespace", "Worker", "customer", "requests" if width < 110 else "name"]
    assert ("CPU (ms) each" in lines[0]) is (width == 200)
