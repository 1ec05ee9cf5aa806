"""A real sandbox in a child process, with a client for its routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from support.waiting import wait_for

from wfp_ops.sandbox.child import SandboxProcess, start_sandbox
from wfp_ops.sandbox.switches import Switches


class RunningSandbox:
    """The sandbox's address, and what tests ask of it. ``http`` carries the token and ignores proxies."""

    def __init__(self, process: SandboxProcess, http: httpx.Client) -> None:
        self.process = process
        self.http = http
        self.base_url = process.base_url
        self.token = process.token
        self.account_id = process.account_id
        self.account_url = f"{self.base_url}/accounts/{self.account_id}"
        self.namespaces_url = f"{self.account_url}/workers/dispatch/namespaces"

    def environment(self) -> dict[str, str]:
        """What points wfp-ops and Cloudflare's own tools here."""
        return {
            "CLOUDFLARE_API_TOKEN": self.token,
            "CLOUDFLARE_ACCOUNT_ID": self.account_id,
            "CLOUDFLARE_BASE_URL": self.base_url,
            "CLOUDFLARE_API_BASE_URL": self.base_url,
        }

    def control(self, method: str, route: str, document: object = None) -> Any:
        """Call ``/sandbox/<route>``; its JSON comes back, and anything but 200 fails the test."""
        answer = self.http.request(method, f"{self.process.control_url}/{route}", json=document)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def load(self, *namespaces: Mapping[str, Any] | str, mode: str = "replace") -> None:
        """Put these namespaces in; a text stands for an empty namespace of that name."""
        documents = [{"name": item} if isinstance(item, str) else dict(item) for item in namespaces]
        self.control("POST", "load", {"mode": mode, "namespaces": documents})

    def fault(self, kind: str, **fields: Any) -> None:
        """Set a fault."""
        self.control("POST", "faults", {"kind": kind, **fields})

    @contextmanager
    def holding(self, method: str | None = None, route: str = "*", *, skip: int = 0) -> Iterator[Held]:
        """Keep all fitting requests waiting, the first ``skip`` apart, until released or the block ends.

        What is to be looked at in the middle of something stays there for as long as the test needs.
        Releasing takes all faults back.
        """
        self.fault("slow", method=method, route=route, skip=skip, delay_s=3600)
        held = Held(self)
        try:
            yield held
        finally:
            held.release()

    def switch(self, **settings: Any) -> None:
        """Change settings."""
        self.control("POST", "settings", settings)

    def state(self, *, code: bool = False) -> dict[str, dict[str, Any]]:
        """The namespaces by name, each with ``workers``."""
        document = self.control("GET", f"state?code={str(code).lower()}")
        return {namespace["namespace_name"]: namespace for namespace in document["namespaces"]}


@dataclass(frozen=True)
class Held:
    """Requests that a sandbox keeps waiting."""

    sandbox: RunningSandbox

    @property
    def count(self) -> int:
        """How many wait."""
        return sum(int(each["struck"]) for each in self.sandbox.control("GET", "faults")["faults"])

    def wait(self, seconds: float = 60.0) -> None:
        """Until one waits."""
        wait_for(lambda: self.count, seconds)

    def release(self) -> None:
        """Have all of them answered, and those that come."""
        self.sandbox.control("DELETE", "faults")


@contextmanager
def running_sandbox(scenario: str = "empty", **options: Any) -> Iterator[RunningSandbox]:
    """Start one with :func:`wfp_ops.sandbox.child.start_sandbox`'s options, and end it."""
    with start_sandbox(scenario=scenario, **options) as process:
        headers = {"authorization": f"Bearer {process.token}"}
        with httpx.Client(headers=headers, trust_env=False, timeout=30) as http:
            yield RunningSandbox(process, http)


def clean_sandbox(sandbox: RunningSandbox) -> RunningSandbox:
    """The same one, empty, without faults and with its first settings, for the next test."""
    sandbox.control("DELETE", "faults")
    sandbox.switch(**Switches().to_json())
    sandbox.load()
    return sandbox
