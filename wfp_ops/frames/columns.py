"""Every public frame, declared once: columns, dtypes, meaning. The docs are generated from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from wfp_ops.errors import FrameError

TEXT = "str"
FLAG = "bool"
MAYBE_FLAG = "boolean"
COUNT = "Int64"
AMOUNT = "Float64"
TIME = "datetime64[us, UTC]"
LIST = "object"

# What pandas would take for a moment all the same: bare numbers, and words for the moment of reading
_MOMENT_KINDS = ("string", "datetime", "date", "mixed", "empty")
_MOVING = ["now", "today"]


@dataclass(frozen=True)
class Column:
    """One column: its name, its pandas dtype, what it says, and whether it may be null."""

    name: str
    dtype: str
    meaning: str
    nullable: bool = True


@dataclass(frozen=True)
class FrameSpec:
    """One frame: its name, what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    def build(self, data: Mapping[str, Any], length: int | None = None) -> pd.DataFrame:
        """A frame of exactly these columns and dtypes; a column that ``data`` lacks is null.

        Raises:
            FrameError: a value doesn't fit its column, a column that may not be null is, or one is
                longer than another. Names the column.
        """
        if length is None:
            length = next((len(values) for values in data.values()), 0)
        built = {c.name: _as_dtype(self, c, data.get(c.name), length) for c in self.columns}
        return pd.DataFrame(built, copy=False)

    def empty(self) -> pd.DataFrame:
        """The same frame without a row: columns and dtypes are as when it is full."""
        return self.build({}, length=0)

    def check(self, frame: pd.DataFrame) -> None:
        """Refuse a frame that lacks a column or has one of another dtype.

        Raises:
            FrameError: naming the column.
        """
        for column in self.columns:
            if column.name not in frame.columns:
                raise FrameError(
                    f"the {self.name} frame lacks the column {column.name!r}",
                    frame=self.name,
                    column=column.name,
                )
            found = str(frame[column.name].dtype)
            if found != column.dtype:
                raise FrameError(
                    f"column {column.name!r} of the {self.name} frame is {found}, not {column.dtype}",
                    frame=self.name,
                    column=column.name,
                )


def _as_dtype(spec: FrameSpec, column: Column, values: Any, length: int) -> pd.Series[Any]:
    if values is None:
        values = [None] * length
    if len(values) != length:
        raise FrameError(
            f"column {column.name!r} of the {spec.name} frame has {len(values)} rows, not {length}",
            frame=spec.name,
            column=column.name,
        )
    try:
        series = _convert(column.dtype, values)
    except (ValueError, TypeError, OverflowError) as error:
        raise FrameError(
            f"a value of {column.name!r} is no {column.dtype}: {error}",
            frame=spec.name,
            column=column.name,
        ) from None
    if not column.nullable and series.isna().any():
        raise FrameError(
            f"column {column.name!r} of the {spec.name} frame has a null in row "
            f"{int(np.flatnonzero(series.isna().to_numpy())[0])}",
            frame=spec.name,
            column=column.name,
        )
    # Last, because a null would become False
    return series.astype(bool) if column.dtype == FLAG else series


def _convert(dtype: str, values: Any) -> pd.Series[Any]:
    index = pd.RangeIndex(len(values))
    if isinstance(values, pd.Series):
        values = values.array
    if dtype == LIST:
        return pd.Series(np.fromiter(values, dtype=object, count=len(values)), index=index)
    if dtype == TEXT:
        return pd.Series(_text(values), index=index, dtype=TEXT)
    if dtype == TIME:
        # As objects, or pandas would first make text of a list of text
        return _times(pd.Series(values, index=index, dtype=object if isinstance(values, list) else None))
    return pd.Series(values, index=index, dtype=MAYBE_FLAG if dtype == FLAG else dtype)


def _text(values: Any) -> Any:
    """Text or null and nothing else: a number made text would be another id (``7`` beside a null is ``7.0``)."""
    if isinstance(getattr(values, "dtype", None), pd.StringDtype):
        return values
    if not isinstance(values, list | tuple):
        values = np.asarray(values, dtype=object)
    return pa.array(values, type=pa.large_string(), from_pandas=True)


def _times(values: pd.Series[Any]) -> pd.Series[Any]:
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = values.astype(object)
        kind = pd.api.types.infer_dtype(values, skipna=True)
        if kind not in _MOMENT_KINDS or values.isin(_MOVING).any():
            raise ValueError(f"it holds {kind} values that are no ISO 8601 moments")
        if kind == "string" and (moments := _plain_moments(values)) is not None:
            in_utc: pd.Series[Any] = pd.Series(moments, index=values.index).dt.tz_localize("UTC")
            return in_utc
    # format="ISO8601" because Cloudflare's fraction digits vary from row to row
    return pd.to_datetime(values, utc=True, format="ISO8601").dt.as_unit("us")


def _plain_moments(texts: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.datetime64]] | None:
    """Moments in UTC by Arrow's parser, many times as fast as pandas'; None where it can't read one of them.

    What it reads, pandas reads alike. It refuses the rarer forms (no zone, more than six digits of
    a second): those are pandas' to judge.
    """
    try:
        moments = pa.array(texts, type=pa.large_string(), from_pandas=True).cast(pa.timestamp("us", "UTC"))
    except pa.ArrowInvalid:
        return None
    found: np.ndarray[Any, np.dtype[np.datetime64]] = moments.cast(pa.timestamp("us")).to_numpy(
        zero_copy_only=False
    )
    return found


NAMESPACES = FrameSpec(
    "namespaces",
    "one dispatch namespace",
    (
        Column("namespace", TEXT, "its name", nullable=False),
        Column("namespace_id", TEXT, "Cloudflare's id of it (a UUID); survives a rename"),
        Column(
            "customer_id",
            TEXT,
            "the id that the convention reads in the name; null where it does not conform",
        ),
        Column("conforms", FLAG, "whether the name follows the convention", nullable=False),
        Column("workers", COUNT, "Workers inside (Cloudflare's script_count)"),
        Column("trusted", MAYBE_FLAG, "trusted mode: no isolation between its Workers"),
        Column("created_on", TIME, "when it was created"),
        Column("modified_on", TIME, "when it was last changed"),
        Column("created_by", TEXT, "tag of the user or token that created it"),
        Column("modified_by", TEXT, "tag of the user or token that changed it last"),
    ),
)

WORKERS = FrameSpec(
    "workers",
    "one user Worker in one dispatch namespace",
    (
        Column("namespace", TEXT, "the namespace it is in", nullable=False),
        Column("worker", TEXT, "its name (Cloudflare's script id)", nullable=False),
        Column(
            "customer_id",
            TEXT,
            "the id that the convention reads in its name, or in its one conforming tag when Workers are chosen by tag; null where there is none",
        ),
        Column("tags", LIST, "its tags, a list of text; null where Cloudflare sent none"),
        Column("created_on", TIME, "when it was created"),
        Column("modified_on", TIME, "when its code or settings were last changed"),
        Column("etag", TEXT, "hash of its code"),
        Column("usage_model", TEXT, "standard, bundled or unbound"),
        Column("compatibility_date", TEXT, "the date (YYYY-MM-DD) whose runtime behaviour it gets"),
        Column("handlers", LIST, "the handlers that it exports, a list of text"),
    ),
)

CUSTOMERS = FrameSpec(
    "customers",
    "one customer of the operator's list",
    (
        Column("customer_id", TEXT, "the id as text, never a number: 007 stays 007", nullable=False),
        Column("name", TEXT, "the customer's name"),
        Column("status", TEXT, "active, trial, suspended, churned or unknown", nullable=False),
        Column("plan", TEXT, "what the customer has bought"),
        Column("started_on", TIME, "when the customer came"),
        Column("churned_on", TIME, "when the customer left"),
        Column(
            "namespace",
            TEXT,
            "the explicit mapping, which beats the convention; the Worker's name in worker tenancy",
        ),
        Column("mrr", AMOUNT, "monthly recurring revenue, in the list's own currency"),
    ),
)

SET_ASIDE = FrameSpec(
    "set_aside",
    "one record of the customer list that can't be used",
    (
        Column("file", TEXT, "the file, or what else the list came from", nullable=False),
        Column("row", COUNT, "its row as a spreadsheet counts: the header is row 1"),
        Column("column", TEXT, "the column that is wrong; null where it is the whole row"),
        Column("value", TEXT, "what stands there"),
        Column("reason", TEXT, "why it can't be used", nullable=False),
        Column(
            "customer_ids",
            LIST,
            "every id seen in the row, a list of text: nothing of these ids is ever an orphan",
        ),
        Column("namespace", TEXT, "the explicit mapping seen in the row"),
    ),
)

FINDINGS = FrameSpec(
    "findings",
    "one statement of the audit about one namespace, Worker or customer",
    (
        Column("kind", TEXT, "what it is: a state with a severity, or a flag", nullable=False),
        Column("severity", TEXT, "critical, warning or info", nullable=False),
        Column("namespace", TEXT, "the namespace it is about"),
        Column("worker", TEXT, "the Worker it is about"),
        Column("customer_id", TEXT, "the customer it is about"),
        Column("detail", TEXT, "what was seen", nullable=False),
        Column("suggestion", TEXT, "what a person can do about it", nullable=False),
    ),
)

ACCEPTED = FrameSpec(
    "accepted",
    "one finding that somebody has accepted in [[audit.accepted]]",
    (
        *FINDINGS.columns,
        Column("reason", TEXT, "why it was accepted", nullable=False),
        Column("until", TEXT, "the day (YYYY-MM-DD) from which it is a finding again"),
    ),
)

_STATES = (
    Column("namespace", TEXT, "the namespace; null for a customer who has none"),
    Column("worker", TEXT, "the Worker, in worker tenancy"),
    Column(
        "customer_id", TEXT, "the customer's id; else the id read in the name; null where there is neither"
    ),
    Column("namespace_state", TEXT, "the state of the namespace (in worker tenancy, of the Worker)"),
    Column("customer_state", TEXT, "the state of the customer"),
)


def _joined(things: Sequence[Column], leave_out: set[str]) -> tuple[Column, ...]:
    """States first, then both sides; what is already said, or said by both, is not said twice."""
    left = [
        Column(c.name, MAYBE_FLAG if c.dtype == FLAG else c.dtype, c.meaning)
        for c in things
        if c.name not in leave_out
    ]
    right = [
        Column("mapped_to" if c.name == "namespace" else c.name, c.dtype, c.meaning)
        for c in CUSTOMERS.columns
        if c.name != "customer_id"
    ]
    return (*_STATES, *left, *right)


JOINED = FrameSpec(
    "joined",
    "one namespace with one customer who claims it; a namespace or a customer without the other stands alone",
    _joined(NAMESPACES.columns, {"namespace", "customer_id"}),
)

JOINED_WORKERS = FrameSpec(
    "joined (worker tenancy)",
    "one Worker with one customer who claims it; a Worker or a customer without the other stands alone",
    _joined(WORKERS.columns, {"namespace", "worker", "customer_id"}),
)

AUDITS = FrameSpec(
    "audits",
    "one account whose audit was asked for",
    (
        Column("account", TEXT, "how the settings call it", nullable=False),
        Column("account_id", TEXT, "Cloudflare's id of it; null where the audit failed, as all that follow"),
        Column("namespaces", COUNT, "dispatch namespaces in it"),
        Column("customers", COUNT, "records of its customer list"),
        Column("critical", COUNT, "findings of this severity"),
        Column("warning", COUNT, "findings of this severity"),
        Column("info", COUNT, "findings of this severity"),
        Column("proven", MAYBE_FLAG, "whether the inventory was proven complete"),
        Column("taken_at", TIME, "when the inventory was read"),
        Column("error", TEXT, "why there is no audit; null where there is one"),
    ),
)

CHECKS = FrameSpec(
    "doctor",
    "one check of the doctor's",
    (
        Column("check", TEXT, "what was looked at", nullable=False),
        Column("verdict", TEXT, "ok, warn, fail, or unknown where it could not be told", nullable=False),
        Column("detail", TEXT, "what was seen", nullable=False),
        Column("what_to_do", TEXT, "what a person can do about it; null where there is nothing to do"),
    ),
)

MARKS = FrameSpec(
    "marks",
    "one candidate for deletion: a namespace or, in worker tenancy, a Worker that is churned or orphaned",
    (
        Column(
            "namespace",
            TEXT,
            "its namespace, by the name that it had when it was last marked",
            nullable=False,
        ),
        Column("worker", TEXT, "the Worker, in worker tenancy"),
        Column("namespace_id", TEXT, "Cloudflare's id of the namespace; survives a rename", nullable=False),
        Column("customer_id", TEXT, "the customer who left, or the id that nobody has"),
        Column("state", TEXT, "churned or orphaned", nullable=False),
        Column("first_seen", TIME, "since when it has been a candidate without a break", nullable=False),
        Column("deadline", TIME, "when its grace period ends; it never moves earlier", nullable=False),
        Column(
            "protected_until",
            TEXT,
            "the day (YYYY-MM-DD) on which its dated protection ends; null where it has none",
        ),
        Column("protected_reason", TEXT, "why it is protected"),
    ),
)

PROTECTIONS = FrameSpec(
    "protections",
    "one dated protection",
    (
        Column(
            "name",
            TEXT,
            "the exact name of the namespace or Worker that nothing may delete or rename",
            nullable=False,
        ),
        Column("until", TEXT, "the day (YYYY-MM-DD) on which it ends, at 00:00 UTC", nullable=False),
        Column("reason", TEXT, "why it is protected", nullable=False),
        Column("since", TIME, "when it was written down", nullable=False),
        Column(
            "holds",
            FLAG,
            "whether it protects today; one that is over stays until somebody takes it out",
            nullable=False,
        ),
    ),
)

ALL_FRAMES = (
    NAMESPACES,
    WORKERS,
    CUSTOMERS,
    SET_ASIDE,
    JOINED,
    JOINED_WORKERS,
    FINDINGS,
    ACCEPTED,
    AUDITS,
    CHECKS,
    MARKS,
    PROTECTIONS,
)
