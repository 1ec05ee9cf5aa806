"""Which Workers (by tag) ran under which namespaces' names: shows renames, also in old rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from wfp_ops.usage.history.dataset import HistoryData
from wfp_ops.usage.history.dayfile import broken
from wfp_ops.usage.history.layout import FOOTER_KEY, NAMES_FILE

_SCHEMA = pa.schema(
    [
        pa.field("namespace", pa.string()),
        pa.field("tag", pa.string()),
        pa.field("first_day", pa.date32()),
        pa.field("last_day", pa.date32()),
    ]
)

Pair = tuple[str, str]


@dataclass(frozen=True)
class Seen:
    """The first and the last day on which a Worker was seen under a name."""

    first: date
    last: date

    def and_(self, other: Seen) -> Seen:
        """Both together."""
        return Seen(min(self.first, other.first), max(self.last, other.last))


def read_names(data: HistoryData) -> dict[Pair, Seen]:
    """(namespace, tag) → when it was seen; nothing where nothing was collected.

    Raises:
        HistoryError: the file can't be used.
    """
    where = data.store.shown(NAMES_FILE)
    try:
        with (
            data.store.open(NAMES_FILE) as source,
            pq.ParquetFile(source, page_checksum_verification=True) as file,
        ):
            _check(file.schema_arrow, data.account_id)
            columns = file.read(use_threads=False).to_pydict()
    except FileNotFoundError:
        return {}
    except (pa.ArrowException, ValueError, OSError) as error:
        raise broken(where, None, error) from None
    pairs = zip(columns["namespace"], columns["tag"], strict=True)
    seen = map(Seen, columns["first_day"], columns["last_day"])
    return dict(zip(pairs, seen, strict=True))


def _check(schema: Any, account_id: str) -> None:
    if (schema.metadata or {}).get(FOOTER_KEY) != account_id.encode() or not schema.equals(_SCHEMA):
        raise ValueError("it is none of this account's history")


def add_names(data: HistoryData, pairs: Iterable[Pair], seen: Seen) -> None:
    """Note that these were seen then; the lock must be held.

    Raises:
        HistoryError: what was noted before can't be used.
        StateError: it can't be written.
    """
    known = read_names(data)
    both = {**known, **{pair: known.get(pair, seen).and_(seen) for pair in pairs}}
    if both == known:
        return
    ordered = sorted(both.items(), key=lambda item: item[0])
    columns = [
        [pair[0] for pair, _ in ordered],
        [pair[1] for pair, _ in ordered],
        [each.first for _, each in ordered],
        [each.last for _, each in ordered],
    ]
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, _SCHEMA, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=_SCHEMA)
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata({FOOTER_KEY: data.account_id.encode()}),
        sink,
        compression="zstd",
        write_page_checksum=True,
    )
    data.store.write(NAMES_FILE, sink.getvalue().to_pybytes())
