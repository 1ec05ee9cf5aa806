"""What an account's own tables, ``[accounts.NAME.audit]`` and ``[accounts.NAME.customers]``, change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from wfp_ops.settings.model import AuditSettings, CustomerSettings, Settings

S = TypeVar("S", bound=BaseModel)


def settings_of(settings: Settings, account: str | None) -> Settings:
    """The settings as they are for one account: its own tables laid over the general ones.

    Tables within them (``columns``, ``status``) are laid over each other as well; a list takes the
    other's place.

    Raises:
        ValidationError: both together make no sense, such as worker tenancy without namespaces.
    """
    block = settings.accounts.get(account or "")
    if block is None or (block.audit is None and block.customers is None):
        return settings
    return settings.model_copy(
        update={
            "audit": _laid_over(AuditSettings, settings.audit, block.audit),
            "customers": _laid_over(CustomerSettings, settings.customers, block.customers),
        }
    )


def overrides(settings: Settings, account: str | None, key: str) -> bool:
    """Whether an account's own table says this key, such as ``audit.convention``."""
    section, _, name = key.partition(".")
    own = getattr(settings.accounts.get(account or ""), section, None)
    return isinstance(own, BaseModel) and name.partition(".")[0] in own.model_fields_set


def _laid_over(kind: type[S], general: S, own: BaseModel | None) -> S:
    if own is None:
        return general
    both = _merged(general.model_dump(exclude_unset=True), own.model_dump(exclude_unset=True))
    return kind.model_validate(both)


def _merged(general: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(general)
    for key, value in own.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merged(before, value)
        else:
            merged[key] = value
    return merged
