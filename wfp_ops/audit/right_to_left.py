"""Right-to-left words in a left-to-right page: set apart, or they pull digits to the wrong side."""

from __future__ import annotations

import re

from markupsafe import Markup

# Words of Hebrew, Arabic and their like, with what joins them into one name
_LETTERS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
PATTERN = f"([{_LETTERS}]+(?:[ _.-]?[{_LETTERS}]+)*)"
_WORDS = re.compile(PATTERN)
_BDI = Markup("<bdi>{}</bdi>")


def isolated(text: str) -> Markup:
    """The text as HTML, escaped, with right-to-left words each in a ``bdi``."""
    if text.isascii():
        return Markup.escape(text)
    parts = _WORDS.split(text)
    return Markup("").join(_BDI.format(part) if place % 2 else part for place, part in enumerate(parts))
