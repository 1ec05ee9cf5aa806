"""A DataFrame as a source: somebody's own, or one of ours that was changed since."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wfp_ops.customers.table import RawTable
from wfp_ops.customers.text import cell_text
from wfp_ops.frames.provenance import ATTRS_KEY

LABEL = "DataFrame"
_INDEX_LEVEL = re.compile(r"__index_level_[0-9]+__")


def read(frame: pd.DataFrame) -> RawTable:
    """The frame as a raw table; an index with a name is a column like any other."""
    record = frame.attrs.get(ATTRS_KEY)
    if any(name is not None for name in frame.index.names):
        numbers = [at for at, name in enumerate(frame.index.names) if name is not None]
        levels = [pd.Series(frame.index.get_level_values(at), name=frame.index.names[at]) for at in numbers]
        frame = pd.concat([*levels, frame.reset_index(drop=True)], axis=1)
    table = table_of(frame, LABEL, prior=record if isinstance(record, dict) else None)
    table.sha256 = content_hash(table.headers, table.columns)
    return table


def table_of(frame: pd.DataFrame, label: str, *, prior: Mapping[str, Any] | None = None) -> RawTable:
    """A frame's columns by position, whatever its headers and index are."""
    kept = [at for at, name in enumerate(frame.columns) if not _INDEX_LEVEL.fullmatch(str(name))]
    return RawTable(
        file=label,
        headers=[_header(frame.columns[at]) for at in kept],
        columns=[frame.iloc[:, at].reset_index(drop=True) for at in kept],
        rows=np.arange(2, len(frame) + 2, dtype=np.int64),
        prior=prior,
    )


def content_hash(headers: list[str], columns: list[pd.Series[Any]]) -> str:
    """A SHA-256 over headers and cells, in their order."""
    digest = hashlib.sha256(repr(headers).encode("utf-8", "backslashreplace"))
    for column in columns:
        digest.update(str(column.dtype).encode())
        digest.update(_cell_hashes(column).tobytes())
    return digest.hexdigest()


def rows_hash(headers: list[str], columns: list[pd.Series[Any]]) -> str:
    """A SHA-256 over headers and rows, whatever order the rows came in: a database promises none."""
    digest = hashlib.sha256(repr(headers).encode("utf-8", "backslashreplace"))
    digest.update(repr([str(column.dtype) for column in columns]).encode())
    cells = pd.DataFrame({at: _cell_hashes(column) for at, column in enumerate(columns)})
    digest.update(np.sort(pd.util.hash_pandas_object(cells, index=False).to_numpy()).tobytes())
    return digest.hexdigest()


def _cell_hashes(column: pd.Series[Any]) -> npt.NDArray[np.uint64]:
    try:
        hashed = pd.util.hash_pandas_object(column, index=False)
    except (TypeError, ValueError, NotImplementedError):  # lists, dicts, half characters
        printed = pd.Series(map(_printed, column), dtype="str")
        hashed = pd.util.hash_pandas_object(printed, index=False)
    return np.asarray(hashed, dtype=np.uint64)


def _printed(cell: Any) -> str:
    return ascii(cell)


def _header(name: Any) -> str:
    if isinstance(name, tuple):
        return " ".join(text for text in map(cell_text, name) if text)
    return cell_text(name) or ""
