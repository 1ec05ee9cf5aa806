"""What an account's own tables change, and what is said where they are wrong."""

from __future__ import annotations

import pytest

from wfp_ops.errors import SettingsError
from wfp_ops.settings.load import load_settings, located
from wfp_ops.settings.overrides import settings_of

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
BLOCK = f'[accounts.{{}}]\naccount_id = "{ACCOUNT}"\ntoken_env = "T"\n'
A = BLOCK.format("a")
B = BLOCK.format("b")


def test_an_accounts_own_tables_are_laid_over_the_general_ones(settings_file):
    """Keys that an account says are its own; the others, also within a table, stay the general ones."""
    path = settings_file(
        '[audit]\nconvention = "c-{id}"\nignore = ["staging"]\n'
        '[customers]\nsource = "all.csv"\ncolumns = { customer_id = "No", plan = "Tier" }\n'
        f'{A}[accounts.a.audit]\nignore = ["dev", "qa"]\n'
        '[accounts.a.customers]\nsource = "lists/a.csv"\ncolumns = { customer_id = "Id" }\n'
        f"{B}"
    )
    general = load_settings(path)
    own = settings_of(general, "a")
    assert (own.audit.convention, own.audit.ignore) == ("c-{id}", ("dev", "qa"))
    assert own.customers.source == str(path.parent / "lists" / "a.csv")
    assert own.customers.columns == {"customer_id": "Id", "plan": "Tier"}
    for other in ("b", None, "nobody"):
        assert settings_of(general, other) == general
    assert general.audit.ignore == ("staging",)


def test_an_account_beats_the_environment(settings_file, monkeypatch):
    """What a named account says wins over a variable; the unnamed account obeys the variable."""
    settings_file(f'{A}[accounts.a.audit]\nconvention = "a-{{id}}"\n')
    monkeypatch.setenv("WFP_OPS_AUDIT__CONVENTION", "env-{id}")
    monkeypatch.setenv("WFP_OPS_AUDIT__ID_CASE", "fold")
    settings = load_settings()
    assert settings.audit.convention == "env-{id}"
    own = settings_of(settings, "a").audit
    assert (own.convention, own.id_case) == ("a-{id}", "fold")


def test_half_of_a_tenancy_may_stand_in_each_table(settings_file):
    """Only both tables together must make sense."""
    settings_file(
        '[audit]\ntenancy = "worker"\nnamespaces = ["production"]\n'
        f'{A}[accounts.a.audit]\nnamespaces = ["eu"]\nselect = "tag"\n'
    )
    own = settings_of(load_settings(), "a").audit
    assert (own.tenancy, own.namespaces, own.select) == ("worker", ("eu",), "tag")


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        (f"{A}[accounts.a.audit]\nconventon = 'x'\n", 5, "accounts.a.audit.conventon", "mean 'convention'"),
        (f"{A}[accounts.a.customers]\nsauce = 'x'\n", 5, "accounts.a.customers.sauce", "mean 'source'"),
        (f"{A}[accounts.a.audt]\n", 4, "accounts.a.audt", "mean 'audit'"),
        (f"{A}tokenenv = 'x'\n", 4, "accounts.a.tokenenv", "mean 'token_env'"),
        (f"{A}[accounts.a.audit]\nignore = 'x'\n", 5, "accounts.a.audit.ignore", "must be a list"),
        (
            f"[audit]\nignore = []\n{A}\n[accounts.a.audit]\nignore = 3\n",
            8,
            "accounts.a.audit.ignore",
            "must be a list",
        ),
        (f"{A}[accounts.a.audit]\nignore = []\n[audit]\nignore = 3\n", 7, "audit.ignore", "must be a list"),
        (f"{A}[accounts.a.audit]\ntenancy = 'worker'\n", 4, "accounts.a.audit", "needs namespaces"),
        (f"{A}audit = 3\n", 4, "accounts.a.audit", "must be a table"),
        (f"{A}[accounts.a.customers.columns]\nplan = 3\n", 5, "accounts.a.customers.columns.plan", "text"),
    ],
)
def test_a_wrong_override_names_file_line_and_key(settings_file, text, line, key, said):
    """A slip in an account's own table is found there, not in the general one of the same name."""
    path = settings_file(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert (caught.value.file, caught.value.line, caught.value.key) == (path.name, line, key)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["acme", '"acme"', "acme.audit"])
def test_a_table_that_stands_twice(settings_file, name):
    """The second one's line, the table's name, and no word of TOML's own."""
    settings_file(f"[accounts.{name}]\n\n[accounts.{name}]\n")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    plain = f"accounts.{name}".replace('"', "")
    assert (caught.value.line, caught.value.key) == (3, plain)
    assert f"the table [{plain}] stands twice" in str(caught.value)


def test_located_finds_an_accounts_own_line(settings_file):
    """A complaint made later is led to the table that says it."""
    settings_file(f'[audit]\nconvention = "x"\n{A}[accounts.a.audit]\nconvention = "none"\n{B}')
    settings = load_settings()
    complaint = SettingsError("no {id}", key="audit.convention")
    own = located(complaint, settings=settings, account="a")
    assert (own.line, own.key) == (7, "accounts.a.audit.convention")
    assert located(complaint, settings=settings, account="b").line == 2


def test_sources_that_are_databases(settings_file, tmp_path):
    """A relative SQLite file lies beside the settings; other URLs stay; none shows in a repr."""
    path = settings_file(
        '[customers]\nsource = "sqlite:///crm.db"\nquery = "select 1"\n'
        f'{A}[accounts.a.customers]\nsource = "postgresql://joe:hunter2@db/crm"\n'
        f'{B}[accounts.b.customers]\nsource = "sqlite:////data/crm.db"\n'
    )
    settings = load_settings(path)
    assert settings.customers.source == f"sqlite:///{tmp_path / 'crm.db'}"
    assert settings_of(settings, "a").customers.source == "postgresql://joe:hunter2@db/crm"
    assert settings_of(settings, "a").customers.query == "select 1"
    assert settings_of(settings, "b").customers.source == "sqlite:////data/crm.db"
    assert "hunter2" not in repr(settings) + str(settings) + repr(settings_of(settings, "a"))
