"""What the analytics endpoint says when it refuses, and with which HTTP status.

Source: Cloudflare docs, analytics/graphql-api/errors. The strings in ``extensions.code`` are what independent
clients report.
"""

from __future__ import annotations


class AnalyticsError(Exception):
    """A query is refused: ``message``, the documented HTTP ``status``, and the code in the extensions."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


def too_old(reach_s: int) -> AnalyticsError:
    """The range begins before what is kept (or has no beginning)."""
    return AnalyticsError(400, f"cannot request data older than {reach_s}s", "quota")


def too_wide(widest_s: int, asked_s: int) -> AnalyticsError:
    """The range is wider than one query may ask for."""
    return AnalyticsError(
        400,
        f"query time range is too large. Time range can't be wider than {widest_s}s, but it's {asked_s}s",
        "quota",
    )


def bad_limit(largest: int, asked: int) -> AnalyticsError:
    """No rows asked for, or more than a page holds."""
    return AnalyticsError(
        400, f"limit must be positive number and not greater than {largest}, but it's {asked}", "quota"
    )


def too_many_fields(most: int, asked: int) -> AnalyticsError:
    """More fields of one node than may be asked for at once."""
    return AnalyticsError(400, f"number of fields can't be more than {most}, but it's {asked}", "quota")


def unknown_field(name: str) -> AnalyticsError:
    """A field that the schema has not, or not for this account."""
    return AnalyticsError(400, f'unknown field "{name}"')


def bad_arguments(reason: str) -> AnalyticsError:
    """An argument or variable of the wrong kind."""
    return AnalyticsError(400, f"error parsing args: {reason}")


def bad_query(reason: str) -> AnalyticsError:
    """No query at all, or a malformed one."""
    return AnalyticsError(400, f"query contains error, please review it and retry: {reason}")


def not_authorized() -> AnalyticsError:
    """Another account, or a token without "Account Analytics: Read"."""
    return AnalyticsError(403, "not authorized for that account", "authz")


def no_access(path: str) -> AnalyticsError:
    """The account's plan does not have this dataset."""
    return AnalyticsError(403, f'does not have access to the path "{path}"', "authz")


def out_of_budget() -> AnalyticsError:
    """Too many queries in five minutes."""
    return AnalyticsError(429, "rate limiter budget depleted, try again after 5 minutes", "budget")


def too_many_nodes() -> AnalyticsError:
    """More datasets in one request than may be asked for at once."""
    return AnalyticsError(
        429, "in combination, your request queries too many nodes, zones and accounts", "budget"
    )


def too_costly() -> AnalyticsError:
    """What would have to be read is beyond what one query may take."""
    return AnalyticsError(
        429,
        "query consumed excessive resources, please try running smaller queries "
        "which consume fewer resources",
        "budget",
    )


def broken() -> AnalyticsError:
    """A mistake of the sandbox itself."""
    return AnalyticsError(500, "Internal server error")
