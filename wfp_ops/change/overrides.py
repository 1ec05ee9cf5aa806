"""Overrides: a guard's name, or a guard and one item, with a written reason; never a bare yes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from wfp_ops.change.guards.said import Said
from wfp_ops.change.guards.table import guard_named
from wfp_ops.change.steps import GuardRow
from wfp_ops.errors import SettingsError

SHORTEST_REASON = 3
LONGEST_REASON = 500
_HINT = 'write it as GUARD="reason", or for one item as GUARD:NAME="reason"'
_MAPPED = "say in a sentence, in plain text, why this may be done; it stands in the plan and in the journal"


@dataclass(frozen=True)
class Overrides:
    """Reasons by ``guard`` or ``guard:name``, as they become part of the plan's digest."""

    reasons: Mapping[str, str] = field(default_factory=dict)

    def apply(
        self, guard: str, said: Said, *, namespace: str | None = None, worker: str | None = None
    ) -> GuardRow:
        """What a guard said, with the override that lets it pass, if there is one that can."""
        reason = self._reason(guard, said, namespace, worker) if said.verdict != "pass" else None
        if reason is None:
            return GuardRow(
                guard=guard, verdict=said.verdict, detail=said.detail, namespace=namespace, worker=worker
            )
        return GuardRow(
            guard=guard,
            verdict="overridden",
            detail=f"{said.detail}; overridden: {reason}",
            namespace=namespace,
            worker=worker,
        )

    def _reason(self, guard: str, said: Said, namespace: str | None, worker: str | None) -> str | None:
        if said.final:
            return None
        names = [namespace] if worker is None else [f"{namespace}/{worker}"]
        if worker is not None and not said.one_only:
            names.append(worker)  # a Worker's bare name may stand in several namespaces: that is not one item
        for name in names:
            if name is not None and f"{guard}:{name}" in self.reasons:
                return self.reasons[f"{guard}:{name}"]
        return None if said.one_only else self.reasons.get(guard)

    def refuse_unused(self, names: Collection[str]) -> None:
        """Refuse an override of an item that is not asked for: a slip of the pen must not look like a no.

        Raises:
            SettingsError: naming it.
        """
        for key in self.reasons:
            guard, colon, name = key.partition(":")
            if colon and name not in names:
                raise SettingsError(
                    f"the override {key!r} is for {name!r}, which is not among what was asked for",
                    key=f"override {guard}",
                    hint="check the name; an item is named as its namespace, or namespace/Worker",
                )

    def in_words(self) -> str:
        """For the confirmation: each with its reason."""
        return ", ".join(f"{key} ({reason})" for key, reason in self.reasons.items())


def overrides_of(given: Mapping[str, str] | Iterable[str] | None) -> Overrides:
    """Overrides as a mapping, or as the texts of ``--override``; sorted, so that order plays no part.

    Raises:
        SettingsError: no such guard, one that can't be overridden, no reason, or one given twice.
    """
    if given is None:
        return Overrides()
    if isinstance(given, Mapping):
        # nobody typed GUARD="reason": how that is written helps nobody
        pairs, place, hint = list(given.items()), None, _MAPPED
    else:
        pairs, place, hint = [_pair(text) for text in given], "override", _HINT
    reasons: dict[str, str] = {}
    for key, reason in pairs:
        _check_guard(key)
        if key in reasons:
            raise SettingsError(f"the override {key!r} is given twice", key="override", hint=_HINT)
        if (wrong := _wrong_with(reason)) is not None:
            raise SettingsError(f"the override {key!r} {wrong}", key=place, hint=hint)
        reasons[key] = _spaced(reason)
    return Overrides(dict(sorted(reasons.items())))


def _pair(text: str) -> tuple[str, str]:
    key, equals, reason = text.partition("=")
    if not equals:
        raise SettingsError(f"the override {text!r} gives no reason", key="override", hint=_HINT)
    return key.strip(), reason


def _check_guard(key: str) -> None:
    name, colon, item = key.partition(":")
    guard = guard_named(name)
    if guard.never:
        raise SettingsError(
            f"no reason overrides {name!r}",
            key="override",
            hint="make a new plan from a new audit: that one sees the thing as it is now",
        )
    if colon and guard.level == "plan":
        raise SettingsError(
            f"{name!r} is about the plan as a whole, not about one item", key="override", hint=_HINT
        )
    if colon and not item:
        raise SettingsError(f"the override {key!r} names no item", key="override", hint=_HINT)


def _spaced(reason: object) -> str:
    return " ".join(reason.split()) if isinstance(reason, str) else ""


def _wrong_with(reason: object) -> str | None:
    """What is wrong with a reason, if anything is."""
    text = _spaced(reason)
    if not SHORTEST_REASON <= len(text) <= LONGEST_REASON:
        return f"needs a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters"
    hidden = next((each for each in text if not each.isprintable()), None)
    if hidden is not None:
        return f"has a reason with a character that can't be seen (U+{ord(hidden):04X})"
    return None
