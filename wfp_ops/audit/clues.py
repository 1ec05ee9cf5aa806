"""Clues: every text in the customer list that may mean a customer's id, however it is written there.

An id that is written otherwise than a namespace bears it (a whole name, a number with decimals, two
ids in one cell, a mapping with a slip of the pen) matches nothing exactly. It must not make an orphan.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pandas as pd

from wfp_ops.audit.claims import Claims
from wfp_ops.audit.rules import Rules
from wfp_ops.audit.things import Flags, Records
from wfp_ops.naming.convention import MAX_NAME_LENGTH, Convention

_BETWEEN = re.compile(r"[\s,;|/]+")
_RUN = re.compile(r"[^\W_]+")


def clues_of(records: Records, claims: Claims, rules: Rules, which: Flags, *, aside: bool) -> pd.Series[Any]:
    """The texts that may mean an id of these usable records and, with ``aside``, of all set-aside ones."""
    usable = records.usable
    ids = [usable["customer_id"][which]]
    mappings = [usable["namespace"][which & claims.mapped_in_vain[: len(usable)]].dropna()]
    if aside:
        ids.append(records.aside_ids)
        mappings.append(records.aside["namespace"].dropna())
    texts = pd.concat(ids, ignore_index=True)
    unnameable = texts[rules.convention.format_all(texts).isna()]
    derived = [each for text in unnameable for each in fragments(text, rules.convention)]
    derived += [each for text in pd.concat(mappings) for each in _BETWEEN.split(text) if each]
    return pd.concat([texts, pd.Series(derived, dtype="str")], ignore_index=True).drop_duplicates()


def fragments(text: str, convention: Convention) -> Iterator[str]:
    """What an id that can't stand in a name may have been: its runs of letters and digits, its beginning."""
    plain = unicodedata.normalize("NFKC", html.unescape(text))
    plain = "".join(str(unicodedata.digit(each)) if each.isdigit() else each for each in plain)
    yield from _RUN.findall(plain)
    yield plain.strip("".join(each for each in plain if not each.isalnum()))
    room = MAX_NAME_LENGTH - len(convention.prefix) - len(convention.suffix)
    if len(plain) > room:
        yield plain[:room]
        yield plain[:room].rstrip("-_")
