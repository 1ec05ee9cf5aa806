"""The doctor's reads: one small request for each thing that a token must be allowed to see.

Paths and shapes: API reference, "User / Account > Tokens > Verify Token", "List dispatch namespaces",
"Account details"; docs page "analytics/graphql-api/features/discovery/settings".
"""

from __future__ import annotations

from typing import Any

import msgspec

from wfp_ops.api.envelope import wrong_shape
from wfp_ops.api.models import Namespace, TokenStatus
from wfp_ops.api.paths import account_path, namespaces_path
from wfp_ops.api.reply import Reply, plain
from wfp_ops.api.transport import Transport
from wfp_ops.errors import APIError, APIStatusError, PermissionDeniedError

_ANALYTICS = """
query WorkersNodeLimits($accountTag: string!) {
  viewer {
    accounts(filter: {accountTag: $accountTag}) {
      settings { workersInvocationsAdaptive { enabled maxDuration notOlderThan maxPageSize } }
    }
  }
}
"""
_NO_PERMISSION = ("not authorized", "unauthorized", "does not have access", "authentication")


class AnalyticsReach(msgspec.Struct, kw_only=True, rename="camel"):
    """What analytics of Workers can be seen: seconds back, seconds of one query, rows of one answer."""

    enabled: bool
    max_duration: int | None = None
    not_older_than: int | None = None
    max_page_size: int | None = None


class _Node(msgspec.Struct, rename={"workers": "workersInvocationsAdaptive"}):
    workers: AnalyticsReach


class _Account(msgspec.Struct):
    settings: _Node


class _Viewer(msgspec.Struct):
    accounts: list[_Account]


class _Data(msgspec.Struct):
    viewer: _Viewer


class _Reply(msgspec.Struct):
    data: _Data | None = None
    errors: list[dict[str, Any]] | None = None


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

    def analytics(self) -> AnalyticsReach:
        """What "Account Analytics" allows to see of Workers.

        Raises:
            PermissionDeniedError: the token may not see it, said with whatever HTTP status.
        """
        question = {"query": _ANALYTICS, "variables": {"accountTag": self._account_id}}
        return self.transport.ask("/graphql", question, _read_reach)


def _read_reach(reply: Reply) -> AnalyticsReach | APIError:
    try:
        answer = msgspec.json.decode(reply.body, type=_Reply)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return wrong_shape(reply, f"the answer is not GraphQL's: {plain(str(error), 200)}", None)
    if answer.errors:
        return _refusal(reply, str(answer.errors[0].get("message", "")))
    if answer.data is None or not answer.data.viewer.accounts:
        return _refusal(reply, "not authorized for that account")
    return answer.data.viewer.accounts[0].settings.workers


def _refusal(reply: Reply, message: str) -> APIStatusError:
    """GraphQL refuses under HTTP 200, too; there are no codes, so the words must tell."""
    denied = any(word in message.lower() for word in _NO_PERMISSION)
    kind = PermissionDeniedError if denied else APIStatusError
    return kind(
        f"Cloudflare refused: {plain(message)}",
        endpoint=reply.endpoint,
        status_code=reply.status,
        ray_id=reply.ray_id,
        body=reply.shown_body,
    )
