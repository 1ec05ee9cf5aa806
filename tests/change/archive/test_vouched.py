"""What journals say of archives: which one vouches for one, and why none does."""

from __future__ import annotations

import pytest
from support.archives import PLAN
from support.journals import begin_facts, facts_of

from wfp_ops.change.archive.read import rows, verify_with_journal
from wfp_ops.change.journal.writer import Journal
from wfp_ops.errors import ArchiveError
from wfp_ops.memory.applied import Applied, AppliedPlans


@pytest.fixture
def kept(filled):
    """An archive."""
    return filled.take("customer-9")


@pytest.fixture
def written(filled, tmp_path):
    """Write and register a journal that has archives with their hashes: ``written({name: hash})``."""

    def write(hashes, digest=PLAN):
        path = tmp_path / f"{digest[:8]}.jsonl"
        with Journal.create(path, filled.clock, **begin_facts(digest=digest)) as journal:
            for name, manifest in hashes.items():
                facts = facts_of("archived", archive=name, manifest_sha256=manifest)
                journal.append("archived", **facts)
        AppliedPlans(filled.folder).record(
            Applied(
                digest=digest, at=filled.clock.now().replace(microsecond=0), journal=str(path), deletions=()
            )
        )
        return path

    return write


def test_the_journal_that_made_it_vouches(filled, kept, written):
    """By its name and the hash of its manifest; the frame says which journal."""
    path = written({kept.name: kept.manifest_sha256})
    archive, vouched = verify_with_journal(filled.folder, kept.name)
    assert (archive, vouched.journal, vouched.why) == (kept, path, "")
    assert [(row["journal"], row.get("problem")) for row in rows(filled.folder)] == [(str(path), None)]


def test_another_hash_is_an_archive_that_was_changed(filled, kept, written):
    """Both files are named."""
    path = written({kept.name: "a" * 64})
    with pytest.raises(ArchiveError, match="was changed after it was made") as caught:
        verify_with_journal(filled.folder, kept.name)
    assert str(path) in caught.value.message
    assert caught.value.path == str(filled.archives / kept.name / "manifest.json")
    (row,) = rows(filled.folder)
    assert str(path) in row["problem"]


def test_a_journal_that_says_nothing_of_it(filled, kept, written):
    """An apply that was cut off between the archive and its line: nothing was deleted, and nobody vouches."""
    path = written({"another": "a" * 64})
    vouched = verify_with_journal(filled.folder, kept.name)[1]
    assert (vouched.journal, vouched.why) == (None, f"its journal {path} says nothing of it")


def test_a_journal_that_is_gone_or_was_changed(filled, kept, written):
    """It vouches for nothing; a line in it that says otherwise is believed all the same."""
    path = written({kept.name: kept.manifest_sha256})
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1] + lines[1])
    vouched = verify_with_journal(filled.folder, kept.name)[1]
    assert vouched.journal is None
    assert "can't be trusted" in vouched.why
    path.unlink()
    assert "can't be trusted" in verify_with_journal(filled.folder, kept.name)[1].why


def test_a_changed_journal_that_says_otherwise(filled, kept, written):
    """Whichever of both was changed, nothing is restored."""
    path = written({kept.name: "a" * 64})
    path.write_bytes(path.read_bytes() + b"x\n")
    with pytest.raises(ArchiveError):
        verify_with_journal(filled.folder, kept.name)


def test_no_journal_at_all(filled, kept, written):
    """Neither one of another plan nor a register that can't be read vouches, and none is an error."""
    assert "is on record" in verify_with_journal(filled.folder, kept.name)[1].why
    written({kept.name: "a" * 64}, digest="f" * 64)
    assert "is on record" in verify_with_journal(filled.folder, kept.name)[1].why
    (filled.folder.path / "applied" / "strange").write_bytes(b"")
    assert "register" in verify_with_journal(filled.folder, kept.name)[1].why
    assert [row["journal"] for row in rows(filled.folder)] == [None]
