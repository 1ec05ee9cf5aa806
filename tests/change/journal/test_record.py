"""One line of a journal: sealed, spelt in one way, parsed, checked."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_clock import START
from support.journals import begin_facts, chain, facts_of

from wfp_ops.change.journal.record import FIRST_PREV, KINDS, check, parse_line, seal, stamp, to_line

AT = "2026-11-23T12:00:00.123456Z"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
MORE = st.dictionaries(st.text(min_size=1).filter(lambda name: name not in {"n", "at", "prev", "hash"}), JSON)


@st.composite
def records(draw):
    """Any record that can be sealed, with facts beside those that it needs."""
    kind = draw(st.sampled_from([*KINDS]))
    more = {name: value for name, value in draw(MORE).items() if name != "kind"}
    facts = {**more, **facts_of(kind)}
    if "detail" in KINDS[kind]:
        facts["detail"] = draw(st.text(st.characters(codec=None)))
    at = stamp(START + timedelta(microseconds=draw(st.integers(0, 10**15))))
    prev = draw(st.binary(min_size=32, max_size=32)).hex()
    return seal(draw(st.integers(0, 10**9)), at, kind, facts, prev)


@given(records())
def test_a_line_reads_back_as_its_record(record):
    """Parsing and writing are inverses, a line is one line, and its seal holds."""
    line = to_line(record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert parse_line(line) == record
    assert to_line(parse_line(line)) == line
    if (record.n == 0) == (record.kind == "begin"):
        assert check(record, record.n, record.prev) is None


def test_the_line_as_it_is_fixed():
    """The names in their order, and a hash that any other tool makes of the rest."""
    line = to_line(seal(3, AT, "verified", {"step": 1, "detail": "it is gone"}, "a" * 64))
    document = json.loads(line)
    assert list(document) == ["n", "at", "kind", "detail", "step", "prev", "hash"]
    rest = {name: value for name, value in document.items() if name != "hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert document["hash"] == hashlib.sha256(text.encode()).hexdigest()


def test_every_kind_has_facts_that_fit():
    """Each kind can be sealed with exactly the facts it needs."""
    for kind, needed in KINDS.items():
        facts = {name: facts_of(kind)[name] for name in needed}
        assert seal(1, AT, kind, facts, FIRST_PREV).facts == facts


@pytest.mark.parametrize("kind", KINDS)
def test_each_fact_is_needed(kind):
    """A record without one of its facts is refused, and the fact is named."""
    for name in KINDS[kind]:
        facts = {other: value for other, value in facts_of(kind).items() if other != name}
        with pytest.raises(ValueError, match=f"lacks {name}"):
            seal(0, AT, kind, facts, FIRST_PREV)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("intent", {"step": -1}),
        ("intent", {"step": True}),
        ("intent", {"step": "1"}),
        ("intent", {"attempt": 0}),
        ("intent", {"action": "delete_account"}),
        ("intent", {"namespace": None}),
        ("outcome", {"result": "perhaps"}),
        ("outcome", {"how": "guessed"}),
        ("outcome", {"namespace_id": 7}),
        ("outcome", {"detail": None}),
        ("archived", {"cannot": "assets"}),
        ("archived", {"cannot": [1]}),
        ("end", {"complete": 1}),
        ("end", {"left": None}),
        ("begin", {"schema": "wfp-ops/journal/2"}),
        ("begin", {"schema": 1}),
        ("begin", {"plan": {"steps": None}}),
        ("begin", {"plan": {"steps": ["delete"]}}),
        ("begin", {"plan": []}),
        ("begin", {"approved_by": "me"}),
    ],
)
def test_a_fact_of_the_wrong_kind_is_refused(kind, wrong):
    """By the one who writes and by the one who reads; the fact is named."""
    with pytest.raises(ValueError, match=f"wrong {next(iter(wrong))}"):
        seal(0, AT, kind, facts_of(kind, **wrong), FIRST_PREV)


def test_an_unknown_kind_is_refused():
    """Nobody could tell what it means for the steps."""
    with pytest.raises(ValueError, match="no kind 'undone'"):
        seal(1, AT, "undone", {"detail": ""}, FIRST_PREV)


@pytest.mark.parametrize("name", ["n", "at", "kind", "prev", "hash"])
def test_a_fact_may_not_bear_a_name_of_the_line(name):
    """It would stand in the place of what the chain is made of."""
    with pytest.raises(ValueError, match=f"may not be called '{name}'"):
        seal(1, AT, "paused", {"detail": "", name: "x"}, FIRST_PREV)


@pytest.mark.parametrize(
    "at",
    ["2026-11-23T12:00:00Z", "2026-11-23 12:00:00.123456Z", "2026-13-23T12:00:00.123456Z", "", None,
     "2026-11-23T12:00:00.123456+00:00", "\u0662026-11-23T12:00:00.123456Z"],
)  # fmt: skip
def test_a_time_that_is_none_is_refused(at):
    """Only UTC to the microsecond, in the one spelling."""
    with pytest.raises(ValueError, match="no time in UTC"):
        seal(1, at, "paused", {"detail": ""}, FIRST_PREV)


@pytest.mark.parametrize("prev", ["", "A" * 64, "0" * 63, "0" * 65, None, 0])
def test_a_link_that_is_no_hash_is_refused(prev):
    """64 hex digits in lower case."""
    with pytest.raises(ValueError, match="its prev is no hash"):
        seal(1, AT, "paused", {"detail": ""}, prev)


def test_a_float_in_a_fact_is_refused_by_its_place():
    """A plan with one in it could not be hashed in one way."""
    plan = {"steps": [], "evidence": {"share": 0.1}}
    with pytest.raises(ValueError, match=r"plan\.evidence\.share is a float"):
        seal(0, AT, "begin", begin_facts(plan=plan), FIRST_PREV)


def test_half_a_surrogate_pair_in_a_servers_words_does_not_stop_an_apply():
    """It becomes an escape; all else stays as it was said."""
    record = seal(1, AT, "paused", {"detail": "said \ud800 \u00fc"}, FIRST_PREV)
    assert record.facts["detail"] == "said \\ud800 \u00fc"
    assert parse_line(to_line(record)) == record


def test_a_record_does_not_change_with_what_it_was_made_of():
    """The plan may be changed afterwards; tuples are what a reader finds, lists."""
    plan = {"steps": [], "names": ("a", "b")}
    record = seal(0, AT, "begin", begin_facts(plan=plan), FIRST_PREV)
    plan["steps"].append({})
    assert record.facts["plan"] == {"steps": [], "names": ["a", "b"]}


def test_a_moment_of_another_zone_is_written_in_utc():
    """With the microseconds, also where they are zero."""
    there = timezone(timedelta(hours=2))
    assert stamp(datetime(2026, 11, 23, 14, 0, tzinfo=there)) == "2026-11-23T12:00:00.000000Z"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b"hello\n",
        b"\xff\n",
        b"null\n",
        b"[" * 100_000 + b"\n",
        b'{"n": 1e400}\n',
        b'{"n": NaN}\n',
        b'{"n":' + b"9" * 5000 + b"}\n",
    ],
)
def test_a_foreign_line_is_no_record(line):
    """Whatever it is: a ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"no JSON|no record"):
        parse_line(line)


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"n":0', b'"n": 0'),
        lambda line: line.replace(b'"n":0', b'"n":-0'),
        lambda line: line.replace(b'"step":0', b'"step":0,"step":0'),
        lambda line: line.replace(b"gone", b"\\u0067one"),
        lambda line: line[:-1] + b" \n",
        lambda line: line[:-1],
        lambda line: line[:-1] + b"\r\n",
        lambda line: b"\xef\xbb\xbf" + line,
        lambda line: line + b"\n",
        lambda line: json.dumps(json.loads(line), sort_keys=True, separators=(",", ":")).encode() + b"\n",
    ],
)
def test_another_spelling_of_a_record_is_refused(change):
    """Even where it says the same: no byte of a journal may change unseen."""
    line = to_line(seal(0, AT, "verified", facts_of("verified"), FIRST_PREV))
    assert change(line) != line
    with pytest.raises(ValueError):
        parse_line(change(line))


def test_what_check_says():
    """Each way of not being the next record has its reason."""
    begin, paused, going_on = chain("begin", "paused", "continued")
    changed = parse_line(to_line(paused).replace(b"paused by hand", b"paused by foot"))
    assert "was changed" in check(changed, 1, begin.hash)
    assert "record 2 where record 1 belongs" in check(going_on, 1, begin.hash)
    assert "does not follow" in check(paused, 1, going_on.hash)
    assert "only once" in check(chain("paused")[0], 0, FIRST_PREV)
    again = seal(1, begin.at, "begin", begin.facts, begin.hash)
    assert "only once" in check(again, 1, begin.hash)
