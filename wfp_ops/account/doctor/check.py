"""One check, and all of them as a frame that shows itself whole."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from wfp_ops.errors import visible
from wfp_ops.frames.columns import CHECKS

Verdict = Literal["ok", "warn", "fail", "unknown"]
_SYMBOLS: dict[Verdict, str] = {"ok": "✔", "warn": "▲", "fail": "✖", "unknown": "?"}


@dataclass(frozen=True)
class Check:
    """What was looked at, how it stands, what was seen, and what a person can do about it."""

    name: str
    verdict: Verdict
    detail: str
    what_to_do: str | None = None


class Checkup(pd.DataFrame):
    """A frame of checks (``frames.columns.CHECKS``); anything that is made from it is a plain DataFrame."""

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def _repr_html_(self) -> str:
        """Every sentence in full, and escaped: pandas' own table would cut them."""
        if list(self) != CHECKS.names:
            return str(pd.DataFrame(self).to_html())
        cells = "".join(
            f"<tr><td style='{_NARROW}'>{symbol(check.verdict)} {check.verdict}</td>"
            f"<th style='{_NARROW}'>{_escaped(check.name)}</th><td style='{_WIDE}'>{_escaped(check.detail)}"
            f"{f'<br>→ {_escaped(check.what_to_do)}' if check.what_to_do else ''}</td></tr>"
            for check in checks_of(self)
        )
        return f"<div style='max-width:1000px'><table style='margin-left:0'>{cells}</table></div>"

    def __repr__(self) -> str:
        if list(self) != CHECKS.names:
            return super().__repr__()
        lines = []
        for check in checks_of(self):
            lines.append(f"{symbol(check.verdict)} {check.name}: {visible(check.detail)}")
            if check.what_to_do:
                lines.append(f"    what to do: {visible(check.what_to_do)}")
        return "\n".join(lines)


_NARROW = "text-align:left;vertical-align:top;white-space:nowrap"
_WIDE = "text-align:left;vertical-align:top;white-space:normal;overflow-wrap:anywhere"


def frame_of(checks: Iterable[Check]) -> Checkup:
    """The checks in their order."""
    rows = list(checks)
    return Checkup(
        CHECKS.build(
            {
                "check": [row.name for row in rows],
                "verdict": [row.verdict for row in rows],
                "detail": [row.detail for row in rows],
                "what_to_do": [row.what_to_do for row in rows],
            },
            length=len(rows),
        )
    )


def checks_of(frame: pd.DataFrame) -> list[Check]:
    """The checks that a frame holds."""
    rows = frame.astype(object).where(frame.notna(), None)[CHECKS.names]
    return [Check(*row) for row in rows.itertuples(index=False)]


def symbol(verdict: Verdict) -> str:
    """A sign for a verdict."""
    return _SYMBOLS[verdict]


def _escaped(text: str) -> str:
    return html.escape(visible(text))
