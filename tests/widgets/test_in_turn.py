"""Clicks that wait for what was chosen before them, in a real kernel, message by message."""

from __future__ import annotations

import pytest
from jupyter_client.manager import start_new_kernel

from wfp_ops.widgets.in_turn import InTurn, asking_page

WAIT_S = 60
CELL = """import ipywidgets
from wfp_ops.widgets.in_turn import InTurn
turn, words, button, heard = InTurn(), ipywidgets.Text(), ipywidgets.Button(), []
button.on_click(lambda _: turn.after(lambda: heard.append(words.value)))
print(turn.comm.comm_id, words.comm.comm_id, button.comm.comm_id)"""


class Page:
    """A page of a notebook, by the messages that it sends."""

    def __init__(self, client) -> None:
        self._client = client
        self._session = client.session.session
        self.turn, self._words, self._button = self.run(CELL).split()

    def run(self, code: str) -> str:
        """Run a cell; what it printed comes back."""
        printed = []

        def take(message):
            assert message["msg_type"] != "error", message["content"]
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        self._client.execute_interactive(code, output_hook=take, timeout=WAIT_S)
        return "".join(printed)

    def send(self, comm: str, data: dict[str, object], session: str = "") -> None:
        """Send a message of a widget, as this page or another."""
        self._client.session.session = session or self._session
        message = self._client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        self._client.session.session = self._session
        self._client.shell_channel.send(message)

    def click(self) -> None:
        """Click the button."""
        self.send(self._button, {"method": "custom", "content": {"event": "click"}})

    def type(self, words: str) -> None:
        """What the page had kept until now."""
        self.send(self._words, {"method": "update", "state": {"value": words}, "buffer_paths": []})

    def answer(self, content: object, session: str = "") -> None:
        """Answer what the kernel asked."""
        self.send(self.turn, {"method": "custom", "content": content}, session)

    def asked(self) -> dict[str, object]:
        """What the kernel asks the page next."""
        while True:
            message = self._client.get_iopub_msg(timeout=WAIT_S)
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content["comm_id"] == self.turn:
                return content["data"]["content"]

    @property
    def heard(self) -> list[str]:
        """What the clicks have found."""
        return eval(self.run("print(heard)"))


@pytest.fixture(scope="module")
def client():
    """A kernel."""
    manager, client = start_new_kernel(kernel_name="python3")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def page(client) -> Page:
    """A page of it, with widgets of its own."""
    return Page(client)


def test_a_click_waits_for_what_was_typed_before(page):
    """It came first, and says the later words."""
    page.click()
    asked = page.asked()
    page.type("typed before the click")
    assert page.heard == []
    page.answer(asked)
    assert page.heard == ["typed before the click"]
    page.answer(asked)
    assert page.heard == ["typed before the click"]


def test_clicks_are_done_one_after_the_other(page):
    """Each once."""
    page.click()
    first = page.asked()
    page.click()
    second = page.asked()
    page.type("a")
    page.answer(first)
    page.type("b")
    page.answer(second)
    assert page.heard == ["a", "b"]


def test_another_page_does_not_answer_for_it(page):
    """It has not kept what this one has."""
    page.click()
    asked = page.asked()
    page.answer(asked, session="another-page")
    page.type("typed")
    assert page.heard == []
    page.answer(asked)
    assert page.heard == ["typed"]


def test_a_page_that_was_not_ready_is_asked_again(page):
    """It says so once it is."""
    page.click()
    asked = page.asked()
    page.answer({"here": True})
    assert page.asked() == asked
    page.answer(asked)
    assert page.heard == [""]


@pytest.mark.parametrize("content", [None, "asked", {}, {"asked": "0"}, {"asked": 99}, {"here": "yes"}])
def test_what_is_no_answer_does_nothing(page, content):
    """A page may send anything."""
    page.click()
    asked = page.asked()
    page.answer(content)
    assert page.heard == []
    page.answer(asked)
    assert page.heard == [""]


def test_code_does_not_wait(page):
    """In a cell there is no page to ask; nor is there where no kernel is."""
    assert page.run("button.click(); print(heard)").strip() == "['']"
    done = []
    InTurn().after(lambda: done.append(1))
    assert (done, asking_page()) == ([1], None)
