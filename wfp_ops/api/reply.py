"""One HTTP answer as it came, before anybody believes it."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

_MAX_BODY_SHOWN = 2000
_MAX_MESSAGE_SHOWN = 400


@dataclass(frozen=True)
class Reply:
    """Status, headers and the whole body of one answer to a ``method`` on a ``path``."""

    method: str
    path: str
    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def endpoint(self) -> str:
        """Method and path, as errors show it."""
        return f"{self.method} {self.path}"

    @property
    def ray_id(self) -> str | None:
        """Cloudflare's id of the request, which its support asks for (header ``cf-ray``)."""
        ray = self.headers.get("cf-ray")
        return plain(ray, 64) if ray else None

    @property
    def is_html(self) -> bool:
        """Whether a page came: the firewall and proxies answer so, the API never does."""
        kind = self.headers.get("content-type", "")
        return kind.startswith("text/html") or self.body[:64].lstrip()[:5].lower() in {b"<html", b"<!doc"}

    @property
    def mitigated(self) -> bool:
        """Whether a firewall stepped in: header ``cf-mitigated``, or a page with 403.

        The API says no in JSON only, so a forbidding page comes from a firewall or a proxy on the
        way, and no permission of the token would change it.
        """
        return "cf-mitigated" in self.headers or (self.status == 403 and self.is_html)

    @property
    def from_cloudflare(self) -> bool:
        """Whether it came from Cloudflare's edge, by the headers that it puts into every answer."""
        return "cf-mitigated" in self.headers or "cf-ray" in self.headers

    @property
    def shown_body(self) -> str | None:
        """The body as text for a person, cut and without control characters; None when it is empty."""
        return plain(self.body[: 4 * _MAX_BODY_SHOWN].decode("utf-8", "replace"), _MAX_BODY_SHOWN) or None


def plain(text: str, limit: int = _MAX_MESSAGE_SHOWN) -> str:
    """Text from the wire, safe to print: control characters become blanks, the length is bounded."""
    clean = "".join(char if char.isprintable() else " " for char in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
