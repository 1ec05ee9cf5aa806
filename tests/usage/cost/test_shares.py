"""Sharing money out: no cent is lost, none is made up."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.errors import SettingsError
from wfp_ops.usage.cost.shares import RULES, base_weights, beyond_allotment, rule_of, share_out

cents = st.integers(0, 10**9).map(lambda number: Decimal(number) / 100)
weights = st.lists(st.decimals(0, 10**12, places=3), min_size=1, max_size=60)


@given(cents, weights)
def test_it_adds_up(amount, weights):
    """To the cent; each part is within a cent of its exact share, and nobody without weight pays."""
    parts = share_out(amount, weights)
    whole = sum(weights)
    if not whole:
        assert parts == [0] * len(weights)
        return
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - amount * weight / whole) < Decimal("0.01") + Decimal("1e-9")
        assert part == round(part, 2)
        assert weight or not part


@given(cents, weights)
def test_who_weighs_more_pays_no_less(amount, weights):
    """The order of parts is the order of weights."""
    pairs = sorted(zip(weights, share_out(amount, weights), strict=True))
    parts = [part for _, part in sorted(pairs, key=lambda pair: pair[0])]
    heavier = [(one, other) for one, other in pairwise(pairs) if one[0] < other[0]]
    assert all(one[1] <= other[1] for one, other in heavier), parts


def test_one_cent_among_three():
    """The first one has it, each time."""
    assert share_out(Decimal("0.01"), [Decimal(1)] * 3) == [Decimal("0.01"), 0, 0]
    assert share_out(Decimal("0.02"), [Decimal(1), Decimal(3), Decimal(1)]) == [
        Decimal("0.01"),
        Decimal("0.01"),
        0,
    ]


def test_proportional_allotments():
    """Each unit costs the same: the weights are what was used."""
    used = [Decimal(30), Decimal(10), Decimal(0)]
    assert beyond_allotment(used, Decimal(20), "proportional") == used


def test_even_allotments():
    """Those who used anything have the same allotment; who stays below it bears nothing of the fee."""
    used = [Decimal(30), Decimal(10), Decimal(0)]
    assert beyond_allotment(used, Decimal(40), "even") == [Decimal(10), 0, 0]
    # nobody is beyond an even share, yet there may be a fee of a rounded cent: in proportion then
    assert beyond_allotment(used, Decimal(80), "even") == used
    assert beyond_allotment([Decimal(0)], Decimal(80), "even") == [0]


def test_the_plans_price():
    """By requests, by Workers where there was no request; evenly among the customers who use anything."""
    requests, scripts = [Decimal(3), Decimal(0), Decimal(1)], [Decimal(1), Decimal(2), Decimal(0)]
    customers = [True, True, False]
    assert base_weights(requests, scripts, customers, "proportional") == requests
    assert base_weights([Decimal(0)] * 3, scripts, customers, "proportional") == scripts
    assert base_weights(requests, scripts, customers, "even") == [1, 1, 0]
    assert base_weights(requests, scripts, [False] * 3, "even") == [1, 1, 1]


def test_rules_by_name():
    """Two of them; another word is refused."""
    assert [rule_of(rule) for rule in RULES] == ["proportional", "even"]
    with pytest.raises(SettingsError, match="no way to share"):
        rule_of("fair")
