"""An analytics endpoint on the stub server: a few rows in memory, asked with real GraphQL text.

It groups, filters, orders and limits as Cloudflare says that it does, and refuses what the account's
settings do not allow. ``cut`` makes it leave rows out without a word. It shares no code with the client.

::

    fake = FakeAnalytics([request("2026-11-23T10:02:00Z", "customer-1", "web", requests=3)])
    stub_server.on("POST", "/graphql", fake)
"""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from graphql import parse
from support.stub_server import Answer, Received, as_json

LIMITS = {
    "enabled": True,
    "maxDuration": 31 * 86400,
    "notOlderThan": 93 * 86400,
    "maxPageSize": 10_000,
    "maxNumberOfFields": 40,
    "availableFields": [],
}
SUMS = ("requests", "errors", "subrequests", "cpuTimeUs", "wallTime")
_COMPARE = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "geq": operator.ge,
    "lt": operator.lt,
    "leq": operator.le,
    "in": lambda value, wanted: value in wanted,
    "notin": lambda value, wanted: value not in wanted,
}
_STEPS = {
    "datetimeFiveMinutes": 300,
    "datetimeFifteenMinutes": 900,
    "datetimeHour": 3600,
    "datetimeSixHours": 21600,
    "date": 86400,
}


def request(time: str, namespace: str, worker: str = "web", **values: Any) -> dict[str, Any]:
    """Some requests of one Worker at one moment; sums, ``tag``, ``dispatcher`` and ``interval`` as keywords."""
    requests = values.get("requests", 1)
    return {
        "datetime": datetime.fromisoformat(time),
        "dispatchNamespaceName": namespace,
        "scriptName": worker,
        "scriptTag": values.get("tag", f"tag-{namespace}-{worker}"),
        "isDispatcher": int(values.get("dispatcher", False)),
        "requests": requests,
        "errors": values.get("errors", 0),
        "subrequests": values.get("subrequests", 0),
        "cpuTimeUs": values.get("cpuTimeUs", 1000 * requests),
        "wallTime": values.get("wallTime", 2000 * requests),
        "interval": values.get("interval", 1),
    }


@dataclass
class FakeAnalytics:
    """Answers ``POST /graphql``. ``asked`` holds each request's aliases, ``documents`` its texts.

    ``cut``: the longest page that it sends, whatever is asked for, without saying so. ``lost`` leaves out
    every so many-th row of a grouped answer. ``unsorted`` ignores the order. ``busy``: the account has
    an ordinary Worker beside the customers', which always has requests.
    """

    records: list[dict[str, Any]]
    now: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    limits: dict[str, Any] = field(default_factory=lambda: dict(LIMITS))
    cut: int | None = None
    lost: int | None = None
    unsorted: bool = False
    busy: bool = True
    asked: list[list[str]] = field(default_factory=list)
    documents: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, got: Received) -> Answer:
        question = got.json()
        self.documents.append((question["query"], question["variables"]))
        operation = parse(question["query"]).definitions[0]
        account = _inside(operation, "viewer", "accounts")
        asked: dict[str, Any] = {}
        self.asked.append([])
        for chosen in account.selection_set.selections:
            alias = chosen.alias.value if chosen.alias else chosen.name.value
            self.asked[-1].append(alias)
            if chosen.name.value == "settings":
                wanted = [
                    each.name.value
                    for each in _inside(chosen, "workersInvocationsAdaptive").selection_set.selections
                ]
                asked["settings"] = {
                    "workersInvocationsAdaptive": {name: self.limits[name] for name in wanted}
                }
                continue
            rows = self._node(chosen, question["variables"])
            if isinstance(rows, str):
                return refusal(rows)
            asked[alias] = rows
        return as_json({"data": {"viewer": {"accounts": [asked]}}, "errors": None})

    @property
    def pages(self) -> int:
        """How many pages of rows were sent."""
        return sum("page" in aliases for aliases in self.asked)

    def _node(self, node: Any, variables: dict[str, Any]) -> list[dict[str, Any]] | str:
        arguments = {each.name.value: each.value for each in node.arguments}
        limit = variables[arguments["limit"].name.value]
        asked = variables[arguments["filter"].name.value]
        order = [each.value for each in arguments["orderBy"].values] if "orderBy" in arguments else []
        groups = {
            each.name.value: [f.name.value for f in each.selection_set.selections]
            for each in node.selection_set.selections
        }
        if (refused := self._refused(asked, limit, sum(map(len, groups.values())))) is not None:
            return refused
        own = [request(_time(asked, "datetime_geq"), "", "own-site", requests=1000)] if self.busy else []
        kept = [record for record in [*self.records, *own] if _fits(asked, record)]
        rows = self._grouped(kept, groups)
        for name in reversed(order):
            field_, _, direction = name.rpartition("_")
            if not self.unsorted:
                rows.sort(key=lambda row, of=field_: _ordered_by(of, row), reverse=direction == "DESC")
        rows = rows[: min(limit, self.cut or limit)]
        if self.lost and groups.get("dimensions"):
            rows = [row for at, row in enumerate(rows, 1) if at % self.lost]
        return rows

    def _refused(self, asked: dict[str, Any], limit: int, fields: int) -> str | None:
        start, end = (_moment(_time(asked, f"datetime_{end}")) for end in ("geq", "lt"))
        if self.now - start > timedelta(seconds=self.limits["notOlderThan"]):
            return f"cannot request data older than {self.limits['notOlderThan']}s"
        if end - start > timedelta(seconds=self.limits["maxDuration"]):
            return f"query time range is too large. Maximum is {self.limits['maxDuration']}s"
        if limit > self.limits["maxPageSize"]:
            return f"limit must be positive number and not greater than {self.limits['maxPageSize']}"
        if fields > self.limits["maxNumberOfFields"]:
            return f"number of fields can't be more than {self.limits['maxNumberOfFields']}"
        return None

    def _grouped(self, records: list[dict[str, Any]], groups: dict[str, list[str]]) -> list[dict[str, Any]]:
        dimensions = groups.get("dimensions", [])
        found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for record in records:
            found.setdefault(tuple(_value(name, record) for name in dimensions), []).append(record)
        return [
            self._row(dict(zip(dimensions, key, strict=True)), members, groups)
            for key, members in found.items()
        ]

    @staticmethod
    def _row(
        dimensions: dict[str, Any], members: list[dict[str, Any]], groups: dict[str, list[str]]
    ) -> dict[str, Any]:
        row: dict[str, Any] = {"dimensions": dimensions} if dimensions else {}
        sums = {name: sum(member[name] for member in members) for name in SUMS}
        if "sum" in groups:
            row["sum"] = {name: sums[name] for name in groups["sum"]}
        if "avg" in groups:
            row["avg"] = {"sampleInterval": sum(member["interval"] for member in members) / len(members)}
        if "quantiles" in groups:
            # not what an average of parts would give
            most = {
                name: max(member[name] / max(member["requests"], 1) for member in members)
                for name in ("cpuTimeUs", "wallTime")
            }
            row["quantiles"] = {
                name: most["wallTime" if name.startswith("wall") else "cpuTimeUs"]
                for name in groups["quantiles"]
            }
        if "confidence" in groups:
            requests = sums["requests"]
            row["confidence"] = {
                "sum": {
                    "requests": {"lower": 0.9 * requests, "upper": 1.1 * requests, "isValid": requests > 1}
                }
            }
        return row


def refusal(message: str, *, status: int = 200, code: str | None = None, data: Any = None) -> Answer:
    """GraphQL's no."""
    extensions = {"timestamp": "2026-11-23T12:00:00Z"} | ({"code": code} if code else {})
    error = {"message": message, "path": ["viewer", "accounts", "0"], "extensions": extensions}
    return as_json({"data": data, "errors": [error]}, status=status)


def _inside(node: Any, *names: str) -> Any:
    for name in names:
        node = next(each for each in node.selection_set.selections if each.name.value == name)
    return node


def _ordered_by(name: str, row: dict[str, Any]) -> Any:
    """``avg_sampleInterval`` is a field of a group, everything else a dimension."""
    group, _, field_ = name.rpartition("_")
    return row[group][field_] if group else row["dimensions"][name]


def _value(name: str, record: dict[str, Any]) -> Any:
    if name in _STEPS and name not in record:
        step = _STEPS[name]
        begin = datetime.fromtimestamp(record["datetime"].timestamp() // step * step, UTC)
        record[name] = f"{begin:%Y-%m-%d}" if name == "date" else f"{begin:%Y-%m-%dT%H:%M:%SZ}"
    return record[name]


def _fits(asked: dict[str, Any], record: dict[str, Any]) -> bool:
    return all(_fits_one(name, wanted, record) for name, wanted in asked.items())


def _fits_one(name: str, wanted: Any, record: dict[str, Any]) -> bool:
    if name == "AND":
        return all(_fits(each, record) for each in wanted)
    if name == "OR":
        return any(_fits(each, record) for each in wanted)
    field_, _, how = name.rpartition("_")
    if how not in _COMPARE:
        field_, how = name, "eq"
    value = record["datetime"] if field_ == "datetime" else _value(field_, record)
    wanted = _moment(wanted) if field_ == "datetime" else wanted
    return bool(_COMPARE[how](value, wanted))


def _time(asked: dict[str, Any], name: str) -> str:
    if name in asked:
        return str(asked[name])
    return next(str(each[name]) for each in asked["AND"] if name in each)


@lru_cache(maxsize=1000)
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def as_text(document: tuple[str, dict[str, Any]]) -> str:
    """A question as one text, for messages of tests."""
    return f"{document[0]}\n{json.dumps(document[1], indent=1)}"
