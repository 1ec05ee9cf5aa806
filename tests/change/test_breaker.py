"""The breaker trips on repeated failures and on the first surprise, and stays so."""

from __future__ import annotations

import threading

import pytest

from wfp_ops.change.breaker import MOST_IN_A_ROW, Breaker


def _failed(breaker, times):
    for number in range(times):
        breaker.failed(f"reason {number + 1}")


def test_three_in_a_row():
    """Two are not enough; the last reason is told."""
    breaker = Breaker()
    _failed(breaker, MOST_IN_A_ROW - 1)
    assert breaker.why is None
    breaker.failed("the token expired")
    assert breaker.why == "3 steps failed in a row, the last because the token expired"


@pytest.mark.parametrize("most", [1, 2, 5])
def test_as_many_as_it_was_told(most):
    """Not one less."""
    breaker = Breaker(most)
    _failed(breaker, most - 1)
    assert breaker.why is None
    _failed(breaker, 1)
    assert breaker.why is not None


def test_a_success_in_between_counts_anew():
    """One step's trouble is its own."""
    breaker = Breaker()
    for _ in range(5):
        _failed(breaker, 2)
        breaker.succeeded()
    assert breaker.why is None


def test_one_surprise():
    """It is told as it is."""
    breaker = Breaker()
    breaker.surprised("the namespace 'customer-9' is gone")
    assert breaker.why == "the namespace 'customer-9' is gone"


def test_it_stays_tripped_with_the_first_reason():
    """Neither a success nor what comes later changes that."""
    breaker = Breaker(1)
    breaker.failed("first")
    first = breaker.why
    breaker.succeeded()
    breaker.failed("second")
    breaker.surprised("third")
    assert breaker.why == first


def test_threads_share_it():
    """No failure is lost between them."""
    breaker = Breaker(400)
    threads = [threading.Thread(target=_failed, args=(breaker, 100)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert breaker.why is not None
    assert breaker.why.startswith("400 steps failed in a row")
