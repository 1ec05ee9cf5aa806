"""What an audit goes by: the convention, the tenancy, and what people have decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from wfp_ops.naming.convention import Convention

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Accepted:
    """One finding that somebody accepted: of this kind, about the thing or customer of this name."""

    kind: str
    name: str
    reason: str
    until: date | None = None


@dataclass(frozen=True)
class Rules:
    """The rules of one audit.

    ``suspects`` names what was a suspect in an earlier audit and that nobody has decided on: it
    stays one. ``idle_days``: after so many days without a request something is idle.
    """

    convention: Convention = field(default_factory=Convention)
    tenancy: Literal["namespace", "worker"] = "namespace"
    select: Literal["name", "tag"] = "name"
    ignore: tuple[str, ...] = ()
    id_case: Literal["exact", "fold"] = "exact"
    accepted: tuple[Accepted, ...] = ()
    suspects: frozenset[str] = frozenset()
    idle_days: int = 30

    @property
    def by_tag(self) -> bool:
        """Whether Workers are told apart by their tags rather than their names."""
        return self.tenancy == "worker" and self.select == "tag"

    def keys(self, ids: pd.Series[Any]) -> pd.Series[Any]:
        """The ids as they are compared: as they are, or without regard to case."""
        return ids.str.casefold().astype("str") if self.id_case == "fold" else ids

    def ignores(self, names: pd.Series[Any]) -> pd.Series[bool]:
        """Which names the ignore list covers (globs, exact in case)."""
        return (
            names.map(lambda name: matches_any(name, self.ignore)).astype(bool)
            if self.ignore
            else names.isin([])
        )


def matches_any(name: str, globs: Sequence[str]) -> bool:
    """Whether a name matches one of the globs, exact in case."""
    return any(fnmatchcase(name, glob) for glob in globs)
