"""The account's bill of a month: what is beyond the allotments, times its price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from wfp_ops.usage.cost.prices import Prices

_CENT = Decimal("0.01")
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Used:
    """What an account used in a month. ``scripts`` are those on the average of the month."""

    requests: Decimal
    cpu_ms: Decimal
    scripts: Decimal


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Its lines, in US dollars, each to the cent."""

    base_fee: Decimal
    requests_fee: Decimal
    cpu_fee: Decimal
    scripts_fee: Decimal

    @property
    def total(self) -> Decimal:
        """All of it; what the lines add up to."""
        return self.base_fee + self.requests_fee + self.cpu_fee + self.scripts_fee


def bill_of(used: Used, prices: Prices) -> Bill:
    """What Cloudflare charges for that.

    Source: https://developers.cloudflare.com/cloudflare-for-platforms/workers-for-platforms/reference/pricing/
    (its example: 100 million requests of 10 ms each and 1,200 scripts come to 71.80 dollars).
    """
    return Bill(
        base_fee=to_the_cent(prices.base),
        requests_fee=_beyond(used.requests, prices.requests_included, prices.requests_per_million / _MILLION),
        cpu_fee=_beyond(used.cpu_ms, prices.cpu_ms_included, prices.cpu_ms_per_million / _MILLION),
        scripts_fee=_beyond(used.scripts, prices.scripts_included, prices.script),
    )


def to_the_cent(amount: Decimal) -> Decimal:
    """Rounded as bills are: half a cent goes up."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def _beyond(used: Decimal, included: Decimal, price: Decimal) -> Decimal:
    return to_the_cent(max(Decimal(0), used - included) * price)
