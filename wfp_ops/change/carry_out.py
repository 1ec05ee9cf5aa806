"""From an approved plan and an open journal to a running engine: the one place that holds the writes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from wfp_ops.api.reads import Reads
from wfp_ops.api.transport import Transport
from wfp_ops.api.writes import Writes
from wfp_ops.change.apply import Engine, Progress
from wfp_ops.change.archive.take import Archive, take
from wfp_ops.change.breaker import Breaker
from wfp_ops.change.control import Control
from wfp_ops.change.one_step import Recheck, StepRunner
from wfp_ops.change.plan import Plan
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.settle import WINDOW_S
from wfp_ops.change.steps import Step
from wfp_ops.clock import Clock
from wfp_ops.errors import ArchiveError, NamespaceNotFoundError
from wfp_ops.memory.folder import StateFolder


@dataclass(frozen=True, kw_only=True)
class Job:
    """What carrying a plan out takes.

    Args:
        plan: the approved plan.
        transport: bears the token for changes; it waits as long as Cloudflare asks.
        folder: the account's state, for the archives.
        clock: the one that the transport waits by; a cancel interrupts it.
        control: pause and cancel.
        recheck: what speaks against a step right before it.
        known_ids: ids of the namespaces that were there before, None where that is not known.
        report: told how far it is.
        after_pause: judges what is left once more, after a pause of so many seconds.
        window_s: seconds of consistency.
    """

    plan: Plan
    transport: Transport
    folder: StateFolder
    clock: Clock
    control: Control
    recheck: Recheck
    known_ids: Collection[str] | None
    report: Callable[[Progress], None] | None = None
    after_pause: Callable[[float], None] | None = None
    window_s: float = WINDOW_S


def carry_out(job: Job, recorder: Recorder, *, only_settle: bool = False) -> str | None:
    """Do every step that is open; why it ended early comes back, or None.

    With ``only_settle`` nothing more is changed: what was in flight is settled, and that is all.

    Raises:
        JournalError: nothing more can be written down, so nothing more is done.
    """
    reads = Reads(job.transport, job.plan.account_id)
    digest = job.plan.digest  # made of the whole document: once, and not for each archive
    runner = StepRunner(
        reads=reads,
        writes=Writes(job.transport.without_repeats(), job.plan.account_id),
        recorder=recorder,
        breaker=Breaker(),
        clock=job.clock,
        recheck=job.recheck,
        known_ids=job.known_ids,
        blobs=job.plan.blobs,
        window_s=job.window_s,
    )
    engine = Engine(
        runner=runner,
        control=job.control,
        take=lambda step: archive(job, reads, step, digest),
        only_settle=only_settle,
    )
    if job.report is not None:
        engine.report = job.report
    if job.after_pause is not None:
        engine.after_pause = job.after_pause
    return engine.run()


def archive(job: Job, reads: Reads, step: Step, digest: str) -> Archive:
    """Save what a step of the plan of this digest will delete.

    Raises:
        ArchiveError: it is not there, or not what the plan saw.
        StateError: it can't be written.
        APIError: it can't be read.
    """
    try:
        namespace = reads.get_namespace(step.namespace)
    except NamespaceNotFoundError as error:
        raise ArchiveError(error.message, path=step.namespace) from None
    if namespace.namespace_id != step.preconditions.get("namespace_id"):
        raise ArchiveError("it is another namespace than the plan saw", path=step.namespace)
    workers = None if step.worker is None else [step.worker]
    return take(reads, job.folder, namespace, workers, plan_digest=digest, now=job.clock.now())
