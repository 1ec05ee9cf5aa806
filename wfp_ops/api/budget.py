"""The rate budget of one token at one base URL: kept ahead of time, shared by threads and processes.

Cloudflare allows 1,200 requests in five minutes for each user or account token, over everything
that uses it, and blocks all of them for the next five once that is passed; Enterprise accounts can
have more (docs page "fundamentals/api/reference/limits"). Counting is pyrate-limiter's; its rows
lie in SQLite, whose write lock is what processes of one machine share. Beside them stand what the
answers' headers say (others spend from the same purse) and until when a 429 has blocked everybody.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

from pydantic import SecretStr
from pyrate_limiter import Rate, RateItem
from pyrate_limiter.buckets import SQLiteBucket

from wfp_ops.api.ratelimit_headers import Limit
from wfp_ops.clock import Clock

T = TypeVar("T")

QUOTA = 1200
WINDOW_S = 300.0
_LONGEST_BLOCK_S = 3600.0
_BLOCKED = "blocked by a 429"
_LEAK_EVERY = 200
_COUNT = "SELECT COUNT(*) FROM spent WHERE item_timestamp >= ?"
_HOLDS = "SELECT name FROM told WHERE until_ms > ? AND remaining <= 0"
_SPEND = "UPDATE told SET remaining = remaining - 1 WHERE until_ms > ? AND name <> ?"
_LEARN = """
INSERT INTO told VALUES (:name, :left, :until) ON CONFLICT (name) DO UPDATE SET
  remaining = CASE WHEN until_ms > :now THEN MIN(remaining, :left) ELSE :left END,
  until_ms = CASE WHEN until_ms > :now THEN MIN(until_ms, :until) ELSE :until END
"""
_BLOCK = """
INSERT INTO told VALUES (?, 0, ?) ON CONFLICT (name) DO UPDATE SET until_ms = MAX(until_ms, excluded.until_ms)
"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS spent (name VARCHAR, item_timestamp INTEGER);
CREATE INDEX IF NOT EXISTS spent_by_time ON spent (item_timestamp);
CREATE TABLE IF NOT EXISTS told (
  name TEXT PRIMARY KEY, remaining INTEGER NOT NULL, until_ms INTEGER NOT NULL
);
"""


class RateBudget:
    """Asks before each request whether it may go out now, and says how long to wait if not.

    ``note`` is None, or says why the budget can't be shared with other processes. ``limit`` is how many
    requests may go out in ``rate_window_s`` seconds: the ``share`` of ``rate_limit`` that is ours.
    """

    def __init__(
        self,
        *,
        token: SecretStr,
        base_url: str,
        clock: Clock,
        state_dir: Path | None,
        share: float,
        rate_limit: int = QUOTA,
        rate_window_s: float = WINDOW_S,
    ) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"the share of the rate budget must be above 0 and at most 1, not {share}")
        if rate_limit < 1 or rate_window_s <= 0:
            raise ValueError(f"{rate_limit} requests in {rate_window_s:g} s is no rate limit")
        self.note: str | None = None
        self.limit = max(1, round(rate_limit * share))
        self._window_s = rate_window_s
        self._share = share
        self._clock = clock
        self._lock = threading.RLock()
        self._taken = 0
        self._closed = False
        self._connection = self._open(state_dir, bucket_name(token, base_url))
        self._bucket = self._new_bucket()

    def try_take(self) -> float:
        """Take one request out of the budget: 0.0 when it may go out, else the seconds to wait for it."""

        def take() -> float:
            now = self._now_ms()
            self._leak_sometimes(now)
            wait = self._told_wait_s(now)
            if wait > 0:
                return wait
            item = RateItem("request", now)
            if not self._bucket.put(item):
                # typed as perhaps awaitable, for buckets that are asynchronous; this one is not
                return max(1, cast("int", self._bucket.waiting(item))) / 1000
            self._connection.execute(_SPEND, (now, _BLOCKED))
            return 0.0

        return self._held(take)

    def why_waiting(self) -> str:
        """What holds requests back at this moment, in words."""

        def look() -> str:
            now = self._now_ms()
            told = self._connection.execute(_HOLDS, (now,)).fetchall()
            if (_BLOCKED,) in told:
                return "Cloudflare has blocked this token for a while: too many requests (429)"
            if told:
                return "by the answers' Ratelimit headers, what this token may still send belongs to others"
            return f"the rate budget of this token ({self.limit} requests in {self._window()}) is spent"

        return self._held(look)

    def learn(self, limits: Sequence[Limit]) -> None:
        """Believe what an answer's headers say is left, keeping the others' share of it untouched.

        Answers of parallel requests come in any order, so within one window the lowest word counts.
        """
        if not limits:
            return

        def write() -> None:
            now = self._now_ms()
            for limit in limits:
                reserve = round(limit.quota * (1 - self._share)) if limit.quota else 0
                until = now + int(1000 * min(limit.reset_s, self._window_s))
                left = limit.remaining - reserve
                row = {"name": f"header {limit.name}", "left": left, "until": until, "now": now}
                self._connection.execute(_LEARN, row)

        self._held(write)

    def block(self, seconds: float) -> None:
        """Keep every thread and process back for so long: a 429 said so (never past an hour)."""

        def write() -> None:
            until = self._now_ms() + int(1000 * min(seconds, _LONGEST_BLOCK_S))
            self._connection.execute(_BLOCK, (_BLOCKED, until))

        self._held(write)

    def forecast_s(self, requests: int) -> float:
        """About how many seconds so many requests must take, by the budget alone and as it stands now."""

        def count() -> int:
            start = self._now_ms() - self._window_ms()
            (spent,) = self._connection.execute(_COUNT, (start,)).fetchone()
            return int(spent)

        over = requests - max(0, self.limit - self._held(count))
        return 0.0 if over <= 0 else over * self._window_s / self.limit

    def close(self) -> None:
        """Close the database; the budget stays on disk for the next process."""
        with self._lock:
            self._closed = True
            self._connection.close()

    def __repr__(self) -> str:
        return f"RateBudget({self.limit} requests in {self._window_s:g} s)"

    # --- the database -----------------------------------------------------------------------

    def _open(self, state_dir: Path | None, name: str) -> sqlite3.Connection:
        if state_dir is None:
            return _connect(":memory:")
        folder = Path(state_dir).expanduser() / "rate"
        try:
            return _connect(str(_private_file(folder, name)))
        except (OSError, sqlite3.Error) as error:
            self._not_shared(f"{folder}: {error}")
            return _connect(":memory:")

    def _not_shared(self, why: str) -> None:
        self.note = f"the rate budget is not shared with other processes ({why})"

    def _new_bucket(self) -> SQLiteBucket:
        return SQLiteBucket([Rate(self.limit, self._window_ms())], self._connection, "spent")

    def _held(self, work: Callable[[], T]) -> T:
        """Do it with the budget held: threads wait for the lock, other processes for SQLite's write lock."""
        with self._lock:
            if self._closed:
                # a thread that was left behind; opening another database for it would leak
                raise RuntimeError("the rate budget is closed")
            try:
                return self._in_transaction(work)
            except sqlite3.Error as error:
                # Reading must go on when the disk is full or the file is damaged; but it must be seen.
                self._not_shared(str(error))
                self._connection.close()
                self._connection = _connect(":memory:")
                self._bucket = self._new_bucket()
            return self._in_transaction(work)

    def _in_transaction(self, work: Callable[[], T]) -> T:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = work()
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()
        return result

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _window_ms(self) -> int:
        return max(1, int(1000 * self._window_s))

    def _window(self) -> str:
        return "five minutes" if self._window_s == WINDOW_S else f"{self._window_s:g} s"

    def _told_wait_s(self, now: int) -> float:
        (until,) = self._connection.execute(
            "SELECT MAX(until_ms) FROM told WHERE until_ms > ? AND remaining <= 0", (now,)
        ).fetchone()
        return 0.0 if until is None else (until - now) / 1000

    def _leak_sometimes(self, now: int) -> None:
        """Drop rows that count no more, and those of a clock that has been set back since."""
        if self._taken % _LEAK_EVERY == 0:
            self._connection.execute("DELETE FROM spent WHERE item_timestamp > ?", (now + 1000,))
            self._connection.execute(
                "DELETE FROM told WHERE until_ms <= ? OR until_ms > ?",
                (now, now + int(1000 * _LONGEST_BLOCK_S)),
            )
            self._connection.execute("DELETE FROM spent WHERE item_timestamp < ?", (now - self._window_ms(),))
        self._taken += 1


def bucket_name(token: SecretStr, base_url: str) -> str:
    """A name for the budget's file from which neither token nor base URL can be read back."""
    key = token.get_secret_value().encode("utf-8")
    return hmac.new(key, b"wfp-ops rate budget\0" + base_url.encode("utf-8"), hashlib.sha256).hexdigest()[:32]


def _private_file(folder: Path, name: str) -> Path:
    """An empty database file that only its owner may read, in a folder likewise."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path = folder / f"{name}.sqlite"
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    return path


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        # WAL survives a killed process; a power cut may cost it the last five minutes' counts, no more
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.executescript(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
