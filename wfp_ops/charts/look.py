"""How every chart looks: colours for light and dark, sizes of type, what matplotlib is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, SupportsFloat

from wfp_ops.errors import SettingsError

Size = tuple[int, int]

DPI = 100
SIZE: Size = (1000, 600)
SMALLEST: Size = (400, 300)
FAMILY = "DejaVu Sans"  # matplotlib brings it along, so that a chart is the same on every machine

# Okabe and Ito's palette, which colour-blind people can tell apart
BLUE, SKY, GREEN, ORANGE = "#0072b2", "#56b4e9", "#009e73", "#e69f00"
VERMILLION, PURPLE = "#d55e00", "#cc79a7"


@dataclass(frozen=True)
class Palette:
    """The colours of one style; ``paper`` to ``line`` are those of the report's page."""

    paper: str
    ink: str
    muted: str
    line: str
    main: str
    soft: str
    others: str
    unknown: str
    bad: str
    left: str
    quiet: str
    shares: tuple[str, ...]


PALETTES: Mapping[str, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#15181c",
        muted="#5b6470",
        line="#e2e5ea",
        main=BLUE,
        soft="#b8d8ea",
        others="#8b95a1",
        unknown="#bcc3cc",
        bad=VERMILLION,
        left=ORANGE,
        quiet="#e3ebf2",
        shares=("#fdead3", "#fbcf9d", "#f08a3c", "#c0450d", "#5f1600"),
    ),
    "dark": Palette(
        paper="#111418",
        ink="#e7eaee",
        muted="#9aa4b0",
        line="#272d35",
        main=SKY,
        soft="#2b4d63",
        others="#7d8792",
        unknown="#4d5662",
        bad="#f07f2e",
        left=ORANGE,
        quiet="#212c38",
        shares=("#3d2413", "#713711", "#bd5610", "#f49b4d", "#ffe6cc"),
    ),
}


@dataclass(frozen=True)
class Look:
    """One chart's style and size in pixels (at 100 dots per inch); sizes of type follow the size."""

    palette: Palette
    width: int
    height: int

    @property
    def type(self) -> float:
        """The size of ordinary type, in points: small charts keep it readable, large ones use their room."""
        return float(min(12.0, max(8.0, 9.5 * min(self.width / SIZE[0], self.height / SIZE[1]) ** 0.5)))

    @property
    def em(self) -> float:
        """The same in pixels: the unit of every distance."""
        return self.type * DPI / 72


def look_of(style: str, size: Size) -> Look:
    """The look for a style and a size in pixels.

    Raises:
        SettingsError: there is no such style, or nothing can be read at such a size.
    """
    if not isinstance(style, str) or style not in PALETTES:
        raise SettingsError(f"there is no style {style!r}", key="style", hint='take "light" or "dark"')
    if not (isinstance(size, tuple | list) and len(size) == 2 and all(map(is_number, size))):
        raise SettingsError(f"{size!r} is no size", key="size", hint="take (width, height) in pixels")
    width, height = size
    if width < SMALLEST[0] or height < SMALLEST[1]:
        raise SettingsError(
            f"nothing can be read in {width} x {height} pixels",
            key="size",
            hint=f"take at least {SMALLEST[0]} x {SMALLEST[1]}",
        )
    return Look(PALETTES[style], int(width), int(height))


def is_number(value: object) -> bool:
    """Whether something is a finite number, and no truth value."""
    return isinstance(value, SupportsFloat) and not isinstance(value, bool) and math.isfinite(float(value))


def told(look: Look, families: tuple[str, ...]) -> dict[str, Any]:
    """What matplotlib is told over its own defaults, whatever the user has set elsewhere."""
    palette = look.palette
    return {
        "font.family": list(families),
        "font.size": look.type,
        "text.color": palette.ink,
        "text.parse_math": False,  # a name with dollars is a name, no formula
        "text.usetex": False,
        "axes.facecolor": palette.paper,
        "axes.edgecolor": palette.muted,
        "axes.labelcolor": palette.muted,
        "axes.labelsize": look.type,
        "axes.titlecolor": palette.ink,
        "axes.titlesize": look.type,
        "axes.titlelocation": "left",
        "axes.axisbelow": True,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.xmargin": 0.0,
        "xtick.color": palette.muted,
        "ytick.color": palette.muted,
        "xtick.labelsize": look.type * 0.92,
        "ytick.labelsize": look.type * 0.92,
        "xtick.major.size": 3.0,
        "ytick.major.size": 0.0,
        "grid.color": palette.line,
        "grid.linewidth": 0.8,
        "hatch.color": palette.muted,
        "hatch.linewidth": 0.8,
        "lines.linewidth": 1.4,
        "legend.frameon": False,
        "svg.fonttype": "path",
        "svg.hashsalt": "wfp-ops",
    }
