"""Guards that refuse a plan as a whole: how much at once, and what it all rests on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from wfp_ops.change.guards.said import Said, passes, refuses, unknown
from wfp_ops.memory.baseline import MOST_LOST, MOST_SET_ASIDE

if TYPE_CHECKING:
    from wfp_ops.frames.provenance import Completeness


def count(*, planned: int, recent: int | None, most: int, doubt: str = "") -> Said:
    """Not more deletions in any 24 hours than ``most``, by the journals.

    Args:
        planned: deletions of this plan.
        recent: deletions of the last 24 hours, those that may have happened included; None: not known.
        most: ``max_deletions``.
        doubt: why it is not known, or of which applies more was counted than the journals say; or empty.
    """
    if recent is None:
        return unknown(_doubted("the journals can't say how many were deleted in the last 24 hours", doubt))
    said = _doubted(
        f"{planned} deletions here and {recent} in the last 24 hours; at most {most} in any 24 hours", doubt
    )
    return passes(said) if planned + recent <= most else refuses(said)


def share(
    *, kind: str, scope: str, planned: int, recent: int | None, total: int, most: float, doubt: str = ""
) -> Said:
    """Not more than ``most`` of what there is of a kind in any 24 hours; small accounts are no exemption.

    Args:
        kind: ``namespaces`` or ``Workers``.
        scope: where they are, in words.
        planned: deletions of this plan.
        recent: deletions of the last 24 hours; None: not known.
        total: how many there are now; those deleted in the last 24 hours were there as well.
        most: ``max_share``, from 0 to 1.
        doubt: as for ``count``.
    """
    if recent is None:
        return unknown(_doubted("the journals can't say how many were deleted in the last 24 hours", doubt))
    there = total + recent
    gone = planned + recent
    said = _doubted(
        f"{gone} of {there} {kind} of {scope} would be gone within 24 hours; at most {most * 100:g} % "
        f"({int(most * there)}) may be",
        doubt,
    )
    return passes(said) if gone <= most * there else refuses(said)


def quarantine(
    *,
    customers: int,
    read: int,
    set_aside: int,
    ids_unknown: int,
    age: timedelta | None,
    max_age_hours: int,
    accepted: bool,
    lost: int,
    lost_share: float | None,
) -> Said:
    """A customer list that can't be relied on.

    Args:
        customers: records that can be used.
        read: records in all.
        set_aside: records that can't be used.
        ids_unknown: those of them whose id nobody can tell, so that nothing protects their namespace.
        age: how old the list is; None: not known.
        max_age_hours: how old it may be.
        accepted: whether a list was accepted that it can be measured against.
        lost: accepted customers who are not in it.
        lost_share: the same as a share of the accepted ones; None: not known.
    """
    problems = []
    if customers == 0:
        problems.append("the customer list is empty")
    if age is None:
        problems.append("nobody knows how old the customer list is: it has no date, or one in the future")
    elif age > timedelta(hours=max_age_hours):
        hours = age // timedelta(hours=1)
        problems.append(f"the customer list is {hours} hours old; at most {max_age_hours} are allowed")
    if set_aside > MOST_SET_ASIDE * read:
        problems.append(
            f"{set_aside} of its {read} records can't be used; at most {MOST_SET_ASIDE * 100:g} % may be so"
        )
    if not accepted:
        problems.append("no customer list was accepted yet (wfp-ops audit --accept)")
    elif lost_share is None:
        problems.append("it can't be compared with the accepted customer list")
    elif lost_share > MOST_LOST:
        problems.append(
            f"{lost} accepted customers are not in it any more ({lost_share * 100:.0f} %); at most "
            f"{MOST_LOST * 100:g} % may be gone"
        )
    if problems:
        return refuses("; ".join(problems))
    nameless = f"; {ids_unknown} of those without an id, so look whose they are" if ids_unknown else ""
    return passes(
        f"{customers} customers, {lost} fewer than accepted; {set_aside} records set aside{nameless}"
    )


def unproven(*, evidence: Completeness, namespaces: int, accepted: int | None) -> Said:
    """An inventory that is not proven complete (final), or much smaller than the accepted one.

    Args:
        evidence: the inventory's proof.
        namespaces: how many there are now.
        accepted: how many there were when a list was accepted last; None: nothing was accepted, or it
            can't be read.
    """
    if not evidence.proven:
        return refuses(f"the inventory is not proven complete: {evidence.how}", final=True)
    if accepted is None:
        return passes(f"proven complete: {evidence.how}; no accepted inventory to compare it with")
    gone = accepted - namespaces
    if gone > MOST_LOST * accepted:
        return refuses(
            f"the inventory shrank from {accepted} to {namespaces} namespaces; at most {MOST_LOST * 100:g} % "
            "may be gone"
        )
    return passes(f"proven complete: {evidence.how}")


def _doubted(said: str, doubt: str) -> str:
    return f"{said} ({doubt})" if doubt else said
