"""``wfp-ops.toml`` and the environment → ``Settings``, with file, line and key in every complaint.

For every setting but the accounts the environment (``WFP_OPS_SECTION__KEY``) beats the file.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError as UnreadableVariable

from wfp_ops.errors import SettingsError
from wfp_ops.settings.explain import explain, line_of, nearest
from wfp_ops.settings.model import ENV_PREFIX, CustomerSettings, Settings
from wfp_ops.settings.overrides import overrides, settings_of

CONFIG_FILE = "wfp-ops.toml"
_OTHER_VARIABLES = {"WFP_OPS_NOW", "WFP_OPS_SANDBOX"}
_SQLITE = "sqlite:///"


def load_settings(config: str | os.PathLike[str] | None = None) -> Settings:
    """The settings of this folder's ``wfp-ops.toml`` (or ``config``) and the environment.

    Raises:
        SettingsError: the file can't be read, or a value is wrong; names file, line and key.
    """
    path = _path(config)
    text = _read(path, required=config is not None)
    document = _parse(path, text)
    _refuse_unknown_variables()
    try:
        settings = Settings(**document)
    except ValidationError as error:
        raise explain(error, path, text, document) from None
    except UnreadableVariable as error:
        raise _explain_variable(error) from None
    for name in settings.accounts:
        _check_overrides(settings, name, path, text, document)
    return _with_paths_of(settings, path)


def default_settings() -> Settings:
    """The defaults alone: neither a file nor the environment has a say."""
    return Settings.model_construct()


def located(
    error: SettingsError,
    config: str | os.PathLike[str] | None = None,
    *,
    settings: Settings | None = None,
    account: str | None = None,
) -> SettingsError:
    """The same complaint about a setting, with the variable or the file and line that says it.

    With ``settings`` and ``account`` that account's own tables are looked at first.
    """
    if error.key is None or error.file is not None:
        return error
    if settings is not None and overrides(settings, account, error.key):
        error = SettingsError(error.message, hint=error.hint, key=f"accounts.{account}.{error.key}")
    keys = str(error.key).split(".")
    variable = ENV_PREFIX + "__".join(keys).upper()
    if variable in _variables():
        return SettingsError(error.message, hint=error.hint, key=variable)
    path = _path(config)
    line = line_of(_read(path, required=False), keys)
    file = None if line is None else str(path)
    return SettingsError(error.message, hint=error.hint, file=file, line=line, key=error.key)


def _path(config: str | os.PathLike[str] | None) -> Path:
    return Path(CONFIG_FILE) if config is None else Path(config)


def _variables() -> set[str]:
    return set(os.environ)


def _with_paths_of(settings: Settings, path: Path) -> Settings:
    """A relative path of a file or folder is meant relative to the settings file that names it."""
    customers = settings.customers
    if f"{ENV_PREFIX}CUSTOMERS__SOURCE" not in _variables():
        customers = _beside(customers, path, ["customers", "source"])
    accounts = {
        name: block
        if block.customers is None
        else block.model_copy(
            update={"customers": _beside(block.customers, path, ["accounts", name, "customers", "source"])}
        )
        for name, block in settings.accounts.items()
    }
    cost = settings.cost
    if cost.prices and f"{ENV_PREFIX}COST__PRICES" not in _variables():
        cost = cost.model_copy(update={"prices": str(_from_folder_of(path, cost.prices, ["cost", "prices"]))})
    usage = settings.usage
    own = f"{ENV_PREFIX}USAGE__HISTORY" not in _variables()
    if own and usage.history and "://" not in usage.history:
        folder = _from_folder_of(path, usage.history, ["usage", "history"])
        usage = usage.model_copy(update={"history": str(folder)})
    changed = {"customers": customers, "accounts": accounts, "cost": cost, "usage": usage}
    return settings.model_copy(update=changed)


def _beside(customers: CustomerSettings, path: Path, keys: list[str]) -> CustomerSettings:
    source = customers.source
    start = _SQLITE if (source or "").startswith(_SQLITE) else ""
    if not source or ("://" in source and not start) or source == start:
        return customers
    resolved = _from_folder_of(path, source.removeprefix(start), keys)
    # four slashes begin a path from the root, and joining leaves it as it is
    return customers.model_copy(update={"source": f"{start}{resolved}"})


def _from_folder_of(path: Path, written: str, keys: list[str]) -> Path:
    """A file as the settings file at ``path`` means it."""
    try:
        return path.parent / Path(written).expanduser()
    except RuntimeError:
        raise SettingsError(
            f"there is no home folder for {Path(written).parts[0]!r}",
            file=str(path),
            line=line_of(_read(path, required=False), keys),
            key=".".join(keys),
        ) from None


def _check_overrides(settings: Settings, name: str, path: Path, text: str, document: dict[str, Any]) -> None:
    """An account's own tables and the general ones must make sense together; said before they are used."""
    try:
        settings_of(settings, name)
    except ValidationError as error:
        raise explain(error, path, text, document, within=("accounts", name, "audit")) from None


def _read(path: Path, *, required: bool) -> str:
    if not required and not path.exists():
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(
            f"the settings file can't be read: {reason}", file=str(path), hint="name another with --config"
        ) from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        twice = re.match(r"Cannot declare \((.*?),?\) twice", str(error))
        keys = [] if twice is None else re.findall(r"'([^']*)'", twice.group(1))
        raise SettingsError(
            f"the table [{'.'.join(keys)}] stands twice"
            if keys
            else f"the settings file is no TOML: {error}",
            file=str(path),
            line=int(line.group(1)) if line else None,
            key=".".join(keys) or None,
            hint="make one table of the two" if keys else None,
        ) from None


def _refuse_unknown_variables() -> None:
    for name in os.environ:
        if not name.upper().startswith(ENV_PREFIX) or name in _OTHER_VARIABLES:
            continue
        section, *rest = name.upper().removeprefix(ENV_PREFIX).lower().split("__")
        if section == "accounts":
            raise SettingsError(
                "an account is described in the settings file alone",
                key=name,
                hint=f"write it into {CONFIG_FILE}",
            )
        if name != name.upper():
            raise SettingsError(
                "a variable's name is in capitals", key=name, hint=f"unset it, or call it {name.upper()}"
            )
        if section not in Settings.model_fields or (section == "state_dir" and rest):
            raise SettingsError(
                "no such setting", key=name, hint=nearest(section, list(Settings.model_fields))
            )


def _explain_variable(error: UnreadableVariable) -> SettingsError:
    """A variable whose text is not the JSON that its setting needs; pydantic-settings names the section."""
    found = re.search(r'field "(\w+)"', str(error))
    section = f"{ENV_PREFIX}{found.group(1) if found else ''}".upper()
    about = sorted(name for name in os.environ if name.startswith(section))
    return SettingsError(
        "the variable can't be read: a list or a table must be JSON",
        key=" or ".join(about),
        hint=f"""such as {ENV_PREFIX}AUDIT__IGNORE='["staging", "internal-*"]'""",
    )
