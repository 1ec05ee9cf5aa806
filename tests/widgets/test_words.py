"""Errors, spans and progress in words."""

from __future__ import annotations

import pytest
from support.names import TOKEN

from wfp_ops.errors import APIStatusError, RefusedError
from wfp_ops.widgets.words import in_words, progress_in_words, span_in_words


def test_our_errors_say_what_happened_where_and_what_to_do():
    """Empty facts are left out."""
    said = in_words(APIStatusError("refused", endpoint="GET /x", status_code=403, hint="click there"))
    assert (said.title, said.hint) == ("refused", "click there")
    assert said.facts == {"endpoint": "GET /x", "http status": "403"}
    assert in_words(RefusedError("no", reasons=["a", "b"])).facts == {"reason 1": "a", "reason 2": "b"}


def test_an_unexpected_error_says_where_and_never_what_it_held():
    """Its message may hold anything, a token as well."""
    try:
        span_in_words({"authorization": TOKEN})
    except TypeError as error:
        said = in_words(error)
    assert said.title.startswith(
        "this should not have happened: TypeError in wfp_ops/widgets/words.py, line "
    )
    assert "report" in said.hint
    assert TOKEN not in str(said)
    assert "an unknown place" in in_words(ValueError(TOKEN)).title


def test_a_file_that_cannot_be_read_is_named():
    """As on the command line."""
    said = in_words(FileNotFoundError(2, "No such file or directory", "x.csv"))
    assert (said.title, said.facts) == ("No such file or directory", {"file": "x.csv"})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (40, "40 s"), (99, "99 s"), (180, "3 min"), (3600, "1 h"), (7500, "2 h 5 min")],
)
def test_a_span_is_said_as_people_do(seconds, words):
    """Rounded to what matters."""
    assert span_in_words(seconds) == words


@pytest.mark.parametrize(
    ("done", "total", "seconds", "words"),
    [
        (0, 20, 9, "0/20"),
        (7, 20, 0.5, "7/20"),
        (7, 20, 2, "7/20, 3.5 a second, about 4 s left"),
        (1, 3, 60, "1/3, 1.0 a minute, about 2 min left"),
        (20, 20, 9, "20/20"),
        (2000, 10000, 10, "2,000/10,000, 200.0 a second, about 40 s left"),
    ],
)
def test_progress_tells_pace_and_rest_once_it_can(done, total, seconds, words):
    """Nothing is guessed from nothing."""
    assert progress_in_words(done, total, seconds) == words
