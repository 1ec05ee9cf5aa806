"""Who may apply a plan, when, and on which words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.plans import ACCOUNT, BASE_URL, NOW, deletion, overriding, plan_of

from wfp_ops.change.permission import check_plan, check_words
from wfp_ops.change.steps import GuardRow
from wfp_ops.errors import RefusedError, SettingsError

PLAN = plan_of(*(deletion(f"customer-{n}") for n in range(7)))
HERE = {"account": PLAN.account, "account_id": ACCOUNT, "base_url": BASE_URL, "now": NOW}


def test_a_good_plan():
    """Until the moment at which it expires."""
    check_plan(PLAN, **HERE)
    check_plan(PLAN, **{**HERE, "now": NOW + timedelta(hours=24) - timedelta(seconds=1)})
    check_plan(PLAN, **{**HERE, "now": NOW - timedelta(minutes=5)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"account_id": "f" * 32}, "of account"),
        ({"base_url": "https://api.cloudflare.com/client/v4"}, "made at"),
        ({"account": "acme-staging"}, "here it is called 'acme-staging'"),
        ({"now": NOW + timedelta(hours=24)}, "expired"),
        ({"now": NOW + timedelta(days=300)}, "expired"),
        ({"now": NOW - timedelta(minutes=5, seconds=1)}, "future"),
    ],
)
def test_another_place_or_time(change, words):
    """Another account, another server, too late, or before it was made."""
    with pytest.raises(RefusedError) as caught:
        check_plan(PLAN, **{**HERE, **change})
    assert words in " ".join(caught.value.reasons)


def test_what_a_guard_refused():
    """A plan that a plan-level guard refused is not applied, though its file was written."""
    rows = (GuardRow(guard="quarantine", verdict="refuse", detail="the list is empty"),)
    with pytest.raises(RefusedError) as caught:
        check_plan(plan_of(deletion(), guards=rows), **HERE)
    assert "quarantine: the list is empty" in caught.value.reasons


def test_nothing_to_do():
    """That is a refusal, too."""
    with pytest.raises(RefusedError) as caught:
        check_plan(plan_of(), **HERE)
    assert "nothing" in " ".join(caught.value.reasons)


def test_a_life_longer_than_a_week():
    """Whoever made it so did not make it here."""
    with pytest.raises(RefusedError) as caught:
        check_plan(plan_of(deletion(), expires_at=NOW + timedelta(days=7, seconds=1)), **HERE)
    assert "a week" in " ".join(caught.value.reasons)
    check_plan(plan_of(deletion(), expires_at=NOW + timedelta(days=7)), **HERE)


def test_its_own_words():
    """Exactly these, blanks aside; or its digest, in either case."""
    assert check_words(PLAN, confirm="delete 7 namespaces in acme-prod", approve=None) == "words"
    assert check_words(PLAN, confirm="  delete 7  namespaces in acme-prod\n", approve=None) == "words"
    assert check_words(PLAN, confirm=None, approve=PLAN.digest) == "digest"
    assert check_words(PLAN, confirm=None, approve=f" {PLAN.digest.upper()} ") == "digest"


@pytest.mark.parametrize(
    "words",
    ["", "yes", "y", "delete 8 namespaces in acme-prod", "delete 7 namespaces in acme-test", "delete 7 namespaces",
     "Delete 7 namespaces in acme-prod", "delete 7 namespaces in acme-prod!"],
)  # fmt: skip
def test_other_words(words):
    """Another number, another account, a bare yes: refused, and the right ones are told."""
    with pytest.raises(RefusedError) as caught:
        check_words(PLAN, confirm=words, approve=None)
    assert PLAN.confirmation in " ".join(caught.value.reasons)


@pytest.mark.parametrize(
    "digest", ["", "0" * 64, PLAN.digest[:-1], PLAN.digest[:12], "delete 7 namespaces in acme-prod"]
)
def test_other_digests(digest):
    """A part of it is none."""
    with pytest.raises(RefusedError, match="digest"):
        check_words(PLAN, confirm=None, approve=digest)


def test_the_short_words_do_not_do_where_a_guard_is_overridden():
    """Who overrides says so, with the reason."""
    plan = plan_of(deletion(), overrides=overriding(grace="ended in May"))
    with pytest.raises(RefusedError):
        check_words(plan, confirm="delete 1 namespace in acme-prod", approve=None)


def test_neither_or_both():
    """Nobody has confirmed it; or nobody knows how."""
    with pytest.raises(RefusedError, match="confirmed"):
        check_words(PLAN, confirm=None, approve=None)
    with pytest.raises(SettingsError):
        check_words(PLAN, confirm=PLAN.confirmation, approve=PLAN.digest)


@pytest.mark.parametrize("action", ["delete_namespace", "delete_worker", "rename_namespace", "tag_worker"])
def test_a_restore_takes_nothing_away(action):
    """It is bound to no customer list: a step that could harm has no place in it."""
    step = deletion(action=action, worker="site", new_name="customer-99", tags=("a",))
    with pytest.raises(RefusedError) as caught:
        check_plan(plan_of(step, restores="20261123T120000Z-aaaaaaaa-bbbbbbbb"), **HERE)
    assert action in " ".join(caught.value.reasons)


@pytest.mark.parametrize("action", ["put_worker", "tag_worker"])
def test_a_plan_from_an_audit_uploads_nothing(action):
    """Nothing here plans such a step, so nobody can have been shown it."""
    step = deletion(action=action, worker="site", tags=("a",))
    with pytest.raises(RefusedError) as caught:
        check_plan(plan_of(step), **HERE)
    assert action in " ".join(caught.value.reasons)
