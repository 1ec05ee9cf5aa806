"""What may be created, deleted or renamed, before any plan: everything that a person decides by."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from support.hostile import hostile_audit

from wfp_ops.errors import RefusedError, SettingsError
from wfp_ops.frames.changing import CANDIDATES


@pytest.fixture(scope="module")
def audit(acme):
    """The demo's audit."""
    return acme.audit(save=False)


@pytest.mark.parametrize(
    ("what", "state"),
    [("delete", ("churned", "orphaned")), ("rename", ("misnamed",)), ("create", ("missing",))],
)
def test_every_candidate_stands_there_once(acme, audit, what, state):
    """As many as the audit counts, each with a key of its own, in the frame's own columns."""
    frame = acme.candidates(audit, what)
    CANDIDATES.check(frame)
    assert frame["key"].is_unique
    counted = {**audit.counts["states"]["namespaces"], **audit.counts["states"]["customers"]}
    assert frame["state"].isin(state).sum() == sum(counted[each] for each in state)


def test_what_is_asked_of_a_plan_is_what_it_says(acme, audit):
    """Rows of it can be given to the plan; what it lets pass without a look, the plan's cheap guards do, too."""
    frame = acme.candidates(audit, "delete")
    plan = acme.plan_delete(audit, frame)
    asked = [*(step.namespace for step in plan.steps), *(each.step.namespace for each in plan.excluded)]
    assert sorted(asked) == sorted(frame["namespace"])
    refused = {each.step.namespace for each in plan.excluded if "grace" in each.guards}
    assert refused == set(frame.loc[["grace" in guards for guards in frame["guards"]], "namespace"])


def test_creations_have_the_conventions_names_and_the_plans_doubts(acme, audit):
    """Conflicts and records that can't be used stand beside them, and nothing brings them in."""
    frame = acme.candidates(audit, "create")
    missing = frame[frame["state"] == "missing"]
    assert (missing["namespace"] == "customer-" + missing["customer_id"]).all()
    assert missing["impossible"].isna().all()
    assert frame.loc[frame["state"] != "missing", "impossible"].notna().all()
    plan = acme.plan_create(audit, missing)
    assert {step.customer_id for step in plan.steps} == set(
        missing.loc[missing["verdict"] == "pass", "customer_id"]
    )
    assert "suspect" in missing.loc[missing["verdict"] == "refuse", "detail"].iloc[0]


def test_renames_have_the_new_name(acme, audit):
    """The convention's for their customer."""
    frame = acme.candidates(audit, "rename")
    assert (frame["new_name"] == "customer-" + frame["customer_id"]).all()


def test_a_taken_name_is_impossible(acme, audit):
    """No reason makes room for a second one."""
    frame = acme.candidates(audit, "rename")
    name = frame["new_name"].iloc[0]
    others = audit.joined.head(1).assign(namespace=name, namespace_state="unrecognised")
    crowded = replace(audit, joined=pd.concat([audit.joined, others], ignore_index=True))
    row = acme.candidates(crowded, "rename").set_index("new_name").loc[name]
    assert "is there already" in row["impossible"]


def test_overrides_show_in_what_guards_say(acme, audit):
    """As in the plan."""
    frame = acme.candidates(audit, "delete", overrides={"grace": "contracts ended in May"})
    assert set(frame["verdict"]) == {"overridden"}
    assert frame["detail"].str.contains("overridden: contracts ended in May").all()


def test_the_last_request_is_null_where_nobody_asked(acme, audit):
    """And known where somebody did: no request is a number, too."""
    assert acme.candidates(audit, "delete")["requests"].isna().all()
    usage = acme.usage("30d", "1d", "namespace")
    frame = acme.candidates(audit, "delete", usage=usage).set_index("namespace")
    assert frame["requests"].notna().all()
    called = usage[(usage["requests"] > 0) & usage["namespace"].isin(frame.index)]
    assert dict(called.groupby("namespace")["time"].max()) == dict(frame["last_request"].dropna())
    assert (frame.loc[frame["last_request"].isna(), "requests"] == 0).all()


def test_other_states_can_be_looked_at(acme, audit):
    """What a guard would say of a running customer."""
    frame = acme.candidates(audit, "delete", states=["matched"])
    assert len(frame) == audit.counts["states"]["namespaces"]["matched"]
    assert all("state" in guards for guards in frame["guards"])
    assert acme.candidates(audit, "delete", states=[]).empty


def test_what_means_nothing_is_refused(acme, audit):
    """In words."""
    with pytest.raises(SettingsError, match="no candidates to 'burn'"):
        acme.candidates(audit, "burn")
    with pytest.raises(RefusedError, match="another account"):
        acme.candidates(replace(audit, account_id="0" * 32), "delete")
    with pytest.raises(SettingsError, match="no guard"):
        acme.candidates(audit, "delete", overrides={"no-such-guard": "because"})
    with pytest.raises(SettingsError, match="worker tenancy"):
        acme.candidates(replace(audit, tenancy="worker"), "rename")


def test_one_without_an_id_is_impossible(acme, audit):
    """Nobody could tell later whether it is the same."""
    nameless = audit.namespaces.assign(namespace_id=pd.Series([None] * len(audit.namespaces), dtype="str"))
    frame = acme.candidates(replace(audit, namespaces=nameless), "delete")
    assert frame["impossible"].str.contains("no id").all()
    assert (frame["key"] == frame["namespace"]).all()


@pytest.mark.parametrize("what", ["create", "delete", "rename"])
def test_hostile_names_are_kept_as_they_are(acme, what):
    """Frames hold data, not markup."""
    frame = acme.candidates(replace(hostile_audit(), account_id=acme.account_id), what)
    CANDIDATES.check(frame)
    assert frame["key"].is_unique
