"""The convention: parse and format are inverses, for a cell and for a column alike."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wfp_ops.errors import SettingsError, UnnameableIdError
from wfp_ops.naming.convention import BLANKS, MAX_NAME_LENGTH, Convention, name_problem

NAME_TEXT = "abcXYZ019_-"
CONVENTIONS = st.builds(
    lambda before, after: Convention(f"{before}{{id}}{after}"),
    st.text(NAME_TEXT, max_size=12),
    st.text(NAME_TEXT, max_size=12),
)
IDS = st.text(NAME_TEXT, min_size=1, max_size=70)
# Arrow text is UTF-8, which has no lone surrogates; JSON answers and CSV files have none either
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)
NAMES = st.one_of(
    ANY_TEXT, IDS, st.builds("customer-{}".format, ANY_TEXT), st.builds("a{}b".format, ANY_TEXT | IDS)
)


@given(CONVENTIONS, IDS)
def test_parse_undoes_format(convention: Convention, customer_id: str) -> None:
    """For every id that can be named, the name says the id."""
    if convention.problem(customer_id) is None:
        assert convention.parse(convention.format(customer_id)) == customer_id


@given(CONVENTIONS, NAMES)
def test_format_undoes_parse(convention: Convention, name: str) -> None:
    """For every name that conforms with an id that can be named, the id makes the name."""
    customer_id = convention.parse(name)
    if customer_id is not None and convention.problem(customer_id) is None:
        assert convention.format(customer_id) == name


@given(CONVENTIONS, st.one_of(IDS, ANY_TEXT))
def test_an_id_is_named_or_says_why_not(convention: Convention, customer_id: str) -> None:
    """An id makes a name that is allowed, or an error that says what is wrong."""
    problem = convention.problem(customer_id)
    if problem is None:
        assert name_problem(convention.format(customer_id)) is None
    else:
        with pytest.raises(UnnameableIdError) as caught:
            convention.format(customer_id)
        assert (caught.value.customer_id, caught.value.reason) == (customer_id, problem)


@given(st.sampled_from(["customer-{id}", "{id}", "a{id}b", "aa{id}aa"]), st.lists(NAMES | st.none()))
@example("{id}", [" a", "a\x1c", "\x85a", "a\u200b", "\u180ea", "a\n", "a\x00", "\x00"])
@example("aa{id}aa", ["aaa", "aaaa", "aaaaa", "aa", ""])
def test_a_column_is_read_as_its_cells_are(pattern: str, names: list[str | None]) -> None:
    """parse_all is parse, cell by cell; null stays null."""
    convention = Convention(pattern)
    parsed = convention.parse_all(pd.Series(names, dtype="str"))
    assert str(parsed.dtype) == "str"
    expected = [None if name is None else convention.parse(name) for name in names]
    assert [None if pd.isna(value) else value for value in parsed] == expected


@given(st.sampled_from(["customer-{id}", "{id}", "a{id}b"]), st.lists(IDS | ANY_TEXT | st.none()))
@example("{id}", ["a\n", "\na", "", "é", "٣", "x" * 63, "x" * 64])
def test_a_column_is_named_as_its_cells_are(pattern: str, ids: list[str | None]) -> None:
    """format_all is format, cell by cell, and null where there is no name."""
    convention = Convention(pattern)
    named = convention.format_all(pd.Series(ids, dtype="str"))
    assert str(named.dtype) == "str"
    expected = [None if each is None or convention.problem(each) else convention.format(each) for each in ids]
    assert [None if pd.isna(value) else value for value in named] == expected


def test_a_column_keeps_its_index_and_may_be_empty() -> None:
    """Both column functions keep the index, and text stays text when there is none."""
    convention = Convention()
    names = pd.Series(["customer-1", "x"], index=[7, 3])
    assert convention.parse_all(names).index.tolist() == [7, 3]
    assert convention.format_all(names).index.tolist() == [7, 3]
    empty = pd.Series([], dtype=object)
    assert str(convention.parse_all(empty).dtype) == "str"
    assert str(convention.format_all(empty).dtype) == "str"


def test_blanks_are_what_python_strips() -> None:
    """The written-out list of blanks is the one of this Python."""
    assert set(BLANKS) == {chr(code) for code in range(0x110000) if chr(code).isspace()}


@pytest.mark.parametrize(
    "pattern",
    ["customer", "", "{id}-{id}", "cust omer-{id}", "{{id}}", "kunde/{id}", "é-{id}", "x" * 63 + "{id}"],
)
def test_a_pattern_that_names_nothing_is_refused(pattern: str) -> None:
    """A convention without exactly one id, with text no name holds, or without room is a settings error."""
    with pytest.raises(SettingsError) as caught:
        Convention(pattern)
    assert caught.value.key == "audit.convention"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "empty"),
        ("a b", "' '"),
        ("a/b", "'/'"),
        ("<b>", "'<'"),
        ("😀", "'😀'"),
        ("x" * 64, "64 characters"),
    ],
)
def test_a_name_that_cannot_be_created_says_why(name: str, problem: str) -> None:
    """The reason names what is wrong."""
    assert problem in (name_problem(name) or "")


def test_the_longest_name_is_allowed() -> None:
    """63 characters are a name."""
    assert name_problem("x" * MAX_NAME_LENGTH) is None
