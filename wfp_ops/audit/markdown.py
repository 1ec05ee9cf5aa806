"""An audit as Markdown, for a pull request, a chat or a job's summary: counts, worst findings, what to do.

Names come from other people, and what shows the page may make links, mentions and pictures of them.
So every name stands in a code span, where nothing is markup; free text stands in one as soon as there
is anything in it that could be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from wfp_ops.audit.show import SYMBOLS, changed, headline
from wfp_ops.clock import iso
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit, FindingGroup

LIMIT = 5
# What a comment may hold at GitHub is 65,536 characters; the rest is for who puts a line above it
MOST_CHARACTERS = 60_000
_LONGEST_NAME = 120
_LONGEST_TEXT = 240
_ABOUT = {"namespace": "namespace", "worker": "Worker", "customer_id": "customer"}
# Not a word of it can become a link, a mention, an issue, a commit, emphasis, HTML or another cell
_PLAIN = re.compile(r"(?!.*(?:www\.|\bGH-\d|[0-9a-fA-F]{7}))'?[^\W_](?:[\w .,;:()'\"%=?+/-]*[\w.)'\"])?")
_RISKY = re.compile(r"\b_|_\b|:/|//")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def as_markdown(audit: Audit, *, limit: int = LIMIT) -> str:
    """The whole page, with at most ``limit`` findings of each kind; ends with a line feed."""
    return "\n".join([f"## Audit of {name(audit.account_name)}", "", *section(audit, limit=limit), ""])


def section(audit: Audit, *, limit: int, most: int = MOST_CHARACTERS) -> list[str]:
    """What stands under an audit's heading, line by line, in about so many characters at most."""
    lines = [f"**{headline(audit)}**", "", *_facts(audit), "", *_states(audit)]
    lines += [f"\n{text(sentence)}" for sentence in changed(audit)]
    room = most - sum(map(len, lines))
    left_out: list[str] = []
    for group in audit.groups():
        part = list(_group(group, limit))
        room -= sum(map(len, part)) + len(part)
        if room < 0 or left_out:
            left_out.append(f"{len(group.rows):,} {group.kind}")
        else:
            lines += part
    if left_out:
        lines += ["", f"Left out here, because the page would be too long: {', '.join(left_out)}."]
    return [*lines, *_asides(audit)]


def name(word: str) -> str:
    """A name as a code span, cut if it is very long."""
    return _code(_cut(visible(word), _LONGEST_NAME))


def text(sentence: str) -> str:
    """A sentence as it is where nothing in it can be markup, else as a code span."""
    shown = _cut(visible(sentence), _LONGEST_TEXT)
    plain = _PLAIN.fullmatch(shown) is not None and _RISKY.search(shown) is None
    return shown if plain or not shown else _code(shown)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table's lines; what is in the cells is Markdown already."""
    for line in (headings, ["---"] * len(headings), *rows):
        yield f"| {' | '.join(line)} |"


def _code(shown: str) -> str:
    """A code span. Backticks hold everything but these; where one occurs it is HTML with entities."""
    if not re.search(r"[`|\\]", shown) and shown == shown.strip():
        return f"`{shown}`" if shown else ""
    return f"<code>{_PUNCTUATION.sub(lambda found: f'&#{ord(found.group())};', shown)}</code>"


def _cut(shown: str, length: int) -> str:
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def _facts(audit: Audit) -> Iterator[str]:
    proven = audit.evidence.proven
    aside = f", {len(audit.set_aside):,} set aside" if len(audit.set_aside) else ""
    verdict = "proven complete" if proven else "**NOT proven complete**"
    yield f"- {iso(audit.taken_at)}, convention {name(audit.convention)} ({audit.tenancy} tenancy)"
    yield f"- inventory {verdict}: {text(audit.evidence.how)}"
    yield f"- {audit.customers_read:,} customer records read{aside}"


def _states(audit: Audit) -> Iterator[str]:
    things = "namespaces" if audit.tenancy == "namespace" else "Workers"
    states = audit.counts["states"]
    rows = [
        (
            title,
            f"{sum(counts.values()):,}",
            ", ".join(f"{number:,} {state}" for state, number in counts.items()),
        )
        for title, counts in ((things, states["namespaces"]), ("customers", states["customers"]))
    ]
    return table(("", "all", "of these"), rows)


def _group(group: FindingGroup, limit: int) -> Iterator[str]:
    yield from ("", f"### {SYMBOLS[group.severity]} {group.kind}: {len(group.rows):,} ({group.severity})", "")
    yield f"{group.meaning[:1].upper()}{group.meaning[1:]}."
    advice = group.rows["suggestion"].unique()
    if len(advice) == 1:
        yield from ("", f"**What to do:** {text(str(advice[0]))}")
    shown = group.rows.head(limit)
    if len(shown):
        about = [column for column in _ABOUT if shown[column].notna().any()]
        told = ["detail"] if len(advice) == 1 else ["detail", "suggestion"]
        headings = [*(_ABOUT[column] for column in about), "what was seen", "what to do"]
        cells = shown.astype(object).where(shown.notna(), "")
        rows = (
            (*(name(row[column]) for column in about), *(text(row[column]) for column in told))
            for row in cells.to_dict("records")
        )
        yield ""
        yield from table(headings[: len(about) + len(told)], rows)
    if more := len(group.rows) - len(shown):
        yield from ("", f"… {more:,} more")


def _asides(audit: Audit) -> Iterator[str]:
    """What is no finding, and should be known all the same."""
    said = [text(note) for note in audit.notes]
    if count := len(audit.accepted):
        said.insert(0, f"{count:,} accepted and not counted above")
    if said:
        yield ""
    yield from (f"- {sentence}" for sentence in said)
