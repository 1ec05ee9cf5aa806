"""What a plan consists of: steps, what was left out of it and why, and what each guard said.

Values alone: nothing here reads, decides or writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Action: TypeAlias = Literal[
    "create_namespace", "delete_namespace", "rename_namespace", "put_worker", "delete_worker", "tag_worker"
]
ACTIONS: tuple[Action, ...] = (
    "create_namespace",
    "delete_namespace",
    "rename_namespace",
    "put_worker",
    "delete_worker",
    "tag_worker",
)
DELETIONS: frozenset[Action] = frozenset({"delete_namespace", "delete_worker"})

Verdict: TypeAlias = Literal["pass", "refuse", "unknown", "overridden"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change, with why it is made, what that rests on, and what must still hold right before it.

    ``evidence`` and ``preconditions`` hold JSON values. What an action needs beside its names stands in
    ``new_name`` (a rename), ``tags`` (all tags that a Worker is to have) or ``upload`` (a Worker's
    metadata, its modules by hash, the names of its secrets).
    """

    action: Action
    namespace: str
    worker: str | None = None
    customer_id: str | None = None
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    preconditions: Mapping[str, Any] = field(default_factory=dict)
    new_name: str | None = None
    tags: tuple[str, ...] | None = None
    upload: Mapping[str, Any] | None = None

    @property
    def is_deletion(self) -> bool:
        """Whether something is gone for good afterwards."""
        return self.action in DELETIONS

    @property
    def name(self) -> str:
        """What it is about, as a person calls it: the namespace, or ``namespace/Worker``."""
        return self.namespace if self.worker is None else f"{self.namespace}/{self.worker}"

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the plan's document; what an action does not need is left out."""
        document: dict[str, Any] = {
            "action": self.action,
            "namespace": self.namespace,
            "worker": self.worker,
            "customer_id": self.customer_id,
            "reason": self.reason,
            "evidence": dict(self.evidence),
            "preconditions": dict(self.preconditions),
        }
        more = {
            "new_name": self.new_name,
            "tags": None if self.tags is None else list(self.tags),
            "upload": None if self.upload is None else dict(self.upload),
        }
        return {**document, **{name: value for name, value in more.items() if value is not None}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Step:
        """The step of a document.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        if document["action"] not in ACTIONS:
            raise ValueError(f"there is no action {document['action']!r}")
        tags = document.get("tags")
        return cls(
            action=document["action"],
            namespace=_text(document["namespace"]),
            worker=None if document["worker"] is None else _text(document["worker"]),
            customer_id=None if document["customer_id"] is None else _text(document["customer_id"]),
            reason=_text(document["reason"]),
            evidence=dict(document["evidence"]),
            preconditions=dict(document["preconditions"]),
            new_name=document.get("new_name"),
            tags=None if tags is None else tuple(tags),
            upload=document.get("upload"),
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


@dataclass(frozen=True, kw_only=True)
class Excluded:
    """What was asked for and is not in the plan: the step that it would have been, and who said no.

    ``guard`` is the first guard that refused, ``reason`` its words; ``guards`` are all that refused.
    """

    step: Step
    guard: str
    reason: str
    guards: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the plan's document: a step with ``guard``; its reason is the guard's."""
        return {
            **self.step.to_dict(),
            "reason": self.reason,
            "guard": self.guard,
            "guards": list(self.guards),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Excluded:
        """What was left out, of a document.

        Raises:
            KeyError, TypeError, ValueError: it is no such thing.
        """
        return cls(
            step=Step.from_dict(document),
            guard=_text(document["guard"]),
            reason=_text(document["reason"]),
            guards=tuple(document.get("guards", ())),
        )


@dataclass(frozen=True, kw_only=True)
class GuardRow:
    """What one guard says of the plan, or of one item in it."""

    guard: str
    verdict: Verdict
    detail: str
    namespace: str | None = None
    worker: str | None = None

    @property
    def holds_back(self) -> bool:
        """Whether it keeps the item out, or refuses the plan: what is unknown does."""
        return self.verdict in ("refuse", "unknown")

    def to_dict(self) -> dict[str, Any]:
        """As it stands in the plan's document."""
        return {
            "guard": self.guard,
            "verdict": self.verdict,
            "namespace": self.namespace,
            "worker": self.worker,
            "detail": self.detail,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> GuardRow:
        """The row of a document.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        if document["verdict"] not in ("pass", "refuse", "unknown", "overridden"):
            raise ValueError(f"there is no verdict {document['verdict']!r}")
        return cls(
            guard=_text(document["guard"]),
            verdict=document["verdict"],
            namespace=document["namespace"],
            worker=document["worker"],
            detail=_text(document["detail"]),
        )


def count_by_action(steps: Sequence[Step]) -> dict[Action, int]:
    """How many steps of each action, in the order of ``ACTIONS``; those without any are left out."""
    counts = {action: sum(step.action == action for step in steps) for action in ACTIONS}
    return {action: count for action, count in counts.items() if count}
