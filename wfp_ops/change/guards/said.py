"""What a guard answers with, before anybody asks whether it was overridden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Said:
    """One guard's word: it lets pass, refuses, or does not know, which counts as refused.

    ``final`` says that no reason overrides this; ``one_only`` that only an override of this one item does.
    """

    verdict: Literal["pass", "refuse", "unknown"]
    detail: str
    final: bool = False
    one_only: bool = False


def passes(detail: str) -> Said:
    """Nothing speaks against it."""
    return Said("pass", detail)


def refuses(detail: str, *, final: bool = False, one_only: bool = False) -> Said:
    """Something does."""
    return Said("refuse", detail, final=final, one_only=one_only)


def unknown(detail: str, *, final: bool = False) -> Said:
    """It can't be told."""
    return Said("unknown", detail, final=final)


def listed(names: list[str], most: int = 3) -> str:
    """The first few names, and how many more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
