"""The customer list as an account's settings say that it is to be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from wfp_ops.customers.database_url import is_database
from wfp_ops.settings.model import Settings

if TYPE_CHECKING:
    import pandas as pd

CustomerSource: TypeAlias = "str | os.PathLike[str] | pd.DataFrame"


def read_list(settings: Settings, source: CustomerSource, query: str | None) -> pd.DataFrame:
    """A source with the settings' column map, status map and rules; a database with their query.

    Raises:
        CustomerListError: the source can't be read as a customer list.
        SettingsError: a setting of the list is wrong, or a query is given for what is no database.
    """
    from wfp_ops.customers.read import read_customers  # noqa: PLC0415 (loads pandas)

    chosen = settings.customers
    if query is None and isinstance(source, str) and is_database(source):
        query = chosen.query
    return read_customers(
        source,
        columns=chosen.columns or None,
        status=chosen.status or None,
        duplicates=chosen.duplicates,
        id_case=settings.audit.id_case,
        sheet=chosen.sheet,
        query=query,
    )
