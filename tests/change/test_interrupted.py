"""The smallest examples of what the tests of laws found, over the sandbox's own application."""

from __future__ import annotations

import pytest
from support.law_world import CrashError, customer, namespace, statuses, world

from wfp_ops.change.control import Control
from wfp_ops.change.journal.reader import read
from wfp_ops.errors import RefusedError

OVERRIDES = {
    "grace": "left long ago",
    "traffic": "looked by hand",
    "share": "a small account",
    "unproven": "we delete it ourselves",
}
LEFT = customer("7", "churned", churned_on="2021-01-01")
STAYS = [customer(str(number)) for number in range(1, 6)]


@pytest.fixture
def small():
    """Five customers with a namespace each, and one who left."""
    with world() as made:
        made.change = {"max_share": 1.0, "grace_days": 0}
        made.server.load(
            {"namespaces": [namespace(f"customer-{n}", {"name": "site"}) for n in (1, 2, 3, 4, 5, 7)]}
        )
        made.write_list([*STAYS, LEFT])
        yield made


def _accepted(account):
    audit = account.audit()
    account.accept(audit)
    return audit


def _crash_at(small, method, when):
    """The power goes as the first request of this kind is sent, or once it was carried out."""

    def strike(asked, _path, _main):
        if asked == method:
            small.server.before = small.server.after = None
            raise CrashError

    setattr(small.server, when, strike)


def _cut_off(small, account, plan, method, when):
    _crash_at(small, method, when)
    with pytest.raises(CrashError):
        account.apply(plan, confirm=plan.confirmation)
    return small.journals()[-1]


def test_a_deletion_that_was_not_sent_is_judged_again_before_it_is(small):
    """Its customer came back between the crash and the resume: nothing may be deleted."""
    with small.account() as account:
        plan = account.plan_delete(_accepted(account), "churned", overrides=OVERRIDES)
        journal = _cut_off(small, account, plan, "DELETE", "before")
        assert statuses(journal) == ["in_flight"]
        small.write_list([*STAYS, customer("7")])
        applied = account.resume(journal)
    assert "customer-7" in small.server.state()
    assert [each.outcome for each in applied.steps] == ["dropped"]


def test_a_deletion_that_was_not_sent_is_not_once_the_list_is_in_quarantine(small):
    """Most of the accepted customers are gone from the list: what is left of the plan is refused."""
    with small.account() as account:
        plan = account.plan_delete(_accepted(account), "churned", overrides=OVERRIDES)
        journal = _cut_off(small, account, plan, "DELETE", "before")
        small.write_list([LEFT])
        with pytest.raises(RefusedError):
            account.resume(journal)
    assert "customer-7" in small.server.state()
    assert statuses(journal) == ["pending"]


def test_a_creation_that_was_carried_out_before_the_crash_is_found_to_be_done(small):
    """Its namespace is in the inventory by now, and is nobody else's for that."""
    small.write_list([*STAYS, customer("6")])
    with small.account() as account:
        plan = account.plan_create(_accepted(account), "missing")
        journal = _cut_off(small, account, plan, "POST", "after")
        applied = account.resume(journal)
    assert applied.complete
    assert [each.outcome for each in applied.steps] == ["done"]
    assert sum(record.kind == "intent" for record in read(journal)) == 1


def test_a_list_that_changes_while_the_account_is_read_is_read_again(small):
    """The customer comes back after the list was read and before the first change."""
    with small.account() as account:
        plan = account.plan_delete(_accepted(account), "churned", overrides=OVERRIDES)

        def come_back(_method, _path, _main):
            small.server.before = None
            small.write_list([*STAYS, customer("7")])

        small.server.before = come_back
        applied = account.apply(plan, confirm=plan.confirmation)
    assert "customer-7" in small.server.state()
    assert [each.outcome for each in applied.steps] == ["dropped"]


def _restored(small, account, **how):
    """Delete customer-7, then bring it back; ``how`` goes to the second apply."""
    plan = account.plan_delete(_accepted(account), "churned", overrides=OVERRIDES)
    assert account.apply(plan, confirm=plan.confirmation).complete
    back = account.plan_restore("customer-7")
    return account.apply(back, confirm=back.confirmation, **how)


def test_a_restore_that_is_cancelled_tells_what_it_did(small):
    """Also when the comparison at its end has to wait, which a cancel does not allow."""
    control = Control()

    def cancel(progress):
        if progress.done:
            control.cancel()
            small.server.fault("status", status=429, retry_after=1, method="GET", count=1)

    with small.account() as account:
        applied = _restored(small, account, control=control, progress=cancel)
    assert applied.stopped == "cancelled"
    assert [each.outcome for each in applied.steps] == ["done", "left"]
    assert "customer-7" in small.server.state()


def test_a_restore_that_can_not_be_compared_tells_what_it_did(small):
    """The comparison at its end is for people; that it can't be read makes nothing undone."""

    def fail(progress):
        if progress.done == 2 and not progress.current:
            small.server.fault("status", status=500, method="GET")

    with small.account() as account:
        applied = _restored(small, account, progress=fail)
    assert applied.complete
    assert applied.comparison is None
