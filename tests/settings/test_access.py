"""Which account is meant, and that named accounts and the environment are never mixed."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError

from wfp_ops.errors import SettingsError
from wfp_ops.settings.access import resolve_access
from wfp_ops.settings.load import load_settings

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
OTHER = "f" * 32
TOKEN = "cf-read-token-0123456789"
CLOUDFLARE = "https://api.cloudflare.com/client/v4"
ONE = f'[accounts.acme]\naccount_id = "{ACCOUNT}"\ntoken_env = "ACME_TOKEN"\n'
TWO = f'{ONE}[accounts.beta]\naccount_id = "{OTHER}"\ntoken_env = "BETA_TOKEN"\n'


@pytest.fixture
def environment(monkeypatch):
    """The variables of an account of which the settings know nothing."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token-of-the-environment")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "e" * 32)
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://127.0.0.1:1/client/v4")


@pytest.mark.usefixtures("environment")
def test_the_environment_serves_the_unnamed_account(settings_file):
    """Without a name: token, id and base URL of the environment."""
    settings_file("")
    access = resolve_access(load_settings())
    assert (access.name, access.account_id) == ("e" * 32, "e" * 32)
    assert access.base_url == "http://127.0.0.1:1/client/v4"
    assert access.token.get_secret_value() == "token-of-the-environment"
    assert access.write_token is None


def test_the_base_url_that_wrangler_reads_comes_second(settings_file, monkeypatch):
    """``CLOUDFLARE_API_BASE_URL`` counts where ``CLOUDFLARE_BASE_URL`` is not set."""
    settings_file("")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)
    assert resolve_access(load_settings()).base_url == CLOUDFLARE
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", "http://localhost:2/client/v4")
    assert resolve_access(load_settings()).base_url == "http://localhost:2/client/v4"
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", "http://localhost:3/client/v4/")
    assert resolve_access(load_settings()).base_url == "http://localhost:3/client/v4"


@pytest.mark.usefixtures("environment")
def test_a_named_account_is_its_block_alone(settings_file, monkeypatch):
    """With a name nothing of CLOUDFLARE_* counts, not even the base URL."""
    settings_file(TWO)
    monkeypatch.setenv("ACME_TOKEN", TOKEN)
    access = resolve_access(load_settings(), "acme")
    assert (access.name, access.account_id, access.base_url) == ("acme", ACCOUNT, CLOUDFLARE)
    assert access.token.get_secret_value() == TOKEN


@pytest.mark.usefixtures("environment")
def test_a_named_account_without_its_token_does_not_borrow_one(settings_file):
    """A block whose variable is empty is an error, and not the environment's token."""
    settings_file(ONE)
    with pytest.raises(SettingsError, match="ACME_TOKEN holds no token") as caught:
        resolve_access(load_settings(), "acme")
    assert caught.value.key == "accounts.acme.token_env"


def test_the_only_account_needs_no_name(settings_file, monkeypatch):
    """One account in the settings is the one that is meant; of two, one must be named."""
    settings_file(ONE)
    monkeypatch.setenv("ACME_TOKEN", TOKEN)
    assert resolve_access(load_settings()).name == "acme"
    settings_file(TWO)
    with pytest.raises(SettingsError, match="several accounts: acme, beta"):
        resolve_access(load_settings())


def test_an_account_that_is_not_there(settings_file):
    """The error says which there are."""
    settings_file(TWO)
    with pytest.raises(SettingsError, match=r"no account 'gamma'.*known: acme, beta"):
        resolve_access(load_settings(), "gamma")


def test_a_name_and_a_token_contradict_each_other(settings_file):
    """An explicit token, id or base URL beside a name is refused, never merged."""
    settings_file(ONE)
    with pytest.raises(SettingsError, match="is named, and so is"):
        resolve_access(load_settings(), "acme", token=TOKEN)


def test_read_and_write_tokens_stay_apart(settings_file, monkeypatch):
    """The write token comes from its own variable, which must then hold one."""
    settings_file(f'{ONE}write_token_env = "ACME_WRITE"\n')
    monkeypatch.setenv("ACME_TOKEN", TOKEN)
    with pytest.raises(SettingsError, match="ACME_WRITE holds no token"):
        resolve_access(load_settings(), "acme")
    monkeypatch.setenv("ACME_WRITE", "write-token-1")
    access = resolve_access(load_settings(), "acme")
    assert access.write_token is not None
    assert access.write_token.get_secret_value() == "write-token-1"
    assert TOKEN not in repr(access)
    assert "write-token-1" not in f"{access} {access!r}"


@pytest.mark.parametrize(
    ("missing", "said"),
    [("CLOUDFLARE_API_TOKEN", "no API token"), ("CLOUDFLARE_ACCOUNT_ID", "no account id")],
)
@pytest.mark.usefixtures("environment")
def test_what_is_missing_is_named(settings_file, monkeypatch, missing, said):
    """No token or no account id: which variable, and what to do."""
    settings_file("")
    monkeypatch.delenv(missing)
    with pytest.raises(SettingsError, match=said) as caught:
        resolve_access(load_settings())
    assert caught.value.key == missing
    assert caught.value.hint


@pytest.mark.parametrize("bad", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN}\u00e9", "two tokens", "tab\there"])
@pytest.mark.usefixtures("environment")
def test_a_token_that_no_header_can_hold(settings_file, monkeypatch, bad):
    """A line break, a blank or a foreign character is refused without showing the token."""
    settings_file("")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", bad)
    with pytest.raises(SettingsError) as caught:
        resolve_access(load_settings())
    assert bad.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.cloudflare.com/client/v4",
        "http://127.0.0.1.example.com/",
        "http://localhost@example.com/",
        "ftp://localhost/",
        "api.cloudflare.com",
        "https://user:secretword@api.cloudflare.com/client/v4",
    ],
)
@pytest.mark.usefixtures("environment")
def test_a_base_url_that_would_show_the_token(settings_file, monkeypatch, url):
    """Only https, or http on this machine; credentials in it are refused and not repeated."""
    settings_file("")
    monkeypatch.setenv("CLOUDFLARE_BASE_URL", url)
    with pytest.raises(SettingsError) as caught:
        resolve_access(load_settings())
    assert caught.value.key == "CLOUDFLARE_BASE_URL"
    assert "secretword" not in str(caught.value)


@pytest.mark.usefixtures("environment")
def test_a_token_pasted_for_an_account_id_is_not_shown(settings_file, monkeypatch):
    """What stands where the id should be may be the token, so it is not repeated."""
    settings_file("")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", TOKEN)
    with pytest.raises(SettingsError, match="32 hex") as caught:
        resolve_access(load_settings())
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("key", ["token_env", "token_keyring"])
def test_a_token_pasted_for_the_name_of_its_place_is_not_shown(settings_file, key):
    """``token_env`` takes a variable's name; the token itself there is refused, unseen."""
    pasted = "v1.0-" + "0123456789abcdef" * 3
    settings_file(f'[accounts.acme]\naccount_id = "{ACCOUNT}"\n{key} = "{pasted}"\n')
    with pytest.raises(SettingsError, match="never the token itself") as caught:
        load_settings()
    assert pasted not in str(caught.value)
    assert caught.value.line == 3


class _Keyring(KeyringBackend):
    """A keyring with one entry."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, secret: str | None) -> None:
        super().__init__()
        self.secret = secret

    def get_password(self, service: str, username: str) -> str | None:
        if self.secret == "locked":
            raise NoKeyringError("no backend")
        return self.secret if (service, username) == ("wfp-ops", "acme") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def keyring_with():
    """Put a keyring with one entry in the place of this machine's."""
    before = keyring.get_keyring()
    yield lambda secret: keyring.set_keyring(_Keyring(secret))
    keyring.set_keyring(before)


def test_a_token_from_the_keyring(settings_file, keyring_with):
    """``token_keyring`` is asked under the service wfp-ops; empty and unreadable are told apart."""
    settings_file(f'[accounts.acme]\naccount_id = "{ACCOUNT}"\ntoken_keyring = "acme"\n')
    keyring_with(TOKEN)
    assert resolve_access(load_settings()).token.get_secret_value() == TOKEN
    keyring_with(None)
    with pytest.raises(SettingsError, match="keyring entry 'acme' holds no token"):
        resolve_access(load_settings())
    keyring_with("locked")
    with pytest.raises(SettingsError, match="keyring can't be asked") as caught:
        resolve_access(load_settings())
    assert caught.value.key == "accounts.acme.token_keyring"
