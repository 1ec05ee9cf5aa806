"""The one tree of errors: every error that wfp-ops raises on purpose stands here.

::

    WfpOpsError
    ├── SettingsError                     a flag, a variable or wfp-ops.toml (file, line, key)
    │   ├── MissingExtraError             an optional part is not installed
    │   └── BadNameError                  a name or id that no request can carry (also a ValueError)
    ├── CustomerListError                 a customer list (file, row, column)
    ├── UnnameableIdError                 an id that the convention can't turn into a name
    ├── FrameError                        a DataFrame that lacks a column or has a wrong one
    ├── SandboxError                      the embedded API server did not start or died
    ├── StateError                        what is kept between runs can't be read or written (path)
    │   ├── StateBusyError                another run holds it
    │   ├── SnapshotError                 one snapshot is cut, changed, or of another version
    │   ├── PlanError                     a plan's file, or what lies beside it, is none or is not there
    │   ├── JournalError                  a journal is cut, was changed, or is no journal
    │   ├── HistoryError                  a file of the usage history is cut, was changed, or is not ours
    │   └── ArchiveError                  an archive is cut, was changed, or lacks what it should hold
    ├── RefusedError                      a rule that protects said no (reasons)
    └── APIError                          everything that went wrong between us and Cloudflare
        ├── APIConnectionError            no answer: refused, reset, no such host
        │   └── APITimeoutError           no answer in time
        ├── AmbiguousOutcomeError         a change was sent, its answer was lost
        ├── APIResponseValidationError    an answer that is not what the endpoint promises (field)
        │   └── IncompleteListingError    a listing shorter than it says, or one that contradicts itself
        └── APIStatusError                Cloudflare said no (status_code, code, ray_id, retry_after_s)
            ├── BadRequestError           400
            │   └── NamespaceNameError    100120: the name is taken or not allowed
            ├── AuthenticationError       401, and a malformed or unknown token
            │   └── AccountTokenError     an account-owned token on an endpoint for users
            ├── PermissionDeniedError     403
            │   ├── NotPurchasedError     10121: the account has no Workers for Platforms
            │   └── FirewallError         an HTML page from the firewall instead of an answer
            ├── NotFoundError             404
            │   ├── NamespaceNotFoundError
            │   └── WorkerNotFoundError
            ├── ConflictError             409
            ├── UnprocessableEntityError  422
            ├── RateLimitError            429
            ├── InternalServerError       500 and above
            └── AnalyticsError            the analytics endpoint said no, whatever the HTTP status
                ├── AnalyticsQuotaError        its 300 queries in five minutes are spent (a rate limit, too)
                ├── AnalyticsPermissionError   the token may not read analytics (a refused permission, too)
                ├── AnalyticsRangeError        older than the account's reach, or wider than one query may be
                ├── AnalyticsQueryError        the query asks for something that is not there
                ├── AnalyticsTooLargeError     the query asks for too much at once
                └── AnalyticsUnavailableError  it can't answer now (a failure of Cloudflare's side, too)

Names that the official Python SDK has too mean what they mean there. Facts are attributes;
the message is made from them here. No error ever holds a token.
"""

from __future__ import annotations

import html
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REPORT_TO = "https://github.com/wfp-ops/wfp-ops/issues"


def visible(text: str) -> str:
    """The text with what can't be seen made visible, as escapes.

    That is control and format characters, bidi overrides among them, so that a name can neither
    move the cursor nor turn the text around it.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == " " else repr(character)[1:-1]
        for character in text
    )


def place_in_code(error: BaseException) -> str:
    """The innermost line of ours that an error came through, to report what nobody foresaw."""
    package = Path(__file__).parent
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(package)
    ]
    if not ours:
        return "an unknown place"
    return f"{Path(ours[-1].filename).relative_to(package.parent).as_posix()}, line {ours[-1].lineno}"


class WfpOpsError(Exception):
    """The root. ``hint`` says what to do next; ``facts()`` says where it happened."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def facts(self) -> dict[str, str]:
        """Where it happened, as label → text, in the order to show; empty values are left out."""
        return {}

    def __str__(self) -> str:
        lines = [visible(self.message)]
        lines += [f"  {label}: {visible(text)}" for label, text in self.facts().items() if text]
        if self.hint:
            lines.append(f"  what to do: {visible(self.hint)}")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of its traceback: the message alone, and no local variables."""
        return f"{type(self).__name__}: {self}".split("\n")

    def _repr_html_(self) -> str:
        """The same as a table; a server's words may be long, so they wrap."""
        rows = "".join(
            f"<tr><th style='text-align:left;vertical-align:top;white-space:nowrap'>{html.escape(label)}</th>"
            f"<td style='text-align:left;overflow-wrap:anywhere'>{html.escape(visible(text))}</td></tr>"
            for label, text in {**self.facts(), "what to do": self.hint or ""}.items()
            if text
        )
        title = html.escape(f"{type(self).__name__}: {visible(self.message)}")
        return (
            f"<div style='max-width:1000px;overflow-wrap:anywhere'><strong>{title}</strong>"
            f"<table style='margin-left:0'>{rows}</table></div>"
        )


class SettingsError(WfpOpsError):
    """A setting is missing, wrong or contradicts another. Names the file, line and key where it has them."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line
        self.key = key

    def facts(self) -> dict[str, str]:
        """File with line, and the key."""
        place = self.file or ""
        if self.file and self.line is not None:
            place = f"{self.file}, line {self.line}"
        return {"file": place, "key": self.key or ""}


class MissingExtraError(SettingsError):
    """An optional part is not installed. The hint is the line to type."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed", hint=f"pip install 'wfp-ops[{extra}]'")
        self.extra = extra


class BadNameError(SettingsError, ValueError):
    """A name or an id that no request can carry: empty, ``.``, ``..``, or no valid text.

    It is a ValueError, too, because the official Python SDK raises that one here.
    """


class CustomerListError(WfpOpsError):
    """A customer list can't be read as one. Names the file and, where there is one, row and column."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.row = row
        self.column = column

    def facts(self) -> dict[str, str]:
        """File, row and column."""
        row = "" if self.row is None else str(self.row)
        return {"file": self.file or "", "row": row, "column": self.column or ""}


class UnnameableIdError(WfpOpsError):
    """A customer id that the convention can't turn into a name; ``reason`` says why."""

    def __init__(self, customer_id: str, reason: str) -> None:
        super().__init__(
            f"customer id {customer_id!r} makes no valid name: {reason}",
            hint="give this customer a name of its own in the customer list's namespace column",
        )
        self.customer_id = customer_id
        self.reason = reason


class FrameError(WfpOpsError):
    """A DataFrame is not what its declaration in ``wfp_ops.frames.columns`` says."""

    def __init__(self, message: str, *, frame: str, column: str | None = None) -> None:
        super().__init__(message)
        self.frame = frame
        self.column = column

    def facts(self) -> dict[str, str]:
        """Frame and column."""
        return {"frame": self.frame, "column": self.column or ""}


class SandboxError(WfpOpsError):
    """The embedded API server did not start, or ended before it should."""


class StateError(WfpOpsError):
    """What is kept between runs can't be read or written. ``path`` is the file or folder that it is about."""

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path

    def facts(self) -> dict[str, str]:
        """The path."""
        return {"path": self.path}


class StateBusyError(StateError):
    """Another run holds the state folder, and did not let go of it in time; the message says which."""


class SnapshotError(StateError):
    """One snapshot can't be used: it is cut, was changed, is of another version, or is not there."""


class PlanError(StateError):
    """A plan can't be read: no such file, no plan in it, or a file beside it is missing or was changed."""


class JournalError(StateError):
    """A journal can't be trusted: cut, edited, reordered, or no journal at all; ``line`` says where.

    Lines count from 1; None where it is the file as a whole.
    """

    def __init__(self, message: str, *, path: str, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, path=path, hint=hint)
        self.line = line

    def facts(self) -> dict[str, str]:
        """The path and the line."""
        return {**super().facts(), "line": "" if self.line is None else str(self.line)}


class ArchiveError(StateError):
    """An archive can't be made, or can't be trusted: cut, changed, or not all of it is there."""


class HistoryError(StateError):
    """A file of the usage history can't be used: it is cut, was changed, or is none of ours.

    It is never left out silently: what is made of the other files would look whole.
    """


class RefusedError(WfpOpsError):
    """A rule that protects said no; ``reasons`` holds each as a sentence."""

    def __init__(self, message: str, *, reasons: Sequence[str], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reasons = tuple(reasons)

    def facts(self) -> dict[str, str]:
        """Each reason."""
        several = len(self.reasons) > 1
        return {f"reason {n}" if several else "reason": each for n, each in enumerate(self.reasons, 1)}


class APIError(WfpOpsError):
    """Something went wrong between us and Cloudflare. ``endpoint`` is method and path, never a token."""

    def __init__(self, message: str, *, endpoint: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.endpoint = endpoint

    def facts(self) -> dict[str, str]:
        """The endpoint."""
        return {"endpoint": self.endpoint or ""}


class APIConnectionError(APIError):
    """No answer came: name not resolved, connection refused, reset or cut."""


class APITimeoutError(APIConnectionError):
    """No answer came in time."""


class AmbiguousOutcomeError(APIError):
    """A change was sent and its answer was lost: it may or may not have happened.

    ``status_code`` is the HTTP status where one came (a 5xx), else None.
    """

    def __init__(
        self,
        message: str,
        *,
        endpoint: str | None = None,
        hint: str | None = None,
        status_code: int | None = None,
        ray_id: str | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint, hint=hint)
        self.status_code = status_code
        self.ray_id = ray_id

    def facts(self) -> dict[str, str]:
        """Endpoint, HTTP status and ray id."""
        status = "" if self.status_code is None else str(self.status_code)
        return {**super().facts(), "http status": status, "ray id": self.ray_id or ""}


class APIResponseValidationError(APIError):
    """An answer is not what the endpoint promises; ``field`` is the path of what is wrong in it."""

    def __init__(
        self,
        message: str,
        *,
        endpoint: str | None = None,
        hint: str | None = None,
        field: str | None = None,
        ray_id: str | None = None,
        status_code: int | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint, hint=hint)
        self.field = field
        self.ray_id = ray_id
        self.status_code = status_code

    def facts(self) -> dict[str, str]:
        """Endpoint, HTTP status, field and ray id."""
        status = "" if self.status_code is None else str(self.status_code)
        return {
            **super().facts(),
            "http status": status,
            "field": self.field or "",
            "ray id": self.ray_id or "",
        }


class IncompleteListingError(APIResponseValidationError):
    """A listing is shorter than it says, or contradicts itself: no frame is made from it."""


class APIStatusError(APIError):
    """Cloudflare refused.

    ``status_code`` is the HTTP status, ``code`` Cloudflare's own (first of ``errors``), ``errors``
    the envelope's list, ``body`` the answer's text (cut), ``ray_id`` what Cloudflare's support asks
    for, ``retry_after_s`` seconds to wait where the answer said so.
    """

    def __init__(
        self,
        message: str,
        *,
        endpoint: str | None = None,
        hint: str | None = None,
        status_code: int = 0,
        code: int | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        field: str | None = None,
        ray_id: str | None = None,
        retry_after_s: float | None = None,
        body: str | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint, hint=hint)
        self.status_code = status_code
        self.code = code
        self.errors = tuple(errors)
        self.field = field
        self.ray_id = ray_id
        self.retry_after_s = retry_after_s
        self.body = body

    def facts(self) -> dict[str, str]:
        """Endpoint, HTTP status, Cloudflare's code, field, ray id."""
        return {
            **super().facts(),
            "http status": str(self.status_code) if self.status_code else "",
            "cloudflare code": "" if self.code is None else str(self.code),
            "field": self.field or "",
            "ray id": self.ray_id or "",
        }


class BadRequestError(APIStatusError):
    """400: the request itself is wrong."""


class NamespaceNameError(BadRequestError):
    """400 with 100120: Cloudflare has one code for a name that is taken and one that is not allowed."""


class AuthenticationError(APIStatusError):
    """401, or a token that is malformed, unknown, disabled or expired."""


class AccountTokenError(AuthenticationError):
    """9106 and its kin: an account-owned token was used on an endpoint for user tokens."""


class PermissionDeniedError(APIStatusError):
    """403: the token is live but may not do this."""


class NotPurchasedError(PermissionDeniedError):
    """10121: the account has not bought Workers for Platforms, or it is not active yet."""


class FirewallError(PermissionDeniedError):
    """A page of a firewall (Cloudflare's, or one on the way) came instead of an answer."""


class NotFoundError(APIStatusError):
    """404: no such thing."""


class NamespaceNotFoundError(NotFoundError):
    """100119: no such dispatch namespace in this account."""


class WorkerNotFoundError(NotFoundError):
    """10007, 10090 or 10092, or 200 with ``script: null``: no such Worker in this namespace."""


class ConflictError(APIStatusError):
    """409."""


class UnprocessableEntityError(APIStatusError):
    """422."""


class RateLimitError(APIStatusError):
    """The rate budget is spent; ``retry_after_s`` says for how long.

    ``status_code`` is 429, or 0 where our own count held the request back and nothing was sent.
    """


class InternalServerError(APIStatusError):
    """500 and above: Cloudflare's side failed."""


class AnalyticsError(APIStatusError):
    """The analytics endpoint said no, whatever the HTTP status: it refuses under 200 as well."""


class AnalyticsQuotaError(AnalyticsError, RateLimitError):
    """The budget of analytics queries is spent; ``retry_after_s`` says for how long."""


class AnalyticsPermissionError(AnalyticsError, PermissionDeniedError):
    """The token is live but may not read this account's analytics."""


class AnalyticsRangeError(AnalyticsError):
    """The time asked for begins before the account's analytics reach, or is wider than one query may be."""


class AnalyticsQueryError(AnalyticsError):
    """The query asks for a field, a page size or an argument that the account's analytics do not have."""


class AnalyticsTooLargeError(AnalyticsError):
    """The query asks for too much at once: fewer nodes or a shorter time may pass."""


class AnalyticsUnavailableError(AnalyticsError, InternalServerError):
    """Analytics can't answer now: too many queries in progress, or a failure of Cloudflare's side."""
