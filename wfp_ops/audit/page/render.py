"""Audits → one HTML page that needs nothing but itself, and in which nothing but its own script can run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from wfp_ops.audit.kinds import COLORS
from wfp_ops.audit.page.mark import MARK
from wfp_ops.audit.page.values import moment
from wfp_ops.audit.page.view import account_view
from wfp_ops.audit.right_to_left import isolated
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit
    from wfp_ops.audit.several import FailedAudit

# Findings that are rows of the page from the start: a screenful and more is there at once, the script
# brings the rest as it is asked for (and where no script runs, a second table holds it)
DRAWN = 100


def render_page(
    audits: Sequence[Audit],
    *,
    failed: Sequence[FailedAudit] = (),
    usage: Mapping[str, Mapping[str, Any]] | None = None,
    generated_at: datetime | None = None,
) -> str:
    """The page of one audit or of several, as HTML; the same audits give the same text.

    Args:
        audits: one for each account, in the order in which the page shows them.
        failed: accounts that could not be audited: the page names them first.
        usage: what the section on usage shows, by the account's id; who is not in it has no such section.
        generated_at: when the page is made, if it should say so; when each account was read it
            says in any case.

    Raises:
        ValueError: there is neither an audit nor a failed one.
    """
    if not audits and not failed:
        raise ValueError("a report needs at least one audit")
    style, script = _style(), _source("report.js")
    accounts = [
        account_view(audit, number, (usage or {}).get(audit.account_id))
        for number, audit in enumerate(audits, start=1)
    ]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            mark=_own(MARK),
            policy=_policy(style, script),
            style=_own(style),
            script=_own(script),
            accounts=accounts,
            failed=[
                {
                    "name": visible(each.account),
                    "error": visible(each.error),
                    "hint": visible(each.what_to_do or ""),
                }
                for each in failed
            ],
            drawn=DRAWN,
            version=version("wfp-ops"),
            generated_at=None if generated_at is None else moment(generated_at),
        )
    )


def _own(text: str) -> Markup:
    """Markup that stands in this package: nothing of an account is ever in it."""
    return Markup(text)  # noqa: S704


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, sent or run but these two very texts: also not what got past the escaping."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _style() -> str:
    colors = "\n".join(f".s-{name}{{--state:{color}}}" for name, color in COLORS.items())
    return f"{_source('report.css')}\n{colors}\n"


@cache
def _source(name: str) -> str:
    return files("wfp_ops.audit.page").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("wfp_ops.audit.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["isolated"] = isolated
    environment.filters["number"] = _number
    environment.filters["data"] = _data
    return environment


def _number(value: int) -> str:
    return f"{value:,}"


def _data(value: Any) -> Markup:
    """JSON that may stand in a script element: no character of it can end the element."""
    return htmlsafe_json_dumps(value, ensure_ascii=False, separators=(",", ":"))
