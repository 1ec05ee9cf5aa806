"""Every setting, declared once: the tables of ``wfp-ops.toml`` and their defaults.

Precedence is decided in ``load``; which account is meant, in ``access``.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from wfp_ops.errors import SettingsError
from wfp_ops.settings.checks import (
    DEFAULT_BASE_URL,
    check_account_id,
    check_base_url,
    check_token_place,
    check_zone,
)

ENV_PREFIX = "WFP_OPS_"
SANDBOX_NAME = "sandbox"


class _Section(BaseModel):
    """A table of the file: unknown keys are refused, so that a slip of the pen never passes for a setting."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AcceptedSettings(_Section):
    """``[[audit.accepted]]``: one finding that somebody has accepted, with the reason and, maybe, an end."""

    kind: str = Field(description="the finding's kind, such as `unrecognised`")
    name: str = Field(description="the namespace, Worker or customer id that it is about, exactly")
    reason: str = Field(min_length=3, description="why it is accepted; at least three characters")
    until: date | None = Field(default=None, description="the day from which it is a finding again")


class AuditOverrides(_Section):
    """The keys of ``[audit]``, and of ``[accounts.NAME.audit]``, which is laid over it."""

    convention: str = Field(
        default="customer-{id}",
        description="the naming pattern: one `{id}`, text before and after it allowed",
    )
    tenancy: Literal["namespace", "worker"] = Field(
        default="namespace", description="which thing belongs to one customer"
    )
    namespaces: tuple[str, ...] = Field(
        default=(), description="with `worker`: the namespaces that hold customers' Workers"
    )
    select: Literal["name", "tag"] = Field(
        default="name",
        description="with `worker`: whether a Worker's name or one of its tags says the customer",
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        description="names that belong to no customer, as globs; case counts; they still count as existing",
    )
    id_case: Literal["exact", "fold"] = Field(
        default="exact", description="whether ids that differ only in case are two customers or one"
    )
    idle_days: int = Field(
        default=30, ge=1, description="days without a request after which a namespace or Worker is idle"
    )
    accepted: tuple[AcceptedSettings, ...] = Field(
        default=(), description="findings that somebody has accepted, as `[[audit.accepted]]` tables"
    )


class AuditSettings(AuditOverrides):
    """``[audit]``: the convention, which thing belongs to one customer, and what to leave alone."""

    @model_validator(mode="after")
    def _worker_tenancy_lists_namespaces(self) -> AuditSettings:
        if self.tenancy == "worker" and not self.namespaces:
            raise ValueError(
                'tenancy = "worker" needs namespaces = ["…"], the namespaces that hold customers\' Workers'
            )
        if self.tenancy == "namespace" and (self.namespaces or self.select != "name"):
            raise ValueError('namespaces and select mean something with tenancy = "worker" only')
        return self


class CustomerSettings(_Section):
    """``[customers]``: where the list is and how to read it."""

    source: str | None = Field(
        default=None,
        # the URL of a database may hold a password
        repr=False,
        description="the customer list's file, or a database's URL; a relative path starts at the settings "
        "file's folder",
    )
    query: str | None = Field(
        default=None, description="for a database: the one SELECT that brings the customers"
    )
    sheet: str | None = Field(default=None, description="the sheet of a spreadsheet that has several")
    columns: dict[str, str] = Field(
        default_factory=dict, description='our column → yours, such as `customer_id = "CRM Id"`'
    )
    status: dict[str, str] = Field(
        default_factory=dict, description='your status → ours, such as `Cancelled = "churned"`'
    )
    duplicates: Literal["refuse", "active_wins"] = Field(
        default="refuse",
        description="an id in several records: set all of them aside, or keep the one active or trial record",
    )


class AccountSettings(_Section):
    """``[accounts.NAME]``: where the account is and which variables hold its tokens."""

    account_id: str = Field(description="Cloudflare's id of the account: 32 hex characters")
    token_env: str | None = Field(default=None, description="the variable that holds the token for reading")
    token_keyring: str | None = Field(
        default=None,
        description="instead: the entry of the system's keyring, service `wfp-ops`, that holds it",
    )
    write_token_env: str | None = Field(
        default=None,
        description="the variable that holds the token for changes; else the one for reading is taken",
    )
    write_token_keyring: str | None = Field(default=None, description="instead: its entry of the keyring")
    base_url: str = Field(
        default=DEFAULT_BASE_URL, description="where the API is: https, or http on this machine"
    )
    audit: AuditOverrides | None = Field(
        default=None, description="keys of `[audit]` that are others for this account"
    )
    customers: CustomerSettings | None = Field(
        default=None, description="keys of `[customers]` that are others for this account"
    )

    @field_validator("account_id")
    @classmethod
    def _is_account_id(cls, value: str) -> str:
        return check_account_id(value)

    @field_validator("token_env", "token_keyring", "write_token_env", "write_token_keyring")
    @classmethod
    def _names_a_place(cls, value: str | None) -> str | None:
        return None if value is None else check_token_place(value)

    @field_validator("base_url")
    @classmethod
    def _is_protected(cls, value: str) -> str:
        try:
            return check_base_url(value, key="base_url")
        except SettingsError as error:
            raise ValueError(f"{error.message}; {error.hint}") from None

    @model_validator(mode="after")
    def _has_one_token(self) -> AccountSettings:
        if (self.token_env is None) == (self.token_keyring is None):
            raise ValueError("set either token_env or token_keyring")
        if self.write_token_env is not None and self.write_token_keyring is not None:
            raise ValueError("set write_token_env or write_token_keyring, not both")
        return self


class ChangeSettings(_Section):
    """``[change]``: what the guards allow, and what nothing may ever delete."""

    protect: tuple[str, ...] = Field(
        default=(), description="names that nothing may delete or rename, as globs"
    )
    max_deletions: int = Field(default=25, ge=0, description="deletions in any 24 hours")
    max_share: float = Field(
        default=0.10,
        ge=0,
        le=1,
        description="deletions in any 24 hours, as a share of what there is of that kind",
    )
    grace_days: int = Field(
        default=30, ge=0, description="days between a customer's leaving and the earliest deletion"
    )
    max_age_hours: int = Field(default=48, gt=0, description="how old the customer list may be")
    traffic_days: int = Field(default=30, ge=1, description="days without a request before a deletion")
    max_workers: int = Field(default=20, ge=0, description="Workers that a namespace to be deleted may hold")


class ApiSettings(_Section):
    """``[api]``: how much of the rate budget to use, and how long a reading command may take."""

    rate_share: float = Field(
        default=0.8, gt=0, le=1, description="the share of `rate_limit` to use; the rest is for others"
    )
    rate_limit: int = Field(
        default=1200,
        ge=1,
        description="requests in five minutes that Cloudflare allows the token; Enterprise accounts can have "
        "more",
    )
    deadline_s: float = Field(
        default=120, gt=0, description="seconds for which a request and its retries may go on"
    )


class CostSettings(_Section):
    """``[cost]``: what a month's bill is reckoned by."""

    prices: str | None = Field(
        default=None, description="a price table of your own (TOML), instead of the one that is shipped"
    )
    share: Literal["proportional", "even"] = Field(
        default="proportional",
        description="how what is included in the plan is shared: in proportion to what each used, or evenly",
    )


class UsageSettings(_Section):
    """``[usage]``: where collected usage is kept, and in which time zone it is shown."""

    history: str | None = Field(
        default=None,
        # a URL may hold a password
        repr=False,
        description="a folder, or a URL such as `s3://bucket/usage`; each account has a folder of its own in "
        "it. Unless set: in `state_dir`",
    )
    zone: str = Field(
        default="UTC",
        description="the time zone in which pages write the times of charts, such as `Europe/Berlin`; frames "
        "stay in UTC",
    )

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return check_zone(value)


class MemorySettings(_Section):
    """``[memory]``: how long the snapshots of past audits are kept."""

    keep_days: int = Field(
        default=400, ge=1, description="days for which a snapshot is kept; older ones go with the next audit"
    )
    keep_at_least: int = Field(
        default=10, ge=1, description="how many of the newest snapshots stay, however old they are"
    )


class Settings(BaseSettings):
    """Everything that can be set, validated. ``load`` is the way in."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    state_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_state_dir("wfp-ops")),
        description="what is kept between runs: snapshots, the accepted list, the shared rate budget",
    )
    accounts: dict[str, AccountSettings] = Field(default_factory=dict)
    audit: AuditSettings = AuditSettings()
    customers: CustomerSettings = CustomerSettings()
    change: ChangeSettings = ChangeSettings()
    api: ApiSettings = ApiSettings()
    memory: MemorySettings = MemorySettings()
    cost: CostSettings = CostSettings()
    usage: UsageSettings = UsageSettings()

    @field_validator("accounts")
    @classmethod
    def _leaves_the_sandbox_its_name(cls, value: dict[str, AccountSettings]) -> dict[str, AccountSettings]:
        if SANDBOX_NAME in value:
            raise ValueError(f"no account may be called {SANDBOX_NAME!r}: that is the built-in one")
        return value

    @field_validator("state_dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        try:
            return value.expanduser()
        except RuntimeError:
            raise ValueError(f"there is no home folder for {value.parts[0]!r}") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (pydantic-settings fixes the signature)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment beats the file, whose content ``load`` passes in."""
        return (env_settings, init_settings)
