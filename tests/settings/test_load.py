"""Settings from file and environment: who wins, and what is said where something is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wfp_ops.errors import SettingsError
from wfp_ops.settings.load import default_settings, load_settings, located

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
ACCEPTED = "[[audit.accepted]]\nkind = 'orphaned'\nname = 'a'\n"


def test_defaults_without_file_and_environment(settings_file):
    """Without a file and a variable, everything has its documented default."""
    settings_file("")
    settings = load_settings()
    assert settings == default_settings()
    assert settings.audit.convention == "customer-{id}"
    assert settings.audit.tenancy == "namespace"
    assert settings.customers.source is None
    assert settings.change.max_deletions == 25
    assert (settings.api.rate_limit, settings.api.rate_share) == (1200, 0.8)


def test_the_environment_beats_the_file(settings_file, monkeypatch):
    """A variable wins over the same setting of the file; the file's other settings stay."""
    settings_file('[audit]\nconvention = "file-{id}"\nignore = ["a"]\n')
    monkeypatch.setenv("WFP_OPS_AUDIT__CONVENTION", "env-{id}")
    settings = load_settings()
    assert settings.audit.convention == "env-{id}"
    assert settings.audit.ignore == ("a",)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a variable's name has no case")
@pytest.mark.parametrize(
    "name", ["wfp_ops_audit__convention", "WFP_OPS_AUDIT__convention", "wfp_ops_now", "wfp_ops_whatever"]
)
def test_a_variable_is_written_in_capitals(settings_file, monkeypatch, name):
    """Another spelling is neither obeyed nor passed over."""
    settings_file("")
    monkeypatch.setenv(name, "x-{id}")
    with pytest.raises(SettingsError, match="capitals") as caught:
        load_settings()
    assert caught.value.key == name
    assert name.upper() in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere any name has a home folder")
def test_a_home_folder_that_is_not_there(settings_file, monkeypatch):
    """A path in the home of somebody unknown is refused with its variable, or its file and line."""
    path = settings_file("\nstate_dir = '~nobodyxx/state'\n")
    with pytest.raises(SettingsError, match="no home folder for '~nobodyxx'") as caught:
        load_settings()
    assert (caught.value.file, caught.value.line, caught.value.key) == (path.name, 2, "state_dir")
    settings_file("\n[customers]\nsource = '~nobodyxx/customers.csv'\n")
    with pytest.raises(SettingsError, match="no home folder for '~nobodyxx'") as caught:
        load_settings()
    assert (caught.value.file, caught.value.line, caught.value.key) == (path.name, 3, "customers.source")
    settings_file("")
    monkeypatch.setenv("WFP_OPS_STATE_DIR", "~nobodyxx/state")
    with pytest.raises(SettingsError, match="no home folder for '~nobodyxx'") as caught:
        load_settings()
    assert (caught.value.file, caught.value.key) == (None, "WFP_OPS_STATE_DIR")


def test_lists_and_tables_come_as_json_from_the_environment(settings_file, monkeypatch):
    """A list or a table in a variable is JSON."""
    settings_file("")
    monkeypatch.setenv("WFP_OPS_AUDIT__IGNORE", '["staging", "internal-*"]')
    monkeypatch.setenv("WFP_OPS_CUSTOMERS__COLUMNS", '{"customer_id": "CRM Id"}')
    settings = load_settings()
    assert settings.audit.ignore == ("staging", "internal-*")
    assert settings.customers.columns == {"customer_id": "CRM Id"}


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        ('[audit]\nconventon = "x-{id}"\n', 2, "audit.conventon", "did you mean 'convention'"),
        ("\n[adit]\n", 2, "adit", "did you mean 'audit'"),
        ('[audit]\n\nid_case = "Fold"\n', 3, "audit.id_case", "'exact' or 'fold'"),
        ('[audit]\nignore = "staging"\n', 2, "audit.ignore", "must be a list"),
        ("[change]\nmax_share = 2\n", 2, "change.max_share", "less than or equal to 1"),
        ("[api]\nrate_limit = 0\n", 2, "api.rate_limit", "greater than or equal to 1"),
        ("accounts = 3\n", 1, "accounts", "must be a table"),
        ('[audit]\ntenancy = "worker"\n', 1, "audit", "needs namespaces"),
        ('[audit]\nselect = "tag"\n', 1, "audit", "tenancy"),
        ('[accounts.a]\naccount_id = "zz"\ntoken_env = "T"\n', 2, "accounts.a.account_id", "32 hex"),
        (f'[accounts.a]\naccount_id = "{ACCOUNT}"\n', 1, "accounts.a", "token_env or token_keyring"),
        (
            f'[accounts.a]\naccount_id = "{ACCOUNT}"\ntoken_env = "T"\nbase_url = "http://example.com"\n',
            4,
            "accounts.a.base_url",
            "unprotected",
        ),
        (
            f"{ACCEPTED}reason = 'known'\n{ACCEPTED}reason = 'x'\n",
            8,
            "audit.accepted.1.reason",
            "at least 3",
        ),
        (f'[accounts.sandbox]\naccount_id = "{ACCOUNT}"\ntoken_env = "T"\n', 1, "accounts", "built-in"),
    ],
)
def test_a_wrong_setting_names_file_line_and_key(settings_file, text, line, key, said):
    """Whatever is wrong in the file, the error says where, and what is known nearby."""
    path = settings_file(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert (caught.value.file, caught.value.line, caught.value.key) == (path.name, line, key)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WFP_OPS_AUDT__CONVENTION", "x", "did you mean 'audit'"),
        ("WFP_OPS_AUDIT__CONVENTON", "x", "did you mean 'convention'"),
        ("WFP_OPS_STATE_DIR__X", "x", "no such setting"),
        ("WFP_OPS_CHANGE__MAX_DELETIONS", "many", "valid integer"),
        ("WFP_OPS_AUDIT__IGNORE", "staging", "must be JSON"),
        ("WFP_OPS_AUDIT", "{", "must be JSON"),
    ],
)
def test_a_wrong_variable_is_named(settings_file, monkeypatch, name, value, said):
    """Whatever is wrong in the environment, the error names the variable and no file."""
    settings_file("[change]\nmax_deletions = 3\n")
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert (caught.value.file, caught.value.key) == (None, name)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "name", ["WFP_OPS_ACCOUNTS", "WFP_OPS_ACCOUNTS__ACME__ACCOUNT_ID", "wfp_ops_accounts__acme__base_url"]
)
def test_no_variable_reaches_a_named_account(settings_file, monkeypatch, name):
    """What a named account is stands in the file alone, whatever the environment says."""
    settings_file(f'[accounts.acme]\naccount_id = "{ACCOUNT}"\ntoken_env = "T"\n')
    monkeypatch.setenv(name, "{}")
    with pytest.raises(SettingsError, match="settings file alone"):
        load_settings()


def test_a_file_that_is_no_toml(settings_file):
    """A broken file is named with the line of the slip."""
    settings_file('state_dir = "x\n')
    with pytest.raises(SettingsError, match="no TOML") as caught:
        load_settings()
    assert caught.value.line == 1


def test_an_account_written_twice(settings_file):
    """One account in two blocks is refused with the second one's line."""
    block = f'[accounts.acme]\naccount_id = "{ACCOUNT}"\ntoken_env = "T"\n'
    settings_file(block + block)
    with pytest.raises(SettingsError, match="twice") as caught:
        load_settings()
    assert caught.value.line == 4


def test_a_file_with_a_byte_order_mark(settings_file):
    """What an editor on Windows puts in front is no part of the settings."""
    settings_file('\ufeff[audit]\nid_case = "fold"\n')
    assert load_settings().audit.id_case == "fold"


def test_a_file_that_was_named_must_be_there(tmp_path: Path):
    """A missing file is fine by default, and an error where somebody named it."""
    with pytest.raises(SettingsError, match="can't be read") as caught:
        load_settings(tmp_path / "none.toml")
    assert caught.value.file == str(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="can't be read"):
        load_settings(tmp_path)


def test_a_relative_customer_file_lies_beside_its_settings(tmp_path: Path, monkeypatch):
    """``source`` is meant from the file that names it; a variable's is meant from here."""
    path = tmp_path / "wfp-ops.toml"
    path.write_text('[customers]\nsource = "lists/customers.csv"\n', encoding="utf-8")
    assert load_settings(path).customers.source == str(tmp_path / "lists" / "customers.csv")
    monkeypatch.setenv("WFP_OPS_CUSTOMERS__SOURCE", "here.csv")
    assert load_settings(path).customers.source == "here.csv"


def test_default_settings_hear_nobody(settings_file, monkeypatch):
    """The sandbox's settings come neither from the file nor from the environment."""
    settings_file('[audit]\nconvention = "file-{id}"\n')
    monkeypatch.setenv("WFP_OPS_AUDIT__ID_CASE", "fold")
    settings = default_settings()
    assert (settings.audit.convention, settings.audit.id_case) == ("customer-{id}", "exact")


def test_located_finds_the_variable_or_the_line(settings_file, monkeypatch):
    """A complaint made elsewhere about a setting gets the place that says it."""
    path = settings_file('[audit]\nconvention = "none"\n')
    complaint = SettingsError("no {id}", key="audit.convention", hint="write it")
    found = located(complaint)
    assert (found.file, found.line, found.hint) == (path.name, 2, "write it")
    monkeypatch.setenv("WFP_OPS_AUDIT__CONVENTION", "none")
    found = located(complaint)
    assert (found.file, found.key) == (None, "WFP_OPS_AUDIT__CONVENTION")
