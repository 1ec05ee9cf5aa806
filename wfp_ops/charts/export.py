"""Charts as files: SVG and PNG, the same bytes for the same chart, written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wfp_ops.charts.look import is_number
from wfp_ops.errors import SettingsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = {".svg": "svg", ".png": "png"}
_DPI = 100


def save(figure: Figure, path: str | os.PathLike[str], *, scale: float = 1.0) -> Path:
    """Write a chart as SVG or PNG, as the path's ending says; returns where.

    The same chart gives the same file, byte for byte: no date stands in it, and ids do not depend on chance.
    A file that is there is replaced in one step. Letters are drawn as shapes, so an SVG looks the same
    wherever it is opened.

    Args:
        figure: what one of the functions here returned; another matplotlib Figure will do.
        path: the file, ending in ``.svg`` or ``.png``.
        scale: of a PNG, how many dots each pixel of the chart has; 2 is crisp on any screen.

    Raises:
        SettingsError: the path has another ending, or the scale is no scale.
        OSError: the file can't be written; what was there is as it was.
    """
    target = Path(path)
    kind = _FORMATS.get(target.suffix.lower())
    if kind is None:
        raise SettingsError(
            f"a chart can't be written as {target.suffix or target.name!r}",
            key="path",
            hint="let the file's name end in .svg or .png",
        )
    if not (is_number(scale) and 0 < float(scale) <= 10):
        raise SettingsError(f"{scale!r} is no scale", key="scale", hint="take 1, or 2 for sharper pictures")
    _replace(target.resolve(), rendered(figure, kind, scale))
    return target


def rendered(figure: Figure, kind: str, scale: float = 1.0) -> bytes:
    """The bytes of the picture, ``svg`` or ``png``."""
    title = getattr(figure, "description", None)
    picture = io.BytesIO()
    about = {"Title": title} if title else {}
    if kind == "svg":
        with _salted():
            figure.savefig(picture, format="svg", metadata={"Date": None, "Creator": "wfp-ops", **about})
    else:
        figure.savefig(picture, format="png", dpi=_DPI * scale, metadata={"Software": None, **about})
    return picture.getvalue()


def _salted() -> contextlib.AbstractContextManager[None]:
    """Ids from what is drawn and not from chance, also in a Figure that somebody else has made."""
    import matplotlib as mpl  # noqa: PLC0415 (checking a path needs none)

    return mpl.rc_context({"svg.hashsalt": "wfp-ops"})


def _replace(target: Path, content: bytes) -> None:
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
