"""One collector at a time: a lock file in a folder, a lease object behind a URL.

The lock of a folder goes with its process, however that ends. A lease can't: it names a time up to which it
holds, and its holder moves that on as it works. An expired one may be taken over. If the clocks of two
machines are apart by more than a lease lasts, both may collect at once: then hours that one has put down may
be put down again by the other, or be missing from a day until the next run, which finds them missing and
collects them. No file is ever torn by that, since objects are written as a whole.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from wfp_ops.clock import Clock, iso, parse_time
from wfp_ops.errors import HistoryError, StateBusyError, StateError
from wfp_ops.usage.history.store import LocalStore, RemoteStore

LEASE = timedelta(minutes=15)
_LEASE_FILE = "collect.lease.json"
_LOCK_FILE = "collect.lock"
_HOLDER_FILE = "collect.json"
_HINT = "wait until it has ended; what it collects need not be collected twice"

Renew = Callable[[], None]


@contextmanager
def collecting(store: LocalStore | RemoteStore, clock: Clock) -> Iterator[Renew]:
    """Keep every other collector out; call what is given now and then to say that this one is at work.

    Raises:
        StateBusyError: another one is at work; the message says which.
        StateError: the folder can't be made or written.
    """
    if isinstance(store, LocalStore):
        with _locked(store, clock):
            yield lambda: None
    else:
        lease = _Lease(store, clock)
        lease.take()
        try:
            yield lease.renew
        finally:
            lease.give_back()


@contextmanager
def _locked(store: LocalStore, clock: Clock) -> Iterator[None]:
    from filelock import FileLock, Timeout  # noqa: PLC0415 (a moment to load, and only collecting needs it)

    store.make()
    lock = FileLock(store.root / _LOCK_FILE, timeout=0, mode=0o600)
    holder = store.root / _HOLDER_FILE
    try:
        lock.acquire()
    except Timeout:
        raise _busy(_read(holder), store.url) from None
    except (NotImplementedError, OSError) as error:
        raise StateError(
            f"the usage history can't be locked: {type(error).__name__}",
            path=store.url,
            hint="keep it on a disk of this machine, or in an object store",
        ) from None
    try:
        store.write(_HOLDER_FILE, json.dumps(_who(clock)).encode())
        store.sweep()
        yield
    finally:
        with suppress(OSError):  # it says who holds the lock, and nobody does any more
            holder.unlink(missing_ok=True)
        lock.release()


class _Lease:
    def __init__(self, store: RemoteStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._mine = uuid.uuid4().hex

    def take(self) -> None:
        for _ in range(2):
            try:
                self._store.create(_LEASE_FILE, self._content())
            except FileExistsError:
                held = self._held()
                if held is not None and parse_time(str(held["until"])) > self._clock.now():
                    raise _busy(held, self._store.url) from None
                self._store.remove(_LEASE_FILE)
            else:
                return
        raise _busy(self._held(), self._store.url)

    def renew(self) -> None:
        """Move it on.

        Raises:
            StateBusyError: it ran out, and another collector has taken over.
        """
        self._refuse_other()
        self._store.write(_LEASE_FILE, self._content())

    def give_back(self) -> None:
        with suppress(StateError):  # it was taken over, or runs out by itself
            self._refuse_other()
            self._store.remove(_LEASE_FILE)

    def _refuse_other(self) -> None:
        held = self._held()
        if held is not None and held.get("token") != self._mine:
            raise _busy(held, self._store.url)

    def _held(self) -> dict[str, Any] | None:
        try:
            with self._store.open(_LEASE_FILE) as file:
                held = json.loads(file.read())
            parse_time(str(held["until"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise HistoryError(
                "the lease of the usage history can't be read",
                path=self._store.shown(_LEASE_FILE),
                hint="if no collector is at work, remove it",
            ) from None
        return dict(held)

    def _content(self) -> bytes:
        until = iso(self._clock.now() + LEASE)
        return json.dumps({**_who(self._clock), "until": until, "token": self._mine}).encode()


def _who(clock: Clock) -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": iso(clock.now())}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        # it let go in this moment, or has not said yet who it is: the message does without
        return None


def _busy(held: dict[str, Any] | None, where: str) -> StateBusyError:
    facts = held or {}
    who = f"process {facts.get('pid', '?')} on {facts.get('host', '?')}, since {facts.get('since', '?')}"
    return StateBusyError(
        f"another collector is at work: {who if held else 'it has not said which'}", path=where, hint=_HINT
    )
