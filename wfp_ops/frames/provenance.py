"""Where a frame came from, and how complete it is: it travels with the frame, in ``frame.attrs``.

pandas copies ``attrs`` on most operations, so a frame that was filtered still says "proven". That
is why the record holds the number of rows and a digest of the keys: ``completeness`` compares them
with the frame at hand and calls a frame that lost, gained or changed rows unproven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

ATTRS_KEY = "wfp_ops"


class Provenance(dict[str, Any]):
    """A JSON-able record that pandas may copy as often as it likes: it is never changed, so never cloned."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Provenance:
        return self


@dataclass(frozen=True)
class Completeness:
    """Whether a listing was whole: ``proven`` with how, or ``unproven`` with why."""

    verdict: Literal["proven", "unproven"]
    how: str

    @property
    def proven(self) -> bool:
        """True when the listing was proven complete."""
        return self.verdict == "proven"

    def and_(self, other: Completeness) -> Completeness:
        """Both together: proven only when both are; the first reason to doubt is kept."""
        return self if not self.proven or other.proven else other


def keys_digest(keys: pd.DataFrame) -> str:
    """A digest over the keys of all rows (one column or several) that does not depend on their order."""
    from pandas.util import hash_pandas_object  # noqa: PLC0415 (whoever only connects needs no pandas)

    hashed = hash_pandas_object(keys, index=False)
    return f"{len(keys)}:{int(hashed.sum()):016x}"


def mark_complete(
    frame: pd.DataFrame, proof: Completeness, *, key: str | Sequence[str], taken_at: str
) -> None:
    """Write the proof beside the frame, bound to the rows that it was made for.

    ``key`` is the column, or are the columns, that tell one row from another.
    """
    names = [key] if isinstance(key, str) else list(key)
    frame.attrs[ATTRS_KEY] = Provenance(
        verdict=proof.verdict,
        how=proof.how,
        key=names,
        digest=keys_digest(frame[names]),
        taken_at=taken_at,
    )


def completeness(frame: pd.DataFrame) -> Completeness:
    """How complete this very frame is: the proof it carries, if it still has the rows that were proven."""
    record = frame.attrs.get(ATTRS_KEY)
    if not isinstance(record, dict) or "verdict" not in record:
        return Completeness("unproven", "the frame carries no proof: it was not loaded from an account")
    names = record["key"]
    if not set(names) <= set(frame.columns) or keys_digest(frame[names]) != record["digest"]:
        return Completeness("unproven", "rows were added, removed or changed since the listing was read")
    return Completeness(record["verdict"], record["how"])
