"""What is wrong with a document that a control route got."""

from __future__ import annotations


class InputError(ValueError):
    """A posted document is not what the route takes; the message says where and why."""
