"""The table of guards: what stands in it is what the documentation says and what may be overridden."""

from __future__ import annotations

import pytest

from wfp_ops.change.guards.table import GUARDS, NAMES, guard_named
from wfp_ops.change.judge import Limits
from wfp_ops.errors import SettingsError

ROWS = [
    ("count", "plan", "max_deletions", False),
    ("share", "plan", "max_share", False),
    ("quarantine", "plan", "max_age_hours", False),
    ("unproven", "plan", None, False),
    ("state", "item", None, False),
    ("protected", "item", "protect", False),
    ("grace", "item", "grace_days", False),
    ("traffic", "item", "traffic_days", False),
    ("workers", "item", "max_workers", False),
    ("trusted", "item", None, False),
    ("bound", "item", None, False),
    ("irreversible", "item", None, False),
    ("moved", "item", None, True),
]


def test_the_rows():
    """None is missing, none is there twice, and only moved is never overridden by its table."""
    assert [(each.name, each.level, each.setting, each.never) for each in GUARDS] == ROWS
    assert [name for name, *_ in ROWS] == list(NAMES)


def test_what_each_is_about():
    """In the documentation's words."""
    about = {
        "deletions": ["count", "share", "grace", "workers", "trusted", "irreversible"],
        "deletions and renames": ["quarantine", "unproven", "traffic", "bound"],
        "deletions, renames, creations": ["state"],
        "deletions, renames, overwrites": ["protected"],
        "everything, at planning and again right before the change": ["moved"],
    }
    for words, names in about.items():
        assert [each.name for each in GUARDS if each.applies_to == words] == names


def test_each_setting_is_one():
    """A threshold that the settings know, and every threshold has a guard."""
    assert {each.setting for each in GUARDS if each.setting} == set(vars(Limits()))


def test_found_by_name():
    """Each is its own."""
    for guard in GUARDS:
        assert guard_named(guard.name) is guard


def test_there_is_no_such_guard():
    """The error names those that there are."""
    with pytest.raises(SettingsError) as caught:
        guard_named("speed")
    assert caught.value.message == "there is no guard 'speed'"
    assert caught.value.key == "override"
    assert caught.value.hint == (
        "the guards are count, share, quarantine, unproven, state, protected, grace, traffic, workers, "
        "trusted, bound, irreversible, moved"
    )
