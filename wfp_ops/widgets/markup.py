"""The one place where text becomes HTML on a page: whatever is not markup of ours is escaped.

Names come from accounts and customer lists that others write. Panels show them in labels and tables,
which hold text alone, or through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import ipywidgets
from markupsafe import Markup, escape

from wfp_ops.audit.right_to_left import isolated
from wfp_ops.errors import visible

_CLASS = re.compile(r"[a-z0-9_-]+")


def text(value: object) -> Markup:
    """A value as it may stand in HTML: escaped, with what can't be seen made visible."""
    return value if isinstance(value, Markup) else isolated(visible(str(value)))


def element(name: str, *inside: object, classes: str = "", **attributes: object) -> Markup:
    """An element around values; each is escaped unless it is markup already.

    Attributes' names have ``-`` for ``_``, and one that is None is left out.
    """
    given = {"class": classes or None, **attributes}
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), visible(str(value)))
        for key, value in given.items()
        if value is not None
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, joined(inside))  # noqa: S704 (a tag of ours)


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Values one behind the other, each escaped unless it is markup already."""
    return escape(between).join(text(part) for part in parts)


def class_for(prefix: str, word: str) -> str:
    """The class of a word of ours, such as a state; a word that is none of ours gets the prefix alone."""
    return f"{prefix}-{word}" if _CLASS.fullmatch(word) else prefix


def box(value: object = "", *, classes: Iterable[str] = ()) -> ipywidgets.HTML:
    """A widget that shows a value: markup as it is, anything else escaped. Change it with ``put``."""
    made = ipywidgets.HTML()
    for each in ("wfp-html", *classes):
        made.add_class(each)
    put(made, value)
    return made


def put(shown: ipywidgets.HTML, value: object) -> None:
    """Show another value in a box."""
    shown.value = str(text(value))


def ours(html: str) -> Markup:
    """What a room below renders with escaping of its own, such as a plan's ``_repr_html_()``."""
    return Markup(html)  # noqa: S704 (autoescaped where it was rendered; never given a name)


def style(css: str) -> ipywidgets.HTML:
    """A style sheet as a widget without a size."""
    made = box(Markup("<style>{}</style>").format(Markup(css)))  # noqa: S704 (a file of this package)
    made.layout.display = "contents"
    return made
