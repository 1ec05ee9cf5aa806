"""A plan, and what came of it, as HTML: a fragment for a notebook, a page of its own for a mail."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from wfp_ops.audit.right_to_left import isolated
from wfp_ops.change.show.outcome import applied_view
from wfp_ops.change.show.view import view_of

if TYPE_CHECKING:
    from wfp_ops.change.plan import Plan
    from wfp_ops.change.result import Applied

# A page is what people approve a digest by, so it shows each step; no browser should choke on it either
_PAGE_STEPS = 5_000
_PAGE_ITEMS = 500
_PAGE_SENTENCES = 1_000
_FRAGMENT_ITEMS = 8
_FRAGMENT_ROWS = 15
_SYMBOLS: Mapping[str, tuple[str, str]] = {
    "critical": ("\N{HEAVY MULTIPLICATION X}", "#c2185b"),
    "warning": ("\N{BLACK UP-POINTING TRIANGLE}", "#d55e00"),
    "info": ("\N{BLACK CIRCLE}", "#0072b2"),
    "good": ("\N{CHECK MARK}", "#009e73"),
}
_VERDICTS = {
    "pass": _SYMBOLS["good"],
    "refuse": _SYMBOLS["critical"],
    "unknown": _SYMBOLS["critical"],
    "overridden": _SYMBOLS["warning"],
}


def as_html(plan: Plan) -> str:
    """A fragment for Jupyter: the first steps, what is left out, the guards, the words."""
    return _rendered("plan.html.j2", plan=view_of(plan, items=_FRAGMENT_ITEMS), verdicts=_VERDICTS)


def applied_html(applied: Applied) -> str:
    """A fragment for Jupyter: what came of an apply, what went otherwise than planned first."""
    view = applied_view(applied, rows=_FRAGMENT_ROWS, sentences=_FRAGMENT_ROWS)
    groups = [{**vars(group), **_look(group.tone), "open": group.outcome != "done"} for group in view.groups]
    compared = applied.comparison is not None
    return _rendered(
        "applied.html.j2",
        applied={**asdict(view), "groups": groups, "literal": repr(view.journal), "compared": compared},
    )


def as_page(plan: Plan) -> str:
    """A page that needs nothing but itself and runs nothing: every step, every reason, the whole digest."""
    style = f"{_text('wfp_ops.audit.page', 'report.css')}\n{_text('wfp_ops.change.show', 'page.css')}\n"
    return _rendered(
        "page.html.j2",
        plan=view_of(plan, steps=_PAGE_STEPS, items=_PAGE_ITEMS, sentences=_PAGE_SENTENCES),
        verdicts=_VERDICTS,
        style=Markup(style),  # noqa: S704 (it stands in this package: nothing of an account is ever in it)
        policy=_policy(style),
        version=version("wfp-ops"),
    )


def _look(tone: str) -> dict[str, str]:
    symbol, color = _SYMBOLS[tone]
    return {"symbol": symbol, "color": color}


def _policy(style: str) -> str:
    """Nothing may be loaded, sent or run, and no style but this: also not what got past the escaping."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _rendered(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _text(package: str, name: str) -> str:
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("wfp_ops.change.show"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["isolated"] = isolated
    return environment
