"""One step that Cloudflare never carries out: what a person reads of it names the answer, too."""

from __future__ import annotations

from support.names import NS
from support.stub_server import refused

from wfp_ops.change.breaker import Breaker
from wfp_ops.change.journal.progress import StepState
from wfp_ops.change.one_step import MOST_ATTEMPTS, StepRunner
from wfp_ops.change.recorder import Recorder
from wfp_ops.change.steps import Step


class Lines:
    """A journal that is kept in memory."""

    def __init__(self):
        self.lines = []

    def append(self, kind, **facts):
        """Written down."""
        self.lines.append((kind, facts))


def test_the_answer_is_named_beside_what_a_read_shows(stub_server, reads, writes, fake_clock):
    """An HTTP 500 may hide a creation: a read says that there is none, and it is sent again, so often."""
    stub_server.on("GET", f"{NS}/customer-9", refused(404, 100119))
    stub_server.on("POST", NS, refused(500, 10013))
    step = Step(action="create_namespace", namespace="customer-9", reason="r")
    journal = Lines()
    recorder = Recorder([step], [StepState()], journal)
    runner = StepRunner(
        reads=reads,
        writes=writes,
        recorder=recorder,
        breaker=Breaker(),
        clock=fake_clock,
        recheck=lambda _: None,
        known_ids=(),
        blobs={},
    )
    runner.run(0)
    (state,) = recorder.states
    assert state.status == "failed"
    assert state.detail.startswith("tried often enough; the last time: ")
    assert "500" in state.detail
    assert "no namespace 'customer-9' shows" in state.detail
    assert stub_server.count("POST", NS) == MOST_ATTEMPTS
