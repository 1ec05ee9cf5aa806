"""Overrides on a panel: a guard, what it is overridden for, and the reason in writing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from wfp_ops.change.guards.table import GUARDS, Guard
from wfp_ops.change.overrides import overrides_of
from wfp_ops.widgets.look import row, stack, visible_if
from wfp_ops.widgets.markup import box, element, put
from wfp_ops.widgets.panel import Panel

_EVERY = "every item"
# of more than these nobody picks one from a list; a browser would be slow with it
_MOST_ITEMS = 200


class OverrideEditor:
    """Overrides, one at a time, each with its reason.

    Attributes:
        given: the reasons by ``guard`` or ``guard:name``, as plans take them.
        guard, item, reason: what is about to be added.
        view: the widget.
    """

    def __init__(self, panel: Panel, *, about: str, changed: Callable[[], object]) -> None:
        """None is given yet.

        Args:
            panel: the panel that it stands on; what is wrong is shown there.
            about: what is planned, as the guards' table says it: ``deletions`` or ``renames``.
            changed: called whenever an override came or went.
        """
        self.given: dict[str, str] = {}
        self._panel = panel
        self._changed = changed
        self._guards = {each.name: each for each in GUARDS if about in each.applies_to and not each.never}
        self.open = ipywidgets.ToggleButton(description="Override a guard", value=False)
        self.open.add_class("wfp-quiet")
        self.guard = ipywidgets.Dropdown(description="Guard", options=list(self._guards))
        self.item = ipywidgets.Dropdown(description="For", options=[_EVERY])
        self.reason = ipywidgets.Text(
            description="Reason", placeholder="in writing: it stands in the plan, the words and the journal"
        )
        self.add = panel.button("Override", self._add)
        self._about = box(classes=["wfp-muted"])
        self._list = stack()
        self._form = stack(row(self.guard, self.item, self.reason, self.add), self._about)
        self.view = stack(self._list, row(self.open), self._form)
        panel.on(self.open, lambda _: self._draw())
        panel.on(self.guard, lambda _: self._draw())
        self._draw()

    def offer(self, names: Sequence[str]) -> None:
        """The items that a guard can be overridden for; an override of one that is gone goes, too."""
        before = self.item.value
        self.item.options = [_EVERY, *(dict.fromkeys(names) if len(names) <= _MOST_ITEMS else ())]
        self.item.value = before if before in self.item.options else _EVERY
        kept = {
            key: why for key, why in self.given.items() if ":" not in key or key.split(":", 1)[1] in names
        }
        if kept != self.given:
            self.given = kept
            self._draw()

    def clear(self) -> None:
        """Take all of them back, and with them what was about to be added."""
        self.given = {}
        self.reason.value = ""
        self.open.value = False
        self._draw()

    def code(self) -> str:
        """As an argument in code, with a comma before it; nothing where none is given."""
        return f", overrides={self.given!r}" if self.given else ""

    def _chosen(self) -> Guard:
        return self._guards[str(self.guard.value)]

    def _add(self) -> None:
        guard, item = self._chosen(), str(self.item.value)
        key = guard.name if item == _EVERY or guard.level == "plan" else f"{guard.name}:{item}"
        checked = overrides_of({key: str(self.reason.value)})
        self._panel.quiet()
        self.given = {**self.given, **checked.reasons}
        self.reason.value = ""
        self._draw()
        self._changed()

    def _take_back(self, key: str) -> None:
        self.given = {each: why for each, why in self.given.items() if each != key}
        self._draw()
        self._changed()

    def _draw(self) -> None:
        guard = self._chosen()
        refuses = guard.refuses.replace("`", "")
        put(self._about, element("span", element("b", guard.name), f" refuses {refuses}: {guard.why}."))
        self.item.disabled = guard.level == "plan"
        visible_if(self._form, self.open.value)
        visible_if(self._list, self.given)
        self._list.children = [self._line(key, why) for key, why in self.given.items()]

    def _line(self, key: str, why: str) -> ipywidgets.Widget:
        back = ipywidgets.Button(description="Take back", tooltip=f"no override of {key}")
        back.add_class("wfp-quiet")
        back.on_click(lambda _: self._panel.clicked(lambda: self._take_back(key)))
        said = box(
            element("span", element("b", f"{key} is overridden"), f": {why}"), classes=["wfp-overridden"]
        )
        return row(said, back)
