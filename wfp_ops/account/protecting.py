"""Which names a dated protection may bear: one that protects nothing is worse than none."""

from __future__ import annotations

from wfp_ops.errors import SettingsError
from wfp_ops.memory.folder import StateFolder
from wfp_ops.memory.kept import Kept
from wfp_ops.memory.snapshots import Snapshots
from wfp_ops.settings.explain import alike

_OF_PATTERNS = "*?["


def check_name(name: str, folder: StateFolder, *, unseen: bool) -> None:
    """Refuse a name that protects nothing, as far as the last kept audit knows; without one nobody can tell.

    Args:
        name: what is to be protected.
        folder: the account's state.
        unseen: it is of something that no audit has seen yet.

    Raises:
        SettingsError: it is a pattern, or the last kept audit knows nothing of exactly this name.
        StateError: the kept audits can't be read.
    """
    if any(each in name for each in _OF_PATTERNS):
        raise SettingsError(
            f"{name!r} is a pattern, and a dated protection keeps one exact name",
            key="name",
            hint="protect each name by itself; patterns go into [change] protect of the settings, and hold"
            " without an end",
        )
    kept = None if unseen else last_audit(folder)
    if kept is None:
        return
    known = _names(kept)
    if name not in known:
        meant = alike(name, sorted(known))
        first = f"{meant} Else " if meant else ""
        inside = "" if kept.workers is not None else ", which reads no Workers"
        raise SettingsError(
            f"the last kept audit ({kept.name}{inside}) knows nothing of the name {name!r}, so nothing would"
            " be protected",
            key="name",
            hint=f"{first}audit again if it is there by now; for what is yet to come say so:"
            " --unseen, unseen=True",
        )


def last_audit(folder: StateFolder) -> Kept | None:
    """The last kept audit that can be read; None where there is none.

    Raises:
        StateError: the folder can't be read.
    """
    return Snapshots(folder).newest()[0]


def _names(kept: Kept) -> set[str]:
    names = set(kept.namespaces["namespace"])
    if kept.workers is not None:
        inside = kept.workers["worker"].astype(str)
        names |= set(inside) | set(kept.workers["namespace"].astype(str) + "/" + inside)
    return names
