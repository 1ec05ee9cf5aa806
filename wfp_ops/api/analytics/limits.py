"""What an account's analytics allow: the ``settings`` node, which differs from plan to plan."""

from __future__ import annotations

import msgspec


class NodeLimits(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """The limits of the dataset (docs page "analytics/graphql-api/features/discovery/settings").

    ``max_duration`` is the widest time of one query and ``not_older_than`` the reach back, both in
    seconds; ``max_page_size`` the most rows of one answer; ``max_number_of_fields`` the most fields of
    one node, of those in ``available_fields``. None is what an answer did not say.
    """

    enabled: bool
    max_duration: int | None = None
    not_older_than: int | None = None
    max_page_size: int | None = None
    max_number_of_fields: int | None = None
    available_fields: list[str] | None = None

    def has(self, field: str) -> bool:
        """Whether a field such as ``sum_requests`` can be asked for, as far as the account says.

        The docs show the names nested; a group of fields of which none is named so is not judged.
        """
        known = self.available_fields
        if not known or field in known:
            return True
        group, _, name = field.rpartition("_")
        return name in known or not any(each.startswith(f"{group}_") for each in known)
