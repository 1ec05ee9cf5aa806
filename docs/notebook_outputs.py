"""Run the notebooks again and keep their outputs, as they are committed.

    .venv/bin/python docs/notebook_outputs.py                      # all of them
    .venv/bin/python docs/notebook_outputs.py 02_create_missing    # one

Clock, account and traffic are fixed. What still differs from run to run (digests, ids that the sandbox makes
up, seconds: ``tests/nbval_sanitize.cfg``) is no reason to write a cell's outputs anew, so that a difference
in the repository is one in what a reader sees. No widget is kept: it is large, and dead without a kernel.
What stands for one is a picture of ``docs/images`` that a text cell holds (``attachment:NAME.png``).
"""

# ruff: noqa: INP001 (scripts, no package)

from __future__ import annotations

import base64
import json
import os
import re
import sys
import tempfile
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
IMAGES = ROOT / "docs" / "images"
SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"
_OURS = ("CLOUDFLARE_", "CF_", "WFP_OPS_")
_DEAD = "application/vnd.jupyter.widget-view+json"
# where the built-in sandbox keeps its list is another folder each time, and this machine's
_FOLDER_OF_THE_SANDBOX = re.compile(r"[^\s\"<>]*/wfp-ops-sandbox-\w+/")


def main(names: list[str]) -> None:
    """Run each, and write it where something changed; no settings and no state of anybody's play a part."""
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    for path in sorted(FOLDER.glob("*.ipynb")):
        if names and path.stem not in names:
            continue
        before = path.read_text(encoding="utf-8")
        text = run_again(before)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.name}: {'changed' if text != before else 'as it was'}\n")


def run_again(text: str) -> str:
    """The same notebook with the outputs of this run, those that say the same left as they were."""
    notebook = nbformat.reads(text, as_version=4)
    earlier = {cell.id: (cell.source, cell.outputs) for cell in _code(nbformat.reads(text, as_version=4))}
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook, kernel_name="python3", timeout=600, record_timing=False, store_widget_state=False
        )
        client.execute(cwd=folder)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        _attach_pictures(cell)
    for cell in _code(notebook):
        cell.outputs = [output for output in cell.outputs if _DEAD not in output.get("data", {})]
        source, outputs = earlier[cell.id]
        if source == cell.source and _said(outputs) == _said(cell.outputs):
            cell.outputs = [_counted(output, cell.execution_count) for output in outputs]
    # the version of whoever ran it last is news to nobody
    notebook.metadata.language_info = nbformat.reads(text, as_version=4).metadata.language_info
    return _FOLDER_OF_THE_SANDBOX.sub(".../", nbformat.writes(notebook)) + "\n"


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _attach_pictures(cell: Any) -> None:
    """The pictures that a text cell shows, as they are in the documentation now."""
    for name in re.findall(r"attachment:([\w.-]+\.png)", cell.source if cell.cell_type == "markdown" else ""):
        picture = base64.b64encode((IMAGES / name).read_bytes()).decode()
        cell.setdefault("attachments", {})[name] = {"image/png": picture}


def _counted(output: Any, number: int) -> Any:
    if "execution_count" in output:
        output.execution_count = number
    return output


def _said(outputs: list[Any]) -> str:
    """What outputs say, without what differs from run to run."""
    text = json.dumps([{**output, "execution_count": None} for output in outputs], sort_keys=True)
    rules = ConfigParser(interpolation=None)
    rules.read(SANITIZE, encoding="utf-8")
    for section in rules.sections():
        text = re.sub(rules[section]["regex"], rules[section]["replace"], text)
    return text


if __name__ == "__main__":
    main(sys.argv[1:])
