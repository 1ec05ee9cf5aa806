"""Laws of changing an account, over random accounts, lists, plans, clocks, faults and crashes.

What is right is said once more in ``support/law_watch.py``, which sees every change as it reaches the
server. The campaign, 10,000 examples in 20 shards: ``HYPOTHESIS_PROFILE=campaign pytest
tests/change/test_laws.py``; with ``-k`` several processes share it.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import timedelta

from hypothesis import HealthCheck, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support import law_strategies as some
from support.law_drive import Drive, explained, honest
from support.law_watch import Made, Watch, owner_of
from support.law_world import customer, world

from wfp_ops.change.archive.read import load
from wfp_ops.change.archive.read import names as archive_names
from wfp_ops.change.journal.reader import verify
from wfp_ops.errors import WfpOpsError

CAMPAIGN = os.environ.get("HYPOTHESIS_PROFILE") == "campaign"
number = st.integers(0, 7)
_WHAT = ("list", "list", "account", "account", "time", "clock", "protect", "rest")
_MEDDLING = ("back", "removed", "protect", "twice", "deploy", "again", "rename", "delete")
_TARGETED = ("back", "back", "removed", "twice", "cut", "old", "protect", "deploy", "again", "delete")
_EDITS = ("back", "leaves", "removed", "twice", "mapped", "new", "empty")
_BEHIND = ("create", "delete", "again", "rename", "deploy", "undeploy")
_HOURS = (1, 5, 23, 25, 24 * 8, 24 * 40)
_SKEWS = (0, 0, -30, -24 * 40, 30, 24 * 40)
_ALL_BUT_SHARE = dict.fromkeys(
    ("traffic", "grace", "unproven", "irreversible", "trusted", "count"), "looked by hand"
)
_AT_A_CHANGE = st.tuples(st.sampled_from(("change before", "change after")), st.integers(1, 3))
_WISHES = st.fixed_dictionaries(
    {
        "fresh": st.booleans(),
        "accept": some.rarely,
        "mark": st.booleans(),
        "kind": st.sampled_from(("delete", "delete", "delete", "create", "rename")),
        "chosen": st.sampled_from((None, None, "state", "names", "names")),
        "overrides": st.one_of(some.overrides(), some.overrides(generous=True)),
        "expires": st.sampled_from((None, None, "1h", "7d")),
    }
)
_BETWEEN = st.fixed_dictionaries(
    {
        "what": st.sampled_from((*(None,) * len(_WHAT), *_WHAT)),
        "how": st.integers(0, 11),
        "which": number,
        "to": some.names,
        "change": some.change_settings(),
        "meddle": st.one_of(st.none(), st.tuples(st.sampled_from(_MEDDLING), st.integers(1, 30), number)),
    }
)


class Laws(RuleBasedStateMachine):
    """One account; each rule is something that somebody does to it, or that goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world = self.stack.enter_context(world())
        self.watch = Watch(self.world)
        self.drive = Drive(self.world, self.watch)
        self.plans: list[Made] = []
        self.audit = None
        self.audited_rows: list[dict[str, str]] = []

    def teardown(self) -> None:
        """Nothing of it stays; ``--hypothesis-show-statistics`` tells how much happened."""
        for what, times in self.watch.seen.items():
            event(what, min(times, 3))
        self.stack.close()

    # --- the beginning ------------------------------------------------------------------------

    @initialize(
        account=some.accounts(),
        change=some.change_settings(),
        accept=some.mostly,
        bind=st.one_of(st.none(), st.none(), some.names),
        long_ago=some.mostly,
    )
    def begin(self, account, change, accept, bind, long_ago):
        """An account, its list, and (mostly) a list that was accepted and marks that are 40 days old."""
        namespaces, customers = account
        dispatcher = {
            "name": "dispatcher",
            "bindings": [{"type": "dispatch_namespace", "name": "DISPATCHER", "namespace": bind}],
        }
        self.world.server.load({"namespaces": namespaces, "workers": [dispatcher] if bind else []})
        self.world.change = change
        self.world.write_list(customers)
        self._audit(accept=accept)
        if long_ago:
            self.world.clock.advance(timedelta(days=40))

    # --- what people do -----------------------------------------------------------------------

    @rule(
        what=st.sampled_from(_WHAT),
        how=st.integers(0, 11),
        which=number,
        to=some.names,
        change=some.change_settings(),
    )
    def meanwhile(self, what, how, which, to, change):
        """Somebody edits the list or changes the account, time passes, a clock goes wrong, limits change."""
        clock = self.world.clock
        if what == "list":
            self.world.write_list(self._edited(which, _EDITS[how % len(_EDITS)], to))
        elif what == "account":
            self._behind(which, _BEHIND[how % len(_BEHIND)], to)
        elif what == "time":
            clock.advance(timedelta(hours=_HOURS[how % len(_HOURS)]))
        elif what == "clock":
            clock.skew = timedelta(hours=_SKEWS[how % len(_SKEWS)])
        elif what == "protect":
            self._protect_or_not(to, how, which)
        elif how < 6:
            self.world.change = change
        elif how < 9:
            self.world.server.switch(listing="paged_silent" if how < 8 else "plain", page_size=10)
        else:
            self.world.age_list(timedelta(days=3))

    @rule(wish=_WISHES, between=_BETWEEN, right=some.mostly, faults=some.faults(), crash=some.crashes)
    def round(self, wish, between, right, faults, crash):
        """A plan, from an audit that may be old; something happens; it is applied while things go wrong."""
        if wish["fresh"] or self.audit is None:
            self._audit(accept=wish["accept"], mark=wish["mark"])
        if self.audit is None:
            return
        made = self._plan(wish["kind"], wish["overrides"], wish["chosen"], wish["expires"])
        if between["what"] is not None:
            self.meanwhile(*(between[name] for name in ("what", "how", "which", "to", "change")))
        if made is not None:
            meddling = self._meddling(between["meddle"], between["to"])
            self._apply(made, right=right, faults=faults, crash=crash, interference=meddling)

    @precondition(lambda self: self.plans)
    @rule(which=number)
    def apply_again(self, which):
        """Whatever was begun once is not begun again."""
        made = self.plans[which % len(self.plans)]
        self._apply(made, right=True)

    @precondition(lambda self: any(made.journal for made in self.plans))
    @rule(which=number, faults=some.faults(), crash=some.crashes)
    def resume(self, which, faults, crash):
        """One that was begun is gone on with, while things go wrong."""
        begun = [made for made in self.plans if made.journal is not None]
        self.drive.resume(begun[which % len(begun)], faults=faults, crash=crash)

    # --- a whole round, and how it has to end -------------------------------------------------

    @rule(
        wish=_WISHES,
        overrides=some.overrides(generous=True),
        faults=some.faults(),
        crash=some.crashes,
        tear=some.rarely,
    )
    def interrupted(self, wish, overrides, faults, crash, tear):
        """Audit, plan, apply while things go wrong, resume: it ends as if nothing had gone wrong."""
        self._audit(accept=not wish["accept"])
        made = self._plan(wish["kind"], overrides) if self.audit is not None else None
        self._interrupted(made, faults, crash, tear=tear)

    @rule(
        kind=st.sampled_from(("delete", "delete", "rename", "create")),
        faults=some.faults(),
        crash=st.one_of(some.crashes, _AT_A_CHANGE, _AT_A_CHANGE),
        honestly=st.booleans(),
    )
    def cut_off(self, kind, faults, crash, honestly):
        """The same with nothing in the way but what goes wrong, so that much happens."""
        self._audit(accept=True)
        made = self._plan(kind, _ALL_BUT_SHARE) if self.audit is not None else None
        self._interrupted(made, [each for each in faults if not honestly or honest([each])], crash)

    @rule(
        kind=st.sampled_from(("delete", "delete", "delete", "rename", "create")),
        which=number,
        how=st.sampled_from(_TARGETED),
        at=st.integers(1, 25),
        crash=st.one_of(st.none(), _AT_A_CHANGE),
    )
    def hit(self, kind, which, how, at, crash):
        """What a step is about changes while the plan is applied, or between its crash and its resume."""
        self._audit(accept=True)
        made = self._plan(kind, {**_ALL_BUT_SHARE, "share": "by hand"}) if self.audit is not None else None
        if made is None or not made.plan.can_be_applied:
            return
        name = made.plan.steps[which % len(made.plan.steps)].namespace
        in_server = how in ("deploy", "again", "delete")

        def change():
            self.watch.seen[f"hit: {how}"] += 1
            self._targeted(how, name)

        if crash is None:
            self.drive.apply(made, made.plan.confirmation, interference=(at, in_server, change))
            return
        self.drive.apply(made, made.plan.confirmation, crash=crash)
        if made.journal is not None:
            change()
            self.drive.converge(made)

    @precondition(lambda self: self.watch.gone)
    @rule(which=number, faults=some.faults(), crash=some.crashes)
    def restore(self, which, faults, crash):
        """What was deleted comes back, but for what the archive names."""
        gone = self.watch.gone[which % len(self.watch.gone)]
        if gone.name in self.world.server.state():
            return
        with self.world.account() as account:
            folder = account.state_folder()
            archive = next(
                name
                for name in reversed(archive_names(folder))
                if load(folder, name).namespace.namespace_id == gone.namespace_id
            )
            plan = account.plan_restore(archive)
        made = Made(plan, self.world.server.state(), self.world.rows)
        self.plans.append(made)
        applied = self.drive.apply(made, plan.confirmation, faults=faults, crash=crash)
        if made.journal is None:
            return
        if applied is None or not applied.complete:
            applied = self.drive.converge(made)
        assert not self.drive.in_flight(made)
        assert applied is not None, self.drive.trouble
        if not honest(faults) or applied.failed or applied.dropped:
            return
        assert applied.complete
        self._came_back(gone, archive)

    # --- the laws -----------------------------------------------------------------------------

    @invariant()
    def no_breach(self):
        """Nothing reached the server that may not."""
        assert not self.watch.breaches, self.watch.breaches

    @invariant()
    def journals_hold(self):
        """No journal looks tampered with, whatever cut it off."""
        for path in self.world.journals():
            found = verify(path)
            assert found.state in ("complete", "unfinished"), found

    # --- how it is done -----------------------------------------------------------------------

    def _audit(self, *, accept, mark=False):
        try:
            with self.world.account() as account:
                audit = account.audit()
                if accept:
                    account.accept(audit, "vouched for by hand")
                    self.watch.accepted = set(audit.customers["customer_id"])
                if mark:
                    account.mark(audit)
        except WfpOpsError as error:
            note(f"no audit: {error}")
            return
        self.audit = audit
        self.audited_rows = list(self.world.rows)

    def _plan(self, kind, overrides, chosen=None, expires=None):
        if chosen is None and not self._asked(kind):
            kind = next((each for each in ("delete", "create", "rename") if self._asked(each)), kind)
        wanted = self._chosen(kind, chosen)
        there = self._asked(kind) if wanted is None else set(self.audit.joined["namespace"].dropna())
        overrides = {key: why for key, why in overrides.items() if key.partition(":")[2] in {"", *there}}
        try:
            with self.world.account() as account:
                make = {
                    "delete": account.plan_delete,
                    "create": account.plan_create,
                    "rename": account.plan_rename,
                }[kind]
                plan = make(self.audit, wanted, overrides=overrides, expires=expires)
        except WfpOpsError as error:
            note(f"no plan: {error}")
            return None
        made = Made(plan, self.world.server.state(), self.audited_rows)
        self._plan_is_lawful(made, kind, wanted)
        self.plans = [*self.plans[-3:], made]
        return made

    def _chosen(self, kind, chosen):
        joined = self.audit.joined
        if chosen is None or kind == "create":
            return None
        if chosen == "state":
            return "orphaned" if kind == "delete" else "misnamed"
        return sorted(joined["namespace"].dropna())

    def _asked(self, kind):
        """The names (of those to be created: the customers' ids) that are meant where nothing is chosen."""
        joined = self.audit.joined
        if kind == "create":
            return set(joined.loc[joined["customer_state"] == "missing", "customer_id"])
        states = {"delete": ("churned", "orphaned"), "rename": ("misnamed",)}[kind]
        return set(joined.loc[joined["namespace_state"].isin(states), "namespace"])

    def _plan_is_lawful(self, made, kind, wanted):
        """Steps and exclusions are what was asked for; who is running is not among the steps."""
        found = [step.namespace for step in made.plan.steps] + [
            each.step.namespace for each in made.plan.excluded
        ]
        assert len(set(found)) == len(found)
        if kind != "create":
            joined = self.audit.joined
            asked = wanted if isinstance(wanted, list) else self._asked(kind)
            if isinstance(wanted, str):
                asked = joined.loc[joined["namespace_state"] == wanted, "namespace"]
            assert set(found) == set(asked)
        for step in made.plan.steps:
            if step.is_deletion:
                running = owner_of(step.namespace, made.rows) == "running"
                assert not running or f"state:{step.namespace}" in made.words, step

    def _interrupted(self, made, faults, crash, *, tear=False):
        if made is None or not made.plan.can_be_applied:
            return
        copy = self.drive.copy()
        applied = self.drive.apply(made, made.plan.confirmation, faults=faults, crash=crash)
        if tear and self.drive.crashed:
            self.drive.tear(made)
        if made.journal is None and self.drive.crashed:
            applied = self.drive.apply(made, made.plan.confirmation)  # nothing was done: its words are good
        if made.journal is None:
            return
        if applied is None or not applied.complete:
            applied = self.drive.converge(made)
            if applied is None:
                assert not self.drive.crashed
                self.watch.seen["may not be gone on with"] += 1
                assert explained(self.drive.trouble), self.drive.trouble
        assert not self.drive.in_flight(made)
        if applied is None or not honest(faults):
            return
        assert applied.complete, repr(applied)
        assert verify(made.journal).state == "complete"
        self._same_as_undisturbed(made, applied, copy)

    def _same_as_undisturbed(self, made, applied, copy):
        """Names and ids of what was there before, names of what is new, and what came of each step."""
        if applied.failed or any(each.guard == "archive" for each in applied.steps):
            return  # what failed often enough is given up; without faults it would not have been
        if any("analytics did not answer" in each.detail for each in applied.steps):
            return  # asked in vain as often as they are asked; without faults they would have answered
        if any("is suspect" in each.detail for each in applied.steps):
            return  # its neighbour of 7 and 007 is gone by now, so that a resume can't tell whose it is
        self.watch.seen["compared with an undisturbed apply"] += 1
        other, state = self.drive.undisturbed(made, copy)
        assert other is not None, self.drive.trouble
        here = [(each.outcome, each.guard) for each in applied.steps]
        assert here == [(each.outcome, each.guard) for each in other.steps], (applied, other)
        known = {each["namespace_id"] for each in copy.document["namespaces"]}

        def shape(namespaces):
            return {
                name: each["namespace_id"] if each["namespace_id"] in known else "new"
                for name, each in namespaces.items()
            }

        assert shape(self.world.server.state()) == shape(state)

    def _came_back(self, gone, archive):
        self.watch.seen["restored"] += 1
        with self.world.account() as account:
            frame = account.compare(archive)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        for row in rows:
            if row["worker"] is None:
                trusted = gone.document["trusted_workers"]
                assert row["verdict"] == ("different" if trusted else "equal"), row
                continue
            assert row["verdict"] == "equal", row
        now = {each["name"]: each for each in self.world.server.state(code=True)[gone.name]["workers"]}
        for was in gone.document["workers"]:
            assert was["name"] in now
            found, row = now[was["name"]], next(each for each in rows if each["worker"] == was["name"])
            assert found["modules"] == was["modules"]
            assert sorted(found["tags"]) == sorted(was["tags"])
            lost = [each["name"] for each in was["bindings"] if each not in found["bindings"]]
            assert all(name in (row["missing"] or "") or "assets" in (row["missing"] or "") for name in lost)

    def _edited(self, which, how, to):
        rows = [dict(row) for row in self.world.rows]
        at = which % len(rows)
        if how == "back":
            rows[at] |= {"status": "active", "churned_on": ""}
        elif how == "leaves":
            rows[at] |= {"status": "churned", "churned_on": "2025-02-01"}
        elif how == "removed" and len(rows) > 1:
            del rows[at]
        elif how == "twice":
            rows.append(dict(rows[at]))
        elif how == "mapped":
            rows[at]["namespace"] = to
        elif how == "new" and to.startswith("customer-"):
            rows.append(customer(to.removeprefix("customer-")))
        elif how == "empty":
            rows = rows[:1]
        return rows

    def _behind(self, which, how, to):
        there = sorted(self.world.server.state())
        if how == "create" and to not in there:
            self.world.create(to)
            self.watch.touched.add(to)
        if not there:
            return
        name = there[which % len(there)]
        self.watch.touched.add(name)
        if how == "delete":
            self.world.delete(name)
        elif how == "again":
            self.world.delete(name)
            self.world.create(name)
        elif how == "rename" and to not in there:
            self.world.rename(name, to)
            self.watch.touched.add(to)
        elif how == "deploy":
            self.world.deploy(name, "site")
        elif how == "undeploy":
            self.world.undeploy(name)

    def _protect(self, name, days):
        with self.world.account() as account:
            until = self.world.clock.now().date() + timedelta(days=days)
            account.protect(name, until=until, reason="somebody asked for it", unseen=True)
        self.watch.protected[name] = until

    def _targeted(self, how, name):
        """Something that speaks against a change of this namespace."""
        number = name.removeprefix("customer-")
        others = [row for row in self.world.rows if row["customer_id"] != number]
        if how == "back":
            self.world.write_list([*others, customer(number)])
        elif how == "removed":
            self.world.write_list(others or [customer("1")])
        elif how == "twice":
            self.world.write_list([*others, customer(number), customer(number)])
        elif how == "cut":
            self.world.write_list(self.world.rows[:1])
        elif how == "old":
            self.world.age_list(timedelta(days=3))
        elif how == "protect":
            self._protect(name, 30)
        elif name in (there := sorted(self.world.server.state())):
            self._behind(there.index(name), how, name)

    def _protect_or_not(self, name, how, which):
        if how < 6 or not self.watch.protected:
            self._protect(name, 1 if how % 2 else 30)
            return
        name = sorted(self.watch.protected)[which % len(self.watch.protected)]
        with self.world.account() as account:
            account.unprotect(name)
        del self.watch.protected[name]

    def _apply(self, made, *, right, **wrong):
        """Apply it; without its words, or for the second time, nothing may come of it."""
        words = made.plan.confirmation if right else "yes"
        refused = not right or made.journal is not None
        before = self.world.server.state()
        self.drive.apply(made, words, **wrong)
        if refused and wrong.get("interference") is None:
            assert self.drive.trouble is not None or self.drive.crashed
            assert self.world.server.state() == before

    def _meddling(self, meddle, to):
        """What somebody does while a plan is being applied."""
        if meddle is None:
            return None
        how, at, which = meddle
        if how in ("deploy", "again", "rename", "delete"):
            return at, True, lambda: self._behind(which, how, to)
        if how == "protect":
            return at, False, lambda: self._protect(to, 30)
        return at, False, lambda: self.world.write_list(self._edited(which, how, to))


SHARD = settings(
    max_examples=500 if CAMPAIGN else 200 if os.environ.get("CI") == "true" else 40,
    stateful_step_count=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SHARDS = 20 if CAMPAIGN else 1
"""Each is a class of its own: ten thousand examples at once would slow hypothesis itself down."""

for _shard in range(1, SHARDS + 1):
    _name = f"TestLaws{_shard}"
    globals()[_name] = type(_name, (Laws.TestCase,), {"settings": SHARD, "__doc__": "Run by pytest."})
