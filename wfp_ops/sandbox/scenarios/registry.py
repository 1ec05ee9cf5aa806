"""Which scenarios there are, by name."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from wfp_ops.sandbox.model import Scenario

ScenarioName = Literal["acme", "empty"]
SCENARIO_NAMES: tuple[str, ...] = get_args(ScenarioName)


def build_scenario(name: str, *, seed: int, now: datetime) -> Scenario:
    """The scenario of that name at the moment ``now`` (aware UTC); equal arguments give equal scenarios.

    Raises:
        ValueError: there is no scenario of that name.
    """
    if name == "empty":
        return Scenario(name="empty", seed=seed, now=now, customer_columns=("customer_id", "name", "status"))
    if name == "acme":
        # Only who asks for it pays for building it.
        from wfp_ops.sandbox.scenarios.acme import build_acme  # noqa: PLC0415

        return build_acme(seed=seed, now=now)
    raise ValueError(f"no scenario {name!r}: choose one of {', '.join(SCENARIO_NAMES)}")
