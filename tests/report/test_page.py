"""What stands in the page, read by a parser as a browser would read it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from support.audit_frames import NOW, audit_of, inventory
from support.hostile import HOSTILE, hostile_audit

import wfp_ops
from wfp_ops.audit.kinds import COLORS
from wfp_ops.audit.rules import Rules
from wfp_ops.audit.several import Audits, FailedAudit
from wfp_ops.frames.changes import CUSTOMER_CHANGES, FINDING_CHANGES, NAMESPACE_CHANGES
from wfp_ops.frames.provenance import Completeness
from wfp_ops.memory.changes import Changes

VOID = {"meta", "link", "input", "col", "br", "path", "rect"}


class Page(HTMLParser):
    """Elements with their attributes, the text of each, and whether each is closed by its own end."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self._open: list[int] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data):
        for place in self._open:
            self.texts[place] = self.texts.get(place, "") + data

    def all(self, tag, **wanted):
        """The texts of all elements of this tag with these attributes (class_ for a class among others)."""
        name = wanted.pop("class_", None)
        return [
            self.texts.get(place, "")
            for place, (found, attrs) in enumerate(self.elements)
            if found == tag
            and (name is None or name in (attrs.get("class") or "").split())
            and all(attrs.get(key) == value for key, value in wanted.items())
        ]

    def attributes(self, tag):
        """The attributes of all elements of this tag."""
        return [attrs for found, attrs in self.elements if found == tag]


def _busy(**options):
    rows = [{"customer_id": "1"}, {"customer_id": "2"}, {"customer_id": "3", "namespace": "gone"}]
    return audit_of(["customer-1", "customer-9", "tools"], rows, **options)


def _many(count):
    return audit_of([f"customer-{number}" for number in range(count)], ["x"])


def test_it_says_what_was_compared_and_how_complete_it_was():
    """Account, moment, convention, tenancy, evidence and counts."""
    page = Page(_busy().to_html())
    assert page.all("h1") == ["test"]
    facts = dict(zip(page.all("dt"), page.all("dd"), strict=True))
    assert facts["Account"] == "0" * 32
    assert facts["Read"] == "23 November 2026, 12:00 UTC"
    assert facts["Convention"] == "customer-{id}"
    assert facts["Tenancy"] == "one namespace for each customer"
    assert (facts["Namespaces"], facts["Customer records"]) == ("3", "3")
    assert (facts["critical"], facts["warning"], facts["info"]) == ("1", "3", "0")
    assert "Inventory proven complete made for a test" in page.all("p", class_="evidence")[0]
    assert page.all("div", class_="alarm") == []


def test_an_unproven_inventory_is_loud():
    """A banner with the reason, and what not to do."""
    frame = inventory(["customer-1"], proof=Completeness("unproven", "page 2 was refused"))
    page = Page(audit_of(frame, ["1"]).to_html())
    [alarm] = page.all("div", class_="alarm", role="alert")
    assert "NOT proven complete" in alarm
    assert "page 2 was refused" in alarm
    assert "Do not delete" in alarm


def test_every_state_is_drawn_and_labelled():
    """A rectangle and a row for each state, in its colour, with number and share; the rest is in words."""
    audit = _busy()
    text = audit.to_html()
    page = Page(text)
    drawn = [attrs["class"].removeprefix("s-") for attrs in page.attributes("rect")]
    states = audit.counts["states"]
    assert sorted(drawn) == sorted([*states["namespaces"], *states["customers"]])
    for chart in page.attributes("svg"):
        assert chart.get("aria-hidden") == "true" or chart["aria-label"]
    labels = [attrs["aria-label"] for attrs in page.attributes("svg") if attrs.get("role") == "img"]
    assert labels[0] == "Namespaces: 1 matched, 1 orphaned, 1 unrecognised"
    for name, color in COLORS.items():
        assert f".s-{name}{{--state:{color}}}" in text


def test_every_finding_is_there_with_what_to_do():
    """A row each, in the audit's order; the script's data says the same."""
    audit = _busy()
    page = Page(audit.to_html())
    assert page.all("td", class_="kind") == audit.findings["kind"].tolist()
    assert page.all("p", class_="detail") == audit.findings["detail"].tolist()
    assert page.all("p", class_="todo") == audit.findings["suggestion"].tolist()
    [data] = [json.loads(text) for text in page.all("script", type="application/json")]
    assert [data["kinds"][row[0]][1] for row in data["rows"]] == audit.findings["kind"].tolist()
    assert [data["advice"][row[5]] for row in data["rows"]] == audit.findings["suggestion"].tolist()


def test_no_row_is_lost_without_a_script():
    """What is not drawn from the start stands in a second table for browsers that run no script."""
    audit = _many(250)
    page = Page(audit.to_html())
    assert len(page.all("td", class_="kind")) == len(audit.findings) > 250
    assert len(page.all("noscript")) == 1
    assert Page(_many(50).to_html()).all("noscript") == []


def test_no_findings():
    """An audit with nothing to say says so, and has neither filter nor table."""
    page = Page(audit_of(["customer-1"], ["1"]).to_html())
    assert any("None: every namespace has its customer" in text for text in page.all("p"))
    assert page.all("script", type="application/json") == page.all("input") == []


def test_worker_tenancy():
    """Workers have a column of their own where findings are about them."""
    from support.audit_frames import worker_inventory

    rules = Rules(tenancy="worker")
    workers = worker_inventory([("production", "customer-1", None), ("production", "customer-9", None)])
    page = Page(audit_of(["production"], ["1"], rules, workers).to_html())
    assert "one Worker for each customer" in page.all("dd")
    assert page.all("td", class_="worker") == ["customer-9"]
    assert "Worker" in page.all("th")


def test_only_its_own_script_and_style_may_run():
    """The policy names the two by their very hash, and allows nothing else."""
    text = _busy().to_html()
    page = Page(text)
    policy = next(a["content"] for a in page.attributes("meta") if a.get("http-equiv"))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    [style], [script] = page.all("style"), [text for text in page.all("script") if "use strict" in text]
    assert rules["style-src"] == _hash(style)
    assert rules["script-src"] == _hash(script)
    assert text.index("Content-Security-Policy") < text.index("<style")
    assert not any(name.startswith("on") or name == "style" for _, attrs in page.elements for name in attrs)


def test_nothing_points_elsewhere():
    """No element loads or leads to anything outside of the file."""
    page = Page(_busy().to_html())
    for _, attrs in page.elements:
        assert not {"src", "srcset", "action", "data", "poster"} & set(attrs)
        assert (attrs.get("href") or "#").startswith(("#", "data:image/svg+xml,"))
    assert "@import" not in page.all("style")[0]
    assert "url(" not in page.all("style")[0]


def test_hostile_texts_become_no_markup():
    """The same elements as with harmless names: no name adds, ends or changes one."""
    audit = hostile_audit()
    text = audit.to_html()
    tags = {tag for tag, _ in Page(text).elements}
    assert not tags & {"img", "iframe", "b"}
    assert text.count("<script") == 2
    assert not any(character in text for character in "\u202e\x00\x1b\u2028\u2029")
    shown = [row for row in Page(text).all("td", class_="namespace") if row in HOSTILE]
    assert {HOSTILE[0], "=1+1", "{{ 7 * 7 }}{% raw %}"} <= set(shown)


def test_the_same_audit_gives_the_same_page():
    """The text does not depend on when it is made, unless it is to say so."""
    audit = _busy()
    assert (
        audit.to_html() == audit.to_html() == wfp_ops.render_report(audit) == wfp_ops.render_report([audit])
    )
    assert "23 November 2026, 12:00 UTC from" in wfp_ops.render_report(audit, generated_at=NOW)


def test_several_accounts_and_one_that_failed():
    """An overview that leads to each, a section with ids of its own for each, and what failed on top."""
    audits = Audits(
        (_busy(), replace(_many(150), account_name="second")),
        (FailedAudit("third", "no token", "export it"),),
    )
    page = Page(wfp_ops.render_report(audits))
    assert page.all("h1") == ["3 accounts"]
    assert [name for name in page.all("h2") if name in ("test", "second")] == ["test", "second"]
    [alarm] = page.all("div", class_="alarm", role="alert")
    assert "third: no token" in alarm
    assert "export it" in alarm
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for attrs in page.attributes("a"):
        assert attrs["href"].removeprefix("#") in ids
    assert audits.to_html() == wfp_ops.render_report(audits)


def test_references_within_the_page_are_good():
    """Whatever labels something is there."""
    page = Page(_busy().to_html())
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    assert {attrs["aria-labelledby"] for _, attrs in page.elements if "aria-labelledby" in attrs} <= ids


def test_no_audit_is_no_report():
    """There is nothing to show."""
    with pytest.raises(ValueError, match="at least one audit"):
        wfp_ops.render_report([])


def test_what_changed_since_the_last_audit():
    """Counts in words, what came and went as tables, and since when each finding is open."""
    audit = replace(_busy(), changes=_changes(_busy()))
    page = Page(audit.to_html())
    assert any("Since the last audit 22 November 2026, 06:00 UTC" in title for title in page.all("h2"))
    assert "1 new, 1 resolved, 3 still open; the oldest stands since 2 November 2026." in next(
        text for text in page.all("p", class_="lead") if text.startswith("Findings")
    )
    assert page.all("td", class_="since") == [
        "new",
        "2026-11-02",
        "2026-11-02",
        "2026-11-02",
    ]
    assert any("accepted: for the court" in text for text in page.all("td", class_="text"))
    assert "customer-1" in page.all("td", class_="name")
    assert "<i>what else</i>" in page.all("p", class_="muted")
    data = json.loads(page.all("script", type="application/json")[0])
    assert [row[6] for row in data["rows"]] == page.all("td", class_="since")


def _changes(audit):
    now = {name: list(audit.findings[name]) for name in audit.findings}
    gone = {**dict.fromkeys(now), "kind": "empty", "severity": "info", "namespace": "customer-1"}
    gone |= {"detail": "was empty", "suggestion": "nothing"}
    findings = {name: [*values, gone[name]] for name, values in now.items()}
    findings["change"] = ["new", *["open"] * (len(audit.findings) - 1), "resolved"]
    findings["since"] = ["2026-11-23T12:00:00Z", *["2026-11-02T06:00:00Z"] * len(audit.findings)]
    findings["accepted"] = [*[None] * len(audit.findings), "for the court"]
    return Changes(
        since=NOW.replace(day=22, hour=6),
        until=NOW,
        before="1",
        after=None,
        namespaces=NAMESPACE_CHANGES.build({"change": ["added"], "namespace": ["customer-1"]}),
        customers=CUSTOMER_CHANGES.build({}, length=0),
        findings=FINDING_CHANGES.build(findings),
        notes=("<i>what else</i>",),
    )


def _hash(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
