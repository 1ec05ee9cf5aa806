"""How many Workers each customer had in a month: by the audits that are kept, else by the account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wfp_ops.errors import StateError

# What makes frames is loaded by what makes them: a first connect() needs no pandas
if TYPE_CHECKING:
    import pandas as pd

    from wfp_ops.account.account import Account
    from wfp_ops.memory.kept import Kept
    from wfp_ops.usage.cost.month import Month
    from wfp_ops.usage.cost.scripts import Sight
    from wfp_ops.usage.owners import Owners


@dataclass(frozen=True, eq=False)
class Counted:
    """By customer id (a null one: nobody's), how that is known in words, and why it may not be all.

    ``passed_by`` says which audits of the month could not be used.
    """

    scripts: pd.Series[Any]
    how: str
    doubt: str | None
    passed_by: Sequence[str] = ()


def workers_in(account: Account, month: Month, records: pd.DataFrame | None, now: datetime) -> Counted:
    """How many Workers there were on the average of a month, in all namespaces of the account.

    The account itself is read where no audit of the month is kept, and where the month is not over. A
    namespace that has another name since is counted under the one that it has now.

    Raises:
        APIError: Cloudflare refused, or a listing was not whole.
    """
    from wfp_ops.usage.cost.scripts import Sight, scripts_in  # noqa: PLC0415

    owners = account.owners(records)
    present = account.namespaces()
    problems: list[str] = []
    sights = list(_kept_sights(account, month, owners, _names_now(present), problems))
    doubt = None
    if not any(sight.at >= month.start for sight in sights) or month.end > now:
        scripts, doubt = _seen_now(account, present, owners)
        sights.append(Sight(now, scripts))
    return Counted(*scripts_in(month, sights, now), doubt, problems)


def _seen_now(account: Account, present: pd.DataFrame, owners: Owners) -> tuple[pd.Series[Any], str | None]:
    from wfp_ops.frames.provenance import completeness  # noqa: PLC0415

    uncounted = present.loc[present["workers"].isna(), "namespace"].tolist()
    read = uncounted if owners.tenancy == "namespace" else [*dict.fromkeys([*owners.namespaces, *uncounted])]
    workers = account.workers(read) if read else None
    proofs = [completeness(each) for each in (present, workers) if each is not None]
    doubt = next((proof.how for proof in proofs if not proof.proven), None)
    if workers is not None:
        there = present["namespace"].map(workers["namespace"].value_counts()).fillna(0).astype("Int64")
        present = present.assign(workers=present["workers"].fillna(there))
    said = None if doubt is None else f"the listing of Workers is not proven complete: {doubt}"
    return _by_customer(present, workers, owners), said


def _kept_sights(
    account: Account, month: Month, owners: Owners, names_now: Mapping[str, str], problems: list[str]
) -> Iterator[Sight]:
    """The last usable audit of each day of the month, and the last one before it; newest first.

    What can't be read becomes a sentence in ``problems``.
    """
    from wfp_ops.memory.snapshots import Snapshots, taken_at  # noqa: PLC0415
    from wfp_ops.usage.cost.scripts import Sight  # noqa: PLC0415

    try:
        snapshots = Snapshots(account.state_folder())
        names = snapshots.names()
    except StateError as error:
        problems.append(f"the audits that are kept can't be read, and don't count: {error.message}")
        return
    day = None
    for name in names:
        moment = taken_at(name)
        if moment is None or moment >= month.end or moment.date() == day:
            continue
        try:
            kept = snapshots.load(name)
        except StateError as error:
            problems.append(f"the audit {name} can't be read, and does not count: {error.message}")
            continue
        if not _counts_all(kept, owners):
            continue
        day = moment.date()
        yield Sight(moment, _kept_by_customer(kept, owners, names_now))
        if moment < month.start:
            return


def _counts_all(kept: Kept, owners: Owners) -> bool:
    """Whether a kept audit says how many Workers there were, and whose, as the account is seen now."""
    whole = kept.proven and bool(kept.namespaces["workers"].notna().all())
    if owners.tenancy == "namespace":
        return whole
    there = set() if kept.workers is None else set(kept.workers["namespace"])
    counts = kept.namespaces.set_index("namespace")["workers"]
    return whole and all(name in there or not counts.get(name, 0) for name in owners.namespaces)


def _kept_by_customer(kept: Kept, owners: Owners, names_now: Mapping[str, str]) -> pd.Series[Any]:
    from wfp_ops.usage.owners import owners_of  # noqa: PLC0415

    if owners.tagged is not None:
        # whose a Worker was is what its tags said then; it may be gone by now
        owners = replace(
            owners, tagged=owners_of(None, convention=owners.convention, workers=kept.workers).tagged
        )
    elif owners.tenancy == "namespace":
        ids, names = kept.namespaces["namespace_id"], kept.namespaces["namespace"]
        renamed = kept.namespaces.assign(namespace=ids.map(names_now).astype("str").fillna(names))
        return _by_customer(renamed, None, owners)
    return _by_customer(kept.namespaces, kept.workers, owners)


def _names_now(present: pd.DataFrame) -> dict[str, str]:
    return dict(zip(present["namespace_id"], present["namespace"], strict=True))


def _by_customer(namespaces: pd.DataFrame, workers: pd.DataFrame | None, owners: Owners) -> pd.Series[Any]:
    """How many Workers, by customer id; of namespaces that hold no customers' Workers they are nobody's."""
    import pandas as pd  # noqa: PLC0415

    counts = namespaces["workers"].astype("Float64").reset_index(drop=True)
    names = namespaces["namespace"].astype("str").reset_index(drop=True)
    if owners.tenancy == "namespace":
        return _summed(counts, owners.of(names, pd.Series([None] * len(names), dtype="str")))
    listed = set(owners.namespaces)
    rest = float(counts[~names.isin(list(listed))].sum())
    if workers is None:
        return pd.Series([rest], index=pd.Index([None], dtype="str"), dtype="Float64")
    inside = workers[workers["namespace"].isin(list(listed))].reset_index(drop=True)
    ids = owners.of(inside["namespace"], inside["worker"])
    ids = pd.concat([ids, pd.Series([None], dtype="str")], ignore_index=True)
    return _summed(pd.Series([1.0] * len(inside) + [rest], dtype="Float64"), ids)


def _summed(amounts: pd.Series[Any], ids: pd.Series[Any]) -> pd.Series[Any]:
    sums: pd.Series[Any] = amounts.groupby(ids, dropna=False).sum()
    return sums
