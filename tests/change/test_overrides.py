"""Overrides: by name, with a reason, for what they name and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfp_ops.change.guards.said import Said, passes, refuses, unknown
from wfp_ops.change.guards.table import GUARDS
from wfp_ops.change.overrides import Overrides, overrides_of
from wfp_ops.errors import SettingsError


def _verdict(overrides, said, guard="grace", **about):
    return overrides.apply(guard, said, **about).verdict


def test_a_reason_lets_pass_what_a_guard_refused():
    """Its words stand in the row; what another guard refused is not touched by it."""
    overrides = overrides_of(["grace=contract ended in May"])
    row = overrides.apply("grace", refuses("too early"), namespace="customer-9")
    assert (row.verdict, row.namespace) == ("overridden", "customer-9")
    assert row.detail == "too early; overridden: contract ended in May"
    assert not row.holds_back
    assert _verdict(overrides, refuses("no"), "traffic") == "refuse"
    assert _verdict(overrides, unknown("nobody knows")) == "overridden"
    assert _verdict(overrides, passes("fine")) == "pass"


def test_an_override_of_one_item():
    """It is for that namespace, or that Worker, alone."""
    overrides = overrides_of({"grace:customer-9": "asked them", "grace:production/site": "asked them, too"})
    assert _verdict(overrides, refuses("x"), namespace="customer-9") == "overridden"
    assert _verdict(overrides, refuses("x"), namespace="customer-8") == "refuse"
    assert _verdict(overrides, refuses("x"), namespace="production", worker="site") == "overridden"
    assert _verdict(overrides, refuses("x"), namespace="production", worker="other") == "refuse"
    assert _verdict(
        overrides_of({"grace:site": "the Worker"}), refuses("x"), namespace="n", worker="site"
    ) == ("overridden")


def test_what_no_general_reason_overrides():
    """A running customer's namespace goes by an override of that one item; what is final by none."""
    everything = overrides_of({"state": "I know better", "state:customer-9": "I know this one"})
    running = refuses("its state is matched", one_only=True)
    assert _verdict(everything, running, "state", namespace="customer-8") == "refuse"
    assert _verdict(everything, running, "state", namespace="customer-9") == "overridden"
    assert _verdict(everything, refuses("x", final=True), "state", namespace="customer-9") == "refuse"


@pytest.mark.parametrize(
    "given",
    [
        ["grace"],
        ["grace="],
        ["grace=no"],
        ["grace=  a  "],
        ["=because"],
        ["speed=because"],
        ["moved=because"],
        ["moved:customer-9=because"],
        ["count:customer-9=because"],
        ["grace:=because"],
        ["grace=because", "grace=for another reason"],
        [f"grace={'x' * 501}"],
        ["grace=a\x1b[2Jb"],
        {"grace": None},
    ],
)
def test_what_is_no_override(given):
    """No reason, no such guard, one that is never overridden, twice: wrong usage, in words."""
    with pytest.raises(SettingsError):
        overrides_of(given)


_HINT = 'write it as GUARD="reason", or for one item as GUARD:NAME="reason"'


@pytest.mark.parametrize(
    ("given", "words", "hint"),
    [
        (["grace"], "the override 'grace' gives no reason", _HINT),
        (
            ["grace=no"],
            "the override 'grace' needs a reason of 3 to 500 characters",
            _HINT,
        ),
        (
            ["moved:customer-9=because"],
            "no reason overrides 'moved'",
            "make a new plan from a new audit: that one sees the thing as it is now",
        ),
        (["count:customer-9=because"], "'count' is about the plan as a whole, not about one item", _HINT),
        (["grace:=because"], "the override 'grace:' names no item", _HINT),
        (["grace=because", "grace=because"], "the override 'grace' is given twice", _HINT),
    ],
)
def test_what_is_wrong_is_said(given, words, hint):
    """Which override, and how it is written."""
    with pytest.raises(SettingsError) as caught:
        overrides_of(given)
    assert (caught.value.message, caught.value.key, caught.value.hint) == (words, "override", hint)


@pytest.mark.parametrize("reason", ["abc", "x" * 500, "see a=b, c=d", "  three  words  here  "])
def test_reasons_that_count(reason):
    """From 3 to 500 characters; an equals sign in it is part of it, and spaces are made one."""
    assert overrides_of([f" grace = {reason}"]).reasons == {"grace": " ".join(reason.split())}


@given(
    said=st.builds(
        Said,
        verdict=st.sampled_from(["pass", "refuse", "unknown"]),
        detail=st.just("it says"),
        final=st.booleans(),
        one_only=st.booleans(),
    ),
    reasons=st.dictionaries(
        st.sampled_from(["grace", "grace:customer-9", "grace:production/site", "grace:site", "traffic"]),
        st.sampled_from(["one", "two"]),
    ),
    about=st.sampled_from([(None, None), ("customer-9", None), ("production", "site"), ("site", "other")]),
)
def test_an_override_only_lets_pass_what_was_refused(said, reasons, about):
    """A pass stays one, what is final stays refused, and what is for one item is not for all."""
    namespace, worker = about
    row = Overrides(reasons).apply("grace", said, namespace=namespace, worker=worker)
    assert (row.guard, row.namespace, row.worker) == ("grace", namespace, worker)
    name = namespace if worker is None else f"{namespace}/{worker}"
    # A bare Worker's name may mean several, and is none for what is for one item alone
    keys = [f"grace:{name}", *([] if said.one_only else [f"grace:{worker}"])]
    mine = [reasons[key] for key in keys if key in reasons]
    able = mine or ([] if said.one_only or "grace" not in reasons else [reasons["grace"]])
    if said.verdict == "pass" or said.final or not able:
        assert (row.verdict, row.detail) == (said.verdict, "it says")
    else:
        assert (row.verdict, row.detail) == ("overridden", f"it says; overridden: {able[0]}")


def test_order_plays_no_part():
    """The same overrides make the same plan, however they are given."""
    one = overrides_of(["traffic=looked by hand", "grace=ended in May"])
    other = overrides_of({"grace": " ended  in May ", "traffic": "looked by hand"})
    assert one == other
    assert one.in_words() == "grace (ended in May), traffic (looked by hand)"
    assert overrides_of(None) == Overrides() == overrides_of([])


def test_a_slip_of_the_pen_is_found():
    """An override of something that was not asked for is refused, not passed over."""
    overrides = overrides_of(["grace:custmer-9=because"])
    with pytest.raises(SettingsError) as caught:
        overrides.refuse_unused({"customer-9"})
    assert caught.value.message == (
        "the override 'grace:custmer-9' is for 'custmer-9', which is not among what was asked for"
    )
    assert caught.value.key == "override grace"
    assert caught.value.hint == "check the name; an item is named as its namespace, or namespace/Worker"
    odd = Overrides({"grace:a:b": "because"})
    odd.refuse_unused({"a:b"})
    overrides_of(["grace:customer-9=because", "traffic=because"]).refuse_unused({"customer-9"})


def test_every_guard_is_declared_once():
    """And only moved is never overridden by its table."""
    names = [guard.name for guard in GUARDS]
    assert len(set(names)) == len(names)
    assert [guard.name for guard in GUARDS if guard.never] == ["moved"]
    assert [guard.name for guard in GUARDS if guard.level == "plan"] == [
        "count",
        "share",
        "quarantine",
        "unproven",
    ]


def test_a_bare_workers_name_is_not_one_item():
    """A running customer's Worker is named with its namespace: the name alone may mean several."""
    running = refuses("its state is matched", one_only=True)
    about = {"namespace": "production", "worker": "site"}
    assert _verdict(overrides_of({"state:site": "I know this one"}), running, "state", **about) == "refuse"
    named = overrides_of({"state:production/site": "I know this one"})
    assert _verdict(named, running, "state", **about) == "overridden"
    assert _verdict(named, running, "state", namespace="staging", worker="site") == "refuse"
