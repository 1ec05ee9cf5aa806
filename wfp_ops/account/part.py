"""The parts that an ``Account`` is made of: classes of methods, each with a room's subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from wfp_ops.account.account import Account


def whole(part: object) -> Account:
    """The account that this is a part of; nothing else is made of these classes."""
    return cast("Account", part)
