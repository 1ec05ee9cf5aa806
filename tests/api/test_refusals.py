"""Every row of Cloudflare's error table becomes the right error, over real HTTP."""

from __future__ import annotations

import pytest
from support.names import ACCOUNT, NS
from support.stub_server import Answer, as_json, html, refused

from wfp_ops import errors

OWN = f"/accounts/{ACCOUNT}"
SC = f"{NS}/production/scripts/worker"
BINDING_TARGETS = [10041, 10085, 10181, 11000, 10144, 10061, 10157, 10159, 100143, 10182]

# status, code, chain, path, error
TABLE = [
    (404, 100119, (), f"{NS}/x", errors.NamespaceNotFoundError),
    (400, 100119, (), SC, errors.BadRequestError),
    (400, 100120, (), NS, errors.NamespaceNameError),
    (403, 10121, (), NS, errors.NotPurchasedError),
    (400, 10121, (), NS, errors.NotPurchasedError),
    (404, 10007, (), SC, errors.WorkerNotFoundError),
    (404, 10090, (), SC, errors.WorkerNotFoundError),
    (404, 10092, (), SC, errors.WorkerNotFoundError),
    (404, 10056, (), f"{SC}/secrets/A", errors.NotFoundError),
    (404, 7003, (), NS, errors.NotFoundError),
    (400, 7003, (), NS, errors.BadRequestError),
    (400, 10021, (), SC, errors.BadRequestError),
    (400, 10027, (), SC, errors.BadRequestError),
    (400, 10057, (), SC, errors.BadRequestError),
    (400, 10068, (), SC, errors.BadRequestError),
    *[(400, code, (), SC, errors.BadRequestError) for code in BINDING_TARGETS],
    (401, 10000, (), NS, errors.AuthenticationError),
    (403, 10000, (), NS, errors.PermissionDeniedError),
    (400, 9106, (), "/memberships", errors.AccountTokenError),
    (403, 9106, (), "/user/tokens/verify", errors.AccountTokenError),
    (400, 9106, (), NS, errors.AuthenticationError),
    (403, 9109, (), NS, errors.PermissionDeniedError),
    (400, 6003, (6111,), NS, errors.AuthenticationError),
    (400, 6003, (6103,), NS, errors.AuthenticationError),
    (400, 6003, (), NS, errors.BadRequestError),
    (401, 1000, (), NS, errors.AuthenticationError),
    (400, 1000, (), NS, errors.AuthenticationError),
    (401, 1000, (), "/user/tokens/verify", errors.AccountTokenError),
    (401, 1001, (), "/user/tokens/verify", errors.AuthenticationError),
    (429, 971, (), NS, errors.RateLimitError),
    (429, 10429, (), NS, errors.RateLimitError),
    (400, None, (), NS, errors.BadRequestError),
    (401, None, (), NS, errors.AuthenticationError),
    (403, None, (), NS, errors.PermissionDeniedError),
    (404, None, (), NS, errors.NotFoundError),
    (409, None, (), NS, errors.ConflictError),
    (422, None, (), NS, errors.UnprocessableEntityError),
    (418, None, (), NS, errors.APIStatusError),
    (500, 100119, (), NS, errors.InternalServerError),
    (502, None, (), NS, errors.InternalServerError),
    # the same codes under HTTP 200: the code alone tells
    (200, 100119, (), f"{NS}/x", errors.NamespaceNotFoundError),
    (200, 10007, (), SC, errors.WorkerNotFoundError),
    (200, 10121, (), NS, errors.NotPurchasedError),
    (200, 10429, (), NS, errors.RateLimitError),
    (200, 4711, (), NS, errors.APIStatusError),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}-{row[-1].__name__}")
def test_each_row_of_the_table(stub_server, transport, row):
    """Status and code (and chain, and path) make exactly this error, with its facts."""
    status, code, chain, path, expected = row
    stub_server.on("GET", path, refused(status, code, "Cloudflare's own words", chain=chain))
    with pytest.raises(errors.APIStatusError) as caught:
        transport.call("GET", path, list)
    error = caught.value
    assert type(error) is expected
    assert (error.status_code, error.code) == (status, code)
    assert error.endpoint == f"GET {path}"
    assert error.ray_id == "ray-1-FRA"
    assert error.hint
    if code is not None:
        assert "Cloudflare's own words" in error.message


def test_account_owned_token_is_an_authentication_error_too():
    """Who catches AuthenticationError catches an account-owned token as well."""
    assert issubclass(errors.AccountTokenError, errors.AuthenticationError)


@pytest.mark.parametrize("status", [200, 403, 429, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_firewall(stub_server, transport, status, method):
    """A challenge is a FirewallError with its ray id whatever its status, and is not tried again."""
    stub_server.on(method, "/x", html(status, cf_mitigated="challenge", cf_ray="abc-FRA"))
    with pytest.raises(errors.FirewallError) as caught:
        transport.call(method, "/x", list)
    assert caught.value.ray_id == "abc-FRA"
    assert len(stub_server.received) == 1


def test_blocked_page_of_the_edge(stub_server, transport):
    """A page with 403 and a ray id is the firewall, too, also without cf-mitigated."""
    stub_server.on("GET", "/x", html(403, cf_ray="abc-FRA"))
    with pytest.raises(errors.FirewallError):
        transport.call("GET", "/x", list)


def test_body_without_envelope_is_kept(stub_server, transport):
    """``{code, error}`` without an envelope: the code counts and the body is kept."""
    stub_server.on("GET", "/x", as_json({"code": 10007, "error": "workers.api.error"}, status=404))
    with pytest.raises(errors.WorkerNotFoundError) as caught:
        transport.call("GET", "/x", list)
    assert caught.value.code == 10007
    assert "workers.api.error" in caught.value.body


def test_documentation_and_pointer_are_shown(stub_server, transport):
    """A 403's documentation_url becomes part of the hint, the source pointer the field."""
    error = {
        "code": 10000,
        "message": "Authentication error",
        "documentation_url": "https://developers.cloudflare.com/x",
        "source": {"pointer": "/name"},
    }
    body = {"success": False, "errors": [error], "messages": ["old style"], "result": None}
    stub_server.on("GET", "/x", as_json(body, status=403))
    with pytest.raises(errors.PermissionDeniedError) as caught:
        transport.call("GET", "/x", list)
    assert "https://developers.cloudflare.com/x" in caught.value.hint
    assert caught.value.field == "/name"


def test_redirects_are_not_followed(stub_server, transport):
    """A redirect is an error, and nothing is sent to where it points."""
    stub_server.on("GET", "/x", Answer(b"", 302, {"Location": f"{stub_server.base_url}/stolen"}))
    with pytest.raises(errors.APIStatusError) as caught:
        transport.call("GET", "/x", list)
    assert caught.value.status_code == 302
    assert [got.path for got in stub_server.received] == ["/x"]


@pytest.mark.parametrize(
    "errors_list", [["plain text"], [None], [{"code": "10007"}], [{"code": True}], [{"error_chain": "x"}]]
)
def test_odd_error_lists_do_no_harm(stub_server, transport, errors_list):
    """Errors of a form that nobody documented still end in a typed error."""
    body = {"success": False, "errors": errors_list, "messages": "?", "result": None}
    stub_server.on("GET", "/x", as_json(body, status=404))
    with pytest.raises(errors.NotFoundError):
        transport.call("GET", "/x", list)


def test_control_characters_of_the_wire_are_not_printed(stub_server, transport):
    """A message can't steer the terminal that shows it."""
    stub_server.on("GET", "/x", refused(400, 10021, "evil \x1b[2J\r\n" + "long" * 1000))
    with pytest.raises(errors.BadRequestError) as caught:
        transport.call("GET", "/x", list)
    assert "\x1b" not in str(caught.value)
    assert len(caught.value.message) < 500


def test_a_forbidding_page_is_a_firewall_without_any_header(stub_server, transport):
    """The API forbids in JSON only: a page with 403 is a firewall's or a proxy's, not a missing permission."""
    stub_server.on("GET", "/x", html(403))
    with pytest.raises(errors.FirewallError) as caught:
        transport.call("GET", "/x", list)
    assert "firewall or proxy" in caught.value.message
    assert len(stub_server.received) == 1
