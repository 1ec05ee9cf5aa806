"""The document on what was done for one customer, checked as its reader would."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from support.fake_clock import START
from support.journals import ACCOUNT, begin_facts, chain, facts_of, step, whole, write_journal

from wfp_ops.change.journal.departure import came_back, departure, journals_about
from wfp_ops.change.journal.record import FIRST_PREV, seal, stamp
from wfp_ops.errors import JournalError

OTHERS = ("customer-7", "customer-9", "id-0", "id-2")


def contradictions(document):
    """What a reader finds wrong, with nothing but the document and what it says of itself."""
    found = []
    for journal in document["journals"]:
        prev = FIRST_PREV
        for place, entry in enumerate(journal["chain"]):
            if entry["n"] != place or entry["prev"] != prev:
                found.append(f"{place} is no next entry")
            if "record" in entry:
                record = entry["record"]
                rest = {name: value for name, value in record.items() if name != "hash"}
                text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                if hashlib.sha256(text.encode()).hexdigest() != entry["hash"]:
                    found.append(f"{place} is not what its hash says")
                if any(record[name] != entry[name] for name in ("n", "kind", "prev", "hash")):
                    found.append(f"{place} is another record")
            prev = entry["hash"]
        if prev != journal["verification"]["last_hash"]:
            found.append("the end is another")
    return found


@pytest.fixture
def document(tmp_path):
    """The document for customer 8 of an apply on 7, 8 and 9, as it would be sent."""
    made = departure([write_journal(tmp_path / "a.jsonl", whole())], "8")
    return json.loads(json.dumps(made))


def test_what_was_done_for_the_customer(document):
    """The journal's facts, and the step with all its times."""
    assert (document["schema"], document["customer_id"]) == ("wfp-ops/departure/1", "8")
    (journal,) = document["journals"]
    said = {name: journal[name] for name in ("file", "account_id", "digest", "approved_by", "token_id", "by")}
    assert said == {
        "file": "a.jsonl",
        "account_id": ACCOUNT,
        "digest": "d" * 64,
        "approved_by": "words",
        "token_id": None,
        "by": "ann@desk",
    }
    assert journal["confirmation"] == "delete 3 namespaces in acme-prod"
    at = "2026-11-23T12:00:00.000000Z"
    assert journal["steps"] == [
        {
            "step": 1,
            "action": "delete_namespace",
            "namespace": "customer-8",
            "worker": None,
            "namespace_id": "id-1",
            "archive": "customer-8-20261123",
            "manifest_sha256": "a" * 64,
            "intent_at": at,
            "outcome_at": at,
            "result": "done",
            "detail": "200",
            "verified_at": at,
            "verified_detail": "it is gone",
        }
    ]
    assert journal["verification"] == {
        "state": "complete",
        "records": len(whole()),
        "torn_bytes": 0,
        "last_hash": whole()[-1].hash,
        "notes": [],
    }


def test_nothing_of_other_customers_is_in_it(document):
    """Neither names nor ids; only this customer's lines are shown in full."""
    text = json.dumps(document)
    assert not [other for other in OTHERS if other in text]
    (journal,) = document["journals"]
    shown = [entry["record"]["step"] for entry in journal["chain"] if "record" in entry]
    assert shown == [1, 1, 1, 1]
    assert all(set(entry) <= {"n", "kind", "hash", "prev", "record"} for entry in journal["chain"])


def test_a_reader_can_follow_the_chain(document):
    """Every line of the journal has its entry, and the records shown have their hashes."""
    assert contradictions(document) == []
    assert [entry["hash"] for entry in document["journals"][0]["chain"]] == [each.hash for each in whole()]


@pytest.mark.parametrize("name", ["at", "step", "kind", "namespace_id"])
def test_a_changed_record_contradicts_itself(document, name):
    """Whatever is changed in it."""
    entry = next(
        each for each in document["journals"][0]["chain"] if each["kind"] == "outcome" and "record" in each
    )
    entry["record"][name] = "another"
    assert contradictions(document)


def test_a_document_with_a_line_less_contradicts_itself(document):
    """Any of them."""
    chain_ = document["journals"][0]["chain"]
    for place in range(len(chain_)):
        less = {"journals": [{**document["journals"][0], "chain": chain_[:place] + chain_[place + 1 :]}]}
        assert contradictions(less), place


def test_it_says_how_to_check_it(document):
    """In plain ASCII, for a reader without our code."""
    assert len(document["how_to_check"]) == 6
    assert all(each.isascii() for each in document["how_to_check"])


def test_journals_without_the_customer_are_left_out(tmp_path):
    """Also those of a run that died as it began; the order is that of the paths."""
    mine = begin_facts(step("production", action="delete_worker", worker="customer-8", customer_id="8"))
    (tmp_path / "empty.jsonl").touch()
    paths = [
        write_journal(tmp_path / "b.jsonl", chain(("begin", mine))),
        write_journal(tmp_path / "other.jsonl", chain(("begin", begin_facts(step("customer-7"))), "end")),
        tmp_path / "empty.jsonl",
        write_journal(tmp_path / "a.jsonl", whole()),
    ]
    document = departure(paths, "8")
    assert [journal["file"] for journal in document["journals"]] == ["b.jsonl", "a.jsonl"]
    assert departure(paths, "88")["journals"] == []


def restore_of(archive, **changes):
    """The begin of a restore: it knows no customer."""
    steps = [
        {**step("customer-8", action="create_namespace"), "customer_id": None},
        {**step("customer-8", action="put_worker", worker="app"), "customer_id": None},
    ]
    facts = begin_facts(*steps, **changes)
    return {**facts, "plan": {**facts["plan"], "restores": archive}}


def after(records, hours):
    """The same records, so many hours later."""
    moved = []
    for each in records:
        prev = moved[-1].hash if moved else FIRST_PREV
        moved.append(seal(each.n, stamp(START + timedelta(hours=hours)), each.kind, dict(each.facts), prev))
    return moved


def done(number):
    """A step that was done."""
    return ("intent", facts_of("intent", number)), ("outcome", facts_of("outcome", number))


def test_what_was_brought_back_is_part_of_it(tmp_path):
    """By the archive that this customer's deletion made, wherever its journal stands in the order."""
    archive = "customer-8-20261123"
    back = chain(("begin", restore_of(archive)), *done(0), *done(1), "end")
    others = chain(("begin", restore_of("customer-7-20261123")), *done(0), "end")
    elsewhere = chain(("begin", restore_of(archive, account_id="f" * 32)), *done(0), "end")
    paths = [
        write_journal(tmp_path / "back.jsonl", after(back, 1)),
        write_journal(tmp_path / "gone.jsonl", whole()),
        write_journal(tmp_path / "others.jsonl", after(others, 1)),
        write_journal(tmp_path / "elsewhere.jsonl", after(elsewhere, 1)),
    ]
    document = json.loads(json.dumps(departure(paths, "8")))
    assert [(each["file"], each["restores"]) for each in document["journals"]] == [
        ("back.jsonl", archive),
        ("gone.jsonl", None),
    ]
    assert [each["result"] for each in document["journals"][0]["steps"]] == ["done", "done"]
    assert contradictions(document) == []
    assert came_back(document) == [archive]


@pytest.mark.parametrize(
    ("again", "back"),
    [
        (step("customer-8"), []),
        (step("customer-8", action="delete_worker", worker="app", customer_id="8"), ["customer-8-20261123"]),
        (step("customer-8b", customer_id="8"), ["customer-8-20261123"]),
    ],
)
def test_what_came_back_may_be_gone_again(tmp_path, again, back):
    """All of it, or only a part."""
    archive = "customer-8-20261123"
    restored = after(chain(("begin", restore_of(archive)), *done(0), *done(1), "end"), 1)
    deleted = after(chain(("begin", begin_facts(again)), *done(0), "end"), 2)
    paths = [
        write_journal(tmp_path / f"{name}.jsonl", records)
        for name, records in (("gone", whole()), ("back", restored), ("again", deleted))
    ]
    assert came_back(departure(paths, "8")) == back
    assert came_back(departure(paths[:1], "8")) == []


def test_a_restore_that_did_nothing_brought_nothing_back(tmp_path):
    """It was begun, and no more."""
    paths = [
        write_journal(tmp_path / "gone.jsonl", whole()),
        write_journal(tmp_path / "back.jsonl", chain(("begin", restore_of("customer-8-20261123")))),
    ]
    document = departure(paths, "8")
    assert len(document["journals"]) == 2
    assert came_back(document) == []


def test_a_broken_journal_hides_no_other_where_it_is_told(tmp_path):
    """As one customer's page does."""
    bad = write_journal(tmp_path / "b.jsonl", whole())
    bad.write_bytes(bad.read_bytes().replace(b"customer-7", b"customer-6"))
    told = []
    found = journals_about(
        [bad, write_journal(tmp_path / "a.jsonl", whole())], "8", broken=lambda path, _: told.append(path)
    )
    assert [each["file"] for each in found] == ["a.jsonl"]
    assert told == [bad]


def test_a_step_that_nothing_was_done_for(tmp_path):
    """It stands there with nothing, or with why it fell out."""
    path = write_journal(tmp_path / "a.jsonl", chain("begin", ("dropped", facts_of("dropped", 1))))
    (dropped,) = departure([path], "8")["journals"][0]["steps"]
    assert (dropped["result"], dropped["detail"]) == ("dropped", "moved: it has another id now")
    assert (dropped["intent_at"], dropped["archive"]) == (None, None)
    (untouched,) = departure([path], "9")["journals"][0]["steps"]
    assert {untouched[name] for name in ("result", "intent_at", "outcome_at", "verified_at")} == {None}


def test_a_second_attempt_takes_the_place_of_the_first(tmp_path):
    """An outcome of the first is no outcome of the second; the chain holds both."""
    records = chain(
        "begin", "intent", ("outcome", facts_of("outcome", result="unknown")), ("intent", facts_of("intent", attempt=2))
    )  # fmt: skip
    journal = departure([write_journal(tmp_path / "a.jsonl", records)], "7")["journals"][0]
    assert (journal["steps"][0]["result"], journal["steps"][0]["outcome_at"]) == (None, None)
    assert [entry["kind"] for entry in journal["chain"] if "record" in entry] == [
        "intent",
        "outcome",
        "intent",
    ]
    assert journal["verification"]["state"] == "unfinished"


def test_a_tampered_journal_proves_nothing(tmp_path):
    """Nor does one of the others: who knows whose steps stood in it."""
    good = write_journal(tmp_path / "a.jsonl", whole())
    bad = write_journal(tmp_path / "b.jsonl", chain(("begin", begin_facts(step("customer-7"))), "intent"))
    bad.write_bytes(bad.read_bytes().replace(b"customer-7", b"customer-8"))
    with pytest.raises(JournalError, match="was changed") as caught:
        departure([good, bad], "8")
    assert caught.value.path == str(bad)
