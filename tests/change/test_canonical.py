"""The one text of a document."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.change.canonical import canonical, sha256_of

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def test_the_text_as_it_is_fixed():
    """Sorted keys, no spaces, nothing escaped that need not be, UTF-8; a tuple is a list."""
    document = {"b": [1, True, None], "a": {"z": "\u00fc\n\u2028", "y": ("x",)}}
    assert canonical(document) == '{"a":{"y":["x"],"z":"\u00fc\\n\u2028"},"b":[1,true,null]}'.encode()


def test_the_hash_is_that_of_the_text():
    """SHA-256 in hex, as any other tool makes it."""
    assert sha256_of({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


@given(DOCUMENTS)
def test_it_says_the_same_document(document):
    """What it writes reads back as what it was given, and writes the same again."""
    text = canonical(document)
    assert json.loads(text) == document
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(st.text(), SCALARS, min_size=2), st.randoms())
def test_the_order_of_keys_does_not_count(document, chance):
    """The same facts in another order have the same text."""
    keys = list(document)
    chance.shuffle(keys)
    assert canonical({key: document[key] for key in keys}) == canonical(document)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"steps": [{"evidence": {"share": 0.5}}]}, r"steps\[0\]\.evidence\.share is a float"),
        ({"a": [1, [2.0]]}, r"a\[1\]\[0\] is a float"),
        ([float("nan")], r"\[0\] is a float"),
        (1.0, "the document itself is a float"),
        ({"at": datetime(2026, 11, 23, tzinfo=UTC)}, "at is a datetime"),
        ({"names": {"a"}}, "names is a set"),
        ({"a": {1: "x"}}, r"a\.1 is under a key that is no text"),
    ],
)
def test_what_has_no_one_text_is_refused_by_its_place(document, place):
    """Floats wherever they are, and what is no JSON; the message leads to it."""
    with pytest.raises(ValueError, match=place):
        canonical(document)


def test_half_a_surrogate_pair_is_refused():
    """It is no Unicode text, so it has no UTF-8."""
    with pytest.raises(ValueError, match="no valid Unicode"):
        canonical({"detail": "\ud800"})
