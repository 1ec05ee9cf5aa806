"""What comes of each role in ``acme``: its namespaces, its line in the list, and what that makes of them.

Texts may hold ``{id}`` (the customer's), ``{padded}`` (the same with leading zeros), ``{slug}`` (the name as
a namespace's), ``{partner}`` (the id of the other one of a pair), ``{group}`` (the name of what a pair
shares), ``{spelling}`` (a name that breaks the convention) and ``{left}`` (the day the customer left).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from wfp_ops.sandbox.scenarios.cast import Member, Role
from wfp_ops.sandbox.scenarios.names import slug

CONVENTION = "customer-{id}"

# Each is the conventional name once case, separators and the prefix's spelling are levelled.
_SPELLINGS = ("Customer_{id}", "cust-{id}", "customer{id}", "CUSTOMER-{id}", "customer_{id}")


@dataclass(frozen=True)
class Space:
    """A namespace that a role brings with it, its state, why, and whether it is this one customer's."""

    name: str
    state: str
    why: str
    owned: bool = True


@dataclass(frozen=True)
class Line:
    """How the customer's record fares, why, and the namespace that it names, if it names one."""

    state: str
    why: str
    mapping: str = ""
    has_id: bool = True


@dataclass(frozen=True)
class Story:
    """The namespaces of a role, its line in the list (None: it isn't listed any more), and its flag."""

    line: Line | None
    spaces: tuple[Space, ...] = ()
    duplicate: str = ""


STORIES: Mapping[Role, Story] = MappingProxyType(
    {
        Role.OWN: Story(
            Line("matched", "customer-{id} is there"),
            (Space("customer-{id}", "matched", "named after customer {id}"),),
        ),
        Role.MAPPED: Story(
            Line("matched", "the list maps it to {slug}, which is there", mapping="{slug}"),
            (Space("{slug}", "matched", "the list maps customer {id} to it"),),
        ),
        Role.DUPLICATE: Story(
            Line("matched", "the list maps it to {slug}, which is there", mapping="{slug}"),
            (
                Space("{slug}", "matched", "the list maps customer {id} to it"),
                Space(
                    "customer-{id}", "matched", "named after customer {id}, from before the move to {slug}"
                ),
            ),
            duplicate="the list maps customer {id} to {slug}, and customer-{id} is there too",
        ),
        Role.CLAIMANT: Story(
            Line(
                "matched",
                "the list maps it to customer-{partner}, which is there",
                mapping="customer-{partner}",
            ),
            (
                Space(
                    "customer-{partner}",
                    "matched",
                    "the list maps customer {id} to it, whatever its name says",
                ),
            ),
        ),
        Role.CLAIMED: Story(Line("conflict", "customer-{id} is mapped to customer {partner}")),
        Role.SHARER: Story(
            Line("matched", "the list maps it to {group}, which is there", mapping="{group}"),
            (Space("{group}", "ambiguous", "the list maps customers {id} and {partner} to it", owned=False),),
        ),
        Role.CO_SHARER: Story(
            Line("matched", "the list maps it to {group}, which is there", mapping="{group}")
        ),
        Role.DANGLING: Story(
            Line("conflict", "the list maps it to {slug}, which isn't there", mapping="{slug}")
        ),
        Role.MISNAMED: Story(
            Line("matched", "{spelling} is its namespace, misnamed"),
            (Space("{spelling}", "misnamed", "means customer {id}, but breaks the convention"),),
        ),
        Role.MISNAMED_LEFT: Story(
            Line("customer_churned", "left on {left}; {spelling} is still there"),
            (Space("{spelling}", "misnamed", "means customer {id}, who left, but breaks the convention"),),
        ),
        Role.LEFT: Story(
            Line("customer_churned", "left on {left}; customer-{id} is still there"),
            (Space("customer-{id}", "churned", "customer {id} left on {left}"),),
        ),
        Role.LEFT_CLEANED: Story(Line("customer_churned", "left on {left}; its namespace was deleted")),
        Role.MISSING: Story(Line("missing", "has no namespace yet")),
        Role.ZERO_PADDED: Story(
            Line("missing", "has none of its own; customer-{padded} may be meant"),
            (
                Space(
                    "customer-{padded}", "suspect", "only zeros set it apart from customer {id}, who has none"
                ),
            ),
        ),
        Role.ABSENT: Story(Line("absent", "suspended before its namespace was made")),
        Role.NO_ID: Story(Line("unusable", "entered by hand, without an id", has_id=False)),
        Role.WENT: Story(
            Line("unusable", "the id stands twice: left on {left}, and came back"),
            (Space("customer-{id}", "ambiguous", "customer {id} stands twice in the list", owned=False),),
        ),
        Role.CAME_BACK: Story(Line("unusable", "the id stands twice: who left came back under the old id")),
        Role.FORGOTTEN: Story(
            None,
            (
                Space(
                    "customer-{id}",
                    "orphaned",
                    "customer {id} left on {left} and was struck off",
                    owned=False,
                ),
            ),
        ),
    }
)

# The platform's own namespaces, and tries that were never cleaned up; {busy} is a customer with a namespace.
HOUSE = (
    Space("staging", "unrecognised", "the platform's own staging", owned=False),
    Space("internal-tools", "unrecognised", "the platform's own tools", owned=False),
    Space("internal-metrics", "unrecognised", "the platform's own metrics", owned=False),
    Space("loadtest", "unrecognised", "left over from a load test", owned=False),
    Space("wildcard-fallback", "unrecognised", "serves hosts that no customer has claimed", owned=False),
    Space("customer-demo", "suspect", "its id is a word, the list's are numbers", owned=False),
    Space("customer-onboarding-test", "suspect", "its id is words, the list's are numbers", owned=False),
    Space("customer-{busy}-staging", "suspect", "its id is no number as the list's are", owned=False),
)


def words(member: Member) -> dict[str, str]:
    """What the texts of a story may hold, for one member."""
    spelling = _SPELLINGS[member.nth % len(_SPELLINGS)] if member.role is Role.MISNAMED else "Customer-{id}"
    return {
        "id": member.customer_id,
        "padded": member.customer_id.zfill(4),
        "slug": slug(member.name),
        "partner": member.partner,
        # Both sharers must arrive at one name, so it is made of the pair's ids alone.
        "group": "shared-"
        + "-".join(sorted((member.customer_id, member.partner), key=lambda i: (len(i), i))),
        "spelling": spelling.format(id=member.customer_id),
        "left": "" if member.left is None else member.left.date().isoformat(),
    }
