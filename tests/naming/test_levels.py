"""Levelled forms and plain shapes."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wfp_ops.naming.levels import (
    SEPARATORS,
    has_shape,
    level,
    level_all,
    near_key_all,
    plain_shape,
    strip_zeros,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.text("aA-_. 0\t\u2013é", max_size=12)
UUID = "6f0f6b1e-2f5d-4a55-9c0e-1d2b3c4d5e6f"


@given(TEXT)
@example("e-\u0301")
@example("\u00a8-")
@example("\u0130-\u017f-\u1e9e")
def test_levelling_twice_changes_nothing(text: str) -> None:
    """Level is idempotent, whatever Unicode does to a text that is folded."""
    assert level(level(text)) == level(text)


@given(st.lists(TEXT | PLAIN | st.none()))
def test_a_column_is_levelled_as_its_cells_are(texts: list[str | None]) -> None:
    """level_all is level, cell by cell; null stays null."""
    levelled = level_all(pd.Series(texts, dtype="str"))
    assert str(levelled.dtype) == "str"
    expected = [None if text is None else level(text) for text in texts]
    assert [None if pd.isna(value) else value for value in levelled] == expected


@given(st.lists(PLAIN, min_size=3), st.integers(1, 2))
def test_a_part_of_a_column_is_levelled_alone(texts: list[str], start: int) -> None:
    """A slice, a filtered and a glued column give what their cells give, under their own index."""
    column = pd.Series(texts, dtype="str")
    expected = column.map(level)
    for part in (column.iloc[start:-1], column[column != "a"], pd.concat([column, column])):
        assert level_all(part).tolist() == expected.loc[part.index].tolist()
        assert level_all(part).index.tolist() == part.index.tolist()


@pytest.mark.parametrize(
    ("text", "levelled"),
    [
        ("Customer_42", "customer42"),
        ("customer-42", "customer42"),
        (" CUSTOMER.42\n", "customer42"),
        ("customer\u201342", "customer42"),
        ("customer\u00a0\u200b42", "customer42"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("\uff14\uff12", "42"),
        ("caf\u00e9", "cafe\u0301"),
        ("٣", "٣"),
        ("---", ""),
        ("a/b", "a/b"),
        ("007", "007"),
    ],
)
def test_what_levels_to_what(text: str, levelled: str) -> None:
    """Case, separators, dashes, blanks and forms of one character go; all else stays."""
    assert level(text) == levelled


def test_every_dash_of_unicode_is_a_separator() -> None:
    """All dash punctuation that this Python knows is dropped."""
    dashes = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Pd"}
    assert dashes <= set(SEPARATORS)


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("007", "7"),
        ("7", "7"),
        ("000", "0"),
        ("0", "0"),
        ("", ""),
        ("a007", "a007"),
        ("00a", "a"),
        ("700", "700"),
    ],
)
def test_leading_zeros_go_and_others_stay(text: str, stripped: str) -> None:
    """Only zeros at the very start go, and one stays of a text that is all zeros."""
    assert strip_zeros(pd.Series([text])).tolist() == [stripped]


def test_near_keys_join_what_is_written_differently() -> None:
    """Zeros, case and separators don't make another key; null has none."""
    keys = near_key_all(pd.Series(["0-07", "7", "A-b", "aB", None]))
    assert keys.iloc[:4].tolist() == ["7", "7", "ab", "ab"]
    assert pd.isna(keys.iloc[4])


@pytest.mark.parametrize(
    ("ids", "shape"),
    [
        (["1", "007", "42"], "digits"),
        ([UUID, UUID.upper()], "uuid"),
        (["dead", "0001"], "hex of 4"),
        (["0001", "dead", None], "hex of 4"),
        (["0001", "dead5"], None),
        (["٣", "3"], None),
        (["3", "٣"], None),
        (["3\n"], None),
        (["", "3"], None),
        ([""], None),
        (["acme", "42"], None),
        ([UUID, "42"], None),
        ([UUID.replace("-", "")], "hex of 32"),
        (["f" * 1500], "hex of 1500"),
        ([], None),
        ([None], None),
    ],
)
def test_plain_shapes(ids: list[str | None], shape: str | None) -> None:
    """The one shape that all ids have, digits and letters being ASCII's."""
    assert plain_shape(pd.Series(ids, dtype="str")) == shape


def test_has_shape_judges_each_id() -> None:
    """Every shape is judged row by row; null has none; the index is kept."""
    ids = pd.Series(["42", UUID, "dead", "1234", None, "٣", "4 2"], index=range(10, 17))
    assert has_shape(ids, "digits").tolist() == [True, False, False, True, False, False, False]
    assert has_shape(ids, "uuid").tolist() == [False, True, False, False, False, False, False]
    assert has_shape(ids, "hex of 4").tolist() == [False, False, True, True, False, False, False]
    assert has_shape(ids, "digits").dtype == bool
    assert has_shape(ids, "digits").index.tolist() == ids.index.tolist()
    assert has_shape(ids.iloc[:0], "digits").dtype == bool


@given(st.lists(st.text("0123af-", min_size=1, max_size=4), min_size=1))
def test_a_shape_of_all_is_a_shape_of_each(ids: list[str]) -> None:
    """Whatever shape a list has, each of its ids has."""
    column = pd.Series(ids, dtype="str")
    shape = plain_shape(column)
    assert shape is None or has_shape(column, shape).all()


def test_an_unknown_shape_is_refused() -> None:
    """A shape that plain_shape never names is a mistake of the caller."""
    with pytest.raises(ValueError, match="octal"):
        has_shape(pd.Series(["1"]), "octal")
