"""``wfp-ops apply``: words typed at a terminal, digests approved, progress, Ctrl-C, and the exit codes of each."""

from __future__ import annotations

import json
import re
import shlex
import signal

import pytest
from support.commands import run_process
from support.shop import DELETABLE, TRAFFIC
from support.shown_plans import refused_plan, usual_plan

from wfp_ops.change.journal.reader import verify
from wfp_ops.change.plan_file import read_plan, write_plan

pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
from support.terminal import at_a_terminal

PROMPT = "To go on, type: "


@pytest.fixture
def plan(command, shop):
    """A plan to delete the three that may go, as plan.json in the test's folder."""
    assert command("plan", "delete", *TRAFFIC, "--out", "plan.json").exit_code == 0
    return read_plan("plan.json")


def _apply(shop, *words, answers=()):
    return at_a_terminal(
        "apply", "plan.json", *words, environment=shop.environment, folder=shop.folder, answers=answers
    )


def test_the_digest_approves(command, shop, plan):
    """Everything is deleted, archived and on record; the document says so, and stdout holds nothing else."""
    result = command("apply", "plan.json", "--approve", plan.digest, "--format", "json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == "wfp-ops/apply/1"
    assert (document["done"], document["dropped"], document["failed"], document["left"]) == (3, 0, 0, 0)
    assert {step["namespace"] for step in document["steps"]} == DELETABLE
    assert shop.deletable == set()
    assert len(shop.names) == 37
    assert verify(document["journal"] and shop.folder / document["journal"]).state == "complete"
    assert "  wfp-ops restore " in result.stderr


def test_words_at_a_terminal(shop, plan):
    """The plan and what can't be brought back are shown, then the words are asked for, typed, and it is done."""
    done = _apply(shop, answers=[(PROMPT, f"{plan.confirmation}\n")])
    assert done.code == 0, done.shown
    before, _, after = done.shown.partition(PROMPT)
    assert "customer-50" in before
    assert "What can't be brought back" in before
    assert "looked at the logs" in before
    assert re.search(r"\d of 3", after)
    assert done.stdout.startswith("✔ Applied to ")
    assert "3 done" in done.stdout
    assert "Gone, and can't be brought back" in done.stdout
    assert "the value of the secret 'API_KEY'" in done.stdout
    assert shop.deletable == set()


def test_progress_is_gone_when_it_is_done(shop, plan):
    """Bar, rate and the current name while it runs; afterwards what to do next stands there alone."""
    with shop.sandbox.holding("DELETE", skip=2) as held:
        done = _apply(shop, "--approve", plan.digest, answers=[("a minute", held.release)])
    assert done.code == 0
    assert re.search(r"[12] of 3, [\d,]+ a minute", done.shown)
    assert "customer-90" in done.shown
    last = done.shown.split("\x1b[2K")[-1]
    assert "of 3" not in last
    assert "wfp-ops restore" in last


def test_other_words_are_refused(shop, plan):
    """Exit 4, and nothing is done; the end of the input is no word either."""
    for typed in ("yes\n", "\n", "delete 2 namespaces in acme-prod\n", "\x04"):
        done = _apply(shop, answers=[(PROMPT, typed)])
        assert (typed, done.code, done.stdout) == (typed, 4, "")
        said = "nothing was typed" if typed == "\x04" else "these are not this plan's words"
        assert said in done.plain
    assert shop.deletable == DELETABLE


def test_blanks_in_the_words_do_not_matter(shop, plan):
    """What is typed is compared word by word."""
    typed = plan.confirmation.replace(" ", "  ")
    assert _apply(shop, answers=[(PROMPT, f"  {typed} \n")]).code == 0


def test_ctrl_c_at_the_prompt(shop, plan):
    """It ends there, with 130 and without a change."""
    done = _apply(shop, answers=[(PROMPT, signal.SIGINT)])
    assert done.code == 130
    assert shop.deletable == DELETABLE


def test_ctrl_c_between_two_steps(shop, plan):
    """The step under way is brought to its end, the others are left: exit 5, and the command to go on."""
    with shop.sandbox.holding("DELETE") as held:
        answers = [("0 of 3", signal.SIGINT), ("cancelling", held.release)]
        done = _apply(shop, "--approve", plan.digest, answers=answers)
    assert done.code == 5, done.shown
    assert "cancelling" in done.shown
    assert "1 done, 2 left" in done.stdout
    assert "stopped: cancelled" in done.stdout
    assert len(shop.deletable) == 2
    journal = re.search(r"wfp-ops journal resume (\S+)", done.plain).group(1)
    assert verify(shop.folder / journal).state == "unfinished"


def test_ctrl_c_twice(shop, plan):
    """The second one cuts it off in the middle of a change: exit 5, and where to look for the record."""
    with shop.sandbox.holding("DELETE"):
        answers = [("0 of 3", signal.SIGINT), ("cancelling", signal.SIGINT)]
        done = _apply(shop, "--approve", plan.digest, answers=answers)
    assert done.code == 5, done.shown
    assert "wfp-ops journal list" in done.shown
    (journal,) = (shop.folder / "state").glob("accounts/*/journals/*.jsonl")
    assert verify(journal).state == "unfinished"


def test_what_can_be_typed_next_names_the_account(command, shop, monkeypatch):
    """The line for who has no terminal works as it is typed; so do those that are said at the end."""
    block = (
        f'account_id = "{shop.sandbox.account_id}"\nbase_url = "{shop.sandbox.base_url}"\ntoken_env = "SHOP"'
    )
    text = f'[customers]\nsource = "customers.csv"\n[accounts.shop-prod]\n{block}\n'
    (shop.folder / "shop prod.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("SHOP", shop.sandbox.token)
    flags = ("--account", "shop-prod", "--config", "shop prod.toml")
    assert command("plan", "delete", *TRAFFIC, "--out", "named.json", *flags).exit_code == 0
    asked = command("apply", "named.json", "--journal", "named.jsonl", *flags)
    assert asked.exit_code == 4
    line = " ".join(asked.stderr.split()).partition("once a person has seen the plan: ")[2]
    typed = shlex.split(line)
    assert typed[:3] == ["wfp-ops", "apply", "named.json"]
    assert typed[-4:] == list(flags)
    done = command(*typed[1:])
    assert done.exit_code == 0, done.stderr
    assert (shop.folder / "named.jsonl").exists()
    said = " ".join(done.stderr.split())
    assert "3 archives were made: wfp-ops archive list --account shop-prod --config 'shop prod.toml'" in said
    again = command(*typed[1:])
    assert again.exit_code == 4
    assert "--account shop-prod" in again.stderr


def test_no_terminal_to_confirm_on(command, shop, plan):
    """Exit 4 and how to go about it without one; the words in a pipe are no confirmation."""
    result = command("apply", "plan.json")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "there is no terminal to confirm on" in result.stderr
    assert f"wfp-ops apply plan.json --approve {plan.digest}" in result.stderr
    piped = run_process("apply", "plan.json", environment=shop.environment, folder=shop.folder)
    assert piped.returncode == 4
    assert shop.deletable == DELETABLE


def test_another_digest_is_refused(command, shop, plan):
    """Not the plan's, or only the beginning of it: exit 4."""
    for digest in ("0" * 64, plan.digest[:12], ""):
        result = command("apply", "plan.json", "--approve", digest)
        assert (result.exit_code, result.stdout) == (4, "")
        assert "the approved digest is not this plan's" in result.stderr
    assert shop.deletable == DELETABLE


def test_a_confirmation_is_good_once(command, shop, plan):
    """The same plan again exits with 4 and names its journal."""
    assert command("apply", "plan.json", "--approve", plan.digest).exit_code == 0
    again = command("apply", "plan.json", "--approve", plan.digest)
    assert again.exit_code == 4
    assert "this plan was applied already" in again.stderr


def test_a_refused_plan_asks_for_nothing(shop, plan):
    """A plan that may not be applied is refused before anybody types words in vain."""
    from dataclasses import replace

    bound = {
        name: getattr(plan, name)
        for name in ("account", "account_id", "base_url", "expires_at", "created_at")
    }
    write_plan(replace(refused_plan(), **bound), shop.folder / "plan.json")
    done = _apply(shop)
    assert done.code == 4
    assert PROMPT not in done.shown
    assert "count: 40 deletions here" in done.shown


def test_a_plan_of_another_account(command, shop):
    """Exit 4: the account that the settings mean must be the plan's."""
    write_plan(usual_plan(), shop.folder / "plan.json")
    result = command("apply", "plan.json", "--approve", usual_plan().digest)
    assert result.exit_code == 4
    assert "it was made at https://api.cloudflare.com/client/v4" in result.stderr


def test_a_changed_plan(command, shop, plan):
    """Exit 4, whatever is approved."""
    text = (shop.folder / "plan.json").read_text(encoding="utf-8")
    (shop.folder / "plan.json").write_text(text.replace("customer-51", "customer-1"), encoding="utf-8")
    result = command("apply", "plan.json", "--approve", plan.digest)
    assert result.exit_code == 4
    assert "the plan was changed after it was made" in result.stderr
    assert shop.deletable == DELETABLE


def test_what_moved_drops_out(command, shop, plan):
    """A customer who came back is left alone; the others go, and it is exit 0."""
    listing = (shop.folder / "customers.csv").read_text(encoding="utf-8")
    back = listing.replace("51,churned,2025-01-01,2026-08-01", "51,active,2025-01-01,")
    (shop.folder / "customers.csv").write_text(back, encoding="utf-8")
    result = command("apply", "plan.json", "--approve", plan.digest)
    assert result.exit_code == 0
    assert "2 done, 1 dropped out" in result.stdout
    assert re.search(r"delete +customer-51 +(state|moved): ", result.stdout)
    assert shop.deletable == {"customer-51"}


def test_nothing_left_exits_with_4(command, shop, plan):
    """Everything has dropped out: nothing is done, and each reason is said."""
    for name in DELETABLE:
        url = f"{shop.sandbox.namespaces_url}/{name}"
        assert shop.sandbox.http.delete(url).status_code == 200
    result = command("apply", "plan.json", "--approve", plan.digest)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "there is nothing left to do" in result.stderr


def test_a_step_that_fails_exits_with_1(command, shop, plan):
    """Cloudflare refuses one for good: the others are done, and nothing is left to resume."""
    shop.sandbox.fault("status", status=400, method="DELETE", route="*/customer-51")
    result = command("apply", "plan.json", "--approve", plan.digest, "--format", "json")
    assert result.exit_code == 1, result.stderr
    document = json.loads(result.stdout)
    assert (document["done"], document["failed"], document["left"]) == (2, 1, 0)
    assert shop.deletable == {"customer-51"}


def test_a_lost_connection_exits_with_5(command, shop, plan):
    """What could not be sent is left, and can be resumed."""
    shop.sandbox.fault("status", status=403, method="DELETE", route="*/customer-51")
    result = command("apply", "plan.json", "--approve", plan.digest)
    assert result.exit_code == 5, result.stderr
    assert "left" in result.stdout
    assert "wfp-ops journal resume" in result.stderr


def test_the_journal_goes_where_it_is_wanted(command, shop, plan):
    """``--journal`` names the file, which is never written over."""
    result = command("apply", "plan.json", "--approve", plan.digest, "--journal", "mine.jsonl")
    assert result.exit_code == 0
    assert f"journal  {shop.folder / 'mine.jsonl'}" in result.stdout
    assert verify(shop.folder / "mine.jsonl").state == "complete"


def test_the_list_in_another_place(command, shop, plan):
    """The plan's list is read again: where it moved, ``--customers`` says where to; without it nothing is done."""
    (shop.folder / "customers.csv").rename(shop.folder / "moved.csv")
    gone = command("apply", "plan.json", "--approve", plan.digest)
    assert gone.exit_code == 1
    assert shop.deletable == DELETABLE
    result = command("apply", "plan.json", "--approve", plan.digest, "--customers", "moved.csv")
    assert result.exit_code == 0, result.stderr


def test_no_plan(command, shop):
    """A file that is none exits with 1."""
    for name in ("missing.json", "customers.csv"):
        result = command("apply", name)
        assert (result.exit_code, result.stdout) == (1, "")
        assert name in result.stderr


def test_a_plan_needs_a_token(command, shop, plan, monkeypatch):
    """Exit 2 without one."""
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    assert command("apply", "plan.json", "--approve", plan.digest).exit_code == 2
