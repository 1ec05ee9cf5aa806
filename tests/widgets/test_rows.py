"""Rows of a table: ids, filter, who may be chosen; and that the browser says the same."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.rows_process import rows_process

from wfp_ops.errors import FrameError
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.rows import Filter, Rows, rows_of

COLUMNS = (
    Column("name", kind="name"),
    Column("state", kind="state", facet=True),
    Column("workers", kind="number"),
    Column("severity", kind="severity"),
)


def three():
    """Three rows, of which the second can't be chosen."""
    frame = pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "name": ["customer-9", "customer-10", "Other"],
            "state": ["orphaned", "churned", "orphaned"],
            "workers": [3, 20, 1],
            "severity": ["info", "critical", "warning"],
        }
    )
    return rows_of(frame, COLUMNS, "id", {"b": "a Worker binds it"})


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Filter(), ("a", "b", "c")),
        (Filter("CUSTOMER"), ("a", "b")),
        (Filter("customer 20"), ("b",)),
        (Filter("binds"), ("b",)),
        (Filter("", {"state": "orphaned"}), ("a", "c")),
        (Filter("other", {"state": "churned"}), ()),
        (Filter(only="chosen"), ("c",)),
        (Filter("", {"gone": "x"}), ("a", "b", "c")),
    ],
)
def test_a_filter_shows_rows_with_all_its_words_and_values(wanted, ids):
    """Whatever column a word stands in, the reason against choosing included."""
    assert three().shown(wanted, ["c"]) == ids


def test_only_what_is_there_and_free_is_chosen():
    """In the rows' order, each once."""
    assert three().settled(["c", "b", "a", "c", "gone"]) == ("a", "c")


def test_the_summary_counts_what_the_filter_hides():
    """Also where only the chosen are shown: that hides none of them."""
    rows = three()
    assert rows.summary(Filter(), ["a", "c"]) == "2 chosen"
    assert rows.summary(Filter("other"), ["a", "c"]) == "2 chosen, 1 of them hidden by the filter"
    assert rows.summary(Filter(only="chosen"), ["a"]) == "1 chosen"


@pytest.mark.parametrize(
    "ids", [["a", "a", "b"], ["a", None, "b"], ["a", float("nan"), "b"], ["a", "b"], "twice"]
)
def test_ids_that_tell_nothing_apart_are_refused(ids):
    """A choice must mean one row."""
    frame = pd.DataFrame({"name": ["x", "y", "z"], "twice": ["1", "1", "2"]})
    with pytest.raises(FrameError, match="id"):
        rows_of(frame, [Column("name")], ids)


def test_a_missing_column_is_named():
    """Before anything is shown."""
    with pytest.raises(FrameError, match="lacks the column 'state'"):
        rows_of(pd.DataFrame({"name": ["x"]}), COLUMNS)


def test_what_is_sent_is_plain_ascii_json():
    """No text can break out of it, whatever stands in a name."""
    frame = pd.DataFrame({"name": ["</script>\u2028", "\U0001f600"]})
    sent = rows_of(frame, [Column("name")], ["\u05d0", "2"]).packed(7)
    document = json.loads(sent.decode("ascii"))
    assert document["version"] == 7
    assert document["ids"] == ["\u05d0", "2"]
    assert document["blocked"] == [-1, -1]


# Letters whose case is folded alike everywhere, blanks that JavaScript and Python see differently, digits
TEXT = st.text(st.sampled_from(list("abAB019 -_.\u00e4\u00c4\u05d0\u00a0\u2003\u001f\t,")), max_size=6)
STATES = st.sampled_from(["orphaned", "churned", "", "__proto__", "constructor"])


@st.composite
def tables(draw):
    """A table of a few rows, with reasons against some."""
    size = draw(st.integers(0, 12))
    cells = (
        draw(st.lists(TEXT, min_size=size, max_size=size)),
        draw(st.lists(STATES, min_size=size, max_size=size)),
        draw(
            st.lists(st.sampled_from(["", "1", "20", "3", "1,000", "unknown"]), min_size=size, max_size=size)
        ),
        draw(st.lists(st.sampled_from(["critical", "warning", "info", "odd"]), min_size=size, max_size=size)),
    )
    pool = [*"abcdefghijk", "__proto__", "constructor", "0", "1"]
    ids = tuple(draw(st.permutations(pool))[:size])
    reasons = st.sampled_from(["because", "a Worker binds it"])
    blocked = draw(st.dictionaries(st.sampled_from(pool), reasons, max_size=4))
    return Rows(COLUMNS, ids, cells, {each: why for each, why in blocked.items() if each in ids})


FILTERS = st.builds(
    Filter,
    st.one_of(TEXT, st.sampled_from(["because", "a b", "1,000"])),
    st.dictionaries(st.just("state"), STATES, max_size=1),
    st.sampled_from(["", "chosen"]),
)
SORTS = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {"column": st.sampled_from([each.name for each in COLUMNS]), "down": st.booleans()}
    ),
)


@pytest.fixture(scope="module")
def browser_rows():
    """The browser's side."""
    with rows_process() as process:
        yield process


@given(rows=tables(), steps=st.lists(st.tuples(FILTERS, SORTS, st.randoms()), min_size=1, max_size=5))
def test_the_browser_shows_and_lets_choose_what_python_says(browser_rows, rows, steps):
    """Filter, sort, choose at random: both languages agree, and a choice means the same rows throughout."""
    data = json.loads(rows.packed(1))
    chosen: tuple[str, ...] = ()
    for wanted, sort, random in steps:
        answer = browser_rows.ask(data=data, filter=wanted.told(), sort=sort, chosen=chosen)
        shown = rows.shown(wanted, chosen)
        assert sorted(answer["shown"]) == sorted(shown)
        if sort is None:
            assert tuple(answer["shown"]) == shown
        assert answer["free"] == [each for each in answer["shown"] if each not in rows.blocked]
        assert tuple(answer["settled"]) == rows.settled(chosen) == chosen
        assert answer["summary"] == rows.summary(wanted, chosen)
        # what a person does next: choose some of what is shown, let go of some that were chosen
        taken = {each for each in answer["free"] if random.random() < 0.6}
        kept = {each for each in chosen if random.random() < 0.8}
        chosen = rows.settled(taken | kept)
        assert set(chosen) == taken | kept


@given(rows=tables(), column=st.sampled_from(COLUMNS))
def test_sorting_goes_by_value_with_nothing_last(browser_rows, rows, column):
    """Numbers by size, severities by how bad, names by the numbers in them; the other way round but for nothing."""
    data = json.loads(rows.packed(1))
    texts = dict(zip(rows.ids, rows.cells[COLUMNS.index(column)], strict=True))
    keys = {each: _key(column, text) for each, text in texts.items()}
    up, down = (
        browser_rows.ask(
            data=data, filter=Filter().told(), sort={"column": column.name, "down": way}, chosen=[]
        )
        for way in (False, True)
    )
    filled = [keys[each] for each in up["shown"] if keys[each] is not None]
    assert filled == sorted(filled)
    assert [keys[each] for each in up["shown"]][len(filled) :] == [None] * (len(rows.ids) - len(filled))
    assert down["shown"] == [*up["shown"][: len(filled)][::-1], *up["shown"][len(filled) :]]


def _key(column, text):
    if column.kind == "number":
        return None if text in ("", "unknown") else float(text.replace(",", ""))
    if column.kind == "severity":
        return {"critical": 0, "warning": 1, "info": 2}.get(text)
    if text == "":
        return None
    padded, digits = "", ""
    for letter in f"{text.lower()}\0":
        if letter in "0123456789":
            digits += letter
            continue
        padded += (digits.rjust(24, "0") if digits else "") + letter
        digits = ""
    return padded[:-1]
