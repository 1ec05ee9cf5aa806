"""What every panel has: words for whatever goes wrong, buttons that check, the code behind it."""

from __future__ import annotations

import threading

import ipywidgets
import pandas as pd
import pytest
from support.names import TOKEN

import wfp_ops
from wfp_ops.errors import APIConnectionError, RefusedError
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.download import File
from wfp_ops.widgets.panel import Panel


class Example(Panel):
    """A panel with one button."""

    title = "Example <b>"
    purpose = "To be tried."

    def __init__(self, account, customers=None, *, desk=None):
        super().__init__(account, customers, desk=desk)
        self.done = []
        self.allowed = True
        self.go = self.button("Go", self.act, look="primary", when=lambda: self.allowed)
        self.compose(self.go)

    def act(self):
        """Whatever a test wants."""
        self.done.append(1)

    def code(self):
        """Two lines."""
        return f"audit = account.audit({self.desk.customers_code})\naudit.findings"


@pytest.fixture
def panel(acme):
    """A panel of the demo's account."""
    return Example(acme, "customers.csv")


def text_of(panel):
    """What stands on its page as HTML."""
    return panel._status.value


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            APIConnectionError("no answer", endpoint="GET /x", hint="try again"),
            ["no answer", "GET /x", "try again"],
        ),
        (RefusedError("no", reasons=["it is protected"]), ["it is protected"]),
        (ValueError(TOKEN), ["this should not have happened: ValueError"]),
        (OSError(28, "No space left on device", "/x"), ["No space left on device", "/x"]),
    ],
)
def test_what_a_click_raises_stands_on_the_panel(panel, error, words):
    """A notebook would swallow it; a token never stands there."""

    def fail():
        raise error

    panel.act = fail
    panel.button("Fail", fail).click()
    assert panel.error is error
    for word in words:
        assert word in text_of(panel)
    assert TOKEN not in text_of(panel)
    assert "wfp-error" in text_of(panel)
    panel.say("done", tone="done")
    assert panel.error is None
    assert panel._message.layout.display is None
    panel.quiet()
    assert panel._message.layout.display == "none"


def test_what_an_observer_raises_stands_on_the_panel(panel):
    """It would be raised to the kernel's log."""
    line = ipywidgets.Text()

    def refuse(value):
        raise RefusedError(f"not {value}", reasons=[])

    panel.on(line, refuse)
    line.value = "this <b>"
    assert panel.said.title == "not this <b>"
    assert "not this &lt;b&gt;" in text_of(panel)


def test_what_another_panel_reads_and_this_cannot_show_is_said_here(panel):
    """The reader goes on."""
    told = []
    panel.watch(lambda: 1 / 0)
    panel.desk.watch(lambda: told.append(1))
    panel.desk.forget("changed")
    assert told == [1]
    assert "ZeroDivisionError" in panel.said.title


def test_buttons_are_grey_where_they_make_no_sense_and_while_work_is_under_way(panel):
    """For the eye; acts check for themselves."""
    assert not panel.go.disabled
    panel.allowed = False
    panel.refresh()
    assert panel.go.disabled
    panel.allowed = True
    gate = threading.Event()
    panel.work("waiting", lambda ticket: gate.wait(10), lambda result: None)
    assert panel.go.disabled
    gate.set()
    assert panel.wait(10)
    assert not panel.go.disabled


def test_work_is_started_once(panel):
    """A double click is two clicks, and the second says nothing."""
    gate, done = threading.Event(), []
    assert panel.work("waiting", lambda ticket: gate.wait(10), done.append)
    assert not panel.work("waiting", lambda ticket: gate.wait(10), done.append)
    gate.set()
    panel.wait(10)
    assert done == [True]


def test_cancelled_work_is_said(panel):
    """Nobody wonders why nothing came."""
    gate = threading.Event()
    panel.work("waiting", lambda ticket: gate.wait(10), lambda result: None)
    panel.job.cancel()
    gate.set()
    assert panel.said.title == "cancelled"


def test_nothing_is_confirmed_while_work_is_under_way(panel):
    """The words stay good: nothing was done with them."""
    confirmed, gate = [], threading.Event()
    confirmation = panel.confirmation("Delete", confirmed.append, danger=True)
    confirmation.offer("delete 1", "plan")
    confirmation.typed.value = "delete 1"
    panel.work("waiting", lambda ticket: gate.wait(10), lambda result: None)
    confirmation.button.click()
    assert confirmed == []
    gate.set()
    panel.wait(10)
    confirmation.button.click()
    confirmation.button.click()
    assert confirmed == ["plan"]
    assert "nothing waits" in panel.said.title


def test_the_code_is_shown_on_demand(panel):
    """Escaped, with its lines."""
    assert panel._code.layout.display == "none"
    panel._show_code.value = True
    assert panel._code.layout.display is None
    assert "account.audit(&#39;customers.csv&#39;)\naudit.findings" in panel._code.value
    panel._show_code.value = False
    assert panel._code.layout.display == "none"


@pytest.mark.parametrize(
    ("customers", "code"),
    [(None, ""), ("a'b.csv", '"a\'b.csv"'), ("postgresql://me:secret@host/db?x=1", "'postgresql://host/db'")],
)
def test_a_customer_list_in_code_holds_no_password(acme, customers, code):
    """As a person would write it."""
    assert "secret" not in Desk(acme, customers).customers_code
    assert Desk(acme, customers).customers_code == code


def test_every_control_has_words(panel):
    """A title that is markup is shown as text; the page has classes to be found by."""
    assert "Example &lt;b&gt;" in panel.view.children[2].value
    assert {"wfp", "wfp-panel", "wfp-Example"} <= set(panel.view._dom_classes)
    assert repr(panel) == "Example('sandbox')"


def test_it_shows_itself(panel, monkeypatch):
    """As the last line of a cell."""
    from wfp_ops.widgets import panel as module

    shown = []
    monkeypatch.setattr(module, "display", shown.append)
    panel._ipython_display_()
    assert shown == [panel.view]


def test_panels_of_one_desk_share_their_audit(acme):
    """As the tabs of a workbench do."""
    desk = Desk(acme)
    assert Example(acme, desk=desk).desk is Example(acme, desk=desk).desk
    assert Example(acme).desk is not desk


def test_a_file_that_is_handed_over_ends_an_error(panel):
    """Other words stay."""
    download = panel.download("Data", lambda: File("a.csv", b"x"))
    panel.fail(ValueError("x"))
    download.click()
    assert panel.error is None
    assert panel._message.layout.display == "none"
    panel.say("the account was changed", tone="warned")
    download.click()
    assert panel.said.title == "the account was changed"


def test_a_message_can_be_put_away(panel):
    """It stays in sight until then."""
    panel.fail(ValueError("x"))
    panel._dismiss.click()
    assert panel._message.layout.display == "none"
    assert panel.error is None


FILE = "id,status\n7,active\n8,active\n"


def test_code_says_where_a_frame_of_customers_comes_from(acme, tmp_path):
    """A line that reads it again; where it can't be, what it is."""
    path = tmp_path / "it's.csv"
    path.write_text(FILE, encoding="utf-8")
    frame = wfp_ops.read_customers(path, duplicates="active_wins")
    panel = Example(acme, frame)
    panel._show_code.value = True
    shown = panel.desk.explained(panel.code())
    names = {"wfp_ops": wfp_ops, "account": acme}
    exec(shown.splitlines()[0], names)
    assert names["customers"]["customer_id"].tolist() == ["7", "8"]
    assert "duplicates=&#39;active_wins&#39;" in panel._code.value
    for other, words in (
        (frame.iloc[:1], "it's.csv"),
        (pd.DataFrame({"id": ["7"]}), "the DataFrame of 1 rows that this panel was given"),
    ):
        first, *rest = Desk(acme, other).explained("audit = account.audit(customers)").splitlines()
        assert words in first
        assert rest == ["audit = account.audit(customers)"]
    assert Desk(acme, frame).explained("account.running()") == "account.running()"
    assert Desk(acme, "a.csv").explained("account.audit('a.csv')") == "account.audit('a.csv')"
