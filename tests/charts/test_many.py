"""Ten thousand customers."""

from __future__ import annotations

import pytest
from support import charted

COUNT = 10_000
FRAME = charted.usage(COUNT, spans=4)
IDS = [str(number + 1) for number in range(COUNT)]
FRAMES = (
    FRAME,
    charted.customers(IDS, churned=dict.fromkeys(IDS[::7], "2026-11-09")),
    charted.statuses(),
    charted.cost(COUNT),
)


@pytest.mark.parametrize("name", tuple(charted.every(*FRAMES)))
def test_each_chart_holds_ten_thousand_customers(name):
    """It is drawn, in the size that was asked for, and says how many there are."""
    figure = charted.every(*FRAMES)[name]()
    said = charted.texts(figure)
    assert figure.pixels == (1000, 600)
    if name in {"usage_by_customer", "error_heatmap", "small_multiples", "concentration", "cost_by_customer"}:
        assert any("10,000\u00a0customers" in text for text in said)
    if name in {"usage_by_customer", "error_heatmap", "small_multiples", "cost_by_customer"}:
        assert any(text.startswith("others (9,9") for text in said)
