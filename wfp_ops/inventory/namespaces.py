"""Which dispatch namespaces exist, as a frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from wfp_ops.api.models import Namespace
from wfp_ops.api.paths import namespaces_path
from wfp_ops.api.reads import Reads
from wfp_ops.clock import Clock, iso
from wfp_ops.errors import FrameError, IncompleteListingError
from wfp_ops.frames.columns import NAMESPACES
from wfp_ops.frames.provenance import mark_complete
from wfp_ops.inventory.moments import refuse_bad_moments
from wfp_ops.naming.convention import Convention


def load_namespaces(reads: Reads, convention: Convention, clock: Clock) -> pd.DataFrame:
    """Every dispatch namespace of the account, one row each, in Cloudflare's order.

    Returns:
        The frame ``wfp_ops.frames.columns.NAMESPACES``, with the listing's verdict beside it
        (``frames.provenance.completeness``), dated to the moment before it was read.

    Raises:
        IncompleteListingError: the listing was not whole, or holds a name twice.
        APIResponseValidationError: a date is none; names endpoint and field.
        APIError: Cloudflare refused, or there was no answer that can be trusted.
    """
    taken_at = iso(clock.now())
    listing = reads.list_namespaces()
    if len({each.namespace_name for each in listing.items}) != len(listing):
        name = Counter(each.namespace_name for each in listing.items).most_common(1)[0][0]
        raise IncompleteListingError(
            f"the listing holds the namespace {name!r} twice", field="result.namespace_name"
        )
    try:
        frame = namespaces_frame(listing.items, convention)
    except FrameError:
        refuse_bad_moments(listing.items, f"GET {namespaces_path(reads.account_id)}")
        raise
    mark_complete(frame, listing.proof, key="namespace", taken_at=taken_at)
    return frame


def namespaces_frame(namespaces: Sequence[Namespace], convention: Convention) -> pd.DataFrame:
    """These namespaces as the frame ``NAMESPACES``, in their order and without a proof.

    Raises:
        FrameError: a date is none.
    """
    names = pd.Series([each.namespace_name for each in namespaces], dtype="str")
    customer_ids = convention.parse_all(names)
    return NAMESPACES.build(
        {
            "namespace": names,
            "namespace_id": [each.namespace_id for each in namespaces],
            "customer_id": customer_ids,
            "conforms": customer_ids.notna(),
            "workers": [each.script_count for each in namespaces],
            "trusted": [each.trusted_workers for each in namespaces],
            "created_on": [each.created_on for each in namespaces],
            "modified_on": [each.modified_on for each in namespaces],
            "created_by": [each.created_by for each in namespaces],
            "modified_by": [each.modified_by for each in namespaces],
        },
        length=len(namespaces),
    )
