"""Which error a refusal of the analytics endpoint is.

GraphQL refuses under HTTP 200 as well, with or without data beside it, and has no codes: the words
must tell (docs page "analytics/graphql-api/errors"). What ``extensions.code`` holds on some live
answers is undocumented, so it counts only where the words say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wfp_ops.api.reply import Reply, plain
from wfp_ops.errors import (
    AnalyticsError,
    AnalyticsPermissionError,
    AnalyticsQueryError,
    AnalyticsQuotaError,
    AnalyticsRangeError,
    AnalyticsTooLargeError,
    AnalyticsUnavailableError,
    APIStatusError,
    FirewallError,
)


@dataclass(frozen=True)
class Rule:
    """One row: a message that holds one of these words, or a code that is one of these, is this error."""

    error: type[AnalyticsError]
    hint: str
    words: tuple[str, ...]
    codes: tuple[str, ...] = ()


RULES: tuple[Rule, ...] = (
    Rule(
        AnalyticsPermissionError,
        "give the token 'Account Analytics: Read' on this very account; a new permission takes some seconds",
        ("not authorized", "unauthorized", "does not have access", "authentication"),
        ("authz", "unauthorized"),
    ),
    Rule(
        AnalyticsQuotaError,
        "analytics allow 300 queries in five minutes for all who share this token: wait, then go on",
        ("rate limiter budget depleted", "rate limit exceeded", "try again after 5 minutes"),
        ("quota", "budget"),
    ),
    Rule(
        AnalyticsTooLargeError,
        "ask for less at once: a shorter time, larger buckets, or namespaces without their Workers",
        ("queries too many nodes", "excessive resources"),
    ),
    Rule(
        AnalyticsRangeError,
        "ask for a later start, or a shorter time; wfp-ops doctor says how far back this account's analytics "
        "reach",
        ("cannot request data older than", "time range is too large", "time range wider than"),
    ),
    Rule(
        AnalyticsUnavailableError,
        "analytics can't answer at the moment: try again later (https://www.cloudflarestatus.com)",
        ("unable to execute query", "too many queries in progress", "internal server error"),
    ),
    Rule(
        AnalyticsQueryError,
        "the account's analytics know no such query: update wfp-ops; if it stays, report the message",
        (
            "error parsing args",
            "unknown field",
            "scalar fields must have no selections",
            "query contains error",
            "limit must be positive number",
            "number of fields can't be more than",
        ),
    ),
)
_OTHER = "see the message; the ray id helps Cloudflare's support"
_BY_STATUS = {
    400: AnalyticsQueryError,
    403: AnalyticsPermissionError,
    429: AnalyticsQuotaError,
}


def refused(reply: Reply, errors: Sequence[Any]) -> AnalyticsError:
    """The error for an answer of 2xx whose ``errors`` are not empty."""
    kind, hint, message = classify(reply.status, errors)
    return kind(
        f"Cloudflare refused: {message}",
        endpoint=reply.endpoint,
        hint=hint,
        status_code=reply.status,
        errors=[each for each in errors if isinstance(each, dict)],
        ray_id=reply.ray_id,
        body=reply.shown_body,
    )


def translated(error: APIStatusError) -> APIStatusError:
    """A refusal with an HTTP status of its own, as what it means here; others come back as they are.

    A firewall's page, a token that nobody knows (401), a server without the endpoint (404) and the throttling
    of the whole API (429 with a code) are none of the endpoint's own refusals.
    """
    if isinstance(error, AnalyticsError | FirewallError) or not error.status_code:
        return error
    if error.status_code == 429 and error.code is not None:
        return error
    if not any(message for message, _ in _said(error.errors)):
        return error
    kind, hint, message = classify(error.status_code, error.errors)
    if kind is AnalyticsError or (error.status_code == 401 and kind is not AnalyticsPermissionError):
        return error
    return kind(
        f"Cloudflare refused: {message}",
        endpoint=error.endpoint,
        hint=hint,
        status_code=error.status_code,
        code=error.code,
        errors=error.errors,
        ray_id=error.ray_id,
        retry_after_s=error.retry_after_s,
        body=error.body,
    )


def classify(status: int, errors: Sequence[Any]) -> tuple[type[AnalyticsError], str, str]:
    """The class, what to do, and the message of the first error that is known; else of the first."""
    said = list(_said(errors))
    for message, _ in said:
        for rule in RULES:
            if any(words in message.lower() for words in rule.words):
                return rule.error, rule.hint, plain(message)
    message = plain(said[0][0]) if said and said[0][0] else "it does not say why"
    for rule in RULES:
        if any(code in rule.codes for _, code in said) or rule.error is _BY_STATUS.get(status):
            return rule.error, rule.hint, message
    if status >= 500:
        unavailable = next(rule for rule in RULES if rule.error is AnalyticsUnavailableError)
        return unavailable.error, unavailable.hint, message
    return AnalyticsError, _OTHER, message


def _said(errors: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Message and code of each error; what is neither is empty."""
    for each in errors:
        found = each if isinstance(each, Mapping) else {"message": str(each)}
        extensions = found.get("extensions")
        code = extensions.get("code") if isinstance(extensions, Mapping) else None
        yield str(found.get("message") or ""), str(code or "").lower()
