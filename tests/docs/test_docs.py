"""What the documentation shows works: links, commands, Python, settings."""

from __future__ import annotations

import os
import shlex

import pytest
import typer.main
from support.pages import PAGES, ROOT, anchors, blocks, links, name_of, prose
from support.sandbox_server import running_sandbox

from wfp_ops.cli.main import app
from wfp_ops.settings.load import load_settings
from wfp_ops.usage.cost.prices import parse_prices

COMMAND = typer.main.get_command(app)
SHELL = ("bash", "sh", "console", "text")
SHOWN_ADDRESS = "http://127.0.0.1:8787/client/v4"


def every(*languages):
    """Each block in these languages, with a name for the test's report."""
    return [
        pytest.param(block, id=f"{name_of(page)}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page, *languages))
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    """Each link within the repository leads to a file, and its anchor to a heading there."""
    for target in links(page):
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        assert aim.exists(), target
        assert not anchor or anchor in anchors(aim), target


def test_every_page_is_in_the_index():
    """Each page of docs/ can be found from its index and from the README."""
    pages = {page.name for page in PAGES if page.parent.name == "docs"} - {"README.md"}
    for index in (ROOT / "docs" / "README.md", ROOT / "README.md"):
        assert {target.split("#")[0].split("/")[-1] for target in links(index)} >= pages, index


def test_every_command_has_its_help_in_the_docs():
    """Each command has a heading in docs/commands.md, and no other does."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    headings = [line.removeprefix("## ") for line in text.split("\n") if line.startswith("## ")]
    assert sorted(headings) == sorted(f"wfp-ops {' '.join(path)}" for path in _leaves(COMMAND))


@pytest.mark.parametrize("block", every(*SHELL))
def test_commands_shown_can_be_typed(block):
    """Each ``wfp-ops …`` line names a command that exists, with options and arguments that it takes."""
    for line in block.replace("\\\n", " ").split("\n"):
        for words in _commands(line):
            _parse(words)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wfp-ops adit", "adit"),
        ("wfp-ops audit --chek", "chek"),
        ("a && X=1 wfp-ops namespaces list all > x", "all"),
        ("wfp-ops namespaces get", "Missing"),
    ],
)
def test_a_slip_in_a_command_is_seen(line, said):
    """The test above fails on a command, an option or a word that does not exist, or one that lacks."""
    with pytest.raises(Exception, match=said):
        list(map(_parse, _commands(line)))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The demo's account, and its customer list where the pages' code looks for it."""
    folder = tmp_path_factory.mktemp("docs")
    with running_sandbox("acme", write_customers=folder / "customers.csv") as sandbox:
        yield sandbox, folder


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_python_shown_runs(page, server, monkeypatch, tmp_path):
    """A page's Python blocks run one after the other, as in a notebook, on the demo's account."""
    sandbox, folder = server
    for variable, value in sandbox.environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("WFP_OPS_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(folder)
    names = {"__name__": "__main__"}
    for number, block in enumerate(blocks(page, "python")):
        source = block.replace(SHOWN_ADDRESS, sandbox.base_url)
        exec(compile(source, f"{name_of(page)}, block {number}", "exec"), names)
    if page == ROOT / "README.md":
        assert len(names["left"]), "the README's question has no answer on the demo's account"


@pytest.mark.parametrize("block", every("toml"))
def test_settings_shown_are_settings(block, tmp_path):
    """Each TOML block is a settings file, or a price table, that is taken as it stands."""
    if block.startswith("[[prices]]"):
        assert parse_prices(block, "the page").entries
        return
    file = tmp_path / "wfp-ops.toml"
    file.write_text(block, encoding="utf-8")
    load_settings(file)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_generated_parts_are_closed(page):
    """Each mark of a generated part has its end, so that a rewrite finds all of them."""
    text = prose(page)
    assert text.count("<!-- generated: ") == text.count("<!-- end generated -->")


def _leaves(command, path=()):
    inside = getattr(command, "commands", {})
    if not inside or (path and command.invoke_without_command):
        yield path
    for name, inner in inside.items():
        yield from _leaves(inner, (*path, name))


def _commands(line):
    """The words behind each ``wfp-ops`` of a shell line, redirections left out."""
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        tokens = list(lexer)
    except ValueError:  # prose with an apostrophe in a text block
        return
    words = []
    for token in [*tokens, ";"]:
        if set(token) <= set("|&;<>()"):
            while words and "=" in words[0]:
                words.pop(0)
            if words and os.path.basename(words[0]) == "wfp-ops":  # noqa: PTH119 (a word, no path)
                yield words[1:]
            words = [""] if set(token) & set("<>") else []
        else:
            words.append(token)


def _parse(words):
    """Resolve the command and parse what follows it, as the command line does before it runs."""
    command = COMMAND
    words = list(words)
    while inside := getattr(command, "commands", {}):
        if words in (["--version"], ["--help"]):
            return
        if words[0] == "--traceback":
            words.pop(0)
            continue
        if command.invoke_without_command and (not words or words[0].startswith("-")):
            break  # options of its own
        assert words[0] in inside, f"there is no command {words[0]!r}"
        command = inside[words.pop(0)]
    if "--help" not in words:
        command.make_context(command.name, words)
