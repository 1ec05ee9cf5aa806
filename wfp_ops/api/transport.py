"""What every call to Cloudflare goes through: budget, retries, deadline, declared shape, typed errors."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
from pydantic import SecretStr

from wfp_ops.api.budget import QUOTA, WINDOW_S, RateBudget
from wfp_ops.api.envelope import Answer, is_cut, read_answer, read_no_result, refusal, wrong_shape
from wfp_ops.api.origin import checked_base_url, checked_token
from wfp_ops.api.paths import with_query
from wfp_ops.api.ratelimit_headers import read_limits, read_retry_after
from wfp_ops.api.reply import Reply
from wfp_ops.api.retries import Deadline, Failure, RetryPolicy
from wfp_ops.api.server_clock import ServerClock
from wfp_ops.api.wire import FilePart, Lost, Request, Wire
from wfp_ops.clock import Clock, iso
from wfp_ops.errors import (
    AmbiguousOutcomeError,
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APITimeoutError,
    RateLimitError,
)

T = TypeVar("T")

DEADLINE_S = 120.0
# Cloudflare blocks a token for five minutes once its budget is passed (docs page
# "fundamentals/api/reference/limits"): assumed after so many 429 that don't say for how long
_BLOCK_S = 300.0
_VAGUE_TRIES = 3
_SETTLE = "look whether it happened before you do it again: it may have been carried out"
_NETWORK = "check the network and the base URL, then try again"


@dataclass(frozen=True)
class Download:
    """A body that is no envelope, such as a Worker's content; ``content_type`` tells how to read it.

    ``entrypoint`` is the name of the module that a Worker starts with, where the answer says so (header
    ``cf-entrypoint``).
    """

    body: bytes = field(repr=False)
    content_type: str
    entrypoint: str | None = None


@dataclass
class _Call:
    """One call under way: by when it must have ended, and how many 429 came without a time to wait."""

    deadline: Deadline
    vague: int = 0


class Transport:
    """Speaks to one base URL with one token. Threads may share it; close it, or use it as a context.

    Args:
        base_url: https, or http on this machine.
        token: held as a secret; no repr, error or traceback shows it.
        clock: tells the time and sleeps.
        state_dir: where the rate budget is shared with other processes; None keeps it in this one.
        rate_share: the part of Cloudflare's rate limit that we use at most.
        rate_limit: the rate limit itself: requests in ``rate_window_s``. What answers say only lowers it.
        rate_window_s: its window. Cloudflare's is five minutes; a server to measure against may have another.
        deadline_s: seconds that one call may take with all its waits and tries; None waits as long
            as Cloudflare asks.
        timeout_s: seconds without a byte after which one try is given up.
        user_agent: the User-Agent header.
        retries: how often a call is tried.

    Raises:
        SettingsError: the token or the base URL can't be used.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: SecretStr,
        clock: Clock,
        state_dir: Path | None = None,
        rate_share: float = 0.8,
        rate_limit: int = QUOTA,
        rate_window_s: float = WINDOW_S,
        deadline_s: float | None = DEADLINE_S,
        timeout_s: float = 30.0,
        user_agent: str = "wfp-ops",
        retries: RetryPolicy | None = None,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        token = checked_token(token)
        self._clock = clock
        self._deadline_s = deadline_s
        self._retries = retries or RetryPolicy()
        self._wire = Wire(base_url=self.base_url, token=token, timeout_s=timeout_s, user_agent=user_agent)
        self._budget = RateBudget(
            token=token,
            base_url=self.base_url,
            clock=clock,
            state_dir=state_dir,
            share=rate_share,
            rate_limit=rate_limit,
            rate_window_s=rate_window_s,
        )
        self._server_clock = ServerClock(clock)
        self._shared = False
        self._see: Callable[[Reply], None] | None = None

    # --- what reads and writes call ---------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        shape: type[T],
        *,
        query: Mapping[str, str] | None = None,
        json: Any = msgspec.UNSET,
        files: Sequence[FilePart] | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool | None = None,
        known: Answer[T] | None = None,
    ) -> Answer[T]:
        """Send a request whose answer must be an envelope with a result of this shape.

        ``safe`` says that a request changes nothing and may be repeated; by default a GET is.
        ``known`` is an answer of this shape: where the same bytes come again they are not decoded again.

        Raises:
            APIStatusError: Cloudflare refused.
            APIResponseValidationError: the answer is not what the endpoint promises.
            APIConnectionError: no answer came.
            AmbiguousOutcomeError: a change was sent and its answer was lost.
        """
        request = _request(method, path, query=query, json=json, files=files, headers=headers, safe=safe)
        return self._perform(request, lambda reply: _same(reply, known) or read_answer(reply, shape))

    def command(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Any = msgspec.UNSET,
    ) -> None:
        """Send a request whose answer holds no result; an empty body is success here, and only here.

        Raises:
            APIError: as ``call``.
        """
        request = _request(method, path, query=query, json=json)
        self._perform(request, read_no_result)

    def download(self, path: str) -> Download:
        """Read a body that is no envelope.

        Raises:
            APIError: as ``call``.
        """
        request = _request("GET", path, headers={"Accept": "*/*"})
        return self._perform(request, _read_download)

    def ask(self, path: str, question: Any, read: Callable[[Reply], T | APIError]) -> T:
        """Post a question that changes nothing and whose answer is no envelope, such as a GraphQL query.

        Args:
            path: where to.
            question: the body, as JSON.
            read: from a 2xx answer to the value, or to the error that it is.

        Raises:
            APIError: as ``call``.
        """
        return self._perform(_request("POST", path, json=question, safe=True), read)

    def watched(self, see: Callable[[Reply], None]) -> Transport:
        """The same connection and budget; ``see`` gets every answer as it came, refusals among them."""
        other = self.with_deadline(self._deadline_s)
        other._see = see  # noqa: SLF001 (its own copy)
        return other

    def with_deadline(self, seconds: float | None) -> Transport:
        """The same connection and budget with another deadline for each call; closing it closes nothing."""
        other = copy.copy(self)
        other._deadline_s = seconds  # noqa: SLF001 (its own copy)
        other._shared = True  # noqa: SLF001
        return other

    def without_repeats(self) -> Transport:
        """The same connection and budget, sending each request once, also where it was throttled.

        For changes whose preconditions must be read anew before another try: a throttled one comes back
        as a ``RateLimitError``, and the budget holds the next request back for as long as was asked.
        """
        other = self.with_deadline(self._deadline_s)
        other._retries = RetryPolicy(attempts=1, throttled_attempts=1)  # noqa: SLF001 (its own copy)
        return other

    def forecast_s(self, requests: int) -> float:
        """About how many seconds so many requests must take by the rate budget alone, from now on."""
        return self._budget.forecast_s(requests)

    @property
    def budget_note(self) -> str | None:
        """Why the rate budget is not shared with other processes, or None where it is as asked."""
        return self._budget.note

    @property
    def clock(self) -> Clock:
        """The clock that it tells the time by."""
        return self._clock

    @property
    def skew(self) -> timedelta:
        """How far that clock is ahead of Cloudflare's (behind: below zero), by the answers' Date so far."""
        return self._server_clock.skew

    # --- one call ---------------------------------------------------------------------------

    def _perform(self, request: Request, read: Callable[[Reply], T | APIError]) -> T:
        self._wire.check_open()
        deadline = Deadline.after(self._clock, self._deadline_s)
        call = _Call(deadline)
        return self._retries.run(lambda: self._try(request, read, call), self._clock, deadline)

    def _try(self, request: Request, read: Callable[[Reply], T | APIError], call: _Call) -> T | Failure:
        if (spent := self._wait_for_budget(request, call.deadline)) is not None:
            return spent
        reply = self._wire.send(request, call.deadline)
        if isinstance(reply, Lost):
            return _no_answer(request, reply)
        self._server_clock.see(reply.headers)
        if self._see is not None:
            self._see(reply)
        self._budget.learn(read_limits(reply.headers.get("ratelimit"), reply.headers.get("ratelimit-policy")))
        if not 200 <= reply.status < 300:
            return self._refused(request, self._wire.redacted(reply), call)
        outcome = read(reply)
        if isinstance(outcome, APIError):
            return self._unusable(request, self._wire.redacted(reply), read, call)
        return outcome

    def _wait_for_budget(self, request: Request, deadline: Deadline) -> Failure | None:
        while (wait := self._budget.try_take()) > 0:
            if wait >= deadline.left():
                error = RateLimitError(
                    self._budget.why_waiting(),
                    endpoint=request.endpoint,
                    hint=self._come_back(wait),
                    retry_after_s=wait,
                )
                return Failure(error)
            self._clock.sleep(wait)
        return None

    def _refused(self, request: Request, reply: Reply, call: _Call) -> Failure:
        headers = reply.headers
        wait = read_retry_after(headers.get("retry-after"), self._clock.now(), date=headers.get("date"))
        error = refusal(reply, wait)
        if isinstance(error, RateLimitError):
            return self._throttled(error, call)
        if reply.status >= 500 and not reply.mitigated:
            if request.safe:
                return Failure(error, again=True, wait_s=wait)
            return Failure(_ambiguous(request, error.message, reply))
        return Failure(error, again=request.safe and reply.status == 408)

    def _unusable(self, request: Request, reply: Reply, read: Callable[[Reply], Any], call: _Call) -> Failure:
        """A 2xx answer that is a refusal in disguise, or not what was promised, or cut."""
        error: APIError = read(reply)
        if isinstance(error, RateLimitError):
            return self._throttled(error, call)
        if isinstance(error, APIResponseValidationError) and is_cut(reply):
            if request.safe:
                return Failure(error, again=True)
            if reply.body.strip():
                return Failure(_ambiguous(request, "the answer was cut", reply))
        return Failure(error)

    def _throttled(self, error: RateLimitError, call: _Call) -> Failure:
        """A 429 was not carried out, so any method may be tried again; everybody else waits, too.

        One that does not say for how long (0 seconds and a time that has passed say nothing) may be
        a burst: it is tried again soon, but when it stays it is the block of five minutes.
        """
        error.retry_after_s = error.retry_after_s or None
        if error.retry_after_s is None:
            call.vague += 1
            if call.vague >= _VAGUE_TRIES:
                error.retry_after_s = _BLOCK_S
        wait = error.retry_after_s
        self._budget.block(1.0 if wait is None else wait)
        if wait is not None:
            error.hint = self._come_back(wait)
        return Failure(error, again=True, throttled=True, wait_s=wait)

    def _come_back(self, seconds: float) -> str:
        moment = self._clock.now() + timedelta(seconds=min(seconds, 10 * 365 * 86400))
        return f"come back at {iso(moment + timedelta(seconds=1))} (in {seconds:.0f} s)"

    # --- its life ---------------------------------------------------------------------------

    def close(self) -> None:
        """Close connections and budget."""
        if not self._shared:
            self._wire.close()
            self._budget.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Transport({self.base_url!r})"


def _request(
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    json: Any = msgspec.UNSET,
    files: Sequence[FilePart] | None = None,
    headers: Mapping[str, str] | None = None,
    safe: bool | None = None,
) -> Request:
    has_json = json is not msgspec.UNSET
    own = {"Content-Type": "application/json"} if has_json else {}
    return Request(
        method,
        path,
        safe=method == "GET" if safe is None else safe,
        query=with_query("", query or {}),
        headers={**own, **(headers or {})},
        content=msgspec.json.encode(json) if has_json else None,
        files=files,
    )


def _same(reply: Reply, known: Answer[T] | None) -> Answer[T] | None:
    return replace(known, reply=reply) if known is not None and reply.body == known.reply.body else None


def _no_answer(request: Request, lost: Lost) -> Failure:
    if lost.too_large:
        return Failure(APIResponseValidationError(lost.why, endpoint=request.endpoint))
    if lost.sent and not request.safe:
        return Failure(_ambiguous(request, lost.why, None))
    kind = APITimeoutError if lost.timed_out else APIConnectionError
    what = "no answer in time" if lost.timed_out else "no answer"
    return Failure(kind(f"{what}: {lost.why}", endpoint=request.endpoint, hint=_NETWORK), again=True)


def _ambiguous(request: Request, why: str, reply: Reply | None) -> AmbiguousOutcomeError:
    return AmbiguousOutcomeError(
        f"the change was sent, but its answer was lost: {why}",
        endpoint=request.endpoint,
        hint=_SETTLE,
        status_code=reply.status if reply else None,
        ray_id=reply.ray_id if reply else None,
    )


def _read_download(reply: Reply) -> Download | APIError:
    content_type = reply.headers.get("content-type", "")
    if reply.mitigated:
        return refusal(reply)
    if reply.is_html:
        return wrong_shape(reply, "the answer is an HTML page", None)
    return Download(reply.body, content_type, reply.headers.get("cf-entrypoint") or None)
