"""``wfp-ops namespaces delete``: a plan of one, judged by every guard and confirmed by its words."""

from __future__ import annotations

import json

import pytest
from support.shop import DELETABLE, TRAFFIC

from wfp_ops.change.plan_file import read_plan

pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
from support.terminal import at_a_terminal

DELETE = ("namespaces", "delete")
PROMPT = "To go on, type: "


def _words(shop):
    return f"delete 1 namespace in {shop.sandbox.account_id}, overriding traffic (looked at the logs)\n"


def test_at_a_terminal(command, shop):
    """The plan of one is shown, its words are typed, and that namespace alone is gone, archived before."""
    ended = at_a_terminal(
        *(*DELETE, "customer-50", *TRAFFIC, "--journal", "one.jsonl"),
        environment=shop.environment,
        folder=shop.folder,
        answers=[(PROMPT, _words(shop))],
    )
    assert ended.code == 0, ended.shown
    assert "the value of the secret 'API_KEY'" in ended.plain.split(PROMPT)[0]
    assert "1 done" in ended.stdout
    assert shop.deletable == DELETABLE - {"customer-50"}
    assert (shop.folder / "one.jsonl").exists()
    assert command("archive", "verify", "customer-50").exit_code == 0
    assert "wfp-ops restore " in ended.plain


def test_other_words(shop):
    """Exit 4, and it is still there."""
    ended = at_a_terminal(
        *(*DELETE, "customer-50", *TRAFFIC),
        environment=shop.environment,
        folder=shop.folder,
        answers=[(PROMPT, "customer-50\n")],
    )
    assert (ended.code, ended.stdout) == (4, "")
    assert shop.deletable == DELETABLE


REFUSED = [
    ("customer-50", (), "customer-50: traffic: "),
    ("customer-1", TRAFFIC, "customer-1: state: its state is matched"),
    ("customer-1", (*TRAFFIC, "--override", "state=all of them"), "customer-1: state: "),
    ("Customer_60", TRAFFIC, "Customer_60: state: its state is misnamed"),
]


def test_a_guard_that_refuses(command, shop):
    """Exit 4 with the guard's words, before anybody is asked for anything."""
    for name, more, said in REFUSED:
        result = command(*DELETE, name, *more)
        assert (name, result.exit_code, result.stdout) == (name, 4, "")
        assert said in result.stderr
        assert name in shop.names


def test_the_hint_says_what_would_let_it_in(command, shop):
    """Each guard that refuses by its own name; a running customer by that one's name alone."""
    running = command(*DELETE, "customer-1", *TRAFFIC)
    assert "--override state:customer-1=REASON" in " ".join(running.stderr.split())
    called = command(*DELETE, "customer-50")
    assert "--override traffic=REASON" in " ".join(called.stderr.split())
    assert "state" not in called.stderr
    many = command(*DELETE, "customer-50", *TRAFFIC, {"WFP_OPS_CHANGE__MAX_DELETIONS": "0"})
    assert "--override count=REASON" in " ".join(many.stderr.split())
    words = [word for key in ("state:customer-1", "grace") for word in ("--override", f"{key}=asked them")]
    let_in = command(*DELETE, "customer-1", *TRAFFIC, *words, "--out", "plan.json")
    assert [step.namespace for step in read_plan("plan.json").steps] == ["customer-1"], let_in.stderr


def test_a_plan_level_guard_that_refuses(command, shop):
    """Exit 4: one may be too many."""
    result = command(*DELETE, "customer-50", *TRAFFIC, {"WFP_OPS_CHANGE__MAX_DELETIONS": "0"})
    assert result.exit_code == 4
    assert "count: 1 deletions here" in result.stderr


def test_without_a_terminal(command, shop):
    """Exit 4, with the two commands that do it without one."""
    result = command(*DELETE, "customer-50", *TRAFFIC)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "there is no terminal to confirm on" in result.stderr
    assert "wfp-ops namespaces delete customer-50 --out plan.json" in result.stderr
    assert "wfp-ops apply plan.json --approve DIGEST" in result.stderr
    assert shop.deletable == DELETABLE


def test_only_the_plan(command, shop):
    """``--out`` writes it, in any format of a plan; it is applied as any other."""
    result = command(*DELETE, "customer-50", *TRAFFIC, "--out", "plan.json", "--format", "json")
    assert result.exit_code == 0, result.stderr
    plan = read_plan("plan.json")
    assert json.loads(result.stdout) == plan.to_dict()
    assert [step.namespace for step in plan.steps] == ["customer-50"]
    assert shop.deletable == DELETABLE
    assert command("apply", "plan.json", "--approve", plan.digest).exit_code == 0
    assert shop.deletable == DELETABLE - {"customer-50"}
    refused = command(*DELETE, "customer-1", *TRAFFIC, "--out", "plan.json")
    assert refused.exit_code == 4
    assert "state" in refused.stdout
    assert not read_plan("plan.json").steps


WRONG = [
    ("nobody",),
    ("customer-50", "--override", "traffic"),
    ("customer-50", "--override", "traffic:customer-51=because"),
    ("customer-50", "--format", "html"),
    ("customer-50", "--expires", "2d"),
    ("customer-50", "--out", "plan.json", "--journal", "one.jsonl"),
    ("customer-50", "--out", "customers.csv"),
    (),
]


def test_wrong_usage(command, shop):
    """What can't be meant exits with 2; nothing is done or written."""
    for words in WRONG:
        result = command(*DELETE, *words)
        assert (words, result.exit_code, result.stdout) == (words, 2, "")
        assert not (shop.folder / "plan.json").exists()
    assert shop.deletable == DELETABLE
