"""The small table of facts that accounts, namespaces and Workers show in a notebook."""

from __future__ import annotations

from wfp_ops.frames.show import facts_table


def test_title_and_facts():
    """The title, and a row for each fact; what is None is left out, what is 0 or False is not."""
    page = facts_table("Namespace customer-1", {"workers": 0, "trusted": False, "created_by": None})
    assert "Namespace customer-1" in page
    assert ">0</td>" in page
    assert ">False</td>" in page
    assert "created_by" not in page


def test_everything_is_escaped():
    """No title, label or value becomes markup, and none turns the text around."""
    page = facts_table("<b>a", {"<i>b": '<img src=x onerror="x">', "name": "c\u202ed"})
    assert not any(tag in page for tag in ("<b>", "<i>", "<img"))
    assert "\u202e" not in page


def test_long_values_may_wrap():
    """A name of 300 characters does not widen the page."""
    assert "overflow-wrap:anywhere'>" + "n" * 300 in facts_table("x", {"name": "n" * 300})
