"""What can be seen at Cloudflare: the token, what it may read, the account, the rate budget, the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from wfp_ops.account.doctor.check import Check
from wfp_ops.api.models import TokenStatus
from wfp_ops.api.probes import Probes
from wfp_ops.api.ratelimit_headers import Limit, read_limits
from wfp_ops.api.reply import Reply
from wfp_ops.api.server_clock import ahead_s
from wfp_ops.api.transport import Transport
from wfp_ops.clock import Clock, SystemClock, parse_time
from wfp_ops.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    AuthenticationError,
    FirewallError,
    InternalServerError,
    NotFoundError,
    NotPurchasedError,
    PermissionDeniedError,
    RateLimitError,
)
from wfp_ops.settings.checks import DEFAULT_BASE_URL, is_loopback

T = TypeVar("T")

_PATIENCE_S = 20.0
_EXPIRES_SOON = timedelta(days=14)
_SKEW_WARN_S = 60
_SKEW_FAIL_S = 300
_FEW = 0.1
_AN_AUDIT = 100
_TOKENS = {
    "user": "dash.cloudflare.com > My Profile > API Tokens",
    "account": "dash.cloudflare.com > Manage Account > Account API Tokens",
}
_WHERE = f"{_TOKENS['user']} (for an account-owned token: Manage Account > Account API Tokens)"


class Visit:
    """The reads of one examination; it remembers what came in the answers' headers."""

    def __init__(self, transport: Transport, account_id: str, clock: Clock) -> None:
        patience = transport.with_deadline(_PATIENCE_S)
        self.probes = Probes(patience.watched(self._see), account_id)
        self.transport = transport
        self.account_id = account_id
        self.clock = clock
        self.kind = "user"
        self.skews: list[float] = []
        self.limits: list[Limit] = []
        self.no_answer: APIConnectionError | None = None

    def ask(self, read: Callable[[], T]) -> T | APIError:
        """What a read brings, or its error; once nothing answers, nobody is asked again."""
        if self.no_answer is not None:
            return self.no_answer
        try:
            return read()
        except APIConnectionError as error:
            self.no_answer = error
            return error
        except APIError as error:
            return error

    def _see(self, reply: Reply) -> None:
        limits = read_limits(reply.headers.get("ratelimit"), reply.headers.get("ratelimit-policy"))
        self.limits = limits or self.limits
        ahead = ahead_s(self.clock, reply.headers)
        if ahead is not None:
            self.skews.append(ahead)


def token(visit: Visit, *, name: str = "token") -> Check:
    """Whether the token is live, asked of the endpoint for its kind; it may lack permissions all the same."""
    found = visit.ask(visit.probes.user_token)
    if isinstance(found, AuthenticationError | PermissionDeniedError) and not isinstance(
        found, FirewallError
    ):
        # an account-owned token is unknown to the users' endpoint although it works
        by_account = visit.ask(visit.probes.account_token)
        if isinstance(by_account, TokenStatus):
            visit.kind = "account"
            found = by_account
    if isinstance(found, TokenStatus):
        return _of_status(found, name, visit)
    if isinstance(found, AuthenticationError | PermissionDeniedError) and not isinstance(
        found, FirewallError
    ):
        hint = f"make a new one: {_WHERE} > Create Token, then put it where the old one is"
        return Check(
            name, "fail", "Cloudflare knows no such token, neither of a user nor of this account", hint
        )
    return _not_told(name, found)


def _of_status(status: TokenStatus, name: str, visit: Visit) -> Check:
    kind = "a user's" if visit.kind == "user" else "account-owned"
    where = _TOKENS[visit.kind]
    if not status.active:
        hint = f"{where} > … behind the token > Enable, or make a new one"
        return Check(name, "fail", f"{kind}, and it is {status.status}", hint)
    now = visit.clock.now()
    if (start := _moment(status.not_before)) is not None and start > now:
        return Check(
            name, "fail", f"{kind}, and good from {start:%Y-%m-%d %H:%M} UTC on only", f"{where} > Edit"
        )
    end = _moment(status.expires_on)
    if end is not None and end - now < _EXPIRES_SOON:
        verdict, said = ("fail", "expired") if end <= now else ("warn", "expires")
        hint = f"{where} > … behind the token > Edit > TTL, or Roll"
        return Check(name, "fail" if verdict == "fail" else "warn", f"{kind}, {said} on {end:%Y-%m-%d}", hint)
    return Check(name, "ok", f"{kind}, live, {'does not expire' if end is None else f'until {end:%Y-%m-%d}'}")


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_time(text)
    except ValueError:
        return None


def server(visit: Visit) -> Check:
    """Whether anything answers at the base URL, and whether it is where the API is."""
    url = visit.transport.base_url
    if (lost := visit.no_answer) is not None:
        hint = (
            "start it, or correct the base URL"
            if is_loopback(url)
            else "check the network, a proxy or firewall on the way, and the base URL (CLOUDFLARE_BASE_URL)"
        )
        return Check("base URL", "fail", f"{url}: {lost.message}", hint)
    if url == DEFAULT_BASE_URL:
        return Check("base URL", "ok", f"{url} answers")
    if is_loopback(url):
        return Check("base URL", "ok", f"{url} answers; it is on this machine, so no account of Cloudflare's")
    return Check(
        "base URL",
        "warn",
        f"{url} answers, and is not Cloudflare's own: it sees the token",
        f"if that is not your own proxy, set the base URL to {DEFAULT_BASE_URL}",
    )


def workers(visit: Visit) -> list[Check]:
    """The permission that every audit needs, the account itself, and whether it has Workers for Platforms."""
    names = ("account", "Workers Scripts: Read", "Workers for Platforms")
    found = visit.ask(visit.probes.namespaces)
    if isinstance(found, int):
        more = f"{found} namespaces on the first page of the listing"
        seen = (f"{visit.account_id} answers", "the namespaces can be listed", f"bought; {more}")
        return [Check(name, "ok", detail) for name, detail in zip(names, seen, strict=True)]
    account, permission, bought = (_not_told(name, found) for name in names)
    if isinstance(found, NotPurchasedError):
        account = Check(names[0], "ok", f"{visit.account_id} answers")
        permission = Check(names[1], "ok", "Cloudflare does not object to the token")
        hint = (
            "dash.cloudflare.com > Workers & Pages > Workers for Platforms > buy it; then wait some minutes"
        )
        bought = Check(names[2], "fail", "this account has not bought it (10121)", hint)
    elif isinstance(found, NotFoundError) or (isinstance(found, APIStatusError) and found.code == 7003):
        hint = "dash.cloudflare.com > the account > … beside its name > Copy account ID"
        account = Check(
            names[0], "fail", f"there is no account {visit.account_id} here: {found.message}", hint
        )
    elif isinstance(found, FirewallError):
        permission = Check(names[1], "fail", found.message, found.hint)
    elif isinstance(found, AuthenticationError | PermissionDeniedError):
        permission = _lacks(visit, names[1], found)
    elif isinstance(found, APIResponseValidationError):
        hint = f"correct the base URL; Cloudflare's is {DEFAULT_BASE_URL}"
        account = Check(names[0], "fail", f"what answers is not Cloudflare's API: {found.message}", hint)
    return [account, permission, bought]


def analytics(visit: Visit) -> Check:
    """The permission that usage, costs and the proof of no traffic need."""
    name = "Account Analytics: Read"
    found = visit.ask(visit.probes.analytics)
    if isinstance(found, NotFoundError):
        detail = "this server has no analytics endpoint (/graphql), so it can't be told"
        return Check(
            name, "unknown", detail, "nothing for an audit; usage and traffic need Cloudflare's own API"
        )
    if isinstance(found, AuthenticationError | PermissionDeniedError) and not isinstance(
        found, FirewallError
    ):
        check = _lacks(visit, name, found)
        return Check(
            name, "warn", f"{check.detail}; an audit works without it, usage does not", check.what_to_do
        )
    if isinstance(found, APIError):
        return _not_told(name, found)
    if not found.enabled:
        hint = "ask Cloudflare's support why analytics of Workers are off for this account"
        return Check(name, "warn", "analytics of Workers are switched off for this account", hint)
    days = f", {found.not_older_than // 86400} days back" if found.not_older_than else ""
    return Check(name, "ok", f"usage of Workers can be read{days}")


def account_settings(visit: Visit) -> Check:
    """The permission to see the account's name: good to have, and nothing needs it."""
    name = "Account Settings: Read"
    found = visit.ask(visit.probes.account_name)
    if isinstance(found, str):
        return Check(name, "ok", f"the account is called {found!r}" if found else "the account can be read")
    if isinstance(found, PermissionDeniedError | AuthenticationError) and not isinstance(
        found, FirewallError
    ):
        check = _lacks(visit, name, found)
        return Check(name, "warn", f"{check.detail}; nothing needs it", f"optional: {check.what_to_do}")
    if isinstance(found, NotFoundError):
        return Check(name, "unknown", "this server does not tell accounts' names; nothing needs them")
    return _not_told(name, found)


def rate_budget(visit: Visit) -> Check:
    """What is left of 1,200 requests in five minutes, by the answers and by this machine's own count."""
    name = "rate budget"
    wait = visit.transport.forecast_s(_AN_AUDIT)
    ours = (
        "this machine may send at once"
        if wait <= 0
        else f"this machine may send {_AN_AUDIT} within {wait:.0f} s"
    )
    least = min(visit.limits, key=lambda limit: limit.remaining / (limit.quota or 1200), default=None)
    if least is None:
        said = "the answers do not tell what is left"
    else:
        of = f" of {least.quota:,}" if least.quota else ""
        said = f"{least.remaining:,}{of} requests left, all of them again in {least.reset_s:.0f} s"
    detail = f"{said}; {ours}"
    if least is not None and least.remaining < _FEW * (least.quota or 1200):
        hint = (
            "wait that long; look what else uses this token or the same user's (CI, wrangler, the dashboard)"
        )
        return Check(name, "warn", detail, hint)
    if (note := visit.transport.budget_note) is not None:
        return Check(name, "warn", f"{detail}; {note}", "see 'state folder'")
    return Check(name, "warn" if wait > 0 else "ok", detail, "wait that long" if wait > 0 else None)


def clock(visit: Visit) -> Check:
    """How far this machine's clock is from the server's (its Date header): dates and expiries rest on it."""
    name = "clock"
    if isinstance(visit.clock, SystemClock) and visit.clock.is_set:
        return Check(name, "ok", f"set on purpose, to {visit.clock.now():%Y-%m-%d %H:%M} UTC; not compared")
    if not visit.skews:
        return Check(name, "unknown", "no answer tells the server's time", "compare it by hand: date -u")
    skew = min(visit.skews, key=abs)
    detail = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the server's"
    if abs(skew) <= _SKEW_WARN_S:
        return Check(name, "ok", "right" if abs(skew) < 2 else detail)
    hint = "set it by a time server: timedatectl set-ntp true (Linux); in a virtual machine, on its host"
    return Check(name, "fail" if abs(skew) > _SKEW_FAIL_S else "warn", detail, hint)


def _lacks(visit: Visit, permission: str, error: APIStatusError) -> Check:
    group, _, access = permission.partition(": ")
    hint = (
        f"{_TOKENS[visit.kind]} > … behind the token > Edit > Permissions: Account | {group} | {access}; and "
        f"under Account Resources include {visit.account_id}"
    )
    return Check(permission, "fail", f"the token may not read that ({error.message})", hint)


def _not_told(name: str, error: object) -> Check:
    if isinstance(error, APIConnectionError):
        return Check(name, "unknown", "nothing answers, so it can't be told", "see 'base URL'")
    if isinstance(error, RateLimitError | InternalServerError | APIError):
        return Check(name, "unknown", f"it can't be told: {error.message}", error.hint)
    return Check(name, "unknown", "it can't be told", "see above")
