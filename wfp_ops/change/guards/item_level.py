"""Guards that keep one item out of a plan: what it is, whom it may belong to, what would be lost with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from wfp_ops.audit.rules import matches_any
from wfp_ops.change.guards.said import Said, listed, passes, refuses, unknown

DELETABLE = ("churned", "orphaned")


def state(*, found: str | None, wanted: Sequence[str], why: str | None = None) -> Said:
    """A state that this action may be done to; for a running customer's only by naming that one.

    Args:
        found: the audit's state of the thing, or of the customer who is to get one; None: it is not there.
        wanted: the states that the action is for.
        why: what else speaks against it, in words: whose a suspect may be, for one.
    """
    if found is None:
        return refuses("the audit does not know it", one_only=True)
    if found not in wanted:
        said = f"its state is {found}; only {' and '.join(wanted)} may be"
        return refuses(said, one_only=found == "matched")
    return passes(f"its state is {found}") if why is None else refuses(why)


def protected(
    *, names: Sequence[str], globs: Sequence[str], dated: Mapping[str, tuple[date, str]], today: date
) -> Said:
    """What the protect list (globs) or a dated protection names.

    Args:
        names: all names that it goes by, now and after a rename.
        globs: ``[change] protect``; case counts.
        dated: protections of the ledger: name to the day on which each ends, and why.
        today: the present day, in UTC.
    """
    for name in names:
        if matches_any(name, globs):
            glob = next(each for each in globs if matches_any(name, (each,)))
            return refuses(f"{name!r} is on the protect list ({glob!r})")
        if name in dated and today < dated[name][0]:
            until, reason = dated[name]
            return refuses(f"{name!r} is protected until {until.isoformat()}: {reason}")
    return passes("nothing protects it")


def grace(
    *,
    state: str | None,
    churned_on: datetime | None,
    started_on: datetime | None,
    created_on: datetime | None,
    first_seen: datetime | None,
    deadline: datetime | None,
    now: datetime,
    days: int,
) -> Said:
    """Less than ``days`` since the latest of churn, first sighting as a candidate and creation.

    A date that is missing, in the future or before the start is no date, and without one it is unknown.

    Args:
        state: ``churned`` or ``orphaned``: only who is known to have left has a day of leaving.
        churned_on: when the customer left.
        started_on: when the customer came.
        created_on: when the thing was created.
        first_seen: when an audit on an accepted list saw it as a candidate first, by the ledger.
        deadline: the ledger's own end of grace, which never moves earlier.
        now: the present moment.
        days: ``grace_days``.
    """
    missing = []
    if state == "churned" and not _is_date(churned_on, now, after=started_on):
        missing.append("the day on which the customer left")
    if not _is_date(created_on, now):
        missing.append("when it was created")
    if not _is_date(first_seen, now):
        missing.append("when it was seen as a candidate first (wfp-ops mark)")
    if missing:
        return unknown(f"not known: {'; '.join(missing)}")
    dates = [each for each in (created_on, first_seen) if each is not None]
    if state == "churned" and churned_on is not None:
        dates.append(churned_on)
    ends = max(dates) + timedelta(days=days)
    if deadline is not None:
        ends = max(ends, deadline)
    if now < ends:
        return refuses(f"its grace ends on {ends:%Y-%m-%d %H:%M} UTC ({days} days)")
    return passes(f"its grace ended on {ends:%Y-%m-%d %H:%M} UTC")


def _is_date(moment: datetime | None, now: datetime, *, after: datetime | None = None) -> bool:
    return moment is not None and moment <= now and (after is None or moment >= after)


def traffic(*, requests: int | None, days: int, how: str) -> Said:
    """Requests in the last ``days`` under any name that it had, or nobody knows.

    Args:
        requests: how many; None: not known.
        days: ``traffic_days``.
        how: what that rests on, in words.
    """
    if requests is None:
        return unknown(how)
    if requests > 0:
        plural = "" if requests == 1 else "s"
        return refuses(f"{requests:,} request{plural} in the last {days} days ({how})")
    return passes(f"no request in the last {days} days ({how})")


def workers(*, inside: int | None, most: int) -> Said:
    """More Workers inside than ``most``: who has so many is hardly gone."""
    if inside is None:
        return unknown("nobody knows how many Workers are inside")
    said = f"{inside} Workers inside; at most {most} may be"
    return passes(said) if inside <= most else refuses(said)


def trusted(*, is_trusted: bool | None) -> Said:
    """Trusted mode: it is the platform's own more often than a customer's."""
    if is_trusted is None:
        return unknown("Cloudflare does not say whether it is in trusted mode")
    return refuses("it is in trusted mode") if is_trusted else passes("it is not in trusted mode")


def bound(*, binders: Sequence[tuple[str, str]] | None, how: str) -> Said:
    """A Worker of the account binds the namespace: it would break.

    Args:
        binders: pairs of Worker and binding; None: not known.
        how: what was looked at, in words.
    """
    if binders is None:
        return unknown(how)
    if binders:
        said = [f"Worker {worker!r} (binding {binding!r})" for worker, binding in binders]
        return refuses(f"bound by {listed(said)}: it would break")
    return passes(how)


def irreversible(*, lost: Sequence[str] | None, how: str) -> Said:
    """Something inside that can't be archived: assets, Durable Objects.

    Args:
        lost: what would be lost for good, each as a sentence; None: not known.
        how: why it is not known, or what was looked at.
    """
    if lost is None:
        return unknown(how)
    return refuses("; ".join(listed_all(lost))) if lost else passes(how)


def listed_all(sentences: Sequence[str], most: int = 5) -> list[str]:
    """The first few sentences, and how many more."""
    more = [f"and {len(sentences) - most} more"] if len(sentences) > most else []
    return [*sentences[:most], *more]


def moved(*, planned: Mapping[str, Any], found: Mapping[str, Any]) -> Said:
    """The thing, or its customer, is not what the plan saw. No reason overrides this.

    Args:
        planned: what the plan saw, by fact; one that is null can't be compared, so it refuses.
        found: the same facts as they are now.
    """
    null = [name for name, value in planned.items() if value is None and name not in NULLABLE]
    if null:
        return refuses(f"not known, so it can't be compared later: {', '.join(null)}", final=True)
    differ = [
        f"{WORDS.get(name, name)} was {shown(value)} and is {shown(found.get(name))}"
        for name, value in planned.items()
        if found.get(name) != value
    ]
    if differ:
        return refuses("; ".join(differ), final=True)
    return passes("it is what the plan saw")


def like_planned(*, planned: Mapping[str, Any], found: Mapping[str, Any]) -> Said:
    """``moved`` for the thing itself: a plan that leaves out a fact to compare is refused, not believed.

    Args:
        planned: the step's preconditions.
        found: every fact that a step of this kind rests on, as it is now.
    """
    missing = [name for name in found if planned.get(name) is None]
    if missing:
        return refuses(f"the plan does not say what must be compared: {', '.join(missing)}", final=True)
    return moved(planned=planned, found=found)


# A customer's id is null where nobody owns the thing: that is a fact to compare, not a gap.
NULLABLE = frozenset({"customer_id"})
WORDS = {
    "namespace_id": "its id",
    "modified_on": "its date of change",
    "trusted": "its trusted mode",
    "workers": "the number of its Workers",
    "workers_digest": "what its Workers are (names, code, dates)",
    "state": "its state",
    "customer_id": "its customer",
}


def shown(value: object) -> str:
    """A value as it stands in a sentence."""
    if value is None:
        return "unknown"
    text = str(value)
    return f"{text[:12]}..." if len(text) == 64 else text
