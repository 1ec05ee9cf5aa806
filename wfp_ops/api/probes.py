"""The doctor's reads: one small request for each thing that a token must be allowed to see.

Paths and shapes: API reference, "User / Account > Tokens > Verify Token", "List dispatch namespaces",
"Account details".
"""

from __future__ import annotations

from typing import Any

from wfp_ops.api.analytics.answers import reader
from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import PATH, Question
from wfp_ops.api.analytics.refusals import translated
from wfp_ops.api.models import Namespace, TokenStatus
from wfp_ops.api.paths import account_path, namespaces_path
from wfp_ops.api.reply import plain
from wfp_ops.api.transport import Transport
from wfp_ops.errors import AnalyticsError, APIStatusError


class Probes:
    """One account's probes. Each answers or raises ``APIError`` and its kin; none changes anything."""

    def __init__(self, transport: Transport, account_id: str) -> None:
        self.transport = transport
        self._account_id = account_id

    def user_token(self) -> TokenStatus:
        """The token's status by the users' endpoint, which knows no account-owned tokens."""
        return self.transport.call("GET", "/user/tokens/verify", TokenStatus).result

    def account_token(self) -> TokenStatus:
        """The token's status by the account's endpoint, which knows account-owned tokens alone."""
        return self.transport.call(
            "GET", f"{account_path(self._account_id)}/tokens/verify", TokenStatus
        ).result

    def namespaces(self) -> int:
        """How many namespaces the first page of the listing holds: the read that "Workers Scripts" allows."""
        return len(self.transport.call("GET", namespaces_path(self._account_id), list[Namespace]).result)

    def account_name(self) -> str:
        """The account's name, which "Account Settings" allows to see; empty where it has none."""
        found = self.transport.call("GET", account_path(self._account_id), dict[str, Any]).result
        return plain(str(found.get("name") or ""))

    def analytics(self) -> NodeLimits:
        """What "Account Analytics" allows to see of Workers.

        Raises:
            AnalyticsPermissionError: the token may not see it, said with whatever HTTP status.
        """
        question = Question(self._account_id, (), limits=True)
        try:
            answer = self.transport.ask(PATH, question.body, reader(question))
        except APIStatusError as error:
            raise translated(error) from None
        if answer.limits is None:  # the reader has made sure of it
            raise AnalyticsError("the answer holds no limits", endpoint=f"POST {PATH}")
        return answer.limits
