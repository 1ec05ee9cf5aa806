"""Where the history lies: a folder of this machine, or any URL that fsspec knows (S3, R2, ...).

In a folder a file is written aside, put on the disk, and renamed, so that it is there whole or not at all.
Object stores show an object once it is whole. Paths below are relative to the history's root.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import unquote, urlsplit

from wfp_ops.errors import HistoryError, MissingExtraError, SettingsError, StateError
from wfp_ops.memory.folder import settle

_ASIDE = "_unfinished"


class Store(Protocol):
    """What keeps files. ``url`` names the root, without what is secret in it."""

    url: str

    def names(self, folder: str) -> list[str]:
        """The paths of all files below a folder, sorted; none where there is no such folder."""
        ...

    def open(self, path: str) -> contextlib.AbstractContextManager[IO[bytes]]:
        """A file, opened for reading; FileNotFoundError where there is none."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Put a file in its place, whole or not at all."""
        ...

    def shown(self, path: str) -> str:
        """How a file is called in messages."""
        ...


class LocalStore:
    """A folder of this machine. What it makes is readable by its owner alone."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = str(root)

    def names(self, folder: str) -> list[str]:
        """The paths of all files below a folder, sorted."""
        with self._explained(folder):
            return sorted(
                each.relative_to(self.root).as_posix()
                for each in (self.root / folder).rglob("*")
                if each.is_file()
            )

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """A file, opened for reading; FileNotFoundError where there is none."""
        try:
            file = (self.root / path).open("rb")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._unusable(path, error) from None
        with file:
            yield file

    def write(self, path: str, content: bytes) -> None:
        """Put a file in its place: written aside, put on the disk, renamed."""
        target = self.root / path
        with self._explained(path):
            aside = self.root / _ASIDE / f"{target.name}-{uuid.uuid4().hex}"
            self._make(aside.parent)
            self._make(target.parent)
            try:
                descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                aside.replace(target)
            except OSError:
                aside.unlink(missing_ok=True)
                raise
            settle(target.parent)

    def sweep(self) -> None:
        """Remove what a run that was killed left unfinished; the lock must be held."""
        with self._explained(_ASIDE):
            for left in (self.root / _ASIDE).glob("*"):
                left.unlink(missing_ok=True)

    def shown(self, path: str) -> str:
        """The file's path."""
        return str(self.root / path)

    def make(self) -> None:
        """Make the root, if it is not there."""
        with self._explained("."):
            self._make(self.root)

    def _make(self, folder: Path) -> None:
        missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
            settle(each.parent)

    @contextlib.contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._unusable(path, error) from None

    def _unusable(self, path: str, error: OSError) -> StateError:
        return StateError(
            f"the usage history can't be used: {error.strerror or type(error).__name__}",
            path=str(self.root / path),
            hint="give this user the right to read and write there, make room, or keep it elsewhere "
            "([usage] history, or --into)",
        )


class RemoteStore:
    """Files behind a URL. Whatever its file system raises becomes an error that names the file."""

    def __init__(self, filesystem: Any, root: str, url: str) -> None:
        self.filesystem = filesystem
        self.root = root.rstrip("/")
        self.url = url

    def names(self, folder: str) -> list[str]:
        """The paths of all files below a folder, sorted."""
        with self._explained(folder):
            # what another machine wrote in the meantime is not in this one's cache
            self.filesystem.invalidate_cache()
            found = self.filesystem.find(f"{self.root}/{folder}")
        return sorted(str(each)[len(self.root) + 1 :] for each in found)

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """A file, opened for reading; FileNotFoundError where there is none."""
        with self._explained(path, missing=True):
            file = self.filesystem.open(f"{self.root}/{path}", "rb")
        with file:
            yield file

    def write(self, path: str, content: bytes) -> None:
        """Put an object in its place."""
        with self._explained(path):
            self.filesystem.pipe_file(f"{self.root}/{path}", content)

    def create(self, path: str, content: bytes) -> None:
        """Put an object there only if there is none; FileExistsError where there is."""
        with self._explained(path, exists=True):
            self.filesystem.pipe_file(f"{self.root}/{path}", content, mode="create")

    def remove(self, path: str) -> None:
        """Remove an object; one that is gone is removed."""
        with self._explained(path), contextlib.suppress(FileNotFoundError):
            self.filesystem.rm_file(f"{self.root}/{path}")

    def shown(self, path: str) -> str:
        """The object's URL, without what is secret in it."""
        return f"{self.url}/{path}"

    def native(self, path: str) -> str:
        """What DuckDB calls it, once it knows the file system."""
        return str(self.filesystem.unstrip_protocol(f"{self.root}/{path}"))

    @contextlib.contextmanager
    def _explained(self, path: str, *, missing: bool = False, exists: bool = False) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if missing:
                raise
            raise self._unusable(path, error) from None
        except FileExistsError as error:
            if exists:
                raise
            raise self._unusable(path, error) from None
        except Exception as error:  # noqa: BLE001 (each file system has errors of its own)
            raise self._unusable(path, error) from None

    def _unusable(self, path: str, error: Exception) -> HistoryError:
        # its text is left out: it may hold the URL with what is secret in it
        return HistoryError(
            f"the usage history's store did not do it: {type(error).__name__}",
            path=self.shown(path),
            hint="see that it is there, and that its library finds credentials (S3, R2: AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL)",
        )


def open_store(where: str, part: str = "") -> LocalStore | RemoteStore:
    """The store at a path or a URL; ``part`` is a folder in it.

    Raises:
        MissingExtraError: a URL needs ``pip install 'wfp-ops[history]'``.
        SettingsError: there is no such kind of URL, or what opens it is not installed.
    """
    if "://" not in where:
        return LocalStore(Path(where).expanduser().absolute() / part)
    if where.startswith("file://"):
        return LocalStore(Path(unquote(urlsplit(where).path)) / part)
    try:
        import fsspec.core  # noqa: PLC0415 (only a URL needs it)
    except ModuleNotFoundError:
        raise MissingExtraError("fsspec", "history") from None
    return _remote(fsspec.core.url_to_fs, where, part)


def _remote(resolve: Any, where: str, part: str) -> RemoteStore:
    kind = where.partition("://")[0]
    try:
        filesystem, root = resolve(where)
    except ImportError as error:
        raise SettingsError(
            f"what opens {kind}:// is not installed: {error}",
            key="history",
            hint=f"pip install {_PACKAGES.get(kind, 'the package that it names')}",
        ) from None
    except Exception as error:
        raise SettingsError(
            f"the history's URL can't be opened: {type(error).__name__}",
            key="history",
            hint="write it as s3://bucket/folder; https://filesystem-spec.readthedocs.io lists the others",
        ) from error
    below = "/".join(filter(None, (str(root).rstrip("/"), part)))
    return RemoteStore(filesystem, below, "/".join(filter(None, (_without_secrets(where), part))))


_S3 = "'wfp-ops[s3]'"
_PACKAGES = {"s3": _S3, "s3a": _S3, "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}


def _without_secrets(url: str) -> str:
    kind, _, rest = url.partition("://")
    return f"{kind}://{rest.partition('?')[0].rpartition('@')[2]}".rstrip("/")
