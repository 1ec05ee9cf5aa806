"""One account's folder of what is kept between runs: private, locked against a second run, written whole.

It lies in the settings' ``state_dir`` and is keyed by account id and base URL, so that what a sandbox
or a stand-in answered never mixes with the real account.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wfp_ops.clock import Clock, iso
from wfp_ops.errors import StateBusyError, StateError

WAIT_S = 20.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}
_ABOUT = "account.json"
_UNFINISHED = ".unfinished-"
_REMOVED = ".removed-"


@dataclass(frozen=True)
class _Lock:
    """One lock: its file, the file that says who holds it, and what a run reads that does not get it."""

    file: str
    holder: str
    busy: str
    hint: str


_WRITING = _Lock(
    "lock",
    "lock.json",
    "the state folder is held by {who}, and did not become free in {wait_s:g} s",
    "wait until that run has ended, and try again",
)
_APPLYING = _Lock(
    "apply.lock",
    "apply.json",
    "another apply is going on in this account: {who}",
    "wait until it has ended: two at once would not count each other's deletions",
)


class StateFolder:
    """The folder of one account at one base URL; made when something is first written to it.

    Attributes:
        account_id: whose it is.
        path: where it is, whether or not it exists.
    """

    def __init__(
        self, state_dir: Path, *, account_id: str, base_url: str, clock: Clock, wait_s: float = WAIT_S
    ) -> None:
        self.account_id = account_id
        server = hashlib.sha256(base_url.encode()).hexdigest()[:8]
        self.path = state_dir / "accounts" / f"{account_id}-{server}"
        self._about = {"account_id": account_id, "base_url": base_url}
        self._clock = clock
        self._wait_s = wait_s

    def held(self, doing: str) -> AbstractContextManager[None]:
        """Keep every other run from writing; ``doing`` is what they read if they wait in vain.

        Raises:
            StateBusyError: another run did not let go in time.
            StateError: the folder can't be made or written.
        """
        return self._locked(_WRITING, doing, self._wait_s)

    def apply_lock(self, doing: str) -> AbstractContextManager[None]:
        """Keep every other apply out, for as long as this one takes; nobody waits for it.

        It stands beside ``held``, which can be taken while this one is. Like that one it goes with its
        process, however that ends.

        Raises:
            StateBusyError: another apply is going on; the message says whose.
            StateError: the folder can't be made or written.
        """
        return self._locked(_APPLYING, doing, 0.0)

    def read(self, *parts: str) -> bytes | None:
        """A file's content, or None where there is no such file.

        Raises:
            StateError: it is there and can't be read.
        """
        path = self.path.joinpath(*parts)
        with _explained(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def folders(self, part: str) -> list[str]:
        """The names of what is finished in a part of this one, sorted; none where there is no such part.

        Raises:
            StateError: it can't be read.
        """
        path = self.path / part
        with _explained(path):
            try:
                return sorted(each.name for each in path.iterdir() if not each.name.startswith("."))
            except FileNotFoundError:
                return []

    def has(self, part: str, name: str) -> bool:
        """Whether there is something of this name in a part of this one; thousands beside it cost nothing.

        Raises:
            StateError: it can't be looked for.
        """
        path = self.path / part / name
        with _explained(path):
            try:
                path.lstat()
            except FileNotFoundError:
                return False
            return True

    def write(self, name: str, content: bytes, *, part: str | None = None) -> None:
        """Put one file in its place, whole or not at all, here or in a part. The lock must be held.

        It is on the disk when this comes back.

        Raises:
            StateError: it can't be written.
        """
        folder = self.path if part is None else self.path / part
        beside = folder / f"{_UNFINISHED}{name}"
        with _explained(folder / name):
            if part is not None:
                self._make_part(part)
            try:
                _write(beside, content)
                beside.replace(folder / name)
            except OSError:
                beside.unlink(missing_ok=True)
                raise
            settle(folder)

    def write_folder(self, part: str, name: str, files: Mapping[str, bytes]) -> None:
        """Put a folder with these files in its place, whole or not at all. The lock must be held.

        Raises:
            StateError: it can't be written; nothing of it stays.
        """
        parent = self.path / part
        beside = parent / f"{_UNFINISHED}{name}"
        with _explained(parent / name):
            self._make_part(part)
            try:
                beside.mkdir(mode=0o700)
                for file, content in files.items():
                    _write(beside / file, content)
                settle(beside)
                beside.rename(parent / name)
            except OSError:
                shutil.rmtree(beside, ignore_errors=True)
                raise
            settle(parent)

    def remove_folder(self, part: str, name: str) -> None:
        """Remove a folder; a reader finds it whole or not at all. The lock must be held.

        Raises:
            StateError: it can't be removed.
        """
        parent = self.path / part
        with _explained(parent / name):
            gone = parent / f"{_REMOVED}{name}"
            (parent / name).rename(gone)
            shutil.rmtree(gone)

    def _make(self) -> None:
        with _explained(self.path):
            for folder in (*reversed(self.path.parents), self.path):
                if not folder.is_dir():  # mkdir(parents=True) would leave those in between to the umask
                    folder.mkdir(mode=0o700, exist_ok=True)
            if stat.S_IMODE(self.path.stat().st_mode) & 0o077 and os.name == "posix":
                # unpacked from an archive or copied by hand: customers' ids are nobody else's business
                self.path.chmod(0o700)
            if not (self.path / _ABOUT).exists():
                _write(self.path / _ABOUT, json.dumps(self._about, indent=2).encode() + b"\n")

    def _make_part(self, part: str) -> None:
        """A part that is there, on the disk, and without what a killed run left."""
        folder = self.path / part
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            settle(self.path)
        _sweep(folder)

    @contextmanager
    def _locked(self, which: _Lock, doing: str, wait_s: float) -> Iterator[None]:
        from filelock import FileLock, Timeout  # noqa: PLC0415 (a moment to load, and only saving needs it)

        self._make()
        lock = FileLock(self.path / which.file, timeout=wait_s, mode=0o600)
        with _explained(self.path / which.file):
            try:
                lock.acquire()
            except Timeout:
                raise self._busy(which, wait_s) from None
            except NotImplementedError:
                raise _unusable(self.path, "its file system knows no locks") from None
        try:
            self._say_who_holds(which, doing)
            yield
        finally:
            try:
                with _explained(self.path / which.holder):
                    (self.path / which.holder).unlink(missing_ok=True)
            finally:
                lock.release()

    def _say_who_holds(self, which: _Lock, doing: str) -> None:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": iso(self._clock.now()),
            "doing": doing,
        }
        with _explained(self.path / which.holder):
            _write(self.path / which.holder, json.dumps(holder).encode())

    def _busy(self, which: _Lock, wait_s: float) -> StateBusyError:
        try:
            said = json.loads((self.path / which.holder).read_bytes())
            who = f"process {said['pid']} on {said['host']} ({said['doing']}, since {said['since']})"
        except (OSError, ValueError, KeyError, TypeError):
            # It let go in this moment, or has not said yet who it is: the message does without
            who = "another run that has not said which it is"
        return StateBusyError(which.busy.format(who=who, wait_s=wait_s), path=str(self.path), hint=which.hint)


def _write(path: Path, content: bytes) -> None:
    """A file that only its owner may read, on the disk when this comes back."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """Put a folder's entries on the disk; other systems than POSIX's do so by themselves."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(parent: Path) -> None:
    """Remove what a run that was killed left half written or half removed."""
    with os.scandir(parent) as entries:  # one by one: an account may have many thousands of archives
        left = [parent / each.name for each in entries if each.name.startswith((_UNFINISHED, _REMOVED))]
    for each in left:
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Every failure of the file system as a ``StateError`` that says what to do."""
    try:
        yield
    except OSError as error:
        where = path if error.filename is None else Path(os.fsdecode(error.filename))
        raise _explain(error, where) from None


def _explain(error: OSError, path: Path) -> StateError:
    if error.errno in _FULL:
        return StateError(
            f"the disk of the state folder is full, or its quota is spent: {error.strerror}",
            path=str(path),
            hint="make room, keep fewer snapshots ([memory] keep_days), or set state_dir to another disk",
        )
    if error.errno in _FORBIDDEN:
        return StateError(
            f"the state folder may not be used: {error.strerror}",
            path=str(path),
            hint="give this user the right to read and write there, or set state_dir to a folder of its own",
        )
    if error.errno in _NO_FOLDER:
        return _unusable(path, "something else stands where a folder is expected")
    return _unusable(path, error.strerror or type(error).__name__)


def _unusable(path: Path, why: str) -> StateError:
    return StateError(
        f"the state folder can't be used: {why}",
        path=str(path),
        hint="set state_dir to a folder on a disk of this machine",
    )
