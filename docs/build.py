"""Rewrite the generated parts of the documentation, or say with ``--check`` which of them are stale.

    .venv/bin/python docs/build.py
    .venv/bin/python docs/build.py --check

A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end generated -->``; what makes
it is the function of that name in ``PARTS``. Everything outside of the marks is written by hand.
"""

# ruff: noqa: INP001 (scripts, no package)

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.testing import CliRunner

from wfp_ops import errors
from wfp_ops.api.analytics.refusals import RULES as ANALYTICS_RULES
from wfp_ops.api.refusals import RULES, Rule
from wfp_ops.audit.kinds import CUSTOMER_STATES, FLAGS, THING_STATES, Kind
from wfp_ops.change.guards.table import GUARDS
from wfp_ops.cli import failures
from wfp_ops.cli import main as cli
from wfp_ops.customers.columns import ALIASES
from wfp_ops.customers.statuses import SYNONYMS
from wfp_ops.frames.applies import APPLY_FRAMES
from wfp_ops.frames.changes import CHANGE_FRAMES
from wfp_ops.frames.changing import CHANGING_FRAMES
from wfp_ops.frames.columns import ALL_FRAMES, CUSTOMERS, FrameSpec
from wfp_ops.frames.customer import HISTORY
from wfp_ops.frames.history import HISTORY_FRAMES
from wfp_ops.frames.usage import USAGE_FRAMES
from wfp_ops.frames.usage_bounds import USAGE_BOUNDS
from wfp_ops.settings import model

ROOT = Path(__file__).parent.parent
COMMAND = ".venv/bin/python docs/build.py"
HELP_WIDTH = "100"
NONE = "-"
_PART = re.compile(r"<!-- generated: ([a-z-]+) -->\n(.*?)<!-- end generated -->", re.DOTALL)
_ANY_REFUSAL = frozenset(range(400, 500))


def main(arguments: Sequence[str]) -> int:
    """Rewrite what is stale; with ``--check`` change nothing and come back with 1 if anything is."""
    check = "--check" in arguments
    stale = [path for path in pages() if (text := read(path)) != built(text, path)]
    for path in stale:
        if not check:
            path.write_text(built(read(path), path), encoding="utf-8", newline="\n")
        verb = "is stale" if check else "rewritten"
        sys.stdout.write(f"{path.relative_to(ROOT).as_posix()} {verb}\n")
    if check and stale:
        sys.stdout.write(f"to bring it up to date: {COMMAND}\n")
    return 1 if check and stale else 0


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]


def read(path: Path) -> str:
    """A page's text."""
    return path.read_text(encoding="utf-8")


def built(text: str, path: Path) -> str:
    """The page with every generated part as it should be."""

    def part(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in PARTS:
            raise SystemExit(f"{path.name} has a part {name!r}, which nothing makes")
        return f"<!-- generated: {name} -->\n\n{PARTS[name]()}\n\n<!-- end generated -->"

    return _PART.sub(part, text)


def table(headings: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(value: object) -> str:
    """Text as code."""
    return f"`{value}`"


# audit/kinds.py


def kinds(which: Sequence[Kind]) -> str:
    """States or flags: what each means, how bad it is, what to do."""
    rows = (
        [code(kind.name), kind.meaning, kind.severity or "no finding", kind.suggestion or NONE]
        for kind in which
    )
    return table(["name", "when", "severity", "what to do"], rows)


# change/guards/table.py


def guards() -> str:
    """Every guard: what it is asked about, what it refuses, why, and how it is overridden."""
    rows = (
        [
            code(guard.name),
            f"{guard.level}; {guard.applies_to}",
            guard.refuses,
            guard.why,
            "never" if guard.never else code(f'--override {guard.name}="…"'),
        ]
        for guard in GUARDS
    )
    return table(["guard", "level; asked about", "refuses", "why", "override"], rows)


# settings/model.py


def settings(section: type[BaseModel], key: str) -> str:
    """One table of the settings file."""
    rows = (
        [code(name), kind_of(field.annotation), default_of(field), field.description or ""]
        for name, field in section.model_fields.items()
        if field.description
    )
    said = table(["key", "type", "default", "meaning"], rows)
    return f"{said}\n\nAs a variable: {code(variable(key, section))}." if key else said


def variable(key: str, section: type[BaseModel]) -> str:
    """An example of the variable that sets a key of this section."""
    return f"{model.ENV_PREFIX}{key}__{next(iter(section.model_fields))}".upper()


def kind_of(annotation: Any) -> str:
    """A setting's type as TOML knows it."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return kind_of(next(kind for kind in inside if kind is not type(None)))
    if origin is Literal:
        return " or ".join(code(f'"{word}"') for word in inside)
    if origin is tuple:
        return (
            "list of tables" if isinstance(inside[0], type) and issubclass(inside[0], BaseModel) else "list"
        )
    if origin is dict:
        return "table"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return {str: "text", int: "whole number", float: "number", Path: "path"}.get(
        annotation, getattr(annotation, "__name__", "")
    )


def default_of(field: FieldInfo) -> str:
    """A setting's default as it would be written in the file."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Path):
        return "the system's folder for programs' state"
    if value is None or value is PydanticUndefined:
        return NONE
    if isinstance(value, str):
        return code(f'"{value}"')
    return code({(): "[]"}.get(value, value) if isinstance(value, tuple) else value)


# frames/columns.py


def frames() -> str:
    """Every frame with its columns."""
    every = (
        *ALL_FRAMES,
        *CHANGE_FRAMES,
        *CHANGING_FRAMES,
        *APPLY_FRAMES,
        *USAGE_FRAMES,
        USAGE_BOUNDS,
        *HISTORY_FRAMES,
        HISTORY,
    )
    return "\n\n".join(map(frame, every))


def frame(spec: FrameSpec) -> str:
    """One frame."""
    rows = (
        [code(column.name), code(column.dtype), "yes" if column.nullable else "never", column.meaning]
        for column in spec.columns
    )
    return (
        f"## {spec.name}\n\nOne row is {spec.row}.\n\n{table(['column', 'dtype', 'null', 'meaning'], rows)}"
    )


# customers/


def customer_columns() -> str:
    """Our columns, with the spellings that are taken for them."""
    rows = (
        [code(column.name), ", ".join(map(code, ALIASES.get(column.name, ()))) or NONE, column.meaning]
        for column in CUSTOMERS.columns
    )
    return table(["our column", "also read from", "meaning"], rows)


def statuses() -> str:
    """Words that are taken for a status without being told."""
    return table(["in the list", "read as"], ([code(a), code(b)] for a, b in SYNONYMS.items()))


# errors.py and api/refusals.py


def error_classes() -> list[type[errors.WfpOpsError]]:
    """Every error, in the order of its declaration."""
    return [
        found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, errors.WfpOpsError)
    ]


def error_tree() -> str:
    """The tree as the module draws it, once it is certain that no class is missing from it."""
    drawn = inspect.cleandoc(errors.__doc__ or "").split("::\n\n")[1].split("\n\n")[0]
    tree = inspect.cleandoc(drawn)
    for found in error_classes():
        if not re.search(rf"\b{found.__name__}\b", tree):
            raise SystemExit(f"the tree in wfp_ops/errors.py lacks {found.__name__}")
    return f"```text\n{tree}\n```"


def error_table() -> str:
    """Every error with its exit code, in the tree's order."""
    place = {name: at for at, name in enumerate(re.findall(r"\w+Error\b", error_tree()))}
    ordered = sorted(error_classes(), key=lambda found: place[found.__name__])
    rows = ([code(found.__name__), str(exit_code(found)), summary(found)] for found in ordered)
    return table(["error", "exit", "meaning"], rows)


def exit_code(found: type[errors.WfpOpsError]) -> int:
    """What a command that ends with this error exits with."""
    return failures.exit_code(found)


def summary(thing: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split()).replace("``", "`")


def refusals() -> str:
    """What Cloudflare's codes become."""
    rows = ([statuses_of(rule), codes_of(rule), code(rule.error.__name__), rule.hint] for rule in RULES)
    return table(["HTTP", "Cloudflare code", "error", "what to do"], rows)


def analytics_refusals() -> str:
    """What the words of the analytics endpoint become."""
    rows = (
        [", ".join(f'"{words}"' for words in rule.words), code(rule.error.__name__), rule.hint]
        for rule in ANALYTICS_RULES
    )
    return table(["Cloudflare says", "error", "what to do"], rows)


def statuses_of(rule: Rule) -> str:
    """A rule's HTTP statuses."""
    return "4xx" if rule.statuses == _ANY_REFUSAL else ", ".join(map(str, sorted(rule.statuses)))


def codes_of(rule: Rule) -> str:
    """A rule's Cloudflare codes, and where it holds alone."""
    codes = ", ".join(map(str, sorted(rule.codes)))
    return codes if "" in rule.paths else f"{codes} on {', '.join(map(code, rule.paths))}"


# cli/


def exit_codes() -> str:
    """The table of exit codes as the command line's own module has it."""
    return "\n".join(line for line in (cli.__doc__ or "").split("\n") if line.startswith("|"))


def commands() -> str:
    """Every command's own help."""
    return "\n\n".join(map(command_help, leaves(typer.main.get_command(cli.app))))


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each command that does something."""
    inside: Mapping[str, Any] = getattr(command, "commands", {})
    if not inside or (path and command.invoke_without_command):
        yield path
    for name, inner in inside.items():
        yield from leaves(inner, (*path, name))


def command_help(path: tuple[str, ...]) -> str:
    """One command's heading and help."""
    environment = {"COLUMNS": HELP_WIDTH, "NO_COLOR": "1", "TERM": "dumb"}
    said = CliRunner().invoke(cli.app, [*path, "--help"], prog_name="wfp-ops", env=environment).stdout
    text = "\n".join(line.rstrip() for line in said.strip().split("\n"))
    return f"## wfp-ops {' '.join(path)}\n\n```text\n{text}\n```"


PARTS: Mapping[str, Callable[[], str]] = {
    "states-namespaces": lambda: kinds(THING_STATES),
    "states-customers": lambda: kinds(CUSTOMER_STATES),
    "flags": lambda: kinds(FLAGS),
    "guards": guards,
    "settings-top": lambda: settings(model.Settings, ""),
    "settings-accounts": lambda: settings(model.AccountSettings, ""),
    "settings-audit": lambda: settings(model.AuditSettings, "audit"),
    "settings-accepted": lambda: settings(model.AcceptedSettings, ""),
    "settings-customers": lambda: settings(model.CustomerSettings, "customers"),
    "settings-change": lambda: settings(model.ChangeSettings, "change"),
    "settings-api": lambda: settings(model.ApiSettings, "api"),
    "settings-usage": lambda: settings(model.UsageSettings, "usage"),
    "settings-memory": lambda: settings(model.MemorySettings, "memory"),
    "settings-cost": lambda: settings(model.CostSettings, "cost"),
    "frames": frames,
    "customer-columns": customer_columns,
    "statuses": statuses,
    "error-tree": error_tree,
    "error-table": error_table,
    "refusals": refusals,
    "analytics-refusals": analytics_refusals,
    "exit-codes": exit_codes,
    "commands": commands,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
