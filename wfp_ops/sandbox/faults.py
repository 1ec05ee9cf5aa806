"""Faults that tests ask for: which requests they strike, how often, and what they say. Nobody waits here."""

from __future__ import annotations

import asyncio
import fnmatch
import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from wfp_ops.sandbox.control_input import InputError

FaultKind = Literal[
    "status",  # refused with `status`, `code` and `message`; nothing is done
    "html",  # a page of the firewall instead of JSON; nothing is done
    "success_false",  # 200 with `success: false`; nothing is done
    "reset",  # the connection is reset before anything is done
    "timeout",  # no answer for `delay_s` (default: ever), then the connection is reset; nothing is done
    "slow",  # answered properly, after `delay_s`, or at once when the faults are taken back
    "lost_answer",  # done, and then the connection is reset
    "cut",  # done, and the answer's body ends halfway
    "empty_result",  # the true answer with an empty `result` ([] or {}) and no `result_info`
    "null_result",  # the true answer with `result: null`
    "wrong_result",  # the true answer with a text as `result`
    "short_result",  # the true answer with half of the rows; `result_info` still tells of all
    "not_json",  # 200 with text that is no JSON
    "graphql_errors",  # analytics answer with `data: null` and an error with `message`; nothing is done
    "graphql_partial",  # analytics answer with half of each dataset's rows, and an error with `message`
]
KINDS: tuple[str, ...] = get_args(FaultKind)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Fault:
    """One fault. It strikes requests whose method and route (a glob) fit.

    The route is matched against the decoded path behind ``/client/v4``. The first ``skip`` of the fitting
    requests pass; of the others each is struck with ``probability``, until ``count`` (None: no end) were.
    ``retry_after`` is in seconds; ``"date:300"`` sends it as the HTTP date so many seconds ahead.
    """

    kind: FaultKind
    method: str | None = None
    route: str = "*"
    status: int | None = None
    code: int | None = None
    message: str | None = None
    retry_after: float | str | None = None
    delay_s: float | None = None
    probability: float = 1.0
    count: int | None = None
    skip: int = 0

    def fits(self, method: str, route: str) -> bool:
        """Whether it is about this request at all."""
        return self.method in (None, method) and fnmatch.fnmatchcase(route, self.route)


class _Armed:
    """A fault with what it has done so far."""

    def __init__(self, fault: Fault, number: int, seed: int) -> None:
        self.fault = fault
        self.number = number
        self.met = 0
        self.struck = 0
        # One stream for each fault: what it does depends on the seed and its own requests, on nothing else.
        self.random = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose

    def strikes(self) -> bool:
        self.met += 1
        if self.met <= self.fault.skip or (self.fault.count is not None and self.struck >= self.fault.count):
            return False
        if self.random.random() >= self.fault.probability:
            return False
        self.struck += 1
        return True

    def to_json(self) -> dict[str, Any]:
        return {"id": self.number, **asdict(self.fault), "met": self.met, "struck": self.struck}


class FaultBook:
    """The faults that are set, in order: the first that strikes a request has it.

    Attributes:
        taken_back: is set when the faults that are set now are taken back; not from another thread.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._armed: list[_Armed] = []
        self._number = 0
        self.taken_back = asyncio.Event()

    def add(self, fault: Fault) -> dict[str, Any]:
        """Set one; it comes back as :meth:`to_json` shows it."""
        self._number += 1
        armed = _Armed(fault, self._number, self._seed)
        self._armed.append(armed)
        return armed.to_json()

    def clear(self) -> None:
        """Take them all back."""
        self._armed.clear()
        self.taken_back.set()
        self.taken_back = asyncio.Event()

    def to_json(self) -> list[dict[str, Any]]:
        """Every fault with ``id``, ``met`` (fitting requests so far) and ``struck``."""
        return [armed.to_json() for armed in self._armed]

    def strike(self, method: str, route: str) -> Fault | None:
        """The fault that strikes this request, which is counted, or None."""
        for armed in self._armed:
            if armed.fault.fits(method, route) and armed.strikes():
                return armed.fault
        return None


def read_fault(document: object) -> Fault:
    """A fault from JSON.

    Raises:
        InputError: with what is wrong with it.
    """
    if not isinstance(document, Mapping):
        raise InputError('expected an object such as {"kind": "status", "status": 500}')
    unknown = set(document) - set(Fault.__dataclass_fields__)
    if unknown:
        known = ", ".join(Fault.__dataclass_fields__)
        raise InputError(f"no field {', '.join(sorted(map(str, unknown)))}: there are {known}")
    if document.get("kind") not in KINDS:
        raise InputError(f"kind: one of {', '.join(KINDS)}, not {document.get('kind')!r}")
    method = document.get("method")
    if method is not None and (not isinstance(method, str) or method.upper() not in METHODS):
        raise InputError(f"method: one of {', '.join(METHODS)}, not {method!r}")
    for text in ("route", "message"):
        if not isinstance(document.get(text, ""), str):
            raise InputError(f"{text}: expected text")
    _check_numbers(document)
    return Fault(**{**document, "method": method.upper() if method else None})


def retry_date_s(text: str) -> int:
    """Seconds ahead of ``date`` (2) or ``date:SECONDS``.

    Raises:
        InputError: it is neither.
    """
    match = re.fullmatch(r"date(?::(\d{1,5}))?", text)
    if match is None:
        raise InputError(f'retry_after: seconds, "date" or "date:SECONDS", not {text!r}')
    return int(match[1] or 2)


_RANGES: dict[str, tuple[float, float, bool]] = {
    "status": (200, 599, True),
    "code": (0, 10**9, True),
    "delay_s": (0, 86_400, False),
    "probability": (0, 1, False),
    "count": (0, 10**9, True),
    "skip": (0, 10**9, True),
    "retry_after": (0, 86_400, False),
}


def _check_numbers(document: Mapping[str, Any]) -> None:
    for name, (lowest, highest, whole) in _RANGES.items():
        value = document.get(name)
        if name not in document or (value is None and name not in ("probability", "skip")):
            continue
        if name == "retry_after" and isinstance(value, str):
            retry_date_s(value)
            continue
        kind = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kind) or not lowest <= value <= highest:
            what = "a whole number" if whole else "a number"
            raise InputError(f"{name}: {what} from {lowest} to {highest}, not {value!r}")
