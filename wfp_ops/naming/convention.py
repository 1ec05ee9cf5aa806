"""The naming convention: one ``{id}`` with text before and after; parse and format are inverses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wfp_ops.errors import SettingsError, UnnameableIdError

if TYPE_CHECKING:
    import pandas as pd

MAX_NAME_LENGTH = 63
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_-]")

# What str.strip drops. Written out because Arrow's idea of a blank differs, and a column must be
# read as its cells are
BLANKS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


NAME_HINT = "Cloudflare publishes no rule; letters, digits, '_' and '-' (at most 63) work everywhere"
"""What to do about a name that ``name_problem`` complains of."""


def name_problem(name: str) -> str | None:
    """Why this text can't be the name of a namespace that we create, or None.

    Cloudflare publishes no rule for names; this one (letters, digits, ``_`` and ``-``, 1 to 63
    characters) is ours and holds for creation only: what exists already is read as it is.
    """
    if not name:
        return "it is empty"
    if bad := _NOT_ALLOWED.search(name):
        return f"{bad.group()!r} is not allowed (letters, digits, '_' and '-' are)"
    if len(name) > MAX_NAME_LENGTH:
        return f"the name has {len(name)} characters (at most {MAX_NAME_LENGTH} are allowed)"
    return None


@dataclass(frozen=True)
class Convention:
    """A naming pattern such as ``customer-{id}``.

    For every id that can be named, ``parse(format(id)) == id``; for every name that conforms with
    an id that can be named, ``format(parse(name)) == name``.

    Raises:
        SettingsError: the pattern has no ``{id}``, more than one, text that no name may hold, or no
            room left for an id.
    """

    pattern: str = "customer-{id}"
    prefix: str = field(init=False, repr=False)
    suffix: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = self.pattern.split("{id}")
        if len(parts) != 2:
            raise SettingsError(
                f"the convention {self.pattern!r} must hold {{id}} exactly once",
                key="audit.convention",
                hint='write the text before and after it, such as convention = "customer-{id}"',
            )
        for part in parts:
            if bad := _NOT_ALLOWED.search(part):
                raise SettingsError(
                    f"the convention {self.pattern!r} holds {bad.group()!r}, which no name may",
                    key="audit.convention",
                    hint="use letters, digits, '_' and '-' around {id}",
                )
        if len(self.pattern) - len("{id}") >= MAX_NAME_LENGTH:
            raise SettingsError(
                f"the convention {self.pattern!r} leaves no room for an id",
                key="audit.convention",
                hint=f"a name has at most {MAX_NAME_LENGTH} characters, the id included",
            )
        object.__setattr__(self, "prefix", parts[0])
        object.__setattr__(self, "suffix", parts[1])

    def parse(self, name: str) -> str | None:
        """The id in a name that conforms, or None where it doesn't."""
        fixed = len(self.prefix) + len(self.suffix)
        if len(name) <= fixed or not name.startswith(self.prefix) or not name.endswith(self.suffix):
            return None
        customer_id = name[len(self.prefix) : len(name) - len(self.suffix)]
        return customer_id if customer_id == customer_id.strip(BLANKS) else None

    def format(self, customer_id: str) -> str:
        """The name for an id.

        Raises:
            UnnameableIdError: saying why it can't be named.
        """
        if problem := self.problem(customer_id):
            raise UnnameableIdError(customer_id, problem)
        return f"{self.prefix}{customer_id}{self.suffix}"

    def problem(self, customer_id: str) -> str | None:
        """Why this id can't be named, or None where it can."""
        if not customer_id:
            return "it is empty"
        return name_problem(f"{self.prefix}{customer_id}{self.suffix}")

    def parse_all(self, names: pd.Series[Any]) -> pd.Series[Any]:
        """``parse`` over a text column: the ids (dtype ``str``), null where a name doesn't conform."""
        names = names.astype("str")
        end = -len(self.suffix) if self.suffix else None
        ids = names.str.slice(len(self.prefix), end)
        fits = (
            names.str.startswith(self.prefix)
            & names.str.endswith(self.suffix)
            & (names.str.len() > len(self.prefix) + len(self.suffix))
            & (ids == ids.str.strip(BLANKS))
        )
        return ids.where(fits.fillna(False).astype(bool))

    def format_all(self, customer_ids: pd.Series[Any]) -> pd.Series[Any]:
        """``format`` over a text column (dtype ``str``), null where an id can't be named."""
        ids = customer_ids.astype("str")
        names = self.prefix + ids + self.suffix
        fits = ids.str.fullmatch(r"[A-Za-z0-9_-]+") & (names.str.len() <= MAX_NAME_LENGTH)
        return names.where(fits.fillna(False).astype(bool))
