"""Applies and resumes plans in a small account while things go wrong, and knows how it has to end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from support.law_strategies import lies
from support.law_watch import Made, Watch
from support.law_world import CrashError, World, statuses
from support.sandbox_inside import changes

from wfp_ops.change.journal.reader import verify
from wfp_ops.change.result import Applied
from wfp_ops.errors import RefusedError, WfpOpsError
from wfp_ops.memory.applied import AppliedPlans

MOST_RESUMES = 6

# At which request of the main thread somebody interferes, whether the server is what changes, and how
Interference = tuple[int, bool, Callable[[], None]]


@dataclass(frozen=True)
class Copy:
    """The world as it was before an apply, to try the same again without anything going wrong."""

    document: dict[str, Any]
    state_dir: Path
    passed: float
    skew: timedelta


class Drive:
    """Drives one world. ``trouble`` is what the last apply or resume was refused or failed with."""

    def __init__(self, world: World, watch: Watch) -> None:
        self.world = world
        self.watch = watch
        self.trouble: WfpOpsError | None = None
        self.crashed = False
        self._copies = 0

    # --- one apply or resume ------------------------------------------------------------------

    def apply(self, made: Made, words: str, **wrong: Any) -> Applied | None:
        """Apply a plan; what it came to, or None where it was refused, failed or was cut off.

        Its words are used up, and ``made`` has a journal, once the register knows of it.
        """
        before = set(self.world.journals())
        with self._watched(made, **wrong) as progress, self.world.account() as account:
            applied = self._survive(lambda: account.apply(made.plan, confirm=words, progress=progress))
            begun = AppliedPlans(account.state_folder()).find(made.plan.digest)
        new = [path for path in self.world.journals() if path not in before]
        if new and begun is not None:
            made.journal = new[0]
        elif new:
            assert self.crashed or self.trouble is not None
            assert verify(new[0]).records <= 1
            self.watch.seen["cut off before its first change"] += 1
        return applied

    def resume(self, made: Made, **wrong: Any) -> Applied | None:
        """Go on with it, likewise."""
        self.watch.seen["resumed"] += 1
        journal = made.journal
        assert journal is not None
        with self._watched(made, **wrong) as progress, self.world.account() as account:
            return self._survive(lambda: account.resume(journal, progress=progress))

    def _survive(self, call: Callable[[], Applied]) -> Applied | None:
        self.trouble = None
        self.crashed = False
        try:
            return call()
        except CrashError:
            self.crashed = True
            self.watch.seen["crashed"] += 1
        except WfpOpsError as error:
            self.trouble = error
        return None

    @contextmanager
    def _watched(
        self,
        made: Made,
        faults: Sequence[dict[str, Any]] = (),
        crash: tuple[str, int] | None = None,
        interference: Interference | None = None,
    ) -> Any:
        server, watch = self.world.server, self.watch
        watch.begin(made)
        upset = _Upset(crash, interference, watch.touched)
        for fault in faults:
            server.fault(**fault)
        if crash is not None and crash[0] == "clock":
            self.world.clock.crash_in = crash[1]

        def before(method: str, path: str, main: bool) -> None:
            upset.before(method, path, main)
            watch.before(method, path, main)

        def after(method: str, path: str, main: bool) -> None:
            watch.after(method, path, main)
            upset.after(method, path, main)

        server.before, server.after = before, after
        try:
            yield upset.progress
        finally:
            server.before = server.after = None
            self.world.clock.crash_in = None
            server.clear_faults()
            watch.end()

    def tear(self, made: Made) -> None:
        """A power cut while a record was being written: half a line stands at the journal's end."""
        if made.journal is None:
            return
        number = verify(made.journal).records
        with made.journal.open("ab") as file:
            file.write(b'{"n":%d,"at":"2026-1' % number)

    # --- how it has to end --------------------------------------------------------------------

    def converge(self, made: Made) -> Applied | None:
        """Resume until nothing is left; None where that is refused."""
        if made.journal is None:
            return None
        for _ in range(MOST_RESUMES):
            applied = self.resume(made)
            if applied is None:
                return None
            if applied.complete:
                return applied
        return applied

    def in_flight(self, made: Made) -> bool:
        """Whether the journal holds a step of which nobody knows what became."""
        return made.journal is not None and "in_flight" in statuses(made.journal)

    # --- the same again, undisturbed ----------------------------------------------------------

    def copy(self) -> Copy:
        """Keep the world as it is."""
        self._copies += 1
        target = self.world.folder / f"copy-{self._copies}"
        if self.world.state_dir.is_dir():
            shutil.copytree(self.world.state_dir, target)
        clock = self.world.clock
        return Copy(self.world.server.document(code=True), target, clock.true.passed, clock.skew)

    def undisturbed(self, made: Made, copy: Copy) -> tuple[Applied | None, dict[str, Any]]:
        """What the plan comes to in that world, and the server's state then; this world stays as it is."""
        clock, server = self.world.clock, self.world.server
        here = server.document(code=True), clock.true.passed, clock.skew
        server.load(copy.document)
        clock.true.passed, clock.skew = copy.passed, copy.skew
        try:
            with self.world.account(copy.state_dir) as account:
                applied = self._survive(lambda: account.apply(made.plan, confirm=made.plan.confirmation))
            return applied, server.state()
        finally:
            server.load(here[0])
            clock.true.passed, clock.skew = here[1:]
            shutil.rmtree(copy.state_dir, ignore_errors=True)


class _Upset:
    """Counts requests and lets the power go, or somebody interfere, when it is time."""

    def __init__(
        self, crash: tuple[str, int] | None, interference: Interference | None, touched: set[str]
    ) -> None:
        self._crash = crash
        self._interference = interference
        self._touched = touched
        self._requests = 0
        self._changes = 0
        self._by_main = 0
        self._told = 0

    def before(self, method: str, path: str, main: bool) -> None:
        self._requests += 1
        self._changes += changes(method, path)
        self._strike("before", method, path)
        if main and method == "GET":
            self._by_main += 1
            self._interfere(path)

    def after(self, method: str, path: str, _main: bool) -> None:
        self._strike("after", method, path)

    def progress(self, _: Any) -> None:
        self._told += 1
        if self._crash == ("progress", self._told):
            raise CrashError

    def _strike(self, when: str, method: str, path: str) -> None:
        if self._crash == (f"request {when}", self._requests) or (
            changes(method, path) and self._crash == (f"change {when}", self._changes)
        ):
            self._crash = None
            raise CrashError

    def _interfere(self, path: str) -> None:
        """A change of the server shows to nobody between the last look at a thing and its deletion."""
        if self._interference is None:
            return
        at, in_server, act = self._interference
        if self._by_main < at or (in_server and path.rpartition("/")[0].rpartition("/")[2] != "namespaces"):
            return
        self._interference = None
        act()


def honest(faults: Sequence[dict[str, Any]]) -> bool:
    """Whether no fault says something that is not so."""
    return not any(map(lies, faults))


def explained(error: WfpOpsError | None) -> bool:
    """Whether a resume right after the crash may be refused so: we deleted more than a fifth ourselves."""
    return isinstance(error, RefusedError) and all("shrank" in reason for reason in error.reasons)
