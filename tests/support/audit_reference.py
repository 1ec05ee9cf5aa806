"""The states table read aloud: one object at a time, no vectors, no shortcuts. Slow and plain on purpose."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rapidfuzz.distance import OSA

from wfp_ops.audit.rules import Rules
from wfp_ops.naming.levels import level

HERE = ("active", "trial", "suspended", "unknown")


@dataclass(frozen=True)
class Customer:
    """A usable record."""

    id: str
    status: str
    mapping: str | None


@dataclass(frozen=True)
class Aside:
    """A record that was set aside."""

    ids: tuple[str, ...]
    mapping: str | None


@dataclass(frozen=True)
class Thing:
    """A namespace or Worker: its name, and the texts that the convention reads."""

    name: str
    labels: tuple[str, ...]
    others: tuple[str, ...] = ()


class Reference:
    """States of all things and customers."""

    def __init__(
        self, things: Sequence[Thing], customers: Sequence[Customer], aside: Sequence[Aside], rules: Rules
    ):
        self.things, self.customers, self.aside, self.rules = things, customers, aside, rules

    def key(self, text: str) -> str:
        return text.casefold() if self.rules.id_case == "fold" else text

    def ids(self, thing: Thing) -> list[str]:
        read = [self.rules.convention.parse(label) for label in thing.labels]
        return list({self.key(each): each for each in read if each is not None}.values())

    def by_id(self, thing: Thing) -> Customer | None:
        ids = self.ids(thing)
        if len(ids) != 1:
            return None
        return next((each for each in self.customers if self.key(each.id) == self.key(ids[0])), None)

    def mappers(self, thing: Thing) -> list[Customer]:
        return [each for each in self.customers if each.mapping == thing.name]

    def owner(self, thing: Thing) -> Customer | None:
        mappers = self.mappers(thing)
        if len(mappers) > 1:
            return None
        return mappers[0] if mappers else self.by_id(thing)

    def ambiguous(self, thing: Thing) -> bool:
        return self.claimed_by_several(thing) or self.two_tags(thing) or self.not_gone(thing)

    def two_tags(self, thing: Thing) -> bool:
        """Told by tags: an exact one names one customer, one in another spelling a second."""
        if not self.rules.by_tag or len(self.ids(thing)) != 1:
            return False
        odd = [label for label in thing.labels if self.rules.convention.parse(label) is None]
        known = [each.id for each in self.customers]
        second = {each for label in odd for each in spelled_ids(label, known, self.rules)}
        return any(self.key(each) != self.key(self.ids(thing)[0]) for each in second)

    def second_opinion(self, thing: Thing) -> list[Customer]:
        """Whom its name says where tags decide, and the other way round."""
        read = {self.key(each) for label in thing.others if (each := self.rules.convention.parse(label))}
        return [each for each in self.customers if self.key(each.id) in read]

    def not_gone(self, thing: Thing) -> bool:
        """Of a customer who left, by other spellings that of one who is here and has none."""
        owner = self.owner(thing)
        if not owner or owner.status != "churned":
            return False
        if any(each.status != "churned" for each in self.second_opinion(thing)):
            return True
        here = [each for each in self.customers if each.status != "churned" and not self.has(each)]
        clues = self.clues(here, [])
        if any(level(thing.name) == level(each) for each in clues):
            return bool(here)
        if not self.rules.convention.parse(thing.name) and spelled_ids(
            thing.name, [each.id for each in here], self.rules
        ):
            return True
        ids = self.ids(thing)
        return len(ids) == 1 and self.meant(ids[0], clues, edits=False, among=None)

    def clues(self, customers: Sequence[Customer], aside: Sequence[Aside]) -> list[str]:
        """Every text that may mean an id of these records."""
        ids = [each.id for each in customers] + [each for record in aside for each in record.ids]
        names = {thing.name for thing in self.things}
        maps = [each.mapping for each in customers if each.mapping and each.mapping not in names]
        maps += [record.mapping for record in aside if record.mapping]
        runs = [
            run
            for each in ids
            if self.rules.convention.problem(each)
            for run in re.findall("[A-Za-z0-9]+", each)
        ]
        return ids + runs + [part for each in maps for part in re.split(r"[\s,;|/]+", each) if part]

    def meant(self, own: str, clues: Sequence[str], *, edits: bool, among: Sequence[str] | None) -> bool:
        """Whether a clue means this id: in another form, in another spelling, or by resembling it."""
        parsed = [each for clue in clues if (each := self.rules.convention.parse(clue)) is not None]
        if own in [*clues, *parsed] or any(resembles(own, each, edits=edits) for each in [*clues, *parsed]):
            return True
        odd = [clue for clue in clues if self.rules.convention.parse(clue) is None]
        ids = self.doubted() if among is None else among
        return any(own in spelled_ids(clue, ids, self.rules) for clue in odd)

    def doubted(self) -> list[str]:
        """The ids in all names of customers who left."""
        gone = [t for t in self.things if (o := self.owner(t)) and o.status == "churned"]
        return [self.ids(t)[0] for t in gone if len(self.ids(t)) == 1 and not self.claimed_by_several(t)]

    def claimed_by_several(self, thing: Thing) -> bool:
        ids = {self.key(each) for each in self.ids(thing)}
        seen = any(ids & {self.key(each) for each in record.ids} for record in self.aside)
        mapped_aside = any(thing.name in (record.mapping, *record.ids) for record in self.aside)
        if len(self.mappers(thing)) > 1 or seen or mapped_aside or len(ids) > 1:
            return True
        owner, other = self.owner(thing), self.by_id(thing)
        return bool(
            owner and other and owner != other and owner.status == "churned" and other.status != "churned"
        )

    def spelled(self, thing: Thing) -> Customer | None:
        if self.ids(thing) or self.mappers(thing) or self.claimed_by_several(thing):
            return None
        known = [each.id for each in self.customers]
        ids = {each for label in thing.labels for each in spelled_ids(label, known, self.rules)}
        found = {each for each in self.customers if each.id in ids}
        return found.pop() if len(found) == 1 else None

    def has(self, customer: Customer) -> bool:
        mapped = customer.mapping is not None and any(thing.name == customer.mapping for thing in self.things)
        bears = [t for t in self.things if self.key(customer.id) in [self.key(each) for each in self.ids(t)]]
        free = any(not self.mappers(thing) for thing in bears)
        return mapped or free or any(self.spelled(thing) == customer for thing in self.things)

    def suspect(self, thing: Thing) -> bool:
        (own,) = self.ids(thing)
        if thing.name in self.rules.suspects:
            return True
        if self.odd_shape(own):
            return True
        if self.second_opinion(thing):
            return True
        clues = self.clues([each for each in self.customers if not self.has(each)], self.aside)
        unclaimed = [t for t in self.things if len(self.ids(t)) == 1 and not self.owner(t)]
        among = [self.ids(t)[0] for t in unclaimed if not self.ambiguous(t)]
        return self.meant(own, clues, edits=True, among=among)

    def odd_shape(self, own: str) -> bool:
        listed = [each.id for each in self.customers]
        for shape in (r"[0-9]+", r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"):
            if listed and all(re.fullmatch(shape, each) for each in listed):
                return not re.fullmatch(shape, own)
        lengths = {len(each) for each in listed}
        if listed and len(lengths) == 1 and all(re.fullmatch(r"[0-9a-fA-F]+", each) for each in listed):
            return not re.fullmatch(f"[0-9a-fA-F]{{{lengths.pop()}}}", own)
        return False

    def state(self, thing: Thing) -> str:
        if any(fnmatchcase(thing.name, glob) for glob in self.rules.ignore):
            return "ignored"
        if self.ambiguous(thing):
            return "ambiguous"
        if owner := self.owner(thing):
            return "churned" if owner.status == "churned" else "matched"
        if self.ids(thing):
            return "suspect" if self.suspect(thing) else "orphaned"
        return "misnamed" if self.spelled(thing) else "unrecognised"

    def customer_state(self, customer: Customer) -> str:
        if customer.status == "churned":
            return "customer_churned"
        if customer.mapping is not None:
            return "matched" if any(thing.name == customer.mapping for thing in self.things) else "conflict"
        bears = [t for t in self.things if self.key(customer.id) in [self.key(each) for each in self.ids(t)]]
        if bears and all(self.mappers(thing) for thing in bears):
            return "conflict"
        if self.has(customer):
            return "matched"
        if self.rules.convention.problem(customer.id):
            return "unusable"
        return "missing" if customer.status in ("active", "trial") else "absent"


def spelled_ids(label: str, ids: Sequence[str], rules: Rules) -> set[str]:
    """Whose names this label is in another spelling, the best spelling alone."""
    how = {each: same_name(label, each, rules) for each in ids}
    best = min((rank for rank in how.values() if rank is not None), default=None)
    return {each for each, rank in how.items() if rank is not None and rank == best}


def resembles(one: str, other: str, *, edits: bool = True) -> bool:
    """Differs only by leading zeros, case, separators, or (never between all digits) one edit."""
    if one == other:
        return False
    a, b = level(one), level(other)
    if (a.lstrip("0") or "0") == (b.lstrip("0") or "0"):
        return True
    if not edits:
        return False
    digits = re.fullmatch("[0-9]+", one) and re.fullmatch("[0-9]+", other)
    return not digits and bool(a and b) and OSA.distance(a, b) <= 1


def same_name(label: str, customer_id: str, rules: Rules) -> int | None:
    """Whether a name is a customer's own but for case and separators (0), or the prefix's spelling too (1)."""
    text, tail = level(label), level(customer_id) + level(rules.convention.suffix)
    prefix = level(rules.convention.prefix)
    if not level(customer_id) or not text.endswith(tail):
        return None
    head = text[: len(text) - len(tail)]
    if head == prefix:
        return 0
    digits = {character for character in head if character.isdigit()} - set(prefix)
    abbreviated = len(head) >= 3 and prefix.startswith(head)
    spelled = abbreviated or OSA.distance(head, prefix) <= min(2, len(prefix) // 3)
    return 1 if head and spelled and not digits else None


def as_thing(name: str, tags: Sequence[str] = (), *, by_tag: bool = False) -> Thing:
    """A thing told by its name, or by its tags."""
    return Thing(name, tuple(tags), (name,)) if by_tag else Thing(name, (name,), tuple(tags))


def as_customers(rows: Sequence[Mapping[str, str | None]]) -> list[Customer]:
    """Usable records from plain rows."""
    return [Customer(str(row["customer_id"]), str(row["status"]), row.get("namespace")) for row in rows]
