"""From what was fetched to the usage frame: our names and units, whose each row is, what is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wfp_ops.errors import APIResponseValidationError
from wfp_ops.frames.columns import TIME
from wfp_ops.frames.usage import USAGE
from wfp_ops.frames.usage_bounds import USAGE_BOUNDS
from wfp_ops.usage.fetch import Fetched
from wfp_ops.usage.owners import Owners, families, whose
from wfp_ops.usage.planner import QUANTILES, SUMS
from wfp_ops.usage.record import attach
from wfp_ops.usage.sums import MEASURES, QUANTILE_COLUMNS, summed

Codes = np.ndarray[Any, np.dtype[np.intp]]

# Cloudflare's name → ours, and what it is divided by: microseconds become milliseconds
_MEASURED = dict(zip(SUMS, zip(MEASURES, (1, 1, 1, 1000, 1000), strict=True), strict=True))
_QUANTILES = dict(zip(QUANTILES, QUANTILE_COLUMNS, strict=True))


def usage_frame(fetched: Fetched, owners: Owners, *, by: Sequence[str], taken_at: datetime) -> pd.DataFrame:
    """The frame ``frames.usage.USAGE`` (with bounds: ``USAGE_BOUNDS``), in the order of time and names.

    With ``by`` naming customers, theirs are summed up; rows that are nobody's are one row with a null id.

    Raises:
        APIResponseValidationError: a row lies outside the time that was asked for, its time is none or begins
            no bucket, it stands twice, or it is of no namespace where customers' were asked for.
    """
    spec = USAGE_BOUNDS if fetched.selection.bounds else USAGE
    table = fetched.table.combine_chunks()
    names = _Names.of(table, owners, fetched)
    told = {"namespace": names.namespace, "worker": names.worker, "customer_id": names.customers}
    times = _times(table, fetched)
    _refuse_strange(table, fetched)
    frame = spec.build({**told, **times, **_measures(table)}, length=table.num_rows)
    key = ["namespace", "worker", "time"]
    if "customer" in by:
        key = ["customer_id", "time"]
        frame = summed(frame, key, spec)
    elif fetched.level.bucket.length is None and len(fetched.verdicts) > 1:
        frame = summed(frame, [*key[:2], "customer_id", "time"], spec)
    renamed, notes = _renamed(frame, names.kin), _notes(fetched)
    attach(frame, fetched, by=by, key=key, renamed=renamed, notes=notes, taken_at=taken_at)
    return frame


@dataclass(frozen=True)
class _Names:
    """The names of each row, and whose it is."""

    namespace: pd.Series[Any]
    worker: pd.Series[Any]
    customers: pd.Series[Any]
    kin: list[set[str]]

    @classmethod
    def of(cls, table: pa.Table, owners: Owners, fetched: Fetched) -> _Names:
        """Looked up once for each name, not for each row."""
        kin = families(fetched.tags)
        namespaces = _Coded.of(table, "dispatchNamespaceName")
        workers = _Coded.of(table, "scriptName")
        if not table.num_rows or fetched.dispatchers:
            nobody = pd.Series([None] * table.num_rows, dtype="str")
            return cls(namespaces.column(), workers.column(), nobody, kin)
        pairs, place = np.unique(namespaces.codes * len(workers.texts) + workers.codes, return_inverse=True)
        each_namespace = namespaces.texts.take(pairs // len(workers.texts)).reset_index(drop=True)
        each_worker = workers.texts.take(pairs % len(workers.texts)).reset_index(drop=True)
        ids = whose(owners, kin, each_namespace, each_worker)
        customers = ids.take(place).reset_index(drop=True)
        return cls(namespaces.column(), workers.column(), customers, kin)


@dataclass(frozen=True)
class _Coded:
    """A column of names as its different texts (an empty one is null) and the place of each row's."""

    texts: pd.Series[Any]
    codes: Codes

    @classmethod
    def of(cls, table: pa.Table, name: str) -> _Coded:
        """This column; one of nulls where the table lacks it."""
        if name not in table.column_names:
            return cls(pd.Series([None], dtype="str"), np.zeros(table.num_rows, dtype=np.intp))
        encoded = table[name].combine_chunks().dictionary_encode()
        texts = pd.Series(encoded.dictionary, dtype="str")
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
        return cls(texts.mask(texts == ""), codes)

    def column(self) -> pd.Series[Any]:
        """The column itself."""
        return self.texts.take(self.codes).reset_index(drop=True)


def _times(table: pa.Table, fetched: Fetched) -> dict[str, Any]:
    """When each row's bucket begins, and whether it is complete: over, settled, and adding up."""
    span, dimension = fetched.span, fetched.level.bucket.dimension
    if dimension is None:
        whole = span.settled(span.start) and all(each.whole for each in fetched.verdicts)
        every = pd.Series(span.start, index=range(table.num_rows), dtype=TIME)
        return {"time": every, "complete": np.full(table.num_rows, whole)}
    encoded = table[dimension].combine_chunks().dictionary_encode()
    begins = _moments(encoded.dictionary.to_pylist())
    if len(begins) and (begins.min() < span.start or begins.max() >= span.end):
        raise _odd(f"a row is of {begins.min():%Y-%m-%d %H:%M}, outside of the time that was asked for")
    for begin in begins.dt.to_pydatetime():
        if span.bucket.floor(begin) != begin:
            raise _odd(f"a row is of {begin:%Y-%m-%d %H:%M}, where no bucket of {span.bucket.name} begins")
    complete = np.array(
        [span.settled(begin) and _in_whole(begin, fetched) for begin in begins.dt.to_pydatetime()], dtype=bool
    )
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return {"time": begins.take(codes).reset_index(drop=True), "complete": complete[codes]}


def _refuse_strange(table: pa.Table, fetched: Fetched) -> None:
    """What the question excludes: a row that comes twice, or without the namespace's name."""
    space = "dispatchNamespaceName"
    if not fetched.dispatchers and space in table.column_names and pc.any(pc.equal(table[space], "")).as_py():
        raise _odd("a row is of no namespace, and only customers' Workers were asked for")
    if fetched.level.bucket.length is None and len(fetched.verdicts) > 1:
        return  # one bucket in several parts: each of them has a row of the same key
    keys = np.zeros(table.num_rows, dtype=np.int64)
    for name in fetched.level.key:
        encoded = table[name].combine_chunks().dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        keys = keys * (len(encoded.dictionary) + 1) + codes
    if len(np.unique(keys)) < len(keys):
        raise _odd("the same row comes twice")


def _moments(texts: Sequence[str]) -> pd.Series[Any]:
    try:
        return pd.Series(pd.to_datetime(list(texts), utc=True, format="ISO8601"), dtype=TIME)
    except (ValueError, OverflowError) as error:
        raise _odd(f"a row's time is none: {error}") from None


def _in_whole(begin: datetime, fetched: Fetched) -> bool:
    return any(each.start <= begin < each.end and each.whole for each in fetched.verdicts)


def _odd(said: str) -> APIResponseValidationError:
    return APIResponseValidationError(
        f"the answer is not what was asked for: {said}",
        endpoint="POST /graphql",
        hint="the answer can't be trusted, so nothing is made from it: try again; else report it",
    )


def _measures(table: pa.Table) -> dict[str, Any]:
    """Our columns of everything that was measured; those that were not asked for are left out."""
    columns: dict[str, Any] = {}
    for name in table.column_names:
        if name in _MEASURED:
            ours, divisor = _MEASURED[name]
            columns[ours] = _amounts(table[name], divisor)
        elif name in _QUANTILES:
            columns[_QUANTILES[name]] = _amounts(table[name], 1000)
        elif name == "sampleInterval":
            columns["sample_interval"] = _amounts(table[name], 1)
        elif name.endswith(("_low", "_high")):
            columns[name] = _amounts(table[name], 1)
    return columns


def _amounts(column: pa.ChunkedArray, divisor: int) -> pd.Series[Any]:
    values = column.to_numpy(zero_copy_only=False)
    values = values / divisor if divisor != 1 else values
    return pd.Series(pd.arrays.FloatingArray(values, np.isnan(values)))


def _renamed(frame: pd.DataFrame, kin: list[set[str]]) -> list[list[str]]:
    """The names that one namespace had, in the order of their first request."""
    if not kin:
        return []
    first = {str(name): str(time) for name, time in frame.groupby("namespace")["time"].min().items()}
    return sorted(sorted(names, key=lambda name: (first.get(name, ""), name)) for names in kin)


def _notes(fetched: Fetched) -> list[str]:
    notes = []
    lacking = [
        name
        for name in (*SUMS, *QUANTILES)
        if name not in (*fetched.selection.sums, *fetched.selection.quantiles)
    ]
    if lacking:
        notes.append(f"this account's analytics do not have, or not all at once: {', '.join(lacking)}")
    if fetched.tags is None and not fetched.dispatchers and fetched.level.names:
        notes.append("there are too many Workers to look for namespaces that were renamed in that time")
    return notes
