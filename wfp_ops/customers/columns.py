"""Which column is which: our names, the operator's own, and a short list of other spellings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from wfp_ops.customers.text import BLANKS, short
from wfp_ops.errors import CustomerListError, SettingsError
from wfp_ops.frames.columns import CUSTOMERS

# Other spellings, levelled (lower case, without blanks, "_" and "-"). Taken only where our own name is
# absent and one alone fits; ids are judged most strictly, since a wrong id column orphans every namespace
ALIASES: Mapping[str, tuple[str, ...]] = {
    "customer_id": (
        "id",
        "customernumber",
        "customerno",
        "customernr",
        "customerref",
        "custid",
        "clientid",
        "tenantid",
        "accountid",
        "crmid",
    ),
    "name": ("customername", "company", "companyname", "organisation", "organization", "customer"),
    "status": ("state", "customerstatus", "accountstatus", "subscriptionstatus"),
    "plan": ("tier", "planname", "subscription", "subscriptionplan", "package"),
    "started_on": ("started", "startedat", "startdate", "created", "createdon", "createdat", "signupdate"),
    "churned_on": (
        "churnedat",
        "churndate",
        "cancelledon",
        "canceledon",
        "cancelledat",
        "canceledat",
        "cancellationdate",
    ),
    "namespace": ("dispatchnamespace", "namespacename", "workername"),
    "mrr": ("monthlyrecurringrevenue", "monthlyrevenue"),
}

_SEPARATORS = re.compile(rf"[\s_\-{re.escape(BLANKS)}]+")
_LISTED = 20


@dataclass(frozen=True)
class Recognised:
    """``ours``: our column → its position; ``extras``: (position, name) of what is carried along."""

    ours: Mapping[str, int]
    extras: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


def level_header(header: str) -> str:
    """A header without what people write differently: case, blanks, ``_`` and ``-``."""
    return _SEPARATORS.sub("", header).casefold()


def recognised_names(columns: Mapping[str, str] | None = None) -> frozenset[str]:
    """Every levelled header that means something to us, the operator's own included."""
    own = [level_header(name) for name in (columns or {}).values()]
    known = [level_header(name) for name in CUSTOMERS.names]
    return frozenset([*known, *(alias for names in ALIASES.values() for alias in names), *own])


def is_id_header(header: str, columns: Mapping[str, str] | None = None) -> bool:
    """Whether a header, by itself, could be the id's."""
    wanted = (columns or {}).get("customer_id")
    if wanted is not None:
        return header.strip(BLANKS) == wanted.strip(BLANKS)
    return level_header(header) in (level_header("customer_id"), *ALIASES["customer_id"])


def other_id_columns(headers: Sequence[str], taken: int) -> list[int]:
    """The columns besides the one taken that by their header hold an id as well."""
    return [at for at, header in enumerate(headers) if at != taken and is_id_header(header)]


def check_column_map(columns: Mapping[str, str] | None) -> None:
    """Refuse a column map whose left side is not one of our columns.

    Raises:
        SettingsError: naming the entry.
    """
    for ours, theirs in (columns or {}).items():
        if ours in CUSTOMERS.names and isinstance(theirs, str) and theirs.strip(BLANKS):
            continue
        hint = f"our columns are {', '.join(CUSTOMERS.names)}"
        if theirs in CUSTOMERS.names:
            hint = f"write it the other way round: {settings_line(str(theirs), ours)}"
        raise SettingsError(
            f"the column map says {ours!r} = {theirs!r}, which names no column",
            key="customers.columns",
            hint=hint,
        )


def settings_line(ours: str, theirs: str) -> str:
    """The line of wfp-ops.toml that settles which column is meant."""
    escaped = theirs.replace("\\", "\\\\").replace('"', '\\"')
    return f'[customers] columns = {{ {ours} = "{escaped}" }}'


def recognise(
    headers: Sequence[str], columns: Mapping[str, str] | None, *, file: str, top: Sequence[Sequence[str]] = ()
) -> Recognised:
    """Find our columns among the headers.

    Raises:
        CustomerListError: no id column, a mapped column that is not there, or several that fit.
        SettingsError: the column map names a column that we don't have.
    """
    check_column_map(columns)
    ours = {our: _mapped(our, theirs, headers, file) for our, theirs in (columns or {}).items()}
    notes: list[str] = []
    free = {at: level_header(header) for at, header in enumerate(headers) if at not in ours.values()}
    for our in CUSTOMERS.names:
        if our in ours:
            continue
        strong = [at for at, levelled in free.items() if levelled == level_header(our)]
        weak = [at for at, levelled in free.items() if levelled in ALIASES[our]]
        found = _only(our, strong or weak, headers, file)
        if found is None:
            continue
        ours[our] = found
        notes += _alias_notes(
            our, headers[found].strip(BLANKS), [headers[at] for at in weak], alias=not strong
        )
    if "customer_id" not in ours:
        raise _no_id_column(headers, columns, file, top)
    return Recognised(ours, _extras(headers, set(ours.values())), tuple(notes))


def _mapped(our: str, theirs: str, headers: Sequence[str], file: str) -> int:
    exact = [at for at, header in enumerate(headers) if header == theirs]
    found = exact or [at for at, header in enumerate(headers) if header.strip(BLANKS) == theirs.strip(BLANKS)]
    if not found:
        raise CustomerListError(
            f"the settings say that {our} is the column {theirs!r}, but there is none of that name",
            file=file,
            column=theirs,
            hint=f"{_nearest(theirs, headers)}; the columns are {_listed(headers)}",
        )
    if len(found) > 1:
        raise _several(our, found, headers, file)
    return found[0]


def _only(our: str, candidates: list[int], headers: Sequence[str], file: str) -> int | None:
    if len(candidates) > 1:
        raise _several(our, candidates, headers, file)
    return candidates[0] if candidates else None


def _alias_notes(our: str, header: str, others: Sequence[str], *, alias: bool) -> list[str]:
    if alias:
        return [
            f"{our} is read from the column {short(header)!r}; {settings_line(our, header)} makes it explicit"
        ]
    if our == "customer_id" and others:
        return [f"customer_id is read from {short(header)!r}; carried along only: {_listed(others)}"]
    return []


def _several(our: str, candidates: Sequence[int], headers: Sequence[str], file: str) -> CustomerListError:
    names = [headers[at].strip(BLANKS) for at in candidates]
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        message = f"the column {short(twice)!r} stands {names.count(twice)} times, and each may be the {our}"
        hint = "rename all but one of them in the file"
    else:
        message = f"{len(names)} columns look like the {our}: {_listed(names)}"
        hint = f"say which one in wfp-ops.toml: {' or '.join(settings_line(our, name) for name in names)}"
    return CustomerListError(message, file=file, column=names[0], hint=hint)


def _no_id_column(
    headers: Sequence[str], columns: Mapping[str, str] | None, file: str, top: Sequence[Sequence[str]]
) -> CustomerListError:
    likely = _likeliest(headers)
    line = settings_line("customer_id", likely or "the column's name")
    hint = f"say which column it is in wfp-ops.toml: {line}"
    for number, cells in enumerate(top, start=1):
        if number > 1 and any(is_id_header(cell, columns) for cell in cells):
            hint = f"row {number} looks like the header: delete the rows above it"
            break
    return CustomerListError(
        f"no column looks like the customer's id; the columns found are {_listed(headers)}",
        file=file,
        hint=hint,
    )


def _likeliest(headers: Sequence[str]) -> str | None:
    choices = {header: level_header(header) for header in headers if header.strip(BLANKS)}
    targets = ("customerid", *ALIASES["customer_id"])
    scored = [(process.extractOne(target, choices, scorer=fuzz.ratio), target) for target in targets]
    best = max((match for match, _ in scored if match), key=lambda match: match[1], default=None)
    return str(best[2]).strip(BLANKS) if best and best[1] >= 60 else None


def _nearest(theirs: str, headers: Sequence[str]) -> str:
    choices = {header: level_header(header) for header in headers if header.strip(BLANKS)}
    matches = process.extract(level_header(theirs), choices, scorer=fuzz.ratio, limit=3, score_cutoff=50)
    return f"nearest: {_listed([match[2] for match in matches])}" if matches else "none comes near"


def _listed(headers: Sequence[str]) -> str:
    named = [repr(short(header.strip(BLANKS))) for header in headers if header.strip(BLANKS)]
    more = f" and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
    return ", ".join(named[:_LISTED]) + more if named else "without names"


def _extras(headers: Sequence[str], taken: set[int]) -> tuple[tuple[int, str], ...]:
    used = set(CUSTOMERS.names)
    extras = []
    for at, header in enumerate(headers):
        if at in taken:
            continue
        name = header.strip(BLANKS) or f"unnamed {at + 1}"
        name = f"{name} (original)" if name in CUSTOMERS.names else name
        unique, count = name, 1
        while unique in used:
            count += 1
            unique = f"{name} ({count})"
        used.add(unique)
        extras.append((at, unique))
    return tuple(extras)
