"""Applies and resumes plans in processes of their own, which kill themselves where they are told to.

Run as a program it loads the package once, then forks a process for each job: so that many can be killed.
A job is a line of JSON on standard input; a line with its process id comes back, and one with its end.
Nothing in the package knows of this: the wrappers that kill are put around its functions here.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, Self

_LOADED = (
    "support.company",
    "wfp_ops.account.applying",
    "wfp_ops.audit.build",
    "wfp_ops.inventory.namespaces",
    "pyarrow.parquet",
    "filelock",
)
TESTS = Path(__file__).resolve().parents[1]


# --- the process that is killed -----------------------------------------------------------------


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


def _dying(function: Callable[..., Any], number: int, *, before: bool) -> Callable[..., Any]:
    """The function, killing its process before or after its call of this number (from 0)."""
    calls = itertools.count()

    def wrapper(*arguments: Any, **named: Any) -> Any:
        here = next(calls) == number
        if here and before:
            _die()
        result = function(*arguments, **named)
        if here:
            _die()
        return result

    return wrapper


def _tearing(write: Callable[[int, bytes], None], number: int) -> Callable[[int, bytes], None]:
    """The writer of lines, killed in the middle of the line of this number."""
    calls = itertools.count()

    def wrapper(descriptor: int, content: bytes) -> None:
        if next(calls) == number:
            os.write(descriptor, content[: len(content) // 2])
            _die()
        write(descriptor, content)

    return wrapper


def _arm(stage: str, number: int) -> None:
    """Kill this process at record ``number`` of its journal, or (``fsync``, ``send``) elsewhere."""
    from wfp_ops.api.wire import Wire
    from wfp_ops.change.journal import files

    if stage == "before":
        files.write_whole = _dying(files.write_whole, number, before=True)
    elif stage == "torn":
        files.write_whole = _tearing(files.write_whole, number)
    elif stage == "headless":
        files.write_head = _dying(files.write_head, number, before=True)
    elif stage == "after":
        files.write_head = _dying(files.write_head, number, before=False)
    elif stage == "fsync":
        os.fsync = _dying(os.fsync, number, before=True)
    elif stage == "send":
        Wire.send = _dying(Wire.send, number, before=False)
    else:
        raise ValueError(stage)


def _work(job: Mapping[str, Any]) -> dict[str, Any]:
    from support.company import open_account

    from wfp_ops.change.plan_file import read_plan
    from wfp_ops.errors import WfpOpsError

    if job.get("kill"):
        _arm(*job["kill"])
    with open_account(Path(job["config"]), job["now"], **job["account"]) as account:
        try:
            if "resume" in job:
                applied = account.resume(job["resume"])
            else:
                plan = read_plan(job["apply"])
                applied = account.apply(plan, confirm=plan.confirmation, journal=job.get("journal"))
        except WfpOpsError as error:
            return {"error": type(error).__name__, "message": str(error)}
        return applied.to_dict()


@contextmanager
def _small_disk(limit: int | None) -> Iterator[None]:
    """No file may grow beyond so many bytes: to the program that looks like a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft if limit is None else limit, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _child(job: Mapping[str, Any]) -> NoReturn:
    try:
        with _small_disk(job.get("limit")):
            said = json.dumps(_work(job))
        Path(job["out"]).write_text(said, encoding="utf-8")
        os._exit(0)
    except BaseException:  # noqa: BLE001 (whatever it is, the test must see it, and no parent's cleanup may run)
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def _serve() -> None:
    # Loaded once, for every process to come
    for name in _LOADED:
        importlib.import_module(name)

    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(job)
        print(json.dumps({"pid": pid}), flush=True)  # noqa: T201 (it is how it answers)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)  # noqa: T201


# --- the side of the tests ----------------------------------------------------------------------


class Applier:
    """A running program of these; a context manager."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.apply_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def begin(self, **job: Any) -> int:
        """Start a job; the id of its process comes back. ``end`` must be asked before another one."""
        print(json.dumps(job), file=self._process.stdin, flush=True)
        return int(json.loads(self._process.stdout.readline())["pid"])

    def end(self) -> int:
        """Wait for the job's end; its exit code comes back, below 0 for a signal."""
        return int(json.loads(self._process.stdout.readline())["status"])

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


if __name__ == "__main__":
    _serve()
