"""From the bytes of an analytics answer to typed rows, or to the one right error.

The types are made for each selection, so that a field that was asked for and is not there, or is of
another type, is an error that names it. ``errors`` beside ``data`` are an error, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wfp_ops.api.analytics.limits import NodeLimits
from wfp_ops.api.analytics.query import DATASET, Node, Question, Selection
from wfp_ops.api.analytics.refusals import refused
from wfp_ops.api.decoders import made_once
from wfp_ops.api.envelope import wrong_shape
from wfp_ops.api.reply import Reply, plain
from wfp_ops.errors import APIError, APIResponseValidationError

_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_NO_ACCOUNT = {"message": "not authorized for that account"}


@dataclass(frozen=True)
class Answer:
    """The rows of each node by its alias, and the account's limits where they were asked for.

    A row has the attributes that were selected: ``row.dimensions.datetimeHour``, ``row.sum.requests``,
    ``row.avg.sampleInterval``, ``row.quantiles.cpuTimeP50``.
    """

    rows: dict[str, list[Any]] = field(repr=False)
    limits: NodeLimits | None = None


def reader(question: Question) -> Callable[[Reply], Answer | APIError]:
    """What reads the answer to this question."""
    nodes = tuple((node.alias, node.selection) for node in question.nodes)
    decoder = _decoder(nodes, limits=question.limits)

    def read(reply: Reply) -> Answer | APIError:
        try:
            found = decoder.decode(reply.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _why_not(reply, str(error))
        if found.errors:
            return refused(reply, found.errors)
        lacks = "data" if found.data is None else "data.viewer" if found.data.viewer is None else None
        if lacks is not None:
            return wrong_shape(reply, f"there are no errors, and {lacks} is missing or null", lacks)
        if not found.data.viewer.accounts:
            return refused(reply, [_NO_ACCOUNT])
        account = found.data.viewer.accounts[0]
        rows = {node.alias: getattr(account, node.alias) for node in question.nodes}
        for node in question.nodes:
            if len(rows[node.alias]) > node.limit:
                return _too_long(reply, node, len(rows[node.alias]))
        limits = getattr(account.settings, DATASET) if question.limits else None
        return Answer(rows, limits)

    return read


def _why_not(reply: Reply, problem: str) -> APIError:
    """The error for an answer of another shape: a refusal, with or without data, or nothing of GraphQL's."""
    try:
        body = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    if isinstance(body, dict) and isinstance(body.get("errors"), list) and body["errors"]:
        return refused(reply, body["errors"])
    at = _AT.search(problem)
    said = plain(_AT.sub("", problem).replace("`", ""), 200)
    return wrong_shape(reply, f"the answer is not GraphQL's: {said}", at.group(1) if at else None)


def _too_long(reply: Reply, node: Node, rows: int) -> APIResponseValidationError:
    said = f"{node.limit} rows were asked for, and {rows} came"
    return wrong_shape(reply, said, f"data.viewer.accounts[0].{node.alias}")


# --- types ------------------------------------------------------------------------------------


@made_once
def _decoder(nodes: Sequence[tuple[str, Selection]], *, limits: bool) -> msgspec.json.Decoder[Any]:
    inside: list[tuple[str, Any]] = [(alias, list[_row(selection)]) for alias, selection in nodes]  # type: ignore[misc]
    if limits:
        inside.append(("settings", msgspec.defstruct("Settings", [(DATASET, NodeLimits)])))
    account = msgspec.defstruct("Account", inside)
    viewer = msgspec.defstruct("Viewer", [("accounts", list[account])])  # type: ignore[valid-type]
    data = msgspec.defstruct("Data", [("viewer", viewer | None)])
    reply = msgspec.defstruct("Reply", [("data", data | None, None), ("errors", list[Any] | None, None)])
    return msgspec.json.Decoder(reply)


@made_once
def _row(selection: Selection) -> Any:
    """One row. Sums and dimensions are always there; quantiles and the sample's interval may be null."""
    groups: list[tuple[str, Any]] = []
    if selection.dimensions:
        kinds = [(name, int if name == "isDispatcher" else str) for name in selection.dimensions]
        groups.append(("dimensions", _struct("Dimensions", kinds)))
    if selection.sums:
        groups.append(("sum", _struct("Sum", [(name, float) for name in selection.sums])))
    if selection.sample_interval:
        groups.append(("avg", _struct("Avg", [("sampleInterval", float | None)])))
    if selection.quantiles:
        groups.append(
            ("quantiles", _struct("Quantiles", [(name, float | None) for name in selection.quantiles]))
        )
    if selection.bounds:
        sums = _struct("BoundedSums", [(name, Bound) for name in selection.bounds])
        groups.append(("confidence", _struct("Confidence", [("sum", sums)])))
    return _struct("Row", groups)


class Bound(msgspec.Struct, rename="camel", gc=False):
    """The interval in which a sum lies; it means nothing where ``is_valid`` is not set."""

    lower: float | None
    upper: float | None
    is_valid: bool


def _struct(name: str, fields: Sequence[tuple[str, Any]]) -> Any:
    # a page has thousands of these, none of which can be part of a cycle
    return msgspec.defstruct(name, fields, gc=False)
