"""A sum of money shared out to the cent: no cent is lost, none is made up, and the same goes to the same."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Literal, TypeAlias, get_args

from wfp_ops.errors import SettingsError

Rule: TypeAlias = Literal["proportional", "even"]
RULES: tuple[Rule, ...] = get_args(Rule)

_EXACT = Context(prec=100)


def rule_of(word: str) -> Rule:
    """The rule of that name.

    Raises:
        SettingsError: there is none.
    """
    for rule in RULES:
        if rule == word:
            return rule
    raise SettingsError(
        f"{word!r} is no way to share allotments", key="cost.share", hint=f"take {' or '.join(RULES)}"
    )


def share_out(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """An amount in whole cents, shared by weights; the parts add up to it.

    Each part is its exact share rounded down; the cents that are left go to those who lost most by that,
    in doubt to the one who comes first. Nothing has a weight: nothing is shared (all parts are 0).
    """
    # whole numbers are exact, and a hundred times as fast as fractions
    exact = _whole_numbers(weights)
    whole = sum(exact)
    if not whole:
        return [Decimal(0)] * len(weights)
    cents = int(amount * 100)
    parts, lost = zip(*(divmod(cents * each, whole) for each in exact), strict=True)
    shared = list(parts)
    first = sorted(range(len(lost)), key=lambda at: (-lost[at], at))
    for at in first[: cents - sum(parts)]:
        shared[at] += 1
    return [Decimal(part) / 100 for part in shared]


def _whole_numbers(weights: Sequence[Decimal]) -> list[int]:
    """The same weights, all times the power of ten that leaves none with digits behind the point."""
    places = max((-int(each.as_tuple().exponent) for each in weights), default=0)
    return [int(each.scaleb(max(0, places), _EXACT)) for each in weights]


def beyond_allotment(used: Sequence[Decimal], included: Decimal, rule: Rule) -> list[Decimal]:
    """How much of a fee each is to bear: the weights to share it out by.

    ``proportional``: what is included is shared in proportion to what each used, so each unit costs the
    same, whoever used it. ``even``: all who used anything have the same allotment, and what one leaves of
    it is lost for the others; only what goes beyond counts. Where nobody goes beyond an even share, the
    fee (if there is one) is shared in proportion.
    """
    if rule == "proportional":
        return list(used)
    users = sum(1 for each in used if each)
    beyond = [max(Decimal(0), each - included / users) if users else Decimal(0) for each in used]
    return beyond if any(beyond) else list(used)


def base_weights(
    requests: Sequence[Decimal], scripts: Sequence[Decimal], customers: Sequence[bool], rule: Rule
) -> list[Decimal]:
    """Who bears the plan's price: by requests (none at all: by scripts), or the same for all who use it.

    ``customers`` says which ones are customers: with ``even`` nobody's rows bear it only where no customer
    uses anything.
    """
    if rule == "proportional":
        return list(requests) if any(requests) else list(scripts)
    used = [bool(asked or there) for asked, there in zip(requests, scripts, strict=True)]
    theirs = [each and customer for each, customer in zip(used, customers, strict=True)]
    return [Decimal(each) for each in (theirs if any(theirs) else used)]
