"""What Cloudflare says when it refuses, one function for each refusal that is met in several places.

Sources: cloudflare/workers-sdk (codes that wrangler keys on), the Terraform provider (404 for a namespace
that does not exist), and answers of the live API that independent clients report.
"""

from __future__ import annotations

from wfp_ops.sandbox.envelope import Refusal


def no_namespace(name: str, *, status: int = 404) -> Refusal:
    """``status`` is 400 where the namespace is only bound by an upload."""
    return Refusal(status, 100119, f'Dispatch namespace "{name}" does not exist on this account.')


def bad_namespace_name() -> Refusal:
    """One code for a name that is taken and one that is not allowed."""
    return Refusal(
        400,
        100120,
        "Invalid dispatch namespace name. Ensure it does not already exist and that it holds only letters, "
        "digits, dashes and underscores, at most 63 of them.",
    )


def no_worker() -> Refusal:
    """The script is not in this namespace, or not in the account."""
    return Refusal(404, 10007, "This Worker does not exist on your account.")


def no_version(version_id: str) -> Refusal:
    """The Worker has no version of that id (the code is one that a user of wrangler met)."""
    return Refusal(404, 100146, f'Version "{version_id}" not found.')


def no_secret(name: str) -> Refusal:
    """The Worker has no secret of that name."""
    return Refusal(404, 10056, f'Secret "{name}" not found.')


def not_purchased() -> Refusal:
    """The account has no Workers for Platforms."""
    return Refusal(
        403,
        10121,
        "You do not have access to dispatch namespaces. Purchase Workers for Platforms to use them.",
    )


def no_route(path: str) -> Refusal:
    """The path leads nowhere, or an id in it is malformed."""
    return Refusal(
        404,
        7003,
        f"Could not route to {path}, perhaps your object identifier is invalid?",
        also=[(7000, "No route for that URI")],
    )


def wrong_method() -> Refusal:
    """The path exists, the method does not."""
    return Refusal(405, 10405, "Method not allowed for this authentication scheme")


def malformed_json() -> Refusal:
    """The body is no JSON."""
    return Refusal(400, 6007, "Malformed JSON in request body")


def invalid_upload(reason: str) -> Refusal:
    """Script, settings or metadata did not pass validation."""
    return Refusal(400, 10021, reason)


def user_token_needed() -> Refusal:
    """An account-owned token on an endpoint for users."""
    return Refusal(400, 9106, "Authentication failed: this endpoint needs a token owned by a user.")
