"""The table's Python side: what may be chosen, and what a browser's message may do."""

from __future__ import annotations

import json
import threading

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.errors import FrameError
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.rows import Filter
from wfp_ops.widgets.table import Table


def frame_of(*ids, state="orphaned"):
    """A row for each id."""
    return pd.DataFrame({"id": list(ids), "name": [f"customer-{each}" for each in ids], "state": state})


def shown_table(*ids, **options):
    """A table of these rows."""
    table = Table("Candidates", [Column("name", kind="name"), Column("state", kind="state", facet=True)])
    table.show(frame_of(*ids), ids="id", **options)
    return table


def click(table, ids, *, version=None):
    """What a browser sends when a person chooses."""
    table.set_state({"_picked": {"of": table._version if version is None else version, "ids": list(ids)}})


def told(table):
    """What the browser holds as chosen."""
    return tuple(table._picked["ids"])


def test_a_click_chooses_by_id():
    """In the rows' order, whatever order the clicks came in."""
    table = shown_table("a", "b", "c")
    heard = []
    table.observe(lambda change: heard.append(change["new"]), "chosen")
    click(table, ["c", "a"])
    assert table.chosen == ("a", "c")
    assert heard == [("a", "c")]


def test_what_may_not_be_chosen_is_dropped_and_the_browser_corrected():
    """A browser is no authority: neither on what is blocked, nor on what is there."""
    table = shown_table("a", "b", blocked={"b": "a Worker binds it"})
    click(table, ["b", "a", "gone", 7, None])
    assert table.chosen == ("a",)
    assert told(table) == ("a",)


def test_a_click_made_on_older_rows_counts_for_nothing():
    """The same ids may mean another state by now; the person has not seen it."""
    table = shown_table("a", "b")
    seen = table._version
    table.show(frame_of("a", "b", state="matched"), ids="id")
    click(table, ["a"], version=seen)
    assert table.chosen == ()
    assert told(table) == ()


def test_a_click_that_is_on_its_way_counts_where_the_choice_is_kept():
    """Where more became known of the same rows: the cursor stays, too."""
    table = shown_table("a", "b")
    seen = table._version
    table.set_state({"_cursor": {"of": seen, "id": "b"}})
    table.show(frame_of("a", "b", state="churned"), ids="id", keep=True)
    click(table, ["a"], version=seen)
    assert table.chosen == ("a",) == told(table)
    assert table.active == "b"
    table.show(frame_of("a", "b", "c"), ids="id", keep=True)
    click(table, ["b"], version=seen)
    assert table.chosen == ("a",)
    assert table.active == ""


@pytest.mark.parametrize(
    "message", [{}, {"of": None}, {"of": 1, "ids": "a"}, {"of": 1, "ids": {"a": 1}}, {"ids": ["a"]}]
)
def test_a_message_that_is_none_changes_nothing(message):
    """Whatever a page sends."""
    table = shown_table("a")
    table.choose(["a"])
    table.set_state({"_picked": message})
    assert table.chosen == ("a",)
    assert table._picked == {"of": 1, "ids": ["a"]}


def test_new_rows_begin_without_a_choice_unless_it_is_kept():
    """Kept is only what is still there and still free."""
    table = shown_table("a", "b", "c")
    table.choose(["a", "b", "c"])
    table.show(frame_of("c", "b", "d"), ids="id", blocked={"b": "it moved"}, keep=True)
    assert table.chosen == ("c",) == told(table)
    table.show(frame_of("c"), ids="id")
    assert table.chosen == () == told(table)


def test_choosing_in_python_says_why_not():
    """As a person is told by the row."""
    table = shown_table("a", "b", blocked={"b": "a Worker binds it"})
    with pytest.raises(FrameError, match="'b' can't be chosen: a Worker binds it"):
        table.choose(["a", "b"])
    with pytest.raises(FrameError, match="no row 'x'"):
        table.choose(["x"])
    assert table.chosen == ()
    table.choose(["a"])
    table.clear()
    assert table.chosen == ()


def test_a_table_to_look_at_lets_nothing_be_chosen():
    """And needs no ids."""
    table = Table("Findings", [Column("name")], selectable=False)
    table.show(frame_of("a", "b"))
    click(table, ["0"])
    assert table.chosen == ()
    assert table.shown == ("0", "1")


def test_rows_to_choose_from_need_ids():
    """A position is none."""
    table = Table("Candidates", [Column("name")])
    with pytest.raises(FrameError, match="ids of their own"):
        table.show(frame_of("a"))


def test_the_cursor_names_a_row_that_is_there():
    """A table is a picker, too."""
    table = shown_table("a", "b")
    table.set_state({"_cursor": {"of": 1, "id": "b"}})
    assert table.active == "b"
    for wrong in ({"of": 1, "id": "gone"}, {"of": 0, "id": "a"}, {}, {"of": 1, "id": ["a"]}):
        table.set_state({"_cursor": wrong})
        assert table.active == "b"
    table.show(frame_of("a", "b"), ids="id")
    assert table.active == ""


def test_a_filter_stays_for_new_rows_less_what_they_lack():
    """A person who looks at orphans looks at them after a second reading; where there are none, at all."""
    table = shown_table("a", "b")
    table.narrow("customer", state="orphaned")
    assert table.filter == Filter("customer", {"state": "orphaned"})
    table.show(frame_of("a", state="matched"), ids="id")
    assert table.filter == Filter("customer")
    assert table.shown == ("a",)


@pytest.mark.parametrize("state", [{}, {"text": 3, "facets": None, "only": []}, {"facets": {"state": 5}}])
def test_a_filter_that_is_none_is_read_as_one(state):
    """Whatever a page sends."""
    table = shown_table("a")
    table._filter = state
    assert isinstance(table.filter.text, str)
    table.shown  # noqa: B018 (it must not raise)


def test_the_summary_says_what_is_hidden():
    """As on the page."""
    table = shown_table("a", "b")
    table.choose(["a", "b"])
    table.narrow("customer-a")
    assert table.summary == "2 chosen, 1 of them hidden by the filter"


def test_the_page_gets_rows_and_choice_of_one_version():
    """Rows, choice and cursor name the same version."""
    table = shown_table("a")
    table.show(frame_of("b"), ids="id")
    assert json.loads(table._data)["version"] == table._picked["of"] == table._cursor["of"] == 2


def test_rows_of_a_job_and_clicks_of_a_person_do_not_mix():
    """A job's thread shows rows while clicks come in: what is chosen is always among the rows that are there."""
    table = shown_table("a", "b")
    sets = [("a", "b"), ("c", "d")]
    odd = []

    def show():
        for turn in range(60):
            table.show(frame_of(*sets[turn % 2]), ids="id")

    thread = threading.Thread(target=show)
    thread.start()
    while thread.is_alive():
        click(table, ["a", "c"])
        with table._lock:
            odd += [each for each in table.chosen if each not in table.rows.ids]
    thread.join()
    assert odd == []


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("click"), st.lists(st.sampled_from("abcdef"), max_size=4), st.integers(0, 2)),
        st.tuples(
            st.just("show"), st.lists(st.sampled_from("abcdef"), max_size=6, unique=True), st.booleans()
        ),
        st.tuples(st.just("narrow"), st.sampled_from(["", "a", "customer", "x"]), st.just(None)),
    ),
    max_size=12,
)


@given(OPERATIONS)
def test_the_choice_is_always_what_a_person_saw_and_may_choose(operations):
    """Filters, new rows and late clicks at random: a model in a few lines says the same."""
    table = shown_table(*"abc", blocked={"b": "no"})
    ids, expected = list("abc"), set()
    for kind, what, how in operations:
        if kind == "click":
            click(table, what, version=table._version - how)
            expected = {each for each in what if each in ids and each != "b"} if how == 0 else expected
        elif kind == "show":
            table.show(frame_of(*what), ids="id", blocked={"b": "no"}, keep=how)
            ids, expected = what, {each for each in expected if how and each in what}
        else:
            table.narrow(what)
        assert table.chosen == tuple(each for each in ids if each in expected) == told(table)
