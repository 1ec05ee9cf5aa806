"""Archives read back: every byte counts, and a word means one of them or none."""

import json

import pytest
from support.archives import in_turn

from wfp_ops.change.archive.read import find, load, names, rows, verify
from wfp_ops.change.canonical import sha256_of
from wfp_ops.errors import ArchiveError
from wfp_ops.frames.changing import ARCHIVES


@pytest.fixture
def kept(filled):
    """An archive of two Workers, and its folder."""
    archive = filled.take("customer-9")
    return archive, filled.archives / archive.name


def test_a_changed_byte_in_any_file_is_found(filled, kept):
    """Each file by its name, wherever the byte is; in the manifest even a blank."""
    archive, folder = kept
    assert verify(filled.folder, archive.name) == archive
    for file in folder.iterdir():
        content = file.read_bytes()
        for place in range(0, len(content), 7):
            changed = bytes([content[place] ^ 1])
            file.write_bytes(content[:place] + changed + content[place + 1 :])
            with pytest.raises(ArchiveError) as caught:
                verify(filled.folder, archive.name)
            assert caught.value.path == str(file)
        file.write_bytes(content)
    assert verify(filled.folder, archive.name) == archive


def test_a_missing_or_cut_file_is_found(filled, kept):
    """Each by its name."""
    archive, folder = kept
    for file in folder.iterdir():
        content = file.read_bytes()
        for damaged in (None, content[:-1], content + b"\n"):
            file.unlink()
            if damaged is not None:
                file.write_bytes(damaged)
            if damaged == content:
                continue
            with pytest.raises(ArchiveError) as caught:
                verify(filled.folder, archive.name)
            assert caught.value.path == str(file)
            assert caught.value.hint
            file.write_bytes(content)


def test_a_file_too_many_is_found(filled, kept):
    """Nobody knows what it is; it does not stand in the way of the others."""
    archive, folder = kept
    (folder / "strange.js").write_bytes(b"")
    with pytest.raises(ArchiveError, match="none of its own") as caught:
        verify(filled.folder, archive.name)
    assert caught.value.path == str(folder / "strange.js")
    assert load(filled.folder, archive.name) == archive


def test_a_module_is_checked_when_it_is_read(filled, kept):
    """Loading reads the manifest alone; a module's bytes are looked at as they are asked for."""
    archive, folder = kept
    module = archive.workers[0].modules[1]
    (folder / module.sha256).write_bytes(b"other")
    again = load(filled.folder, archive.name)
    with pytest.raises(ArchiveError, match="cut or was changed"):
        again.module_bytes(module)
    assert again.module_bytes(archive.workers[0].modules[0])


def test_a_manifest_that_was_edited_with_its_digest_must_still_be_one(filled, kept):
    """Facts of another shape, and a file's name that is no hash."""
    archive, folder = kept
    said = json.loads((folder / "manifest.json").read_bytes())
    for edit in (
        lambda document: document["workers"][0]["modules"][0].update(sha256="../manifest.json"),
        lambda document: document["workers"][0].update(syntax="other"),
        lambda document: document["namespace"].pop("namespace_id"),
        lambda document: document.update(taken_at="yesterday"),
    ):
        document = json.loads(json.dumps(said))
        edit(document)
        document["digest"] = sha256_of({key: value for key, value in document.items() if key != "digest"})
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(ArchiveError, match="its manifest is none"):
            load(filled.folder, archive.name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cut or was changed"),
        (b"[]", "cut or was changed"),
        (b"{}", "cut or was changed"),
        (b'{"schema": "wfp-ops/archive/2"}', "reads wfp-ops/archive/1"),
        (b'{"schema": "wfp-ops/archive/1", "x": 0.1, "digest": "0"}', "changed after it was written"),
        (b"[" * 100_000, "cut or was changed"),
    ],
)
def test_what_is_no_manifest(filled, kept, content, said):
    """It is said what it is instead."""
    archive, folder = kept
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(ArchiveError, match=said):
        load(filled.folder, archive.name)


def test_the_digest_is_over_the_canonical_document(kept):
    """So that anybody can check it with a line of code."""
    _, folder = kept
    said = json.loads((folder / "manifest.json").read_bytes())
    digest = said.pop("digest")
    assert said["schema"] == "wfp-ops/archive/1"
    assert digest == sha256_of(said)


def test_an_archive_that_is_not_there(one):
    """By a name that might be one's, by one that never is, and where there is no folder at all."""
    for word in ("20261123T120000Z-01234567-01234567", "../ledger.json", "", "20269999T000000Z-x-y"):
        with pytest.raises(ArchiveError, match="there is no archive"):
            load(one.folder, word)
        with pytest.raises(ArchiveError, match="there is no archive"):
            find(one.folder, word)
    assert names(one.folder) == []
    assert rows(one.folder) == []


def test_names_are_the_archives_alone(one):
    """The oldest first; what lies beside them is none."""
    made = in_turn(one, "b", "a")
    (one.archives / "purged.json").write_text("{}", encoding="utf-8")
    (one.archives / "notes").mkdir()
    assert names(one.folder) == [archive.name for archive in made]


def test_a_word_finds_one_archive(one):
    """Its name, a beginning that no other has, or a namespace that only one is of."""
    first, second, third = in_turn(one, "a", "b", "b")
    assert find(one.folder, second.name) == second.name
    assert find(one.folder, first.name[:8]) == first.name
    assert find(one.folder, "a") == first.name
    with pytest.raises(ArchiveError, match="several archives 'b'") as caught:
        find(one.folder, "b")
    assert second.name in caught.value.message
    assert third.name in caught.value.message
    assert first.name not in caught.value.message
    with pytest.raises(ArchiveError, match="several archives '2026'"):
        find(one.folder, "2026")


def test_a_name_is_found_although_another_begins_with_it(one):
    """Of two at one moment the first has no number."""
    one.sandbox.load("a")
    first, second = one.take("a"), one.take("a")
    assert second.name.startswith(first.name)
    assert find(one.folder, first.name) == first.name


def test_rows_say_what_there_is_and_what_is_wrong_with_it(filled):
    """The newest first; each one is checked from end to end, and one that is broken does not hide others."""
    whole = filled.take("customer-9")
    filled.clock.advance(86_400)
    changed = filled.take("customer-9", ["api"])
    filled.clock.advance(86_400)
    headless = filled.take("customer-9", ["api"])
    (filled.archives / changed.name / changed.workers[0].modules[0].sha256).write_bytes(b"")
    (filled.archives / headless.name / "manifest.json").unlink()
    found = rows(filled.folder)
    assert [row["archive"] for row in found] == [headless.name, changed.name, whole.name]
    frame = ARCHIVES.build({name: [row.get(name) for row in found] for name in ARCHIVES.names})
    ARCHIVES.check(frame)
    assert frame["problem"].isna().tolist() == [False, False, True]
    assert frame["workers"].fillna(-1).tolist() == [-1, 1, 2]
    assert frame["bytes"].iloc[2] == whole.size
    assert frame["taken_at"].notna().all()
