"""A process that starts an apply as a notebook's kernel does, and is killed as kernels are.

Run as a program: ``python -m support.notebook_process SETTINGS PLAN``. The environment says which account and
which time, as it does in a kernel. It prints the journal's path and then does nothing until it is ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from support.company import NOW, Company

TESTS = Path(__file__).resolve().parents[1]


class Gate:
    """Given to a ``Between``, it holds a request back until it is opened, and passes it on then."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def __call__(self, got, pass_on):
        self.reached.set()
        assert self._opened.wait(60)
        return pass_on()

    def open(self) -> None:
        """Let it through."""
        self._opened.set()


class Notebook:
    """Such a process in a group of its own, as a kernel is; a context manager."""

    def __init__(self, company: Company, plan_file: Path) -> None:
        environment = {
            **os.environ,
            **company.sandbox.environment(),
            "CLOUDFLARE_BASE_URL": company.base_url,
            "WFP_OPS_NOW": NOW,
            # as kernels have them
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "JPY_PARENT_PID": str(os.getpid()),
            "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.notebook_process", str(company.config), str(plan_file)],
            env=environment,
            cwd=company.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def journal(self) -> Path:
        """The journal of the apply that it has started."""
        return Path(self._process.stdout.readline().strip())

    def kill(self) -> None:
        """Whatever may be done to a kernel and to all that belongs to its group, then the end of it."""
        for number in (signal.SIGHUP, signal.SIGKILL):
            os.killpg(self._process.pid, number)
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def _main(config: str, plan_file: str) -> None:
    import wfp_ops

    account = wfp_ops.connect(config=config)
    plan = wfp_ops.read_plan(plan_file)
    running = account.start(plan, confirm=plan.confirmation)
    print(running.journal, flush=True)  # noqa: T201 (it is how it answers)
    sys.stdin.read()


if __name__ == "__main__":
    _main(*sys.argv[1:])
