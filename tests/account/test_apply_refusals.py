"""Plans, lists, disks and journals that are not what they should be: refused, or only the rest is done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from support.apply_child import Applier
from support.between import Between
from support.company import (
    COLUMNS,
    DELETED,
    LOOKED,
    NOW,
    ROWS,
    apply_checked,
    check_everything_done,
    check_journal,
    customer,
    open_account,
    outcomes,
    plan_everything,
)
from support.worker_code import module_form

import wfp_ops
from wfp_ops.change.canonical import sha256_of
from wfp_ops.change.control import Control
from wfp_ops.change.journal import reader
from wfp_ops.change.journal.head import head_path
from wfp_ops.change.plan_file import read_plan, write_plan
from wfp_ops.clock import parse_time
from wfp_ops.errors import (
    ArchiveError,
    CustomerListError,
    JournalError,
    RefusedError,
    SettingsError,
    StateBusyError,
    StateError,
)

WEDNESDAY = "2026-11-18T12:00:00Z"
FRIDAY = "2026-11-20T12:00:00Z"
OTHER = "f" * 32


@pytest.fixture(scope="module")
def applier():
    """Makes processes of their own."""
    with Applier() as running:
        yield running


@contextmanager
def _nothing_is_done(company):
    """Neither to the account nor to the register: the plan can be applied once all is well."""
    before = company.sandbox.state(code=True)
    yield
    assert company.sandbox.state(code=True) == before
    register = company.state_folder() / "applied"
    assert not register.exists() or list(register.iterdir()) == []


def _came(applied):
    return {each.step.name: (each.outcome, each.guard) for each in applied.steps}


# --- the plan -----------------------------------------------------------------------------------


def _sealed(document):
    body = {key: value for key, value in document.items() if key != "digest"}
    return {**body, "digest": sha256_of(body)}


def test_an_edited_plan_is_not_read(company, plan, tmp_path):
    """Not a byte of it may be another: neither with its old digest nor with words that are not its own."""
    path = write_plan(plan, tmp_path / "plan.json")
    document = json.loads(path.read_text())
    document["steps"][0]["namespace"] = "customer-1"
    path.write_text(json.dumps(document))
    with pytest.raises(RefusedError, match="changed after it was made"):
        read_plan(path)
    document = json.loads(write_plan(plan, path).read_text())
    document["steps"] = [*document["steps"], document["steps"][0]]
    path.write_text(json.dumps(_sealed(document)))
    with pytest.raises(RefusedError, match="contradicts itself"):
        read_plan(path)


@pytest.mark.parametrize("state", ["churned", "orphaned", "matched"])
def test_a_plan_that_was_edited_and_sealed_again(company, account, plan, tmp_path, state):
    """Whoever puts a running customer's namespace in, with all that is true of it, gets no guard to pass."""
    audit = account.audit()
    honest = account.plan_delete(
        audit,
        ["customer-1"],
        overrides={**LOOKED, "state:customer-1": "asked to", "grace": "asked to"},
    )
    step = honest.steps[0]
    step = replace(step, evidence={**step.evidence, "state": state})
    edited = replace(plan, steps=(step, *plan.steps[1:]))
    applied = apply_checked(account, read_plan(write_plan(edited, tmp_path / "plan.json")))
    assert _came(applied)["customer-1"] == ("dropped", "state")
    assert applied.done == 5
    assert "customer-1" in company.names


def test_a_plan_of_another_account(company, account, plan):
    """Made with account A; the environment is account B's, whatever the plan says of itself."""
    found = {"token": company.sandbox.token, "base_url": company.base_url, "share": 0.005}
    with _nothing_is_done(company), open_account(company.config, NOW, account_id=OTHER, **found) as other:
        with pytest.raises(RefusedError) as caught:
            other.apply(plan, confirm=plan.confirmation)
        assert caught.value.reasons == (f"it is of account {account.account_id}, and this is {OTHER}",)
        renamed = replace(plan, account_id=OTHER)
        with pytest.raises(Exception, match="account"):
            other.apply(renamed, confirm=renamed.confirmation)


def test_a_plan_of_another_server(company, plan):
    """The same account behind another address is another one: nobody knows who answers there."""
    found = {"token": company.sandbox.token, "account_id": company.sandbox.account_id, "share": 0.005}
    with (
        _nothing_is_done(company),
        Between(company.sandbox) as between,
        open_account(company.config, NOW, base_url=between.base_url, **found) as other,
    ):
        with pytest.raises(RefusedError, match="may not be applied") as caught:
            other.apply(plan, confirm=plan.confirmation)
        assert "it was made at" in caught.value.reasons[0]
        assert between.received == []


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ("2026-11-24T12:00:30Z", "it expired at"),
        ("2026-12-24T12:00:00Z", "it expired at"),
        ("2026-11-23T11:50:00Z", "in the future"),
    ],
)
def test_a_plan_out_of_its_time(company, plan, now, reason):
    """A day after it was made, a month after, and before."""
    with _nothing_is_done(company), company.account(now) as account:
        with pytest.raises(RefusedError) as caught:
            account.apply(plan, confirm=plan.confirmation)
        assert reason in caught.value.reasons[0]


def test_a_plan_that_claims_a_longer_life(company, account, plan):
    """A week is the most, whatever it says."""
    longer = replace(plan, expires_at=parse_time("2027-11-23T12:00:00Z"))
    with _nothing_is_done(company), pytest.raises(RefusedError) as caught:
        account.apply(longer, confirm=longer.confirmation)
    assert "a week is the most" in caught.value.reasons[0]


def test_wednesdays_plan_on_friday(company):
    """What moved drops out with its guard and reason; the rest is done."""
    with company.account(WEDNESDAY) as account:
        plan = plan_everything(account, expires="72h")
    company.write_list([customer("50") if row["customer_id"] == "50" else row for row in ROWS])
    company.deploy("customer-51")
    was = company.ids()["customer-52"]
    company.delete("customer-52")
    company.create("customer-52")
    company.create("customer-61")
    before = company.ids()
    with company.account(FRIDAY) as account:
        applied = apply_checked(account, plan)
    assert _came(applied) == {
        "customer-50": ("dropped", "state"),
        "customer-51": ("dropped", "moved"),
        "customer-52": ("dropped", "moved"),
        "customer-61": ("dropped", "state"),
        "customer-62": ("done", None),
        "Customer_60": ("done", None),
    }
    said = {each.step.name: each.detail for each in applied.steps}
    assert "matched" in said["customer-50"]
    assert "the number of its Workers was 1 and is 2" in said["customer-51"]
    assert said["customer-52"].startswith(f"its id was {was} and is ")
    after = company.ids()
    assert {name: after[name] for name in DELETED} == {name: before[name] for name in DELETED}
    assert after["customer-52"] != was
    assert set(after) - set(before) == {"customer-62", "customer-60"}


def test_everything_dropped_out(company, account, plan):
    """There is nothing left to do: refused, with each reason, and not used up."""
    only = plan.without([1, 2, 3, 4, 5])
    company.deploy("customer-50")
    with _nothing_is_done(company), pytest.raises(RefusedError, match="nothing left to do") as caught:
        account.apply(only, confirm=only.confirmation)
    assert caught.value.reasons[0].startswith("customer-50: moved: ")


# --- the words ----------------------------------------------------------------------------------


def test_other_words(company, account, plan):
    """Another number, another account's name, none of the overrides, nothing, or both ways at once."""
    words = plan.confirmation
    with _nothing_is_done(company):
        for wrong in (
            words.replace("3", "2"),
            words.replace(plan.account, "acme-prod"),
            words.partition(",  overriding")[0][:-5],
            words.upper(),
            "",
            "yes",
        ):
            with pytest.raises(RefusedError, match="not this plan's words"):
                account.apply(plan, confirm=wrong)
        with pytest.raises(RefusedError, match="nobody has confirmed"):
            account.apply(plan)
        with pytest.raises(SettingsError):
            account.apply(plan, confirm=words, approve=plan.digest)


def test_another_digest(company, account, plan):
    """Automation may pass the digest that a person saw, and no other."""
    other = plan.without([0])
    with _nothing_is_done(company):
        for wrong in (other.digest, plan.digest[:-1], "0" * 64, ""):
            with pytest.raises(RefusedError, match="digest is not this plan's"):
                account.apply(plan, approve=wrong)
        with pytest.raises(RefusedError, match="not this plan's words"):
            account.apply(other, confirm=plan.confirmation)
    assert apply_checked(account, plan, confirm=None, approve=plan.digest.upper()).done == 6


def test_the_same_confirmation_twice(company, account, plan):
    """It is good once, in words or as a digest; also after the first one was stopped half way."""
    control = Control()
    applied = apply_checked(account, plan, control=control, progress=_cancel_after(2, control))
    assert (applied.stopped, applied.done, applied.left) == ("cancelled", 2, 4)
    for again in ({"confirm": plan.confirmation}, {"approve": plan.digest}):
        with pytest.raises(RefusedError, match="applied already") as caught:
            account.apply(plan, **again)
        assert str(applied.journal) in caught.value.reasons[0]
    assert account.resume(applied.journal).complete


# --- the customer list --------------------------------------------------------------------------


def _spoiled(path, how):
    whole = path.read_text()
    path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how == "empty":
        path.touch()
    elif how == "only a header":
        path.write_text(",".join(COLUMNS) + "\n")
    elif how == "no text":
        path.write_bytes(bytes(range(256)) * 40)
    elif how == "another table":
        path.write_text("colour,size\nred,1\n")
    elif how == "cut in half":
        path.write_text(whole[: len(whole) // 2])
    return whole


@pytest.mark.parametrize(
    "how", ["gone", "a folder", "empty", "only a header", "no text", "another table", "cut in half"]
)
def test_a_list_that_can_not_be_relied_on_when_it_is_applied(company, account, plan, how):
    """Nothing is done, and nothing is used up: with the list back in its place the plan goes through."""
    with _nothing_is_done(company):
        _spoiled(company.csv, how)
        with pytest.raises((CustomerListError, RefusedError)):
            account.apply(plan, confirm=plan.confirmation)
    company.write_list(ROWS)
    assert apply_checked(account, plan).done == 6


def test_another_list_than_the_plans(company, account, plan):
    """One of another name that holds something else is refused; the very same under another name is not."""
    other = company.folder / "other.csv"
    company.write_list(ROWS[1:], other)
    with _nothing_is_done(company), pytest.raises(RefusedError, match="another customer list"):
        account.apply(plan, confirm=plan.confirmation, customers=other)
    shutil.copyfile(company.csv, other)
    assert apply_checked(account, plan, customers=other).done == 6


def _resealed(plan, tmp_path, change):
    """The plan with another customer list in it, sealed as whoever makes plans would."""
    document = json.loads(write_plan(plan, tmp_path / "plan.json").read_text())
    document["customers"] |= change
    (tmp_path / "plan.json").write_text(json.dumps(_sealed(document)))
    return read_plan(tmp_path / "plan.json")


def test_a_status_map_that_was_mended_since(company):
    """Who left by the plan's map has not left by the settings' own: the plan is not applied."""
    company.settings(more="[customers.status]\nsuspended = 'churned'\n")
    rows = [customer("1", "suspended", churned_on="2026-06-01"), *ROWS[1:]]
    company.write_list(rows)
    with company.account() as account:
        account.accept(account.audit(), reason="for the test")
        plan = account.plan_delete(
            account.audit(), "churned", only=["customer-1"], overrides={**LOOKED, "grace": "left"}
        )
    assert [step.name for step in plan.steps] == ["customer-1"]
    company.settings()
    with company.account() as account, _nothing_is_done(company):
        with pytest.raises(RefusedError, match="read otherwise when the plan was made") as caught:
            account.apply(plan, confirm=plan.confirmation)
        assert "status: the plan says {'suspended': 'churned'}, the settings say None" in caught.value.reasons


def test_a_plan_that_brings_a_status_map_of_its_own(company, account, plan, tmp_path):
    """Nobody leaves by a word in a file."""
    reading = {**plan.customers.reading, "status": {"active": "churned"}}
    edited = _resealed(plan, tmp_path, {"reading": reading})
    with _nothing_is_done(company), pytest.raises(RefusedError, match="read otherwise"):
        account.apply(edited, confirm=edited.confirmation)


def test_a_plan_that_names_a_list_of_its_own(company, account, plan, tmp_path):
    """Where the settings name the list, no other is read in its place."""
    evil = tmp_path / "evil" / "customers.csv"
    evil.parent.mkdir()
    company.write_list([customer("1", "churned")], evil)
    edited = _resealed(plan, tmp_path, {"path": str(evil), "source": "./customers.csv"})
    with _nothing_is_done(company), pytest.raises(RefusedError, match="than the settings'"):
        account.apply(edited, confirm=edited.confirmation)


def test_a_list_that_was_handed_over_as_it_was_read(company, account):
    """In a notebook it says itself how it was read, and holds for the apply as well."""
    rows = [customer("1", "gone", churned_on="2026-06-01"), *ROWS[1:]]
    company.write_list(rows)
    records = wfp_ops.read_customers(company.csv, status={"gone": "churned"})
    audit = account.audit(records)
    account.accept(audit, reason="for the test")
    plan = account.plan_delete(audit, "churned", only=["customer-1"], overrides={**LOOKED, "grace": "left"})
    with _nothing_is_done(company), pytest.raises(RefusedError, match="read otherwise"):
        account.apply(plan, confirm=plan.confirmation)
    assert apply_checked(account, plan, customers=records).done == 1


def test_words_that_name_another_account(company, account, plan):
    """What a person types must not call the account by the name of another one."""
    other = replace(plan, account="acme-staging")
    with _nothing_is_done(company), pytest.raises(RefusedError) as caught:
        account.apply(other, confirm=other.confirmation)
    assert "its words call the account 'acme-staging'" in caught.value.reasons[0]


def _after(number, deed):
    """Do something once, as soon as so many steps are over."""
    done = Event()

    def watch(progress):
        if progress.over >= number and not done.is_set():
            done.set()
            deed()

    return watch


def _cancel_after(number, control):
    """Cancel while the step of this number (from 1) is under way: that one is brought to its end."""
    return lambda progress: control.cancel() if progress.over >= number - 1 else None


def test_a_customer_who_comes_back_while_it_runs(company, account, plan):
    """From then on their step drops out as moved; the creation for one who got a mapping does, too."""
    changed = {"52": customer("52"), "62": customer("62", namespace="customer-17")}
    rows = [changed.get(row["customer_id"], row) for row in ROWS]
    applied = apply_checked(account, plan, progress=_after(1, lambda: company.write_list(rows)))
    came = _came(applied)
    assert came.pop("customer-52") == ("dropped", "moved")
    assert came.pop("customer-62") == ("dropped", "moved")
    assert set(came.values()) == {("done", None)}
    assert "customer-52" in company.names
    assert "customer-62" not in company.names


@pytest.mark.parametrize(
    "how", ["gone", "a folder", "empty", "only a header", "no text", "another table", "cut in half"]
)
def test_a_list_that_goes_bad_while_it_runs(company, account, plan, how):
    """After the first deletion no other is made; once the list is back, a resume does what is left."""
    applied = apply_checked(account, plan, progress=_after(1, lambda: _spoiled(company.csv, how)))
    came = outcomes(applied)
    assert came["customer-50"] == "done"
    assert {came[name] for name in ("customer-51", "customer-52")} <= {"dropped", "left"}
    assert {"customer-51", "customer-52"} <= company.names
    company.write_list(ROWS)
    resumed = account.resume(applied.journal)
    check_journal(resumed)
    assert resumed.complete
    assert resumed.done + resumed.dropped == 6


def test_a_protection_made_while_it_runs(company, account, plan):
    """By somebody else, in a process of their own: their word counts from that moment."""
    command = [Path(sys.executable).with_name("wfp-ops"), "mark", "--config", company.config]
    command += ["--protect", "customer-52", "--until", "2027-01-31", "--reason", "they pay again"]
    environment = {**os.environ, **company.sandbox.environment(), "WFP_OPS_NOW": NOW}

    def protect():
        subprocess.run(command, env=environment, check=True, capture_output=True)

    applied = apply_checked(account, plan, progress=_after(1, protect))
    assert _came(applied)["customer-52"] == ("dropped", "protected")
    assert applied.done == 5
    assert "they pay again" in next(each.detail for each in applied.steps if each.outcome == "dropped")
    assert "customer-52" in company.names


# --- disks --------------------------------------------------------------------------------------


def _job(company, **more):
    sandbox = company.sandbox
    account = {"account_id": sandbox.account_id, "token": sandbox.token, "share": 0.005}
    return {
        "config": str(company.config),
        "now": NOW,
        "account": {**account, "base_url": company.base_url},
        "out": str(company.folder / "out.json"),
        **more,
    }


def _in_a_process(applier, company, **more):
    applier.begin(**_job(company, **more))
    assert applier.end() == 0
    return json.loads((company.folder / "out.json").read_text())


@pytest.fixture(scope="module")
def sizes(prepared):
    """How many bytes the journal of the plan takes after each of its records."""
    company = prepared.again()
    with company.account() as account:
        applied = account.apply(prepared.plan, confirm=prepared.plan.confirmation)
    ends = [0]
    for line in applied.journal.read_bytes().splitlines(keepends=True):
        ends.append(ends[-1] + len(line))
    return ends


@pytest.mark.parametrize("records", [0, 1, 2, 3, 4, 8, 15])
def test_a_disk_that_is_full_for_the_journal(company, plan, sizes, applier, records):
    """It stops before anything that could not be written down; with room again the rest is done once."""
    before = company.sandbox.state(code=True)
    file = write_plan(plan, company.folder / "plan.json")
    journal = company.folder / "journal.jsonl"
    journal.unlink(missing_ok=True)
    head_path(journal).unlink(missing_ok=True)
    limit = sizes[records] + 20 if records else sizes[1] // 2
    said = _in_a_process(applier, company, apply=str(file), journal=str(journal), limit=limit)
    if records == 0:
        assert said["error"] == "JournalError"
        assert "full, or the file may not grow" in said["message"]
        assert company.sandbox.state(code=True) == before
        assert not journal.exists()
        said = _in_a_process(applier, company, apply=str(file), journal=str(journal))
    else:
        assert "full, or the file may not grow" in said["stopped"]
        assert "resume this journal" in said["stopped"]
        assert said["left"] > 0
        assert said["done"] + said["dropped"] + said["left"] == 6
        said = _in_a_process(applier, company, resume=str(journal))
    assert (said["done"], said["left"]) == (6, 0), said
    assert reader.verify(journal).state == "complete"
    check_everything_done(company, before)


def test_a_disk_that_is_full_for_an_archive(company, applier, tmp_path):
    """What can't be archived is not deleted; the others are."""
    code = {"modules": [{"name": "index.js", "content": "// much\n" * 20_000}]}
    big = {"name": "customer-51", "created_on": "2025-01-05T08:00:00.000000Z"}
    worker = {"name": "big", "created_on": big["created_on"], **code}
    company.sandbox.load({**big, "workers": [worker]}, mode="merge")
    with company.account() as account:
        plan = plan_everything(account)
    file = write_plan(plan, tmp_path / "plan.json")
    said = _in_a_process(applier, company, apply=str(file), limit=100_000)
    came = {step["namespace"]: (step["result"], step["guard"]) for step in said["steps"]}
    assert came.pop("customer-51") == ("dropped", "archive")
    assert set(came.values()) == {("done", None)}
    assert "customer-51" in company.names
    archives = company.state_folder() / "archives"
    assert not [each for each in archives.iterdir() if each.name.startswith(".")]


@contextmanager
def _mounted(*words):
    """Something mounted for a while, where this user may do that."""
    target = words[-1]
    made = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"this user may not mount anything: {made.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", target], check=True)


def test_a_small_disk_that_fills_up(company, account, plan, tmp_path):
    """A real one: the journal lies on it, somebody else fills it while the apply runs."""
    before = company.sandbox.state(code=True)
    disk = tmp_path / "disk"
    disk.mkdir()
    with _mounted("-t", "tmpfs", "-o", "size=256k", "none", str(disk)):
        filler = disk / "filler"

        def fill():
            with filler.open("wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 4096):
                        pass
                except OSError:
                    return

        journal = disk / "journal.jsonl"
        applied = account.apply(plan, confirm=plan.confirmation, journal=journal, progress=_after(1, fill))
        assert "the disk of the journal is full" in applied.stopped
        assert applied.left
        assert reader.verify(journal).problem is None
        filler.unlink()
        resumed = account.resume(journal)
        check_journal(resumed)
        assert resumed.done == 6
    check_everything_done(company, before)


def test_a_journal_where_none_can_be(company, account, plan):
    """Below a file: nothing is done. In a folder that is there, it is."""
    with _nothing_is_done(company):
        for wrong in (company.csv / "journal.jsonl", company.config / "deeper" / "journal.jsonl"):
            with pytest.raises(JournalError, match="can't be there"):
                account.apply(plan, confirm=plan.confirmation, journal=wrong)
        with pytest.raises(JournalError, match="already"):
            account.apply(plan, confirm=plan.confirmation, journal=company.csv)
    assert apply_checked(account, plan, journal=company.folder / "deep" / "er" / "journal.jsonl").done == 6
    shutil.rmtree(company.folder / "deep")


def test_a_state_folder_that_may_not_be_written(company, account, plan):
    """A disk that was mounted for reading alone: nothing is done."""
    state = str(company.folder / "state")
    with _nothing_is_done(company), _mounted("--bind", state, state):
        subprocess.run(["mount", "-o", "remount,ro,bind", state], check=True)
        with pytest.raises(StateError):
            account.apply(plan, confirm=plan.confirmation)
    assert apply_checked(account, plan).done == 6


def test_a_folder_for_journals_that_may_not_be_written(company, account, plan):
    """The same for the journals alone: no change without a record of it."""
    folder = company.state_folder() / "journals"
    folder.mkdir()
    with _nothing_is_done(company), _mounted("--bind", str(folder), str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        with pytest.raises(JournalError, match="may not be read or written"):
            account.apply(plan, confirm=plan.confirmation)
    assert apply_checked(account, plan).done == 6


# --- archives and journals that were changed -----------------------------------------------------


def _half_done(account, plan, **options):
    """Three deletions done, the rest cancelled."""
    control = Control()
    return apply_checked(account, plan, control=control, progress=_cancel_after(3, control), **options)


@pytest.mark.parametrize("which", ["manifest.json", "module"])
def test_an_archive_with_a_changed_byte(company, account, plan, which):
    """A restore refuses it, and says which file."""
    applied = _half_done(account, plan)
    archive = next(each.archive for each in applied.steps if each.step.name == "customer-50")
    folder = account.state_folder().path / "archives" / archive
    module = next(each for each in folder.iterdir() if each.name != "manifest.json")
    file = folder / "manifest.json" if which == "manifest.json" else module
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        account.plan_restore(archive)
    assert file.name in f"{caught.value.path} {caught.value.message}"
    assert account.archives().set_index("archive")["problem"].notna()[archive]


def test_a_cut_journal(company, account, plan):
    """Whole lines are gone at its end: the head knows, and nothing is gone on with."""
    applied = _half_done(account, plan)
    lines = applied.journal.read_bytes().splitlines(keepends=True)
    for kept in (1, len(lines) - 4, len(lines) - 1):
        applied.journal.write_bytes(b"".join(lines[:kept]))
        found = reader.verify(applied.journal)
        assert (found.state, found.records) == ("tampered", kept)
        with pytest.raises(JournalError, match="cut off"):
            account.resume(applied.journal)
    applied.journal.write_bytes(b"".join(lines))
    assert account.resume(applied.journal).done == 6


@pytest.mark.parametrize("line", [1, 3, 7])
def test_an_edited_journal(company, account, plan, line):
    """One letter is another: it says in which line, and nothing is gone on with."""
    applied = _half_done(account, plan)
    before = company.sandbox.state(code=True)
    lines = applied.journal.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b'"kind":', b'"kinD":', 1)
    applied.journal.write_bytes(b"".join(lines))
    found = reader.verify(applied.journal)
    assert (found.state, found.line) == ("tampered", line)
    with pytest.raises(JournalError) as caught:
        account.resume(applied.journal)
    assert caught.value.line == line
    assert company.sandbox.state(code=True) == before


def test_a_journal_that_hides_a_deletion(company, account, plan):
    """Lines taken out of its middle, as if less had been deleted: seen, and everything planned counts."""
    applied = _half_done(account, plan)
    lines = applied.journal.read_bytes().splitlines(keepends=True)
    applied.journal.write_bytes(b"".join(lines[:2] + lines[5:]))
    assert reader.verify(applied.journal).line == 3
    company.settings({"max_deletions": 3})
    company.sandbox.load({"name": "customer-52", "created_on": "2025-01-05T08:00:00Z"}, mode="merge")
    with company.account() as careful:
        overrides = {**LOOKED, "grace": "long ago"}
        made = careful.plan_delete(careful.audit(), ["customer-52"], overrides=overrides)
        assert [row.guard for row in made.refusals] == ["count"]


def test_a_foreign_journal(company, account, plan, tmp_path):
    """A copy, and one that another state folder knows nothing of: a journal alone confirms nothing."""
    applied = _half_done(account, plan)
    before = company.sandbox.state(code=True)
    copied = tmp_path / "copied.jsonl"
    shutil.copyfile(applied.journal, copied)
    shutil.copyfile(head_path(applied.journal), head_path(copied))
    with pytest.raises(RefusedError, match="no apply that was confirmed here"):
        account.resume(copied)
    moved = company.folder / "moved"
    company.state_folder().joinpath("applied").rename(moved)
    with pytest.raises(RefusedError, match="no apply that was confirmed here"):
        account.resume(applied.journal)
    assert company.sandbox.state(code=True) == before
    moved.rename(company.state_folder() / "applied")
    with pytest.raises(JournalError, match="no such journal"):
        account.resume(tmp_path / "none.jsonl")
    with pytest.raises(JournalError):
        account.resume(company.csv)
    assert account.resume(applied.journal).done == 6


def test_a_resume_is_judged_again(company, account, plan):
    """By then the plan has expired, or the list is cut: what is left is not done."""
    applied = _half_done(account, plan)
    before = company.sandbox.state(code=True)
    with company.account("2026-11-24T12:30:00Z") as later, pytest.raises(RefusedError) as caught:
        later.resume(applied.journal)
    assert "it expired at" in caught.value.reasons[0]
    company.write_list(ROWS[:5])
    with pytest.raises(RefusedError) as caught:
        account.resume(applied.journal)
    assert caught.value.reasons[0].startswith("quarantine: ")
    mapped = customer("62", namespace="customer-17")
    company.write_list([mapped if row["customer_id"] == "62" else row for row in ROWS])
    assert company.sandbox.state(code=True) == before
    resumed = account.resume(applied.journal)
    check_journal(resumed)
    assert _came(resumed)["customer-62"] == ("dropped", "state")
    assert resumed.done == 5
    assert "customer-62" not in company.names


# --- several at once, and a person's hand --------------------------------------------------------


@contextmanager
def _running(account, plan, control, *, pause_in):
    """An apply in a thread of its own, paused while the step of this number goes on; its future comes."""
    paused = Event()

    def watch(progress):
        if progress.over >= pause_in - 1 and not paused.is_set():
            control.pause()
        if progress.paused:
            paused.set()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(account.apply, plan, confirm=plan.confirmation, control=control, progress=watch)
        try:
            assert paused.wait(30)
            yield future
        finally:
            control.cancel()


def test_two_applies_at_once(company, account, plan, applier, tmp_path):
    """The second, in a process of its own, is refused as long as the first is there, paused or not."""
    before = company.sandbox.state(code=True)
    other = write_plan(plan.without([0]), tmp_path / "other.json")
    control = Control()
    with _running(account, plan, control, pause_in=2) as future:
        there = company.ids()
        said = _in_a_process(applier, company, apply=str(other))
        assert said["error"] == "StateBusyError"
        assert "another apply is going on" in said["message"]
        with company.account() as second, pytest.raises(StateBusyError):
            second.resume(company.journals()[0])
        assert company.ids() == there
        control.resume()
        assert future.result(30).done == 6
    check_everything_done(company, before)


def test_pause_and_go_on(company, account, plan):
    """Paused, nothing is changed; both stand in the journal."""
    control = Control()
    with _running(account, plan, control, pause_in=1) as future:
        assert company.names & set(DELETED) == {"customer-51", "customer-52"}
        control.resume()
        applied = future.result(30)
    check_journal(applied)
    assert applied.done == 6
    kinds = [record.kind for record in reader.read(applied.journal)]
    assert kinds.index("paused") < kinds.index("continued")


def _paused_for_a_while(control, deed):
    """After the second step a pause, in which something happens; then it goes on."""
    met = Event()

    def watch(progress):
        if progress.over == 1 and not met.is_set():
            met.set()
            control.pause()
        if progress.paused:
            deed()
            control.resume()

    return watch


def test_after_a_long_pause_everything_is_judged_again(company, account, plan, monkeypatch):
    """A dispatcher that binds one of them since, which no look right before the change would find."""
    monkeypatch.setattr("wfp_ops.account.run.PAUSE_KEEPS_S", 0.0)
    control = Control()

    def bind():
        form = module_form(bindings=[{"type": "dispatch_namespace", "name": "X", "namespace": "customer-52"}])
        url = f"{company.sandbox.account_url}/workers/scripts/dispatcher"
        assert company.sandbox.http.put(url, files=form).status_code == 200

    applied = apply_checked(account, plan, control=control, progress=_paused_for_a_while(control, bind))
    came = _came(applied)
    assert came.pop("customer-52") == ("dropped", "bound")
    assert set(came.values()) == {("done", None)}
    assert "customer-52" in company.names


def test_a_plan_that_expires_in_a_pause(company, account, plan):
    """Nothing more is done; it is said why, and that something is left."""
    control = Control()

    def expire():
        with account.clock._lock:  # threads that verify wait by the same clock
            account.clock._skipped += 2 * 86400

    applied = apply_checked(account, plan, control=control, progress=_paused_for_a_while(control, expire))
    assert (applied.done, applied.left) == (2, 4)
    assert "refused after the pause" in applied.stopped
    assert "it expired at" in applied.stopped


def test_pause_and_cancel(company, account, plan):
    """What is left stays left, and can be resumed."""
    control = Control()
    with _running(account, plan, control, pause_in=1) as future:
        control.cancel()
        applied = future.result(30)
    check_journal(applied)
    assert (applied.stopped, applied.done, applied.left) == ("cancelled", 1, 5)
    assert "cancelled" in [record.kind for record in reader.read(applied.journal)]
    assert account.resume(applied.journal).done == 6


def test_cancelled_before_the_first_change(company, account, plan):
    """Nothing was done then; it was begun, and can be resumed."""
    control = Control()
    control.cancel()
    before = company.sandbox.state(code=True)
    applied = apply_checked(account, plan, control=control)
    assert (applied.stopped, applied.done, applied.left) == ("cancelled", 0, 6)
    assert company.sandbox.state(code=True) == before
    assert account.resume(applied.journal).done == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_by_a_signal(company, plan, applier, number):
    """The change that is in flight is brought to its end, no other begins, and a resume goes on."""
    before = company.sandbox.state(code=True)
    file = write_plan(plan, company.folder / "plan.json")
    with company.sandbox.holding("DELETE", skip=1) as held:
        process = applier.begin(**_job(company, apply=str(file)))
        held.wait()
        os.kill(process, number)
        held.release()
        assert applier.end() == 0
    said = json.loads((company.folder / "out.json").read_text())
    assert (said["stopped"], said["done"], said["left"]) == ("cancelled", 2, 4)
    assert company.names & set(DELETED) == {"customer-52"}
    records = list(reader.read(Path(said["journal"])))
    assert [record.kind for record in records][-2:] == ["cancelled", "end"]
    said = _in_a_process(applier, company, resume=said["journal"])
    assert (said["done"], said["left"]) == (6, 0)
    check_everything_done(company, before)
