"""Every command explains itself, and doing so costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from wfp_ops.cli.main import app


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


ALL = dict(_commands(typer.main.get_command(app)))


def test_the_commands_are_those_of_the_contract():
    """What can be typed is what is documented."""
    leaves = {
        " ".join(path)
        for path, command in ALL.items()
        if not getattr(command, "commands", {}) or command.invoke_without_command
    }
    assert leaves == {
        "demo",
        "audit",
        "report",
        "doctor",
        "sandbox",
        "lab",
        "dashboard",
        "customer",
        "snapshot save",
        "snapshot list",
        "snapshot diff",
        "mark",
        "plan create",
        "plan delete",
        "plan rename",
        "plan show",
        "plan rehearse",
        "apply",
        "journal list",
        "journal show",
        "journal verify",
        "journal resume",
        "journal follow",
        "journal pause",
        "journal continue",
        "journal cancel",
        "archive list",
        "archive verify",
        "archive purge",
        "restore",
        "namespaces list",
        "namespaces get",
        "namespaces create",
        "namespaces delete",
        "workers list",
        "usage",
        "usage collect",
        "cost",
    }


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_has_a_sentence_and_an_example(path):
    """``--help`` of each command says what it does, shows every option's meaning, and ends with an example."""
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert "\n    wfp-ops " in result.stdout
    command = ALL[path]
    assert command.help.split("\n")[0].endswith(".")
    for option in command.params:
        assert getattr(option, "hidden", False) or option.help, option.name


@pytest.mark.parametrize("path", [path for path in ALL if path], ids=" ".join)
def test_no_first_sentence_is_cut_in_the_list_of_commands(path):
    """The list of a group's commands shows each first sentence whole."""
    listing = CliRunner().invoke(app, [*path[:-1], "--help"]).stdout
    assert "..." not in listing.split("Commands:")[1]


def test_help_loads_nothing_heavy():
    """Asking for help loads neither pandas nor an HTTP library nor pydantic."""
    code = (
        "import sys, wfp_ops.cli.main; "
        "print([name for name in ('pandas', 'numpy', 'httpx', 'pydantic', 'rich.console', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version():
    """``--version`` names program and version on one line."""
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("wfp-ops ")
    assert len(result.stdout.splitlines()) == 1
