"""What may not happen while an account is changed, said once more and without the code under test.

``Watch`` sees every change that reaches the server, at the moment at which it does, and notes each breach
of a law. What it knows of matching, limits and lists is written here anew, and simpler.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from support.law_world import World
from support.sandbox_inside import changes

from wfp_ops.change.archive.read import names, verify
from wfp_ops.change.plan import Plan
from wfp_ops.memory.folder import StateFolder
from wfp_ops.sandbox.analytics.serve import current_profiles
from wfp_ops.sandbox.analytics.truth import exact_usage

PREFIX = "customer-"
DAY = timedelta(hours=24)
# Between an intent and its effect some waits may lie
SLACK = timedelta(minutes=10)


@dataclass
class Made:
    """A plan, and what server and list were as it was made."""

    plan: Plan
    server: dict[str, dict[str, Any]]
    rows: list[dict[str, str]]
    effects: Counter[int] = field(default_factory=Counter)
    journal: Path | None = None

    @property
    def words(self) -> Mapping[str, str]:
        """Overrides by guard, or guard and item."""
        return self.plan.overrides.reasons

    def overrides(self, guard: str, name: str) -> bool:
        return guard in self.words or f"{guard}:{name}" in self.words


@dataclass(frozen=True)
class Gone:
    """A namespace that we deleted."""

    name: str
    namespace_id: str
    at: datetime
    document: Mapping[str, Any]


class Watch:
    """Set on a server as its hooks. ``running`` is the plan that is being applied, None: nothing is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.breaches: list[str] = []
        self.gone: list[Gone] = []
        self.protected: dict[str, date] = {}
        self.accepted: set[str] | None = None
        self.touched: set[str] = set()
        self.running: Made | None = None
        self.quarantined = False
        self.proven = True
        self.room = 0.0
        self.seen: Counter[str] = Counter()
        self._before: dict[str, dict[str, Any]] = {}

    # --- what the machine tells ---------------------------------------------------------------

    def begin(self, made: Made) -> None:
        """A plan is about to be applied, or gone on with."""
        self.running = made
        self.quarantined = bool(quarantine(self.world.rows, self.accepted, self.world.list_age))
        there = len(self.world.server.state())
        self.room = self.world.change["max_share"] * (there + self._recent())
        switches = self.world.server.sandbox.switches
        self.proven = not (switches.listing == "paged_silent" and there > switches.page_size)

    def end(self) -> None:
        """It came back, or was cut off."""
        self.running = None

    # --- what the server tells ----------------------------------------------------------------

    def before(self, method: str, path: str, _main: bool) -> None:
        """A change is about to reach the account."""
        if changes(method, path):
            self._before = self.world.server.state(code=True)

    def after(self, method: str, path: str, _main: bool) -> None:
        """It has: what did it do?"""
        if not changes(method, path):
            return
        after = self.world.server.state(code=True)
        ids = {each["namespace_id"]: each for each in after.values()}
        for name, was in self._before.items():
            now = ids.get(was["namespace_id"])
            if now is None:
                self._deleted(name, was)
            elif now["namespace_name"] != name:
                self._changed("rename_namespace", name, was)
            else:
                self._inside(name, was, now)
        known = {each["namespace_id"] for each in self._before.values()}
        for name, now in after.items():
            if now["namespace_id"] not in known:
                self._changed("create_namespace", name, now)

    # --- the laws -----------------------------------------------------------------------------

    def _deleted(self, name: str, was: Mapping[str, Any]) -> None:
        made = self._changed("delete_namespace", name, was)
        if made is None:
            return
        place = _place(made.plan, "delete_namespace", name)
        step = made.plan.steps[place]
        if step.preconditions.get("namespace_id") != was["namespace_id"]:
            self._breach(f"{name} was deleted, and the plan names another id")
        self.gone.append(Gone(name, was["namespace_id"], self.world.clock.now(), was))
        self._judge_item(made, name, was)
        self._judge_numbers(made)
        self._judge_archive(name, was)

    def _inside(self, name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        before = {each["name"] for each in was["workers"]}
        after = {each["name"] for each in now["workers"]}
        for worker in sorted(after - before):
            self._changed("put_worker", name, now, worker)
        for worker in sorted(before - after):
            self._changed("delete_worker", name, was, worker)

    def _changed(
        self, action: str, name: str, was: Mapping[str, Any], worker: str | None = None
    ) -> Made | None:
        """Whatever changed was planned, confirmed, announced in the journal, and happens once."""
        made = self.running
        if made is None:
            self._breach(f"{action} {name}: nothing was being applied")
            return None
        place = _place(made.plan, action, name, worker)
        if place is None:
            self._breach(f"{action} {name} {worker}: no step of the plan")
            return None
        made.effects[place] += 1
        self.seen[action] += 1
        if made.effects[place] > 1 and name not in self.touched:
            self._breach(f"{action} {name}: done twice")
        if not any(_announces(path, place, action) for path in self.world.journals()):
            self._breach(f"{action} {name}: the journal has no open intent of it")
        if action == "rename_namespace":
            self._judge_item(made, name, was)
        return made

    def _judge_item(self, made: Made, name: str, was: Mapping[str, Any]) -> None:
        today = self.world.clock.now().date()
        dated = name in self.protected and today < self.protected[name]
        listed = any(fnmatchcase(name, glob) for glob in self.world.change["protect"])
        if (dated or listed) and not made.overrides("protected", name):
            self._breach(f"{name} was changed, and is protected")
        owner = owner_of(name, self.world.rows)
        if owner == "running" and f"state:{name}" not in made.words:
            self._breach(f"{name} was changed, and belongs to a running customer")
        if owner == "doubtful" and not made.overrides("state", name):
            self._breach(f"{name} was changed, and its customer's record was set aside")
        if owner != owner_of(name, made.rows):
            self._breach(f"{name} was changed: its customer is {owner}, and was not when it was planned")
        planned = next(
            (each for each in made.server.values() if each["namespace_id"] == was["namespace_id"]), None
        )
        if planned is None or _digest(planned) != _digest(was):
            self._breach(f"{name} was changed, and is not what it was when the plan was made")
        if self.quarantined and "quarantine" not in made.words:
            self._breach(f"{name} was changed by a list in quarantine")
        if not self.proven:
            self._breach(f"{name} was changed by an inventory that is not proven")
        if not made.overrides("traffic", name) and (busy := self._requests(was["namespace_id"])):
            self._breach(f"{name} was changed, and had {busy} requests in 30 days")

    def _judge_numbers(self, made: Made) -> None:
        recent = self._recent()
        if recent > self.world.change["max_deletions"] and "count" not in made.words:
            self._breach(f"{recent} deletions in 24 hours")
        if recent > self.room + 1e-9 and "share" not in made.words and not self.touched:
            self._breach(f"{recent} deletions in 24 hours are more than the share: {self.room}")

    def _judge_archive(self, name: str, was: Mapping[str, Any]) -> None:
        """There is an archive of it that holds, with every Worker, from before."""
        with self.world.account() as account:
            folder = account.state_folder()
        if not any(_archives(folder, each, was) for each in names(folder)):
            self._breach(f"{name} was deleted without an archive that holds")

    # --- what it knows ------------------------------------------------------------------------

    def _requests(self, namespace_id: str) -> int:
        """The truth, under all names, of all its Workers: up to an hour ago, for an apply takes some time."""
        sandbox = self.world.server.sandbox
        now = self.world.clock.true.now()
        start, end = now - timedelta(days=29), now - timedelta(hours=1)
        rows = exact_usage(current_profiles(sandbox), start, end, now, by=("namespace_id",))
        return sum(row["requests"] for row in rows if row["namespace_id"] == namespace_id)

    def _recent(self) -> int:
        since = self.world.clock.now() - DAY + SLACK
        return sum(each.at > since for each in self.gone)

    def _breach(self, words: str) -> None:
        self.breaches.append(words)


def owner_of(name: str, rows: Sequence[Mapping[str, str]]) -> str | None:
    """``running``, ``left``, ``doubtful`` (set aside) or None: by the mapping, else by the name's own id."""
    every = Counter(row["customer_id"] for row in rows)
    claims = [row for row in rows if row["namespace"] == name]
    if not claims and name.startswith(PREFIX):
        claims = [row for row in rows if row["customer_id"] == name.removeprefix(PREFIX)]
    if any(every[row["customer_id"]] > 1 for row in claims):
        return "doubtful"
    if not claims:
        return None
    return "running" if any(row["status"] != "churned" for row in claims) else "left"


def quarantine(rows: Sequence[Mapping[str, str]], accepted: set[str] | None, age: timedelta) -> str | None:
    """Why a list can't be relied on; None where it can."""
    every = Counter(row["customer_id"] for row in rows)
    aside = sum(count for count in every.values() if count > 1)
    if accepted is None:
        return "no list was accepted"
    if age > timedelta(hours=48):
        return "old"
    if aside > 0.01 * len(rows):
        return "set aside"
    if len(accepted - set(every)) > 0.2 * len(accepted):
        return "lost"
    return None


def _place(plan: Plan, action: str, name: str, worker: str | None = None) -> int | None:
    places = [
        place
        for place, step in enumerate(plan.steps)
        if (step.action, step.namespace, step.worker) == (action, name, worker)
    ]
    return places[0] if places else None


def _announces(path: Path, place: int, action: str) -> bool:
    """Whether the journal on the disk has an intent of this step that has no outcome yet."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    of_step = [line for line in lines if line.get("step") == place and line["kind"] in ("intent", "outcome")]
    return bool(of_step) and of_step[-1]["kind"] == "intent" and of_step[-1]["action"] == action


def _archives(folder: StateFolder, name: str, was: Mapping[str, Any]) -> bool:
    archive = verify(folder, name)
    wanted = {(each["name"], each["etag"]) for each in was["workers"]}
    found = {(each.name, each.etag) for each in archive.workers}
    return archive.namespace.namespace_id == was["namespace_id"] and found == wanted


def _digest(document: Mapping[str, Any]) -> list[Any]:
    return [
        document["namespace_id"],
        document["modified_on"],
        sorted((each["name"], each["etag"], each["modified_on"]) for each in document["workers"]),
    ]
