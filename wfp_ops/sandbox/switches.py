"""What can be set while the sandbox runs: where Cloudflare's own behaviour varies, or is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from wfp_ops.sandbox.control_input import InputError


@dataclass(frozen=True)
class Switches:
    """The present settings, as ``GET /sandbox/settings`` shows them.

    ``listing``: ``plain`` (all namespaces, no ``result_info``: what Cloudflare documents), ``paged`` (pages
    with ``result_info``), ``paged_silent`` (pages without). ``page_size`` is what a page holds unless
    ``per_page`` asks for less or more; ``worker_page_size`` what a page of Workers holds unless ``limit``
    says otherwise. ``missing_worker``: a Worker that is not there answers with 404 (``not_found``) or with
    200 and ``script: null`` (``null``). ``consistency_delay_s``: for so many seconds a new namespace is
    seen by nobody, and asking for it answers ``consistency_status`` (404 or 403).
    ``upload_touches_namespace``: an upload or deletion changes its namespace's ``modified_on`` as well.

    Those of analytics: whether the token may read them (``permitted``), whether the account has the dataset
    (``enabled``), its limits as the settings node tells them (seconds, rows, fields), fields that it lacks
    (``missing_fields``, such as ``sum_wallTime``), datasets in one request (``max_nodes``), requests in
    ``rate_window_s`` seconds (None: no limit), whether busy Workers are sampled, and whether errors come
    under HTTP 200 (as they often do) or under the status that Cloudflare documents.
    """

    listing: Literal["plain", "paged", "paged_silent"] = "plain"
    page_size: int = 100
    worker_page_size: int = 100
    missing_worker: Literal["not_found", "null"] = "not_found"
    consistency_delay_s: float = 0.0
    consistency_status: int = 404
    purchased: bool = True
    token_kind: Literal["user", "account"] = "user"  # noqa: S105 - a kind, no token
    upload_touches_namespace: bool = True
    rate_limit: int | None = None
    rate_window_s: float = 300.0
    analytics_permitted: bool = True
    analytics_enabled: bool = True
    analytics_max_duration: int = 31 * 86_400
    analytics_not_older_than: int = 93 * 86_400
    analytics_max_page_size: int = 10_000
    analytics_max_fields: int = 50
    analytics_missing_fields: Sequence[str] = ()
    analytics_max_nodes: int = 30
    analytics_rate_limit: int | None = 300
    analytics_rate_window_s: float = 300.0
    analytics_sampling: bool = True
    analytics_errors_as_200: bool = True

    def is_account_token(self) -> bool:
        """Whether the token is owned by the account and not by a user."""
        return self.token_kind == "account"  # noqa: S105 - a kind, no token

    def to_json(self) -> dict[str, Any]:
        """The settings as a JSON object."""
        return asdict(self)

    def changed(self, wanted: Mapping[str, Any]) -> Switches:
        """These settings with the wanted ones in place.

        Raises:
            InputError: an unknown setting, or a value that makes no sense for it; the words say which.
        """
        for name, value in wanted.items():
            if name not in _RULES:
                raise InputError(f"no setting {name!r}: there are {', '.join(_RULES)}")
            holds, words = _RULES[name]
            if not holds(value):
                raise InputError(f"{name}: {words}, not {value!r}")
        return replace(self, **wanted)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


_COUNT = (_count, "a whole number of at least 1")
_BOOL = (lambda v: isinstance(v, bool), "true or false")
_QUOTA = (lambda v: v is None or _count(v), "null or a whole number of at least 1")
_SPAN = (lambda v: _number(v) and v > 0, "a number of seconds above 0")

# What each setting may be, and the words for it.
_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "listing": (lambda v: v in ("plain", "paged", "paged_silent"), "plain, paged or paged_silent"),
    "page_size": _COUNT,
    "worker_page_size": _COUNT,
    "missing_worker": (lambda v: v in ("not_found", "null"), "not_found or null"),
    "consistency_delay_s": (lambda v: _number(v) and v >= 0, "a number of seconds, 0 or more"),
    "consistency_status": (lambda v: v in (403, 404), "403 or 404"),
    "purchased": _BOOL,
    "token_kind": (lambda v: v in ("user", "account"), "user or account"),
    "upload_touches_namespace": _BOOL,
    "rate_limit": _QUOTA,
    "rate_window_s": _SPAN,
    "analytics_permitted": _BOOL,
    "analytics_enabled": _BOOL,
    "analytics_max_duration": _COUNT,
    "analytics_not_older_than": _COUNT,
    "analytics_max_page_size": _COUNT,
    "analytics_max_fields": _COUNT,
    "analytics_missing_fields": (_texts, "a list of fields such as sum_wallTime"),
    "analytics_max_nodes": _COUNT,
    "analytics_rate_limit": _QUOTA,
    "analytics_rate_window_s": _SPAN,
    "analytics_sampling": _BOOL,
    "analytics_errors_as_200": _BOOL,
}
