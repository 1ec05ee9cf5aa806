"""Where modules wait until their archive is written: in memory as long as they are few, else on the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import IO, Self

from wfp_ops.errors import StateError

_IN_MEMORY = 16 * 1024 * 1024


class Spool(Mapping[str, bytes]):
    """Contents by name, one of which is in memory at a time.

    The file has no name, so that a run which is killed leaves none of a customer's code behind.
    """

    def __init__(self) -> None:
        self._places: dict[str, tuple[int, int]] = {}
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed on exit)
        self._end = 0

    def add(self, name: str, content: bytes) -> None:
        """Keep a content; one of a name that is there already is the same.

        Raises:
            StateError: it can't be kept.
        """
        if name in self._places:
            return
        try:
            self._file.seek(self._end)
            self._file.write(content)
        except OSError as error:
            raise _unusable(error) from None
        self._places[name] = (self._end, len(content))
        self._end += len(content)

    def __getitem__(self, name: str) -> bytes:
        at, size = self._places[name]
        self._file.seek(at)
        return self._file.read(size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _unusable(error: OSError) -> StateError:
    return StateError(
        f"what is archived can't be put on the disk for the time being: {error.strerror}",
        path=tempfile.gettempdir(),
        hint="make room there, or set TMPDIR to a disk with more",
    )
