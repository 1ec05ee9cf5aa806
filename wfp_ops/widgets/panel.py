"""What every panel has: a title, what happened in words, work under way, and the code that does the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import ipywidgets
from IPython.display import display

from wfp_ops.widgets.confirm import Confirmation
from wfp_ops.widgets.desk import Desk
from wfp_ops.widgets.download import Download, File
from wfp_ops.widgets.in_turn import InTurn
from wfp_ops.widgets.job import Job, Ticket
from wfp_ops.widgets.look import panel_style, row, stack, visible_if
from wfp_ops.widgets.markup import box, element, joined, put
from wfp_ops.widgets.words import Said, in_words

if TYPE_CHECKING:
    from wfp_ops.account.account import Account
    from wfp_ops.account.customers import CustomerSource

T = TypeVar("T")
Tone = Literal["info", "done", "warned", "error"]
Look = Literal["", "primary", "danger", "quiet"]


class Panel:
    """The base of the panels. As the last line of a cell it shows itself.

    A subclass sets ``title`` and ``purpose``, makes its controls with ``button`` and ``on``, puts them on
    the page with ``compose``, and says in ``code`` how a person does the same without it.

    Attributes:
        desk: what it shares with the panels beside it.
        account: the account.
        job: its long work.
        view: the widget.
        error: the last error that it showed; None after anything went well.
    """

    title: ClassVar[str] = ""
    purpose: ClassVar[str] = ""

    def __init__(
        self, account: Account, customers: CustomerSource | None = None, *, desk: Desk | None = None
    ) -> None:
        self.desk = Desk(account, customers) if desk is None else desk
        self.account = self.desk.account
        self.error: BaseException | None = None
        self.job = Job(
            self.account.clock,
            failed=self.fail,
            changed=self.refresh,
            cancelled=lambda: self.say("cancelled", tone="warned"),
        )
        self._turn = InTurn()
        self._buttons: list[tuple[ipywidgets.Button, Callable[[], object]]] = []
        self._status = box(classes=["wfp-status"])
        self._dismiss = ipywidgets.Button(description="Dismiss", tooltip="put this message away")
        self._dismiss.add_class("wfp-quiet")
        self._dismiss.on_click(lambda _: self.quiet())
        self._message = row(self._status, self._dismiss, classes="wfp-message")
        self._body = stack()
        self._code = box()
        self._show_code = ipywidgets.ToggleButton(description="Show the code", value=False)
        self._show_code.add_class("wfp-quiet")
        self._show_code.observe(lambda _: self.refresh_code(), "value")
        self.view = self._page()
        self.quiet()

    def _page(self) -> ipywidgets.Box:
        head = box(
            element(
                "div",
                element("div", self.title, classes="wfp-title"),
                element("div", self.purpose, classes="wfp-purpose"),
            )
        )
        # it stays in sight wherever on a long panel the person is, whose click it answers
        now = stack(self._message, self.job.view, classes="wfp-now")
        page = stack(panel_style(), self._turn, head, now, self._body, row(self._show_code), self._code)
        for each in ("wfp", "wfp-panel", f"wfp-{type(self).__name__}"):
            page.add_class(each)
        return page

    def compose(self, *parts: ipywidgets.Widget) -> None:
        """Put these parts on the page, below each other; all that ``code`` speaks of is there by now."""
        self._body.children = parts
        self.refresh_code()

    def code(self) -> str:
        """The lines of Python that do the same without the panel."""
        return ""

    def refresh_code(self) -> None:
        """Show the code as it is now, where a person wants to see it."""
        code = self.desk.explained(self.code())
        visible_if(self._show_code, code)
        shown = bool(code) and bool(self._show_code.value)
        visible_if(self._code, shown)
        self._show_code.description = "Hide the code" if shown else "Show the code"
        if shown:
            put(self._code, element("code", joined(code.split("\n"), "\n"), classes="wfp-code"))

    def button(
        self,
        label: str,
        act: Callable[[], object],
        *,
        look: Look = "",
        tooltip: str = "",
        when: Callable[[], object] = lambda: True,
    ) -> ipywidgets.Button:
        """A button that shows what its act raises, and is grey while work is under way.

        Grey is for the eye only: scripts click grey buttons, so an act checks for itself whether it may be
        done.

        Args:
            label: what it says.
            act: what it does.
            look: what it looks like; ``primary`` for the one thing to do next.
            tooltip: more words.
            when: whether it makes sense at present; asked by ``refresh``.
        """
        made = ipywidgets.Button(description=label, tooltip=tooltip)
        if look:
            made.add_class(f"wfp-{look}")
        made.on_click(lambda _: self.clicked(act))
        self._buttons.append((made, when))
        made.disabled = not when()
        return made

    def download(self, label: str, make: Callable[[], File]) -> Download:
        """A button that hands over a file (``Download``); what making it raises is shown."""
        return Download(label, make, self.fail, self._went_well, self._turn.after)

    def confirmation(
        self, label: str, confirmed: Callable[[T], object], *, danger: bool = False
    ) -> Confirmation[T]:
        """Words to type and a button that works once (``Confirmation``); dead while work is under way."""
        made: Confirmation[T] = Confirmation(label, confirmed, danger=danger)
        made.button.on_click(lambda _: self.clicked(lambda: None if self.job.running else made.clicked()))
        return made

    def work(
        self,
        what: str,
        work: Callable[[Ticket], T],
        then: Callable[[T], object],
        *,
        pausable: bool = False,
        to_its_end: bool = False,
    ) -> bool:
        """Start long work, as ``Job.start``; a second click while it is under way does nothing."""
        if self.job.running:
            return False
        self.quiet()
        return self.job.start(what, work, then, pausable=pausable, to_its_end=to_its_end)

    def refresh(self) -> None:
        """Grey out the buttons that make no sense at present."""
        for button, when in self._buttons:
            button.disabled = self.job.running or not when()

    def on(self, widget: ipywidgets.Widget, act: Callable[[Any], object], name: str = "value") -> None:
        """Call an act with the new value whenever a trait of a widget changes, and show what it raises."""
        widget.observe(lambda change: self.safely(lambda: act(change["new"])), name)

    def watch(self, act: Callable[[], object]) -> None:
        """Call an act whenever the desk holds another audit, or none any more; show what it raises."""
        self.desk.watch(lambda: self.safely(act))

    def clicked(self, act: Callable[[], object]) -> None:
        """Do what a click asks for, after whatever was chosen or typed before it; show what it raises."""
        self._turn.after(lambda: self.safely(act))

    def safely(self, act: Callable[[], object]) -> None:
        """Do something; what it raises is shown in words. A notebook would swallow it."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 (whatever it is, it must stand on the panel)
            self.fail(error)

    def say(self, title: str, *, tone: Tone = "info", hint: str = "") -> None:
        """Say something on the page, in place of what was said before."""
        self.error = None
        self._put(Said(title, hint=hint), tone)

    def fail(self, error: BaseException) -> None:
        """Show an error in words. It never holds a token."""
        self.error = error
        self._put(in_words(error), "error")

    def quiet(self) -> None:
        """Say nothing."""
        self.error = None
        put(self._status, "")
        visible_if(self._message, condition=False)
        self._said = Said("")

    def _went_well(self) -> None:
        """An error that stands there is over; other words stay."""
        if self.error is not None:
            self.quiet()

    @property
    def said(self) -> Said:
        """What it says."""
        return self._said

    def wait(self, timeout: float | None = None) -> bool:
        """Until no work is under way; whether it has ended."""
        return self.job.wait(timeout)

    def _put(self, said: Said, tone: Tone) -> None:
        self._said = said
        parts = [element("strong", said.title)]
        if said.hint:
            parts.append(element("p", joined(("What to do: ", said.hint)) if tone == "error" else said.hint))
        if said.facts:
            terms = ((element("dt", label), element("dd", fact)) for label, fact in said.facts.items())
            parts.append(element("dl", *(each for term in terms for each in term)))
        role = "alert" if tone == "error" else "status"
        put(self._status, element("div", *parts, classes=f"wfp-note wfp-{tone}", role=role))
        visible_if(self._message, condition=True)

    def _ipython_display_(self) -> None:
        display(self.view)  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.account.name!r})"
