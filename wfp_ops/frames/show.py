"""How a value with named facts shows itself in a notebook: a small table, every text escaped.

Styles stand inline, because GitHub and untrusted notebooks drop style sheets; no colour is set, so
that light and dark themes colour it as their own tables.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

from wfp_ops.errors import visible

_LABEL = "text-align:left;vertical-align:top;white-space:nowrap"
_VALUE = "text-align:left;vertical-align:top;white-space:normal;overflow-wrap:anywhere"


def facts_table(title: str, facts: Mapping[str, object]) -> str:
    """HTML: the title, and below it a row for each fact that is not None."""
    rows = "".join(
        f"<tr><th style='{_LABEL}'>{_escaped(label)}</th><td style='{_VALUE}'>{_escaped(value)}</td></tr>"
        for label, value in facts.items()
        if value is not None
    )
    heading = f"<strong style='overflow-wrap:anywhere'>{_escaped(title)}</strong>"
    return f"<div style='max-width:1000px'>{heading}<table style='margin-left:0'>{rows}</table></div>"


def _escaped(value: object) -> str:
    return html.escape(visible(str(value)))
