"""Workers to upload in tests: multipart forms as httpx takes them."""

from __future__ import annotations

import json
from typing import Any

MODULE = 'export default {\n  async fetch(request, env) {\n    return new Response("hello");\n  },\n};\n'
SERVICE_WORKER = 'addEventListener("fetch", (event) => event.respondWith(new Response("hello")));\n'


def module_form(code: str = MODULE, **metadata: Any) -> dict[str, Any]:
    """An ES module ``index.js`` with this metadata."""
    document = {"main_module": "index.js", "compatibility_date": "2025-01-01", **metadata}
    return {
        "metadata": (None, json.dumps(document), "application/json"),
        "index.js": ("index.js", code, "application/javascript+module"),
    }


def json_form(part: str, document: object) -> dict[str, Any]:
    """A form with one JSON part."""
    return {part: (None, json.dumps(document), "application/json")}
