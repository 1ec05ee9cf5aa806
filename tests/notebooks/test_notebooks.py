"""The shipped notebooks as a reader finds them. nbval runs them and compares the outputs that are stable."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from support.sandbox_server import running_sandbox

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(path.name for path in FOLDER.glob("*.ipynb"))

# What another machine, or the next run, would show otherwise; and what nobody should see
UNSTABLE = re.compile(
    r"/(?:tmp|home|root|Users|var|work|private)/|[A-Z]:\\\\|127\.0\.0\.1|localhost|wfp-ops-sandbox-"
    r"|sandbox-token|Bearer|object at 0x|T_[0-9a-f]{5}"
)
CONNECT = re.compile(r'wfp_ops\.connect\("sandbox"[^)]*\)')


def _read(name: str) -> Any:
    return nbformat.read(FOLDER / name, as_version=4)


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    """The folder holds at least the audit's."""
    assert "01_audit_namespaces.ipynb" in NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_starts_with_its_question(name):
    """The first cell is a title and the question that the notebook answers."""
    first = _read(name).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert re.search(r"\*\*The question\.\*\* .+\?", first.source)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_was_run_from_top_to_bottom(name):
    """Every code cell was run, in order, once, without an error; those that nbval compares show something."""
    cells = _code(_read(name))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        kinds = [output.output_type for output in cell.outputs]
        assert "error" not in kinds, cell.source
        assert kinds or "nbval-check-output" not in cell.metadata.get("tags", []), cell.source
    assert any("nbval-check-output" in cell.metadata.get("tags", []) for cell in cells)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_outputs_hold_nothing_of_this_machine(name):
    """No path, port, token, temporary name or random id."""
    for cell in _code(_read(name)):
        found = UNSTABLE.search(json.dumps(cell.outputs, ensure_ascii=False))
        assert found is None, f"{found} in the output of:\n{cell.source}"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_metadata_is_small(name):
    """No widget state, no times of a run: a diff shows what changed, and nothing else."""
    notebook = _read(name)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_one_line_names_the_account(name):
    """To use it on a real account, one line is changed."""
    assert len(CONNECT.findall("\n".join(cell.source for cell in _code(_read(name))))) == 1


@pytest.mark.parametrize(
    "namespaces", [(), ("customer-1", "customer-9", "customer-07", "tools")], ids=["empty", "small"]
)
def test_the_audit_runs_on_a_plain_account(namespaces, monkeypatch, tmp_path):
    """With its one line changed it runs on an account with few or no namespaces, and a list of bare ids."""
    (tmp_path / "list.csv").write_text(
        "customer_id,status\n1,active\n7,active\n8,churned\n", encoding="utf-8"
    )
    (tmp_path / "wfp-ops.toml").write_text('[customers]\nsource = "list.csv"\n', encoding="utf-8")
    notebook = _read("01_audit_namespaces.ipynb")
    for cell in _code(notebook):
        cell.source = CONNECT.sub("wfp_ops.connect()", cell.source)
    with running_sandbox() as sandbox:
        sandbox.load(*namespaces)
        for variable, value in sandbox.environment().items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("WFP_OPS_STATE_DIR", str(tmp_path / "state"))
        NotebookClient(notebook, kernel_name="python3", timeout=120).execute(cwd=str(tmp_path))
    shown = notebook.cells[-1].outputs[0].text
    assert shown.startswith(f"{len(namespaces)} namespaces and 3 customer records")
