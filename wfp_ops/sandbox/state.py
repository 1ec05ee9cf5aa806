"""What one running sandbox holds, handed to every route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from wfp_ops.sandbox.clock import SandboxClock, wire_time
from wfp_ops.sandbox.faults import FaultBook
from wfp_ops.sandbox.identifiers import hex_id, uuid_id
from wfp_ops.sandbox.ratelimit import RateLimiter
from wfp_ops.sandbox.store.database import Database
from wfp_ops.sandbox.switches import Switches

if TYPE_CHECKING:  # heavy, and needed by the type alone
    from wfp_ops.sandbox.analytics.profiles import Profiles


class Sandbox:
    """The account: its database, its clock, its switches and its faults."""

    def __init__(self, *, db: Database, clock: SandboxClock, token: str, account_id: str, seed: int) -> None:
        self.db = db
        self.clock = clock
        self.token = token
        self.account_id = account_id
        self.seed = seed
        self.switches = Switches()
        self.faults = FaultBook(seed)
        self.limiter = RateLimiter(clock)
        self.analytics_limiter = RateLimiter(clock)
        self.user_id = hex_id(seed, "user")
        self.token_id = hex_id(seed, "token")
        self.listing: tuple[int, bytes] | None = None
        self.profiles: tuple[int, Profiles] | None = None
        self.unseen: dict[str, float] = {}

    def now(self) -> str:
        """The present moment as Cloudflare writes it."""
        return wire_time(self.clock.now())

    def new_hex(self, kind: str) -> str:
        """A new id of 32 hex characters. Call it inside a transaction."""
        return hex_id(self.seed, kind, self.db.next_number())

    def new_uuid(self, kind: str) -> str:
        """A new UUID. Call it inside a transaction."""
        return uuid_id(self.seed, kind, self.db.next_number())

    def hide_for_a_while(self, namespace_id: str) -> None:
        """A namespace was created: with a delay of consistency set, reads don't see it yet."""
        if self.switches.consistency_delay_s > 0:
            self.unseen[namespace_id] = self.clock.monotonic() + self.switches.consistency_delay_s

    def hidden(self) -> set[str]:
        """Ids of the namespaces that reads don't see yet."""
        now = self.clock.monotonic()
        self.unseen = {key: until for key, until in self.unseen.items() if until > now}
        return set(self.unseen)


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that this request came to."""
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox
