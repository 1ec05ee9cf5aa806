"""The one table of all panels: thousands of rows to filter, sort and choose from, by mouse or keyboard.

The browser draws the few rows that are seen (``static/table.js``) and answers filter, order and choice
itself. What is chosen travels as ids, with the version of the rows that the person saw: a choice that
was made among older rows counts for nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anywidget
import pandas as pd
import traitlets

from wfp_ops.audit.right_to_left import PATTERN
from wfp_ops.errors import FrameError
from wfp_ops.widgets.columns import Column
from wfp_ops.widgets.look import script, table_css
from wfp_ops.widgets.rows import Filter, Rows, rows_of


class Table(anywidget.AnyWidget):
    """A table in a panel or in a cell of its own.

        table = Table("Candidates", [Column("namespace", kind="name"), Column("state", kind="state")])
        table.show(frame, ids="namespace_id", blocked={"abc123": "a Worker binds it"})
        table.observe(lambda change: ..., "chosen")

    Attributes:
        chosen: the ids that are chosen, in the rows' order. Setting it drops what may not be chosen.
        active: the id of the row that the cursor stands on, or "".
        rows: what is shown, as texts.
    """

    _esm = script("rows.js", "table.js")
    _css = table_css()
    _data = traitlets.Bytes().tag(sync=True)
    _label = traitlets.Unicode().tag(sync=True)
    _noun = traitlets.Unicode().tag(sync=True)
    _empty = traitlets.Unicode().tag(sync=True)
    _selectable = traitlets.Bool().tag(sync=True)
    _height = traitlets.Int().tag(sync=True)
    _words = traitlets.Unicode(PATTERN).tag(sync=True)
    _filter = traitlets.Dict().tag(sync=True)
    _picked = traitlets.Dict().tag(sync=True)
    _cursor = traitlets.Dict().tag(sync=True)

    chosen = traitlets.Tuple()
    active = traitlets.Unicode()

    def __init__(
        self,
        label: str,
        columns: Sequence[Column],
        *,
        selectable: bool = True,
        noun: str = "rows",
        empty: str = "Nothing to show.",
        height: int = 420,
    ) -> None:
        """Make an empty table.

        Args:
            label: what it is a table of; screen readers say it.
            columns: what it shows.
            selectable: whether rows can be chosen.
            noun: what its rows are, for the counts below it.
            empty: what stands in it where there is no row.
            height: of its rows, at most, in pixels.
        """
        # the browser's messages are handled in one thread, a job shows its rows from another
        self._lock = threading.RLock()
        self._version = 0
        self._columns = tuple(columns)
        self.rows = Rows(self._columns, (), tuple([] for _ in columns))
        super().__init__(
            _label=label,
            _noun=noun,
            _empty=empty,
            _selectable=selectable,
            _height=height,
            _data=self.rows.packed(0),
            _filter=Filter().told(),
            _picked={"of": 0, "ids": []},
            _cursor={"of": 0, "id": ""},
        )

    def show(
        self,
        frame: pd.DataFrame,
        *,
        ids: str | Iterable[object] | None = None,
        blocked: Mapping[str, str] | None = None,
        keep: bool = False,
    ) -> None:
        """Show other rows.

        Args:
            frame: has the columns' names.
            ids: the frame's column of ids, or an id for each row; None for a table where none is chosen.
            blocked: why a row can't be chosen, by its id.
            keep: whether what was chosen stays so where it still may be; otherwise nothing is chosen. Where
                the ids are those of before, a click that is on its way counts, too, and the cursor stays.

        Raises:
            FrameError: a column is not there, an id is null or stands twice, or rows that can be chosen
                have no ids of their own.
        """
        if self._selectable and ids is None:
            raise FrameError("rows that can be chosen need ids of their own", frame="table")
        rows = rows_of(frame, self._columns, ids, blocked)
        with self._lock, self.hold_sync():
            chosen = rows.settled(self.chosen) if keep else ()
            same = keep and rows.ids == self.rows.ids
            self._version += 0 if same else 1
            self.rows = rows
            self._data = rows.packed(self._version)
            self._filter = _without_vanished(self.filter, rows).told()
            if not same:
                self.active = ""
                self._cursor = {"of": self._version, "id": ""}
            self.chosen = chosen
            self._picked = {"of": self._version, "ids": list(chosen)}

    def choose(self, ids: Iterable[str]) -> None:
        """Choose these rows and no others, as a person would.

        Raises:
            FrameError: one is not there, or may not be chosen; the message says why.
        """
        wanted = list(ids)
        for each in wanted:
            if each not in self.rows.ids:
                raise FrameError(f"there is no row {each!r}", frame="table")
            if each in self.rows.blocked:
                raise FrameError(f"{each!r} can't be chosen: {self.rows.blocked[each]}", frame="table")
        self.chosen = tuple(wanted)

    def clear(self) -> None:
        """Choose nothing."""
        self.chosen = ()

    def point(self, key: str) -> None:
        """Put the cursor on a row, as a click does; on none, where there is no such row."""
        self._cursor = {"of": self._version, "id": key if key in self.rows.ids else ""}

    @property
    def filter(self) -> Filter:
        """What the person sees of it."""
        told = self._filter
        facets = told.get("facets")
        return Filter(
            str(told.get("text", "")),
            {str(name): str(text) for name, text in facets.items()} if isinstance(facets, dict) else {},
            "chosen" if told.get("only") == "chosen" else "",
        )

    def narrow(self, text: str = "", **facets: str) -> None:
        """Filter as a person would: rows with all these words, and these values in these columns."""
        self._filter = Filter(text, facets).told()

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids that pass the filter, in the order in which the rows came."""
        return self.rows.shown(self.filter, self.chosen)

    @property
    def summary(self) -> str:
        """Such as ``3 chosen, 1 of them hidden by the filter``."""
        return self.rows.summary(self.filter, self.chosen)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What the browser says, one message after the other."""
        with self._lock:
            super().set_state(sync_data)

    @traitlets.validate("chosen")
    def _only_what_may_be(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        return self.rows.settled(proposal["value"]) if self._selectable else ()

    @traitlets.observe("chosen")
    def _tell_chosen(self, _change: object) -> None:
        told = {"of": self._version, "ids": list(self.chosen)}
        if self._picked != told:
            self._picked = told

    @traitlets.observe("_picked")
    def _hear_picked(self, _change: object) -> None:
        """Take a choice of the browser's, unless it was made among rows that are gone."""
        ids = self._picked.get("ids")
        if self._picked.get("of") == self._version and isinstance(ids, list):
            self.chosen = tuple(each for each in ids if isinstance(each, str))
        self._tell_chosen(None)

    @traitlets.observe("_cursor")
    def _hear_cursor(self, _change: object) -> None:
        name = self._cursor.get("id")
        if self._cursor.get("of") == self._version and (name == "" or name in self.rows.ids):
            self.active = name


def _without_vanished(chosen_filter: Filter, rows: Rows) -> Filter:
    """The filter without values that no row has any more, or everything would be hidden."""
    cells = {column.name: set(texts) for column, texts in zip(rows.columns, rows.cells, strict=True)}
    kept = {name: text for name, text in chosen_filter.facets.items() if text in cells.get(name, ())}
    return Filter(chosen_filter.text, kept)
