"""How panels look: one style sheet, one colour for each state, one way to lay controls out."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import ipywidgets

from wfp_ops.audit.kinds import COLORS
from wfp_ops.widgets.markup import style


@cache
def _read(name: str) -> str:
    return files("wfp_ops.widgets").joinpath("static", name).read_text(encoding="utf-8")


def script(*names: str) -> str:
    """Files of this package as one module of JavaScript: a widget's must be one."""
    return "\n".join(map(_read, names))


def state_css() -> str:
    """A class for each state, from the one palette that reports and charts use, too."""
    return "\n".join(f".wfp-s-{name}{{--state:{color}}}" for name, color in COLORS.items())


def table_css() -> str:
    """The style sheet of a table."""
    return "\n".join((_read("look.css"), state_css(), _read("table.css")))


def panel_style() -> ipywidgets.HTML:
    """The style sheet of a panel, as a widget to put into it."""
    return style("\n".join((_read("look.css"), state_css(), _read("panel.css"))))


def row(*children: ipywidgets.Widget, classes: str = "") -> ipywidgets.Box:
    """Controls beside each other; what has no room goes to the next line."""
    return _box(children, "wfp-row", classes)


def stack(*children: ipywidgets.Widget, classes: str = "") -> ipywidgets.Box:
    """Parts below each other."""
    return _box(children, "wfp-stack", classes)


def visible_if(widget: ipywidgets.DOMWidget, condition: object) -> None:
    """Show a widget, or take it off the page."""
    widget.layout.display = None if condition else "none"


def _box(children: tuple[ipywidgets.Widget, ...], *classes: str) -> ipywidgets.Box:
    made = ipywidgets.Box(children)
    for each in " ".join(classes).split():
        made.add_class(each)
    return made
