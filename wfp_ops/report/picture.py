"""A chart as something that a page can hold without another file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from wfp_ops.charts.export import rendered

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def data_uri(figure: Figure) -> tuple[str, str]:
    """The picture (SVG) as a data URI, and what it shows in words, for who can't see it.

    As an image nothing in it can run or load anything, whatever stands in its texts.
    """
    picture = base64.b64encode(rendered(figure, "svg")).decode()
    return f"data:image/svg+xml;base64,{picture}", str(getattr(figure, "description", ""))
