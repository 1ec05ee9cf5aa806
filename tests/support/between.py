"""A proxy between an account and its sandbox: it passes everything on, unless a test says otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fnmatch import fnmatchcase
from types import TracebackType

import httpx
from support.sandbox_server import RunningSandbox
from support.stub_server import Answer, Reaction, Received, Reset, StubServer

# What it does with a request: it gets that and a function that passes it on and gives the true answer
Act = Callable[[Received, Callable[[], Answer]], Reaction]
_HOP = ("connection", "content-length", "transfer-encoding", "host")


class Between(StubServer):
    """Give its ``base_url`` to the account. ``received`` holds every request that came."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._origin = sandbox.base_url.removesuffix("/client/v4")
        self._http = httpx.Client(trust_env=False, timeout=30)
        self._rules: list[_Rule] = []
        self._choosing = threading.Lock()
        super().__init__()

    def when(self, method: str, path: str, act: Act, *, times: int | None = 1, skip: int = 0) -> None:
        """Let ``act`` answer requests of this method whose path ends like this (a glob), so many times."""
        self._rules.append(_Rule(method, f"*{path}", act, times, skip))

    def forget(self) -> None:
        """Pass everything on again, and count anew."""
        self._rules.clear()
        self.received.clear()

    def react(self, got: Received) -> Reaction:
        """Called by the server's threads."""
        with self._choosing:
            self.received.append(got)
            rule = next((rule for rule in self._rules if rule.strikes(got)), None)

        def pass_on() -> Answer:
            return self._passed_on(got)

        return pass_on() if rule is None else rule.act(got, pass_on)

    def _passed_on(self, got: Received) -> Answer:
        headers = {name: value for name, value in got.headers.items() if name not in _HOP}
        url = f"{self._origin}{got.raw_target}"
        answer = self._http.request(got.method, url, headers=headers, content=got.body)
        back = {name: value for name, value in answer.headers.items() if name not in _HOP}
        return Answer(answer.content, answer.status_code, back)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._http.close()


class _Rule:
    def __init__(self, method: str, path: str, act: Act, times: int | None, skip: int) -> None:
        self.act = act
        self._method = method
        self._path = path
        self._left = times
        self._skip = skip

    def strikes(self, got: Received) -> bool:
        if got.method != self._method or not fnmatchcase(got.path, self._path):
            return False
        if self._skip:
            self._skip -= 1
            return False
        if self._left is None:
            return True
        self._left -= 1
        return self._left >= 0


class Held:
    """Holds the requests that it strikes until they are let go; then their connections are reset.

    ``carry_out`` says whether each is passed on before it is held.
    """

    def __init__(self, *, carry_out: bool) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()
        self._pass_on: Callable[[], Answer] | None = None
        self._carry_out = carry_out

    def __call__(self, got: Received, pass_on: Callable[[], Answer]) -> Reaction:
        if self._carry_out:
            pass_on()
        self._pass_on = pass_on
        self.reached.set()
        self.released.wait(30)
        return Reset()

    def let_through(self) -> None:
        """Pass the last one on, late."""
        self._pass_on()


def instead(answer: Reaction) -> Act:
    """This answer, and nothing is passed on."""
    return lambda _got, _pass_on: answer


def done_but(answer: Reaction) -> Act:
    """It is carried out, and answered with this."""

    def act(_got: Received, pass_on: Callable[[], Answer]) -> Reaction:
        pass_on()
        return answer

    return act


def first(deed: Callable[[], object], answer: Reaction | None = None) -> Act:
    """Something else happens before it is passed on, or answered with this."""

    def act(_got: Received, pass_on: Callable[[], Answer]) -> Reaction:
        deed()
        return pass_on() if answer is None else answer

    return act
