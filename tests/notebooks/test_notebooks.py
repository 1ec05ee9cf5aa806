"""The shipped notebooks as a reader finds them. nbval runs them and compares the outputs that are stable."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from support.commands import NOW
from support.sandbox_server import running_sandbox

from wfp_ops.clock import parse_time

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(path.name for path in FOLDER.glob("*.ipynb"))
WORKBENCH = "05_workbench.ipynb"

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
    """The folder holds those that the documentation names."""
    assert [name.partition("_")[0] for name in NOTEBOOKS] == ["01", "02", "03", "04", "05"]


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


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_ends_with_a_conclusion_and_shows_a_picture(name):
    """The last cell says in words what was found; somewhere on the way there is something to look at."""
    cells = _code(_read(name))
    assert cells[-1].outputs[0].name == "stdout"
    kinds = {kind for cell in cells for output in cell.outputs for kind in output.get("data", {})}
    assert "image/png" in kinds or name == WORKBENCH


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_complains_on_the_way(name):
    """No warning of a library that will change, no progress bar."""
    for cell in _code(_read(name)):
        assert not [output for output in cell.outputs if output.get("name") == "stderr"], cell.source


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_cells_are_short(name):
    """A cell is read at a glance."""
    for cell in _code(_read(name)):
        assert len(cell.source.splitlines()) <= 30, cell.source


@pytest.fixture
def plain(monkeypatch, tmp_path):
    """Settings of a plain account: a list of bare ids, and a folder for what is kept."""
    (tmp_path / "list.csv").write_text(
        "customer_id,status,churned_on\n1,active,\n7,active,\n8,churned,2020-01-31\n9,active,\n",
        encoding="utf-8",
    )
    (tmp_path / "wfp-ops.toml").write_text('[customers]\nsource = "list.csv"\n', encoding="utf-8")
    monkeypatch.setenv("WFP_OPS_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


def _run(notebook, sandbox, monkeypatch, folder):
    """Run it with its one line changed, as on an account of one's own."""
    for cell in _code(notebook):
        cell.source = CONNECT.sub("wfp_ops.connect()", cell.source)
    for variable, value in sandbox.environment().items():
        monkeypatch.setenv(variable, value)
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute(cwd=str(folder))


PLAIN = {"empty": (), "small": ("customer-1", "customer-8", "customer-07", "tools")}


@pytest.mark.parametrize("namespaces", PLAIN.values(), ids=list(PLAIN))
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs_on_a_plain_account_and_changes_nothing(name, namespaces, monkeypatch, plain):
    """With its one line changed it runs from top to bottom, on few or no namespaces, and only reads."""
    notebook = _read(name)
    with running_sandbox() as sandbox:
        sandbox.load(*namespaces)
        before = sandbox.state()
        _run(notebook, sandbox, monkeypatch, plain)
        assert sandbox.state() == before
    assert not list(plain.glob("state/**/journals/*"))
    if name == "01_audit_namespaces.ipynb":
        shown = notebook.cells[-1].outputs[0].text
        assert shown.startswith(f"{len(namespaces)} namespaces and 4 customer records")


@pytest.mark.parametrize(
    "name", [name for name in NOTEBOOKS if "account.apply(" in (FOLDER / name).read_text()]
)
def test_running_all_cells_never_applies(name, monkeypatch, plain):
    """Even where a person has allowed changes, a plan's words are typed anew: who runs all cells types none."""
    notebook = _read(name)
    for cell in _code(notebook):
        cell.source = cell.source.replace('read_only = account.name != "sandbox"', "read_only = False")
        # what a person does on the day on which the grace is over
        cell.source = cell.source.replace('if account.name == "sandbox" else {}', "")
    monkeypatch.setenv("WFP_OPS_NOW", NOW)
    with running_sandbox("acme", now=parse_time(NOW), write_customers=plain / "list.csv") as sandbox:
        before = sandbox.state()
        with pytest.raises(CellExecutionError, match="StdinNotImplementedError"):
            _run(notebook, sandbox, monkeypatch, plain)
        assert sandbox.state() == before
    assert not list(plain.glob("state/**/journals/*"))
