"""Typed words are good once, for what they were asked for."""

from __future__ import annotations

import threading

import pytest

from wfp_ops.errors import RefusedError
from wfp_ops.widgets.confirm import Confirmation

WORDS = "delete 7 namespaces in acme-prod"


@pytest.fixture
def asked():
    """A confirmation that was offered, and what was confirmed by it."""
    confirmed = []
    confirmation = Confirmation("Delete them", confirmed.append, danger=True)
    confirmation.confirmed = confirmed
    confirmation.offer(WORDS, "plan")
    return confirmation


def test_the_right_words_enable_the_button_and_are_good_once(asked):
    """The second click finds nothing."""
    assert asked.button.disabled
    asked.typed.value = f"  {WORDS} "
    assert not asked.button.disabled
    asked.clicked()
    assert asked.confirmed == ["plan"]
    assert (asked.typed.value, asked.button.disabled, asked.offered) == ("", True, False)
    with pytest.raises(RefusedError, match="nothing waits"):
        asked.clicked()
    assert asked.confirmed == ["plan"]


@pytest.mark.parametrize("typed", ["", "delete", WORDS.upper(), f"{WORDS}s", WORDS.replace(" ", "  ", 1)])
def test_other_words_do_nothing(asked, typed):
    """Also where a script clicks the grey button."""
    asked.typed.value = typed
    assert asked.button.disabled
    with pytest.raises(RefusedError, match="not the words") as refused:
        asked.clicked()
    assert refused.value.reasons == (f"type exactly: {WORDS}",)
    assert asked.confirmed == []
    assert asked.offered


def test_words_for_one_plan_carry_out_no_other(asked):
    """A new offer withdraws the old one, and empties the line."""
    asked.typed.value = WORDS
    asked.offer("delete 8 namespaces in acme-prod", "another plan")
    assert asked.typed.value == ""
    asked.typed.value = WORDS
    with pytest.raises(RefusedError, match="not the words"):
        asked.clicked()
    assert asked.confirmed == []


def test_what_is_withdrawn_cannot_be_confirmed(asked):
    """As when the choice has changed since the preview."""
    asked.typed.value = WORDS
    asked.withdraw()
    assert asked.view.layout.display == "none"
    asked.typed.value = WORDS
    with pytest.raises(RefusedError, match="nothing waits"):
        asked.clicked()


def test_clicks_at_once_confirm_once(asked):
    """From as many threads as there are."""
    asked.typed.value = WORDS
    together, refused = threading.Barrier(8), []

    def click():
        together.wait(10)
        try:
            asked.clicked()
        except RefusedError as error:
            refused.append(error)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert asked.confirmed == ["plan"]
    assert len(refused) == 7


def test_words_with_markup_are_shown_as_text():
    """An account's name may be anything."""
    confirmation = Confirmation("Delete", print)
    confirmation.offer("delete 1 namespace in <img src=x>", "plan")
    assert "<img" not in confirmation._asked.value
    assert "&lt;img" in confirmation._asked.value
