"""The words that a person types before something is changed. What they typed is good once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import ipywidgets

from wfp_ops.errors import RefusedError
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, put

T = TypeVar("T")


class Confirmation(Generic[T]):
    """A line to type exact words into, and a button that then works once.

    What is confirmed (a plan) is held beside its words: a click can carry out nothing but what the
    words on the page were for. After one click, or once it is withdrawn, it must be offered anew.

    Attributes:
        view: what a person sees; there only while something is offered.
        typed: the line.
        button: the button.
    """

    def __init__(self, label: str, confirmed: Callable[[T], object], *, danger: bool = False) -> None:
        """Nothing is offered yet.

        Args:
            label: what the button says.
            confirmed: called with what was offered, once.
            danger: whether it takes something away.
        """
        self._confirmed = confirmed
        self._lock = threading.Lock()
        self._offered: tuple[str, T] | None = None
        self._asked = box()
        self.typed = ipywidgets.Text(
            description="Your words", continuous_update=True, placeholder="type the words above"
        )
        self.button = ipywidgets.Button(description=label, disabled=True)
        self.button.add_class("wfp-danger" if danger else "wfp-primary")
        self.button.add_class("wfp-confirm")
        self.typed.observe(lambda _: self._judge(), "value")
        self.view = stack(self._asked, row(self.typed, self.button))
        visible_if(self.view, condition=False)

    @property
    def offered(self) -> bool:
        """Whether something waits to be confirmed."""
        return self._offered is not None

    def offer(self, words: str, what: T) -> None:
        """Ask for these words; whatever was offered before is withdrawn."""
        with self._lock:
            self._offered = (words, what)
        self.typed.value = ""
        put(self._asked, element("span", "To go on, type ", element("span", words, classes="wfp-words")))
        self._judge()
        visible_if(self.view, condition=True)

    def withdraw(self) -> None:
        """Nothing can be confirmed any more, until it is offered anew."""
        with self._lock:
            self._offered = None
        self._emptied()

    def take(self) -> T:
        """What a click carries out: what was offered, if the right words stand there. Good once.

        Raises:
            RefusedError: nothing is offered, or other words stand there.
        """
        with self._lock:
            if self._offered is None:
                raise RefusedError(
                    "nothing waits to be confirmed",
                    reasons=["it was carried out or withdrawn already"],
                    hint="make the preview again",
                )
            words, what = self._offered
            if str(self.typed.value).strip() != words:
                raise RefusedError(
                    "these are not the words", reasons=[f"type exactly: {words}"], hint="nothing was changed"
                )
            self._offered = None
        self._emptied()
        return what

    def clicked(self) -> None:
        """What the button does; a panel puts it behind its own handling of errors.

        Raises:
            RefusedError: as for ``take``.
        """
        self._confirmed(self.take())

    def _judge(self) -> None:
        offered = self._offered
        self.button.disabled = offered is None or str(self.typed.value).strip() != offered[0]

    def _emptied(self) -> None:
        self.typed.value = ""
        self._judge()
        visible_if(self.view, condition=False)
