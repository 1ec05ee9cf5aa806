"""``wfp-ops archive``: list, verify and purge what was saved before deletions, over a real sandbox."""

from __future__ import annotations

import json
import re

import pytest
from support.shop import DELETABLE, TRAFFIC

from wfp_ops.change.plan_file import read_plan
from wfp_ops.frames.changing import ARCHIVES

pytest.importorskip("pty", reason="pseudo-terminals are POSIX's")
from support.terminal import at_a_terminal

MUCH_LATER = {"WFP_OPS_NOW": "2028-06-01T12:00:00Z"}


@pytest.fixture
def archived(command, shop):
    """Three archives; their names by namespace."""
    assert command("plan", "delete", *TRAFFIC, "--out", "plan.json").exit_code == 0
    digest = read_plan("plan.json").digest
    assert command("apply", "plan.json", "--approve", digest).exit_code == 0
    rows = json.loads(command("archive", "list", "--format", "json").stdout)
    return {row["namespace"]: row["archive"] for row in rows}


def _break(shop, name):
    (manifest,) = shop.folder.glob(f"state/accounts/*/archive*/{name}/manifest.json")
    manifest.write_bytes(manifest.read_bytes().replace(b"customer", b"costumer"))


def _kept(command):
    return {row["archive"] for row in json.loads(command("archive", "list", "--format", "json").stdout)}


def test_list(command, archived):
    """Name, namespace, moment, Workers and bytes; a row each for programs."""
    assert set(archived) == DELETABLE
    rows = json.loads(command("archive", "list", "--format", "json").stdout)
    assert [list(row) for row in rows] == [ARCHIVES.names] * 3
    shown = command("archive", "list").stdout
    assert re.search(rf"{archived['customer-50']} +customer-50 +2027-02-15 12:00 +1 +\d+", shown)


def test_an_empty_list(command, shop):
    """Nothing was archived: said on stderr."""
    result = command("archive", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing was archived" in result.stderr
    assert command("archive", "verify").exit_code == 0
    assert command("archive", "list", "--format", "json").stdout == "[]\n"


def test_verify(command, shop, archived):
    """All, one by its name, or those of a namespace; a broken one exits with 1 and says why."""
    every = command("archive", "verify")
    assert every.exit_code == 0
    assert every.stdout.count("✔ whole") == 3
    assert "3 archives, 0 broken" in every.stderr
    _break(shop, archived["customer-51"])
    broken = command("archive", "verify")
    assert broken.exit_code == 1
    assert re.search(rf"✖ broken +{archived['customer-51']} +\w+", broken.stdout)
    assert command("archive", "verify", "customer-50").exit_code == 0
    assert command("archive", "verify", archived["customer-50"]).exit_code == 0
    assert command("archive", "verify", archived["customer-51"]).exit_code == 1
    assert f"{archived['customer-51']} can't be restored: " in command("archive", "list").stderr
    unknown = command("archive", "verify", "nobody")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


def test_purge_at_a_terminal(command, shop, archived):
    """The names are shown, the words are typed, the names that went are printed; others stay."""
    ended = at_a_terminal(
        *("archive", "purge", "--namespace", "customer-50"),
        environment=shop.environment,
        folder=shop.folder,
        answers=[("To go on, type: purge 1 archive", "purge 1 archive\n")],
    )
    assert (ended.code, ended.stdout) == (0, f"{archived['customer-50']}\n")
    assert archived["customer-50"] in ended.plain
    assert _kept(command) == set(archived.values()) - {archived["customer-50"]}


def test_other_words_are_refused(command, shop, archived):
    """Exit 4, and everything stays; the end of the input is no word either."""
    for typed in ("purge 2 archives\n", "yes\n", "\x04"):
        ended = at_a_terminal(
            *("archive", "purge", "--older-than", "1d"),
            environment={**shop.environment, **MUCH_LATER},
            folder=shop.folder,
            answers=[("> ", typed)],
        )
        assert (typed, ended.code, ended.stdout) == (typed, 4, "")
    assert len(_kept(command)) == 3


def test_purge_without_a_terminal(command, archived):
    """Refused until the number is given that is to go; any other number is refused."""
    words = ("archive", "purge", "--older-than", "400d", MUCH_LATER)
    asked = command(*words)
    assert (asked.exit_code, asked.stdout) == (4, "")
    assert "there is no terminal to confirm on" in asked.stderr
    assert "--expect 3" in asked.stderr
    for wrong in ("2", "4", "0"):
        refused = command(*words, "--expect", wrong)
        assert (refused.exit_code, refused.stdout) == (4, "")
        assert f"it would be 3 archives, and {wrong} were expected" in refused.stderr
    assert len(_kept(command)) == 3
    done = command(*words, "--expect", "3", "--format", "json")
    assert done.exit_code == 0
    assert set(json.loads(done.stdout)) == set(archived.values())
    assert _kept(command) == set()


def test_nothing_to_purge(command, archived):
    """Nothing is that old, so nobody is asked; who expected some is refused."""
    words = ("archive", "purge", "--older-than", "400d")
    none = command(*words)
    assert (none.exit_code, none.stdout) == (0, "")
    assert "purged: 0 archives" in none.stderr
    assert command(*words, "--expect", "0").exit_code == 0
    assert command(*words, "--expect", "3").exit_code == 4
    both = command(*words, "--namespace", "customer-50")
    assert (both.exit_code, both.stdout) == (0, "")


def test_a_misspelt_namespace_is_an_error(command, shop, archived):
    """A duty to erase is not done by a slip: the nearest name is named, and nothing goes; nor without a terminal."""
    for more in ((), ("--expect", "0"), ("--older-than", "400d")):
        slip = command("archive", "purge", "--namespace", "custmer-50", *more)
        assert (slip.exit_code, slip.stdout) == (1, "")
        assert "there is no archive of the namespace 'custmer-50'" in slip.stderr
        assert "did you mean 'customer-50'?" in slip.stderr
    assert _kept(command) == set(archived.values())


def test_what_was_purged_before_is_no_slip(command, shop, archived):
    """In cron the second run finds nothing, and that is as it should be."""
    words = ("archive", "purge", "--namespace", "customer-50")
    assert command(*words, "--expect", "1").exit_code == 0
    again = command(*words)
    assert (again.exit_code, "purged: 0 archives" in again.stderr) == (0, True)


WRONG = [
    ("purge",),
    ("purge", "--expect", "3"),
    ("purge", "--older-than", "soon"),
    ("purge", "--older-than", "400d", "--expect", "-1"),
    ("list", "--raw"),
]


def test_wrong_usage(command, shop):
    """What can't be meant exits with 2."""
    for words in WRONG:
        result = command("archive", *words)
        assert (words, result.exit_code, result.stdout) == (words, 2, "")
