"""Which row of a listing holds a date that is none: looked for only once its frame could not be built."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from wfp_ops.api.models import Namespace, Worker
from wfp_ops.api.reply import plain
from wfp_ops.errors import APIResponseValidationError

_FIELDS = ("created_on", "modified_on")
# pandas reads these two as the moment of reading
_MOVING = ["now", "today"]


def refuse_bad_moments(items: Sequence[Namespace | Worker], endpoint: str) -> None:
    """Nothing, when every date of these items is one.

    Raises:
        APIResponseValidationError: the first that is none, as ``result[3].created_on`` (counted over
            all pages of the listing).
    """
    for field in _FIELDS:
        texts = pd.Series([getattr(item, field) for item in items], dtype=object)
        moments = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
        wrong = (texts.notna() & moments.isna()) | texts.isin(_MOVING)
        if wrong.any():
            at = int(np.flatnonzero(wrong.to_numpy())[0])
            said = f"{plain(str(texts[at]), 80)!r} of {plain(items[at].name, 80)!r} is no ISO 8601 moment"
            raise APIResponseValidationError(
                f"the answer is not what this endpoint promises: {said}",
                endpoint=endpoint,
                field=f"result[{at}].{field}",
                hint="the answer can't be trusted, so nothing is made from it: try again; else report it",
            )
