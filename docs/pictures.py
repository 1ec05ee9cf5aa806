"""Draw ``docs/images/demo.svg``: the first lines of what ``wfp-ops demo`` prints, coloured as on a terminal.

    .venv/bin/python docs/pictures.py

The demo runs as a process of its own with a fixed clock (its seed is fixed by default), so that the
picture changes only when the output does. From ``STOP`` the output goes on, and the picture does not.
"""

# ruff: noqa: INP001 (scripts, no package)

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

PICTURE = Path(__file__).parent / "images" / "demo.svg"
NOW = "2026-11-23T12:00:00Z"
WIDTH = 100
STOP = r"^✖ conflict .*critical"
_OURS = ("CLOUDFLARE_", "CF_", "WFP_OPS_")

# A dark window stands out on a light page and is at home on a dark one; every colour on it is readable
THEME = TerminalTheme(
    background=(22, 27, 34),
    foreground=(214, 222, 230),
    normal=[
        (72, 79, 88),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (214, 222, 230),
    ],
)


def main() -> None:
    """Draw the picture anew."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(shown(demo_output())), encoding="utf-8", newline="\n")
    sys.stdout.write(
        f"{PICTURE.relative_to(Path.cwd()) if PICTURE.is_relative_to(Path.cwd()) else PICTURE}\n"
    )


def demo_output() -> str:
    """What the demo prints on a colour terminal."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    environment.pop("NO_COLOR", None)
    environment |= {
        "WFP_OPS_NOW": NOW,
        "COLUMNS": str(WIDTH),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
        "COLORTERM": "",
    }
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "wfp_ops.cli.main", "demo"],
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    return done.stdout


def shown(output: str) -> Text:
    """The part of the output that the picture shows, beneath the command that was typed."""
    text = Text("\n").join(Text.from_ansi(line) for line in output.split("\n"))
    found = re.search(STOP, text.plain, re.MULTILINE)
    if found is None:
        raise SystemExit(f"the demo prints nothing like {STOP!r}: say in STOP where the picture ends")
    prompt = Text.assemble(("$ ", "dim"), ("wfp-ops demo", "bold"), "\n")
    return Text.assemble(prompt, text[: len(text.plain[: found.start()].rstrip())])


def drawn(text: Text) -> str:
    """The text as SVG, without the web fonts that no page loads for a picture."""
    console = Console(width=WIDTH, record=True, file=io.StringIO(), highlight=False)
    console.print(text, crop=False)
    svg = console.export_svg(title="wfp-ops demo", theme=THEME, unique_id="demo")
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.split("\n")).strip() + "\n"


if __name__ == "__main__":
    main()
