"""What every page of ours has near its beginning, by which it is told from somebody else's file."""

from __future__ import annotations

MARK = '<meta name="generator" content="wfp-ops report/1">'
