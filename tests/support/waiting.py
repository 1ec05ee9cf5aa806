"""Waiting for what other threads and processes do. How long it takes is no test's business."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def wait_for(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Until something holds."""
    tick = threading.Event()
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came"
        tick.wait(0.02)
