"""The names that tests on the stub server share."""

from __future__ import annotations

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "secret-token-0123456789"
NS = f"/accounts/{ACCOUNT}/workers/dispatch/namespaces"


def namespace(name: str, number: int = 0, **more: object) -> dict[str, object]:
    """A namespace as it stands on the wire."""
    return {"namespace_name": name, "namespace_id": f"id-{name}-{number}", "script_count": 1, **more}


def namespaces(count: int, start: int = 0) -> list[dict[str, object]]:
    """So many namespaces of different names."""
    return [namespace(f"customer-{index}") for index in range(start, start + count)]
