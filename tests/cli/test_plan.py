"""``wfp-ops plan``: what is planned, shown, written and refused, over a real sandbox."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support.commands import run_process
from support.shop import DELETABLE, TRAFFIC
from support.shown_plans import hostile_file, hostile_plan, refused_plan, usual_plan

from wfp_ops.change.plan_file import read_plan, write_plan

OUT = ("--out", "plan.json")


def planned(result):
    """The plan that a command printed as JSON; what it wrote is the same."""
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert read_plan("plan.json").to_dict() == document
    return document


def names(document):
    return [step["namespace"] for step in document["steps"]]


def test_delete(command, shop):
    """What may go is planned, written for its owner alone, and shown with digest and words; nothing is done."""
    before = shop.names
    result = command("plan", "delete", *TRAFFIC, *OUT)
    assert result.exit_code == 0
    plan = read_plan("plan.json")
    assert {step.namespace for step in plan.steps} == DELETABLE
    assert stat.S_IMODE((shop.folder / "plan.json").stat().st_mode) == 0o600
    shown = " ".join(result.stdout.split())
    assert f"digest {plan.digest}" in shown
    assert "delete 3 namespaces" in shown
    assert re.search(r"delete customer-50 50 1 customer '50' left on 2026-08-01", shown)
    assert "the value of the secret 'API_KEY'" in shown
    assert "▲ Overridden traffic looked at the logs" in shown
    assert plan.confirmation in shown
    assert f"plan: plan.json (3 steps), digest {plan.digest}" in result.stderr
    for words in ("plan show plan.json", "plan rehearse plan.json", "apply plan.json"):
        assert f"  wfp-ops {words}\n" in result.stderr
    assert shop.names == before


def test_the_document(command, shop):
    """``--format json`` prints the very document that is written, with what the contract names."""
    document = planned(command("plan", "delete", *TRAFFIC, *OUT, "--format", "json"))
    assert document["schema"] == "wfp-ops/plan/1"
    assert document["account_id"] == shop.sandbox.account_id
    assert document["confirmation"].startswith("delete 3 namespaces in ")
    assert {row["guard"] for row in document["guards"]} >= {
        "count",
        "share",
        "quarantine",
        "unproven",
        "grace",
    }
    assert set(document["steps"][0]) >= {
        *("action", "namespace", "worker", "reason", "evidence", "preconditions")
    }


def test_only_except_max(command, shop):
    """Names are picked out by globs and by number; the rest is counted as left out where it was meant."""
    every = ("plan", "delete", *TRAFFIC, *OUT, "--format", "json")
    assert names(planned(command(*every, "--only", "customer-5?"))) == ["customer-50", "customer-51"]
    assert names(planned(command(*every, "--except", "customer-50", "--except", "customer-9*"))) == [
        "customer-51"
    ]
    one = planned(command(*every, "--max", "1"))
    assert names(one) == ["customer-50"]
    assert {row["guard"] for row in one["excluded"]} == {"max"}
    assert names(planned(command(*every, "--state", "orphaned"))) == ["customer-90"]
    both = planned(command(*every, "--state", "orphaned", "--state", "churned"))
    assert set(names(both)) == DELETABLE


def test_create_and_rename(command, shop):
    """Customers without a namespace get one planned; what is misnamed its right name."""
    created = planned(command("plan", "create", *OUT, "--format", "json"))
    assert names(created) == ["customer-61"]
    assert created["confirmation"].startswith("create 1 namespace in ")
    renamed = planned(command("plan", "rename", *TRAFFIC, *OUT, "--format", "json"))
    assert [(step["namespace"], step["new_name"]) for step in renamed["steps"]] == [
        ("Customer_60", "customer-60")
    ]
    by_id = command("plan", "create", "--only", "61", *OUT)
    assert (by_id.exit_code, "customer-61" in by_id.stdout) == (0, True)


def test_what_to_do_next_names_the_account(command, shop):
    """The commands that are suggested go to the account that was planned for."""
    block = f'[accounts.acme]\naccount_id = "{shop.sandbox.account_id}"\ntoken_env = "CLOUDFLARE_API_TOKEN"\n'
    text = (shop.folder / "wfp-ops.toml").read_text(encoding="utf-8")
    settings = f'{text}\n{block}base_url = "{shop.sandbox.base_url}"\n'
    (shop.folder / "wfp-ops.toml").write_text(settings, encoding="utf-8")
    result = command("plan", "create", "--account", "acme", *OUT)
    assert result.exit_code == 0, result.stderr
    assert "  wfp-ops apply plan.json --account acme\n" in result.stderr


def test_nothing_left_exits_with_4(command, shop):
    """Guards that leave nothing: the plan is shown and written, the reasons stand on stderr."""
    result = command("plan", "delete", *OUT)
    assert result.exit_code == 4
    assert "NOTHING TO DO" in result.stdout
    assert "no step is left in the plan" in result.stderr
    assert "customer-50: traffic: " in result.stderr
    assert "wfp-ops plan show plan.json" in result.stderr
    assert not read_plan("plan.json").steps
    assert command("plan", "delete", *OUT, "--format", "json").exit_code == 4


def test_many_left_out_are_counted(command, shop):
    """Not a line for each of forty."""
    result = command("plan", "delete", "--state", "matched", *OUT)
    assert result.exit_code == 4
    assert "36 left out by state, such as customer-1: its state is matched" in result.stderr
    assert len(result.stderr.splitlines()) < 10


def test_a_plan_level_guard_exits_with_4(command, shop):
    """Too much at once: the plan is kept and shown as refused, with the guard's words."""
    result = command("plan", "delete", *TRAFFIC, *OUT, {"WFP_OPS_CHANGE__MAX_SHARE": "0.01"})
    assert result.exit_code == 4
    assert result.stdout.index("REFUSED") < result.stdout.index("customer-50")
    assert "the plan can't be applied" in result.stderr
    assert "share: 3 of 40 namespaces" in result.stderr
    assert [row.guard for row in read_plan("plan.json").refusals] == ["share"]


WRONG = [
    (("delete", "--state", "nope"), "there is no state 'nope'"),
    (("delete", "--state", "customer-50"), "there is no state 'customer-50'"),
    (("create", "--state", "churned"), "there is no state 'churned'"),
    (("delete", "--only", "nobody"), "'nobody' names nothing"),
    (("create", "--only", "nobody"), "'nobody' names nothing"),
    (("delete", "--override", "grace"), "gives no reason"),
    (("delete", "--override", "grce=because"), "there is no guard 'grce'"),
    (("delete", "--override", "moved=because"), "no reason overrides 'moved'"),
    (("delete", "--override", "count:customer-50=because"), "about the plan as a whole"),
    (("delete", "--override", "grace=x"), "needs a reason"),
    (("delete", "--override", "grace:customer-7=because"), "which is not among what was asked for"),
    (("delete", "--expires", "soon"), "'soon' is no span"),
    (("delete", "--expires", "8d"), "8 days"),
    (("delete", "--max", "-1"), "--max"),
    (("delete", "--customers", "missing.csv", "--format", "xml"), "xml"),
]


def test_wrong_usage_exits_with_2(command, shop):
    """What can't be meant is refused with what is wrong about it; nothing is printed or written."""
    for words, said in WRONG:
        result = command("plan", *words, *OUT)
        assert (words, result.exit_code, result.stdout) == (words, 2, "")
        assert said in " ".join(result.stderr.replace("│", "").split())
        assert not (shop.folder / "plan.json").exists()


def test_what_is_no_ordinary_file_is_no_place_for_a_plan(command, shop):
    """A pipe would be waited for, for ever; a link of the system's would be replaced."""
    os.mkfifo(shop.folder / "pipe")
    (shop.folder / "to-pipe").symlink_to("pipe")
    for place in ("pipe", "to-pipe", "/dev/null"):
        refused = command("plan", "create", "--out", place)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "it is no ordinary file" in " ".join(refused.stderr.replace("│", "").split())


@pytest.mark.parametrize("to_a_file", [False, True])
def test_its_own_output_is_no_place_for_a_plan(shop, to_a_file):
    """Be it a pipe, which it would read from, or a file, which is not what would be written."""
    words = [sys.executable, "-m", "wfp_ops.cli.main", "plan", "create", "--out", "/dev/stdout"]
    with (shop.folder / "output").open("wb") as file:
        done = subprocess.run(
            words,
            stdout=file if to_a_file else subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=shop.folder,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert b"ordinary file" in done.stderr
    assert Path("/dev/stdout").is_symlink()


def test_somebody_elses_file_is_left_alone(command, shop):
    """A typo must not cost the customer list; an older plan is replaced, a missing folder is told."""
    listing = (shop.folder / "customers.csv").read_text(encoding="utf-8")
    assert command("plan", "create", "--out", "customers.csv").exit_code == 2
    assert (shop.folder / "customers.csv").read_text(encoding="utf-8") == listing
    assert command("plan", "create", "--out", "nowhere/plan.json").exit_code == 2
    assert command("plan", "create", "--out", ".").exit_code == 2
    write_plan(usual_plan(), shop.folder / "plan.json")
    assert command("plan", "create", *OUT).exit_code == 0
    assert read_plan("plan.json").steps[0].namespace == "customer-61"


def test_show_needs_no_account(command, tmp_path):
    """No token, no settings: the plan in four formats, each with its digest."""
    plan = usual_plan()
    write_plan(plan, tmp_path / "plan.json")
    for chosen in ("table", "json", "markdown", "html"):
        result = command("plan", "show", "plan.json", "--format", chosen)
        assert (result.exit_code, result.stderr) == (0, "")
        assert plan.digest in result.stdout
    assert json.loads(command("plan", "show", "plan.json", "--format", "json").stdout) == plan.to_dict()


def test_show_a_refused_plan(command, tmp_path):
    """It can be looked at; that is no failure."""
    write_plan(refused_plan(), tmp_path / "plan.json")
    result = command("plan", "show", "plan.json")
    assert result.exit_code == 0
    assert "✖ REFUSED: this plan can't be applied" in result.stdout


def test_show_refuses_what_was_changed(command, tmp_path):
    """A changed plan exits with 4, no plan and no file with 1, and nothing of either is shown."""
    write_plan(usual_plan(), tmp_path / "plan.json")
    text = (tmp_path / "plan.json").read_text(encoding="utf-8")
    (tmp_path / "plan.json").write_text(text.replace("customer-12", "customer-13"), encoding="utf-8")
    changed = command("plan", "show", "plan.json")
    assert (changed.exit_code, changed.stdout) == (4, "")
    assert "the plan was changed after it was made" in changed.stderr
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    for name in ("plan.json", "missing.json"):
        result = command("plan", "show", name)
        assert (result.exit_code, result.stdout) == (1, "")
        assert name in result.stderr


def test_a_hostile_file_that_is_none(tmp_path):
    """Keys that hold what they should not: one line in words, and no control character of theirs in it."""
    write_plan(hostile_plan(), tmp_path / "plan.json")
    refused = run_process("plan", "show", "plan.json", folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "this is no plan: steps[0].evidence.workers: expected array, got str" in refused.stderr
    assert all(character.isprintable() or character == "\n" for character in refused.stderr)


@pytest.mark.parametrize("chosen", ["table", "markdown", "html"])
def test_hostile_names_do_no_harm_in_a_terminal(tmp_path, chosen):
    """No control character of a name reaches the terminal, in a process of its own as a person runs it."""
    write_plan(hostile_file(), tmp_path / "plan.json")
    done = run_process("plan", "show", "plan.json", "--format", chosen, folder=tmp_path)
    assert done.returncode == 0
    assert all(character.isprintable() or character == "\n" for character in done.stdout)


def test_rehearse(command, shop):
    """The plan runs on a sandbox of its own, with faults; the account stays as it is."""
    before = shop.sandbox.state()
    assert command("plan", "delete", *TRAFFIC, *OUT).exit_code == 0
    shown = command("plan", "rehearse", "plan.json", "--faults", "0", "--seed", "5")
    assert shown.exit_code == 0, shown.stderr
    assert "3 done" in shown.stdout
    result = command("plan", "rehearse", "plan.json", "--faults", "0.1", "--seed", "3", "--format", "json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == "wfp-ops/rehearsal/1"
    assert document["digest"] == read_plan("plan.json").digest
    assert shop.sandbox.state() == before


def test_rehearse_refuses(command, shop):
    """A share of faults that can't be is wrong usage; a plan with nothing to do is refused."""
    write_plan(refused_plan(), shop.folder / "plan.json")
    assert command("plan", "rehearse", "plan.json", "--faults", "0.9").exit_code == 2
    assert command("plan", "rehearse", "plan.json").exit_code == 4
