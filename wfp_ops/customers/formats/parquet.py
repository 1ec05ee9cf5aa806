"""Parquet, with whole numbers kept whole where a column has gaps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from wfp_ops.customers.formats.dataframe import table_of
from wfp_ops.customers.table import RawTable
from wfp_ops.errors import CustomerListError
from wfp_ops.frames.provenance import ATTRS_KEY

# Without this a column of whole numbers with one null comes as floats, and long ids lose digits
_WHOLE: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def read(data: bytes, label: str) -> RawTable:
    """The file as a raw table; what pandas stored of an earlier read comes with it.

    Raises:
        CustomerListError: the file is damaged.
    """
    try:
        table = pyarrow.parquet.read_table(pa.BufferReader(data))
        record = _stored_record(table.schema.metadata)
        frame = table.replace_schema_metadata().to_pandas(types_mapper=_WHOLE.get)
    except (pa.ArrowException, OSError, ValueError):
        raise CustomerListError(
            "the Parquet file is cut or damaged", file=label, hint="write or copy it again"
        ) from None
    return table_of(frame, label, prior=record)


def _stored_record(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, Any] | None:
    try:
        stored = json.loads((metadata or {}).get(b"pandas", b"{}"))
    except ValueError:
        return None
    attributes = stored.get("attributes") if isinstance(stored, dict) else None
    record = attributes.get(ATTRS_KEY) if isinstance(attributes, dict) else None
    return record if isinstance(record, dict) else None
