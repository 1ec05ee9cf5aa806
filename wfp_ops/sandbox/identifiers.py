"""Ids that look like Cloudflare's and come out the same for the same seed."""

from __future__ import annotations

import hashlib
import uuid


def hex_id(*parts: object, length: int = 32) -> str:
    """``length`` (at most 64) hex characters that depend on nothing but ``parts``."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:length]


def uuid_id(*parts: object) -> str:
    """A UUID (its version bits say 4, as Cloudflare's do) that depends on nothing but ``parts``."""
    return str(uuid.UUID(hex=hex_id(*parts), version=4))
