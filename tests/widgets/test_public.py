"""What ``wfp_ops.widgets`` shows, and what it says where the extra is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wfp_ops import widgets
from wfp_ops.audit.kinds import COLORS
from wfp_ops.errors import MissingExtraError
from wfp_ops.widgets.look import table_css


def test_visible_names_are_all_and_can_be_had():
    """Each is a class of this room, with a docstring."""
    assert dir(widgets) == sorted(widgets.__all__)
    for name in widgets.__all__:
        exported = getattr(widgets, name)
        assert exported.__module__.startswith("wfp_ops.widgets.")
        assert exported.__doc__


def test_an_unknown_name_is_an_attribute_error():
    """A slip of the pen is answered as any module answers it."""
    with pytest.raises(AttributeError, match="AuditPanle"):
        widgets.AuditPanle  # noqa: B018


@pytest.mark.parametrize("missing", ["ipywidgets", "anywidget", "IPython"])
def test_a_missing_extra_names_the_line_to_type(missing, monkeypatch):
    """A panel is no ImportError from somewhere below."""
    from wfp_ops.widgets import required

    find = required.importlib.util.find_spec
    monkeypatch.setattr(
        required.importlib.util, "find_spec", lambda name: None if name == missing else find(name)
    )
    monkeypatch.delitem(widgets.__dict__, "AuditPanel", raising=False)
    with pytest.raises(MissingExtraError) as error:
        widgets.AuditPanel  # noqa: B018
    assert error.value.hint == "pip install 'wfp-ops[notebook]'"


def test_the_room_costs_nothing_before_a_panel_is_used():
    """Neither the package nor the room loads ipywidgets."""
    code = "import sys, wfp_ops; wfp_ops.widgets; print('ipywidgets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_every_state_has_its_colour_in_the_style_sheet():
    """The same as in reports and charts."""
    for state, color in COLORS.items():
        assert f".wfp-s-{state}{{--state:{color}}}" in table_css()
