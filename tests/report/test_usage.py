"""The page's section on usage: figures, charts as pictures, who uses most, who went quiet; or why it is not known."""

from __future__ import annotations

import pytest
from support.audit_frames import audit_of
from support.fake_analytics import FakeAnalytics, request
from support.hostile import HOSTILE
from usage.conftest import World

import wfp_ops
from wfp_ops.errors import FrameError, SettingsError
from wfp_ops.report.page import render_report
from wfp_ops.report.usage_view import usage_view

CUSTOMERS = [
    {"customer_id": "1", "name": "One"},
    {"customer_id": "2", "name": "Two"},
    {"customer_id": "3", "name": "Three", "status": "churned"},
]


@pytest.fixture
def world(stub_server):
    """An endpoint on the scriptable server."""
    return World(stub_server)


@pytest.fixture
def audit():
    """Three customers with a namespace each, one of whom left."""
    return audit_of([f"customer-{number}" for number in (1, 2, 3)], CUSTOMERS)


def used(world, *records, every="1d", **more):
    """A usage frame of these requests."""
    return world.frame(FakeAnalytics(list(records), **more), "30d", every, by=("namespace",))


def busy(name, day, requests=100, **more):
    """Requests of one namespace on a day of November."""
    return request(f"2026-11-{day:02}T10:00:00Z", name, requests=requests, **more)


def test_a_page_with_usage(world, audit):
    """Figures, two pictures with words, and three tables; the page is the same for the same frame."""
    frame = used(world, busy("customer-1", 20, 900, errors=9), busy("customer-2", 3), busy("x", 20))
    page = render_report(audit, usage=frame)
    assert page == render_report(audit, usage=frame)
    assert page.count("data:image/svg+xml;base64,") == 2
    assert 'alt="Requests by customer. ' in page
    for words in (
        "1,100",
        "Who uses most",
        "Who went quiet",
        "Live after churn",
        "complete up to 23 November",
    ):
        assert words in page
    assert audit.to_html() == render_report(audit)
    assert "Who uses most" not in audit.to_html()


def test_times_are_those_of_one_zone(world, audit):
    """What stands above the charts is by their clock, and says whose it is; days of usage stay UTC's."""
    frame = used(world, *(busy("customer-1", day) for day in range(1, 23)), busy("customer-2", 3))
    whole = usage_view(frame, audit)
    assert whole["period"] == (
        "24 October 2026, 00:00 UTC to 24 November 2026, 00:00 UTC, complete up to 23 November 2026, 11:50 UTC"
    )
    there = usage_view(frame, audit, "Europe/Berlin")
    assert there["period"] == (
        "24 October 2026, 02:00 to 24 November 2026, 01:00, complete up to 23 November 2026, 12:50 (Europe/Berlin)"
    )
    assert "(Europe/Berlin)" in there["charts"][0]["words"]
    assert whole["tables"][1]["headings"][-1] == "Last seen"
    assert there["tables"][1]["headings"][-1] == "Last seen (UTC)"


def test_who_uses_most(world, audit):
    """In order, with shares; what is nobody's stands among them, and those beyond ten are counted."""
    records = [busy("customer-1", 20, 900, errors=9), busy("customer-2", 20), busy("tools", 20, 300)]
    table = usage_view(used(world, *records), audit)["tables"][0]
    rows = [[text for _, _, text in row] for row in table["rows"]]
    assert [row[:4] for row in rows] == [
        ["1", "One", "900", "69.2 %"],
        ["unallocated", "", "300", "23.1 %"],
        ["2", "Two", "100", "7.7 %"],
    ]
    assert rows[0][4] == "1.0 %"
    assert table["lead"] == ""
    many = [busy(f"customer-{number}", 20) for number in range(12)]
    assert usage_view(used(world, *many), audit)["tables"][0]["lead"] == "2 more have 16.7 % of all requests."


def test_who_went_quiet(world, audit):
    """Of those who are here; by a week of silence that is proven."""
    always = [busy("customer-1", day) for day in range(1, 23)]
    records = [*always, busy("customer-2", 3), busy("customer-3", 3)]
    (row,) = usage_view(used(world, *records), audit)["tables"][1]["rows"]
    assert [text for _, _, text in row] == ["2", "Two", "100", "2026-11-03"]
    late = [*always, busy("customer-2", 17)]
    assert usage_view(used(world, *late), audit)["tables"][1]["rows"] == []
    short = world.frame(FakeAnalytics(records), "5d", "1d", by=("namespace",))
    assert "Not known" in usage_view(short, audit)["tables"][1]["none"]
    cut = used(world, *records, busy("customer-8", 3), busy("customer-9", 3), lost=2)
    assert "Not known" in usage_view(cut, audit)["tables"][1]["none"]


def test_live_after_churn(world, audit):
    """As the audit found it; where it could not look, that is said."""
    frame = used(world, busy("customer-1", 20))
    assert usage_view(frame, audit)["tables"][2]["none"] == "Not known."


def test_where_nothing_is_known(audit):
    """A part of the page all the same, with why and what to do."""
    page = render_report(audit, usage="the token may not <read> analytics")
    assert "Usage is not known." in page
    assert "may not &lt;read&gt; analytics" in page
    assert "data:image/svg+xml;base64," not in page


def test_where_nobody_had_a_request(world, audit):
    """No empty charts."""
    page = render_report(audit, usage=used(world))
    assert "Nobody had a request in that time." in page
    assert "data:image/svg+xml;base64," not in page


def test_several_audits(world, audit):
    """Usage by the account's id; who has none has no section."""
    frame = used(world, busy("customer-1", 20))
    page = render_report([audit, audit], usage={audit.account_id: frame})
    assert page.count('class="usage"') == 2
    assert render_report([audit, audit], usage={"f" * 32: frame}).count('class="usage"') == 0
    with pytest.raises(ValueError, match="by the account's id"):
        render_report([audit, audit], usage=frame)


def test_what_is_no_usage(world, audit):
    """A frame that says nothing of itself, or tells nobody apart; a zone that is none."""
    frame = used(world, busy("customer-1", 20))
    bare = frame.copy()
    bare.attrs = {}
    whole = world.frame(FakeAnalytics([busy("customer-1", 20)]), "30d", "1d", by=())
    for wrong in (bare, whole):
        with pytest.raises(FrameError):
            render_report(audit, usage=wrong)
    with pytest.raises(SettingsError, match="time zone"):
        render_report(audit, usage=frame, zone="Mars/Olympus")


def test_hostile_names_are_text(world, tmp_path):
    """In tables, and in what is said of a picture."""
    rows = [{"customer_id": str(number), "name": name} for number, name in enumerate(HOSTILE)]
    hostile = audit_of([f"customer-{number}" for number in range(len(HOSTILE))], rows)
    frame = used(world, *(busy(f"customer-{number}", 20) for number in range(len(HOSTILE))))
    path = wfp_ops.write_report(hostile, tmp_path / "report.html", usage=frame)
    page = path.read_text(encoding="utf-8")
    assert not any(name in page for name in HOSTILE if "<" in name)
