"""Near ids: the same pairs as comparing each with each, found without doing so."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from wfp_ops.naming.levels import level
from wfp_ops.naming.near import ONE_EDIT, SPELLING, ZEROS, ZEROS_AND_SPELLING, near_ids


def _lists(alphabet: str, longest: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(alphabet, max_size=longest), unique=True, max_size=40)


# Few letters, so that near pairs abound: many lengths, many ids of one block, and what folds or is no ASCII
LISTS = st.one_of(
    _lists("ab", 8),
    _lists("abc", 5),
    _lists("01", 7),
    _lists("0a-", 9),
    _lists("Aa_0", 6),
    _lists("01ß٣ é", 6),
    _lists("xy😀\x00", 6),
)
PAIRS_OF_LISTS = st.one_of(st.tuples(LISTS, LISTS), LISTS.map(lambda ids: (ids, ids[::2])))


def _key(text: str) -> str:
    levelled = level(text)
    return levelled.lstrip("0") or levelled[:1]


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_near(one: str, other: str) -> bool:
    """The rule itself, for one pair."""
    if one == other:
        return False
    if _key(one) == _key(other):
        return True
    if _all_digits(one) and _all_digits(other):
        return False
    levels = level(one), level(other)
    return min(map(len, levels)) > 0 and OSA.distance(*levels) <= 1


def _near(ids: list[str], pool: list[str]) -> list[tuple[str, str]]:
    frame = near_ids(pd.Series(ids, dtype="str"), pd.Series(pool, dtype="str"))
    return list(zip(frame["id"], frame["near"], strict=True))


@given(PAIRS_OF_LISTS)
@example((["abc", "acb", "abcd", "bc"], ["abc", "bac", "acb", "ab"]))
@example(([f"acme{i}x" for i in range(30)], [f"acme{i}y" for i in range(30)]))
def test_near_ids_are_those_of_comparing_each_with_each(lists: tuple[list[str], list[str]]) -> None:
    """No pair is lost, none is made up, none comes twice; order is that of both lists."""
    ids, pool = lists
    assert _near(ids, pool) == [(one, other) for one in ids for other in pool if _is_near(one, other)]


@settings(deadline=None)
@given(PAIRS_OF_LISTS)
def test_being_near_goes_both_ways(lists: tuple[list[str], list[str]]) -> None:
    """Whoever is near me has me near."""
    ids, pool = lists
    assert set(_near(ids, pool)) == {(one, other) for other, one in _near(pool, ids)}


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("007", "7", ZEROS),
        ("A-7", "a7", SPELLING),
        ("acme", "ACME", SPELLING),
        ("0A", "a", ZEROS_AND_SPELLING),
        ("acme", "acmee", ONE_EDIT),
        ("acme", "acne", ONE_EDIT),
        ("acme", "amce", ONE_EDIT),
        ("Acme-1", "acme_2", ONE_EDIT),
        ("1234", "1234a", ONE_EDIT),
        ("a007", "a07", ONE_EDIT),
        ("ab", "ac", ONE_EDIT),
        ("a", "b", ONE_EDIT),
    ],
)
def test_near_ids_say_how(one: str, other: str, how: str) -> None:
    """Each pair says what sets the two apart."""
    frame = near_ids(pd.Series([one]), pd.Series([other]))
    assert frame.to_dict("records") == [{"id": one, "near": other, "how": how}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("42", "43"),
        ("123456", "123457"),
        ("acme", "acme"),
        ("acme", "acmexx"),
        ("a007", "a7"),
    ],
)
def test_what_is_not_near(one: str, other: str) -> None:
    """Neighbouring numbers and ids two edits apart are two customers."""
    assert near_ids(pd.Series([one]), pd.Series([other])).empty


def test_nulls_are_near_nothing() -> None:
    """A null in either list is passed over."""
    frame = near_ids(pd.Series(["acme", None]), pd.Series([None, "acne"]))
    assert frame["near"].tolist() == ["acne"]


def test_columns_are_text_also_when_empty() -> None:
    """The frame has its columns and dtypes without a row too."""
    empty = pd.Series([], dtype=object)
    for frame in (
        near_ids(empty, empty),
        near_ids(pd.Series(["a"]), empty),
        near_ids(empty, pd.Series(["a"])),
    ):
        assert frame.dtypes.astype(str).to_dict() == {"id": "str", "near": "str", "how": "str"}
        assert frame.empty


def test_a_long_shared_prefix_does_not_make_each_meet_each() -> None:
    """Sixty thousand ids of one prefix on either side: 3.6 billion pairs to compare, if it did."""
    numbers = range(60_000)
    ids = pd.Series([f"acme-corp-{number:05d}-x" for number in numbers])
    pool = pd.Series([f"acme-corp-{number:05d}-y" for number in numbers])
    frame = near_ids(ids, pool)
    assert frame["id"].tolist() == ids.tolist()
    assert frame["near"].tolist() == pool.tolist()


def test_one_letter_outside_ascii_changes_no_other_pair() -> None:
    """A list with one strange id is compared in wider units, with the same result."""
    ids, pool = [f"acme{number}" for number in range(200)], [f"acne{number}" for number in range(200)]
    plain = _near(ids, pool)
    assert _near([*ids, "münchen"], [*pool, "mönchen"]) == [*plain, ("münchen", "mönchen")]
