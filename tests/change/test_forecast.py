"""How many requests an apply takes, and how that is said."""

from __future__ import annotations

import pytest
from support.plans import creation, deletion

from wfp_ops.change.forecast import in_words, requests_for
from wfp_ops.change.plan import Forecast
from wfp_ops.change.steps import ACTIONS, Step


def test_nothing_to_do_takes_nothing():
    """Not even the first reads."""
    assert requests_for([]) == 0


def test_the_first_reads_are_counted_once():
    """Twice as many steps take less than twice as many requests."""
    one, two = requests_for([creation()]), requests_for([creation(), creation("customer-6")])
    assert one == 7
    assert two - one == 3


def test_what_is_archived_counts():
    """Each Worker inside of what is deleted; evidence without Workers counts none."""
    bare = requests_for([deletion(evidence={})])
    assert requests_for([deletion(evidence={"workers": None})]) == bare
    assert requests_for([deletion(evidence={"workers": [{}, {}, {}]})]) - bare == 18
    kept = creation()
    listed = Step(action="create_namespace", namespace="a", reason="r", evidence={"workers": [{}]})
    assert requests_for([listed]) == requests_for([kept])


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_takes_some(action):
    """A look before, the change, a look after."""
    assert requests_for([Step(action=action, namespace="a", reason="r")]) >= 4 + 3


@pytest.mark.parametrize(
    ("requests", "seconds", "words"),
    [
        (12, 0, "about 12 requests, which fit into the account's rate budget as it stands"),
        (1200, 1, "about 1,200 requests, about 1 s at the account's rate budget"),
        (1300, 59, "about 1,300 requests, about 59 s at the account's rate budget"),
        (1300, 60, "about 1,300 requests, about 1 min 00 s at the account's rate budget"),
        (12345, 3605, "about 12,345 requests, about 60 min 05 s at the account's rate budget"),
    ],
)
def test_in_words(requests, seconds, words):
    """Minutes where there are some."""
    assert in_words(Forecast(requests=requests, seconds=seconds)) == words
