"""What the documentation has from the code is what the code says now."""

from __future__ import annotations

import html
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_generated_parts_are_up_to_date():
    """``docs/build.py --check`` finds nothing stale; if it does, it says the command that mends it."""
    done = subprocess.run(
        [sys.executable, DOCS / "build.py", "--check"], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def test_the_check_names_a_stale_page_and_the_command(monkeypatch, tmp_path, capsys):
    """A page that the code has left behind is named, with what to type; without --check it is rewritten."""
    build = _script("build")
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    page.write_text("# Page\n\n<!-- generated: flags -->\nold\n<!-- end generated -->\n", encoding="utf-8")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    assert build.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "docs/page.md is stale",
        "to bring it up to date: .venv/bin/python docs/build.py",
    ]
    assert build.main([]) == 0
    assert "| `trusted` |" in page.read_text(encoding="utf-8")
    assert build.main(["--check"]) == 0


def test_the_picture_shows_what_the_demo_prints():
    """The picture's text is what the demo prints now; if not: ``.venv/bin/python docs/pictures.py``."""
    pictures = _script("pictures")
    now = pictures.drawn(pictures.shown(pictures.demo_output()))
    assert _text_of(pictures.PICTURE.read_text(encoding="utf-8")) == _text_of(now)


def _script(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _text_of(svg):
    """The picture's words, line by line: what another version of Rich draws differently does not count."""
    lines = {}
    for height, words in re.findall(r'<text [^>]*y="([\d.]+)"[^>]*>([^<]*)</text>', svg):
        lines.setdefault(float(height), []).append(html.unescape(words).replace("\xa0", " "))
    return ["".join(words).rstrip() for _, words in sorted(lines.items())]
