"""Asks the analytics endpoint: within its own rate budget, tried again as a read is, with typed errors.

Cloudflare allows 300 queries in five minutes, beside the limit that holds for the whole API (docs page
"analytics/graphql-api/limits"). Another page counts cost, which is nodes: so each node is counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from wfp_ops.api.analytics.answers import Answer, reader
from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import PATH, Node, Question
from wfp_ops.api.analytics.refusals import translated
from wfp_ops.api.budget import RateBudget
from wfp_ops.api.envelope import is_cut
from wfp_ops.api.reply import Reply
from wfp_ops.api.retries import Deadline, Failure, RetryPolicy
from wfp_ops.api.transport import DEADLINE_S, Transport
from wfp_ops.clock import Clock, iso
from wfp_ops.errors import (
    AnalyticsError,
    AnalyticsQuotaError,
    AnalyticsUnavailableError,
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    InternalServerError,
    RateLimitError,
)

QUERIES = 300
_BLOCK_S = 300.0
_ENDPOINT = f"POST {PATH}"


@dataclass
class _Call:
    """One question under way: by when it must have ended, and whether its next try is paid for already."""

    question: Question
    deadline: Deadline
    paid: bool


class Analytics:
    """One account's analytics. Threads may share it; close it when the transport is closed.

    Args:
        transport: the connection; its own budget counts these requests, too.
        account_id: whose analytics.
        token: only for telling whose the rate budget is; it is neither kept nor shown.
        state_dir: where the rate budget is shared with other processes; None keeps it in this one.
        rate_share: the part of Cloudflare's limit that we use at most.
        deadline_s: seconds that one query may take with all its tries; None waits as long as is asked.
        retries: how often a query is tried.

    Attributes:
        queries: how many requests were sent, every try counted.
    """

    def __init__(
        self,
        transport: Transport,
        account_id: str,
        *,
        token: SecretStr,
        state_dir: Path | None = None,
        rate_share: float = 0.8,
        deadline_s: float | None = DEADLINE_S,
        retries: RetryPolicy | None = None,
    ) -> None:
        self.account_id = account_id
        self.queries = 0
        self._transport = transport.without_repeats()
        self._deadline_s = deadline_s
        self._retries = retries or RetryPolicy()
        self._limits: NodeLimits | None = None
        self._budget = RateBudget(
            token=token,
            # a bucket of its own beside that of the rest of the API
            base_url=transport.base_url + PATH,
            clock=transport.clock,
            state_dir=state_dir,
            share=rate_share,
            rate_limit=QUERIES,
        )

    @property
    def clock(self) -> Clock:
        """The clock that it tells the time by."""
        return self._transport.clock

    @property
    def known_limits(self) -> NodeLimits | None:
        """The account's limits, if some answer has brought them."""
        return self._limits

    def limits(self) -> NodeLimits:
        """The account's limits: asked for once, then remembered.

        Raises:
            APIError: as for ``ask``; ``AnalyticsError`` where analytics of Workers are switched off.
        """
        if self._limits is None:
            self.ask((), limits=True)
        if self._limits is None:  # ask has remembered them, or raised
            raise AnalyticsError("the account does not say what its analytics allow", endpoint=_ENDPOINT)
        return self._limits

    def ask(
        self,
        nodes: Sequence[Node],
        *,
        limits: bool = False,
        paced: bool = False,
        patience_s: float | None = None,
    ) -> Answer:
        """The rows of these nodes, asked for in one request.

        Args:
            nodes: each with an alias of its own.
            limits: whether the account's limits are asked for beside them; they are remembered.
            paced: this is a part of long work: wait for room in the budget, however long that takes, before
                the deadline begins. Otherwise a wait that is longer than the deadline is an error.
            patience_s: a shorter deadline than the client's own, for what can be done without.

        Raises:
            AnalyticsPermissionError, AnalyticsQuotaError, AnalyticsRangeError, AnalyticsQueryError,
            AnalyticsTooLargeError, AnalyticsUnavailableError: what the endpoint refused, whatever the status.
            AnalyticsError: another refusal; or analytics of Workers are switched off for the account.
            APIResponseValidationError: the answer is not what was asked for.
            APIError: no answer came, or the token is not accepted.
        """
        question = Question(self.account_id, tuple(nodes), limits)
        if paced:
            self._take(question, Deadline.after(self.clock, None))
        seconds = self._deadline_s
        if patience_s is not None:
            seconds = patience_s if seconds is None else min(seconds, patience_s)
        call = _Call(question, Deadline.after(self.clock, seconds), paid=paced)
        answer = self._retries.run(lambda: self._try(call), self.clock, call.deadline)
        if answer.limits is not None:
            self._remember(answer.limits)
        return answer

    @property
    def skew(self) -> timedelta:
        """How far this machine's clock is ahead of Cloudflare's (behind: below zero), by the answers' Date.

        Zero where they agree to the minute, or nothing was answered yet.
        """
        return self._transport.skew

    @property
    def ahead(self) -> timedelta:
        """How far this machine's clock is ahead of Cloudflare's, by the answers' Date; zero if it is not.

        What it takes for settled is newer than that by as much.
        """
        return max(self.skew, timedelta(0))

    def forecast_s(self, queries: int) -> float:
        """About how many seconds so many queries must take by the budget alone, from now on."""
        return self._budget.forecast_s(queries)

    @property
    def budget_note(self) -> str | None:
        """Why the rate budget is not shared with other processes, or None where it is as asked."""
        return self._budget.note

    def close(self) -> None:
        """Close the budget; the connection is the transport's own."""
        self._budget.close()

    def __repr__(self) -> str:
        return f"Analytics({self._transport.base_url!r}, account_id={self.account_id!r})"

    # --- one query ----------------------------------------------------------------------------

    def _try(self, call: _Call) -> Answer | Failure:
        if not call.paid and (spent := self._take(call.question, call.deadline)) is not None:
            return spent
        call.paid = False
        left = call.deadline.left()
        transport = self._transport.with_deadline(None if math.isinf(left) else left)
        read = reader(call.question)
        cut = False

        def look(reply: Reply) -> Answer | APIError:
            nonlocal cut
            outcome = read(reply)
            cut = isinstance(outcome, APIResponseValidationError) and is_cut(reply)
            return outcome

        self.queries += 1
        try:
            return transport.ask(PATH, call.question.body, look)
        except APIError as error:
            return self._failure(error, cut=cut)

    def _failure(self, error: APIError, *, cut: bool) -> Failure:
        """What became of a try that failed: whether another may help, and when."""
        if isinstance(error, APIStatusError):
            error = translated(error)
        if isinstance(error, AnalyticsQuotaError):
            return self._spent(error)
        if isinstance(error, RateLimitError):
            # status 0: our own count of the whole API's budget, which has waited as long as it may
            return Failure(error, again=bool(error.status_code), throttled=True, wait_s=error.retry_after_s)
        if isinstance(error, AnalyticsUnavailableError | InternalServerError):
            return Failure(error, again=True, wait_s=error.retry_after_s)
        lost = isinstance(error, APIConnectionError)
        return Failure(error, again=lost or (cut and isinstance(error, APIResponseValidationError)))

    def _spent(self, error: AnalyticsQuotaError) -> Failure:
        """The quota is spent, by others or by ourselves: everybody who shares it waits."""
        wait = error.retry_after_s or _BLOCK_S
        error.retry_after_s = wait
        error.hint = self._come_back(wait)
        self._budget.block(wait)
        return Failure(error, again=True, throttled=True, wait_s=wait)

    def _remember(self, limits: NodeLimits) -> None:
        if not limits.enabled:
            raise AnalyticsError(
                "analytics of Workers are switched off for this account",
                endpoint=_ENDPOINT,
                hint="ask Cloudflare's support why they are off",
            )
        self._limits = limits

    # --- the budget ---------------------------------------------------------------------------

    def _take(self, question: Question, deadline: Deadline) -> Failure | None:
        """Take a question's nodes out of the budget, waiting for them within the deadline."""
        for _ in range(max(1, len(question.nodes))):
            while (wait := self._budget.try_take()) > 0:
                if wait >= deadline.left():
                    why = self._budget.why_waiting()
                    hint = self._come_back(wait)
                    return Failure(
                        AnalyticsQuotaError(why, endpoint=_ENDPOINT, hint=hint, retry_after_s=wait)
                    )
                self.clock.sleep(wait)
        return None

    def _come_back(self, seconds: float) -> str:
        moment = self.clock.now() + timedelta(seconds=seconds + 1)
        return f"analytics have a budget of their own: come back at {iso(moment)} (in {seconds:.0f} s)"
