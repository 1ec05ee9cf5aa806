"""Which error a refusal is: a table over (HTTP status, Cloudflare code, path), and nothing else.

Codes are matched together with the status, because a code means other things on other products;
never the message, which may change. Where an answer is HTTP 200 with ``success: false``, the
codes alone say what it is. Sources: cloudflare/workers-sdk, cloudflare/terraform-provider-cloudflare
and the API reference's pages of the endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wfp_ops.errors import (
    AccountTokenError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NamespaceNameError,
    NamespaceNotFoundError,
    NotFoundError,
    NotPurchasedError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
    WorkerNotFoundError,
)


@dataclass(frozen=True)
class Rule:
    """One row: these codes under these statuses (on paths that start so) are this error."""

    codes: frozenset[int]
    statuses: frozenset[int]
    error: type[APIStatusError]
    hint: str
    paths: tuple[str, ...] = ("",)

    def fits(self, status: int, code: int, path: str) -> bool:
        """Whether the row holds; an answer of 2xx that refuses is known by its code alone."""
        return (
            code in self.codes
            and (status in self.statuses or 200 <= status < 300)
            and path.startswith(self.paths)
        )


_USER_PATHS = ("/user", "/memberships")
_BINDING_TARGETS = frozenset({10041, 10061, 10085, 10144, 10157, 10159, 10181, 10182, 11000, 100143})
_ANY_REFUSAL = frozenset(range(400, 500))


def _rule(
    codes: int | frozenset[int],
    statuses: tuple[int, ...] | frozenset[int],
    error: type[APIStatusError],
    hint: str,
    paths: tuple[str, ...] = ("",),
) -> Rule:
    wanted = codes if isinstance(codes, frozenset) else frozenset({codes})
    return Rule(wanted, frozenset(statuses), error, hint, paths)


_NO_WORKER = "list the namespace's Workers to see which names exist"
_RENEW = "make a new token in the dashboard (My Profile or Manage Account, API Tokens) and use that"
_ACCOUNT_OWNED = (
    "an account-owned token can't be used on an endpoint for users: that alone does not make it a bad one;"
    " the account's own endpoint and a read of the namespaces tell"
)
_PERMISSION = (
    "give the token 'Workers Scripts: Read' (Edit for changes) on this very account;"
    " a new permission or token can take some seconds to count"
)

RULES: tuple[Rule, ...] = (
    _rule(
        100119,
        (404,),
        NamespaceNotFoundError,
        "list the namespaces to see which names exist; right after a create, try again in a few seconds",
    ),
    _rule(
        100119,
        (400,),
        BadRequestError,
        "a binding of this upload names a dispatch namespace that does not exist: correct it or create it",
    ),
    _rule(
        100120,
        (400,),
        NamespaceNameError,
        "Cloudflare has one code for both: look whether the name is taken, else use letters, digits and '-'",
    ),
    _rule(
        10121,
        _ANY_REFUSAL,
        NotPurchasedError,
        "buy Workers for Platforms for this account; it can take some minutes until it is active",
    ),
    _rule(frozenset({10007, 10090, 10092}), (404,), WorkerNotFoundError, _NO_WORKER),
    _rule(10056, (404,), NotFoundError, "list the Worker's secrets to see which names exist"),
    _rule(
        7003,
        (404,),
        NotFoundError,
        "check the account id (32 hexadecimal characters) and the names in the path: one is malformed",
    ),
    _rule(
        7003,
        (400,),
        BadRequestError,
        "check the account id (32 hexadecimal characters) and the names in the path: one is malformed",
    ),
    _rule(
        10021, (400,), BadRequestError, "the script or its metadata failed validation: correct what it names"
    ),
    _rule(10027, (400, 413), BadRequestError, "the script is too large: split it or leave dependencies out"),
    _rule(
        10057,
        (400,),
        BadRequestError,
        "an 'inherit' binding has no counterpart in the version before: give the binding in full",
    ),
    _rule(
        10068,
        (400,),
        BadRequestError,
        "the script does not parse or exports no handler: run it locally first",
    ),
    _rule(
        _BINDING_TARGETS,
        (400,),
        BadRequestError,
        "a binding names something that does not exist; if it is brand-new, try again in a few seconds",
    ),
    _rule(10000, (401,), AuthenticationError, "the token is not accepted here: check it, or " + _RENEW),
    _rule(10000, (400, 403), PermissionDeniedError, _PERMISSION),
    _rule(9106, (400, 401, 403), AccountTokenError, _ACCOUNT_OWNED, _USER_PATHS),
    _rule(9106, (400, 401, 403), AuthenticationError, "no valid token came with the request: " + _RENEW),
    _rule(
        9109,
        (401, 403),
        PermissionDeniedError,
        "the token may not use this resource, or not from this IP address: check both in its settings",
    ),
    _rule(
        frozenset({6111, 6103}),
        (400, 401, 403),
        AuthenticationError,
        "the token is malformed: copy it again, without quotes, blanks or 'Bearer' around it",
    ),
    _rule(1000, (400, 401, 403), AccountTokenError, _ACCOUNT_OWNED, _USER_PATHS),
    _rule(1000, (400, 401, 403), AuthenticationError, "the token is unknown: " + _RENEW),
    _rule(
        1001, (400, 401), AuthenticationError, "no token came with the request: a proxy may have taken it out"
    ),
    _rule(
        frozenset({971, 10429}),
        (429,),
        RateLimitError,
        "the budget of 1,200 requests in five minutes is spent by all who share this token: wait, then go on",
    ),
)

_BY_STATUS: Mapping[int, tuple[type[APIStatusError], str]] = {
    400: (BadRequestError, "the request itself is wrong: the message says what Cloudflare does not like"),
    401: (AuthenticationError, "the token is not accepted: " + _RENEW),
    403: (PermissionDeniedError, _PERMISSION),
    404: (NotFoundError, "check the account id and the names"),
    409: (ConflictError, "somebody changes the same thing right now: look again, then decide"),
    422: (UnprocessableEntityError, "the request is understood but not possible: the message says why"),
    429: (RateLimitError, "wait, then go on"),
}


def classify(status: int, errors: Sequence[Mapping[str, Any]], path: str) -> tuple[type[APIStatusError], str]:
    """The error class and what to do, for one refusal.

    ``errors`` is the envelope's list; its codes are tried in order, then those of their chains.
    """
    for code in _codes(errors):
        for rule in RULES:
            if rule.fits(status, code, path):
                return rule.error, rule.hint
    if status >= 500:
        return (
            InternalServerError,
            "Cloudflare's side failed: try again later (https://www.cloudflarestatus.com)",
        )
    return _BY_STATUS.get(status, (APIStatusError, "see the message; the ray id helps Cloudflare's support"))


def _codes(errors: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Every code, the outermost first."""
    level: list[Mapping[str, Any]] = list(errors)
    while level:
        yield from (code for item in level if (code := as_code(item.get("code"))) is not None)
        chains = [item.get("error_chain") for item in level]
        level = [
            inner for chain in chains if isinstance(chain, list) for inner in chain if isinstance(inner, dict)
        ]


def as_code(value: object) -> int | None:
    """A Cloudflare code as a number; some old endpoints send it as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None
