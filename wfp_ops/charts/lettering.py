"""Text in charts: what can't be seen or drawn is made visible, what is too long is cut in its middle."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from wfp_ops.charts.look import DPI, FAMILY
from wfp_ops.errors import visible

ELLIPSIS = "…"
_MOST_MARKS = 3  # accents on one letter; more of them would paint over other lines

# What draws other scripts, where it is installed
_FALLBACKS = (
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans CJK KR",
    "Noto Sans SC",
    "Noto Sans JP",
    "Noto Sans KR",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Arial Unicode MS",
)


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """The fonts that text is drawn with, first that of every chart, then what is here for other scripts."""
    here = set(font_manager.get_font_names())
    return (FAMILY, *(name for name in _FALLBACKS if name in here))


@lru_cache(maxsize=1)
def _drawable() -> frozenset[int]:
    covered: set[int] = set()
    for family in families():
        path = font_manager.findfont(FontProperties(family=family))
        covered |= set(font_manager.get_font(path).get_charmap())
    return frozenset(covered)


def drawable(text: str) -> bool:
    """Whether the fonts at hand have every character of a text that can be seen."""
    return text.isascii() or {ord(character) for character in visible(text)} <= _drawable()


def shown(text: str) -> str:
    """Somebody else's text, safe to draw: control and bidi characters, and what no font has, as escapes."""
    text = visible(text)
    return text if text.isascii() else "".join(_escaped(text))


def _escaped(text: str) -> Iterable[str]:
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _MOST_MARKS or ord(character) not in _drawable():
            yield character.encode("unicode_escape").decode("ascii")
        else:
            yield character


@lru_cache(maxsize=1)
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, DPI)  # type: ignore[no-untyped-call]


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How many pixels a text is wide, at a size of type in points."""
    font = FontProperties(family=list(families()), size=size, weight="bold" if bold else "normal")
    measure = _renderer().get_text_width_height_descent
    return float(measure(text, font, ismath=False)[0])  # type: ignore[no-untyped-call]


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text, cut in its middle until it fits: names often differ at their end."""
    if width(text, size, bold=bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(_cut(text, middle), size, bold=bold) <= room:
            low = middle
        else:
            high = middle - 1
    return _cut(text, low)


def _cut(text: str, keep: int) -> str:
    head = (keep * 3 + 4) // 5
    tail = keep - head
    return f"{text[:head].rstrip()}{ELLIPSIS}{text[len(text) - tail :].lstrip() if tail else ''}"


def fitted_apart(texts: Sequence[str], room: float, size: float) -> list[str]:
    """Each text fitted, and none like another: what became alike is numbered."""
    found = [fitted(text, room, size) for text in texts]
    seen: dict[str, int] = {}
    for place, text in enumerate(found):
        seen[text] = seen.get(text, 0) + 1
        if seen[text] > 1:
            number = f" ({seen[text]})"
            found[place] = fitted(texts[place], room - width(number, size), size) + number
    return found


def wrapped(parts: Sequence[str], room: float, size: float, joint: str = " · ") -> list[str]:
    """Lines of parts that belong together, broken between parts, and within one only where it must be."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{joint}{part}" if lines else part
        if lines and width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines += _broken(part, room, size)
    return lines


def _broken(text: str, room: float, size: float) -> list[str]:
    if width(text, size) <= room:
        return [text]
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if not lines[-1] or width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [fitted(line, room, size) for line in lines]
