"""What became of a change is told by reads alone: done, not done, or unknown; never guessed."""

from __future__ import annotations

import hashlib

import pytest
from support.names import NS, namespace
from support.stub_server import Answer, Cut, Reset, html, ok, refused

from wfp_ops.change.settle import WINDOW_S, Settled, settle, verify
from wfp_ops.change.steps import Step

ONE = f"{NS}/customer-9"
NEW = f"{NS}/customer-90"
SITE = f"{ONE}/scripts/site"
ID = "id-customer-9-0"
GONE = refused(404, 100119)
NO_WORKER = refused(404, 10007)
THERE = ok(namespace("customer-9"))
CODE = b"export default {}"
SHA = hashlib.sha256(CODE).hexdigest()
SCRIPT = {"Content-Type": "application/javascript+module"}


def step(action, **more):
    """A change of ``customer-9``, or of the Worker ``site`` in it."""
    facts = {"worker": "site"} if action.endswith("_worker") else {}
    return Step(**{"action": action, "namespace": "customer-9", "reason": "r", **facts, **more})


CREATE = step("create_namespace")
DELETE = step("delete_namespace")
RENAME = step("rename_namespace", new_name="customer-90")
PUT = step("put_worker", upload={"modules": [{"name": "index.js", "sha256": SHA}]})
DELETE_WORKER = step("delete_worker", preconditions={"worker_tag": "t"})
TAG = step("tag_worker", tags=("b", "a"))


@pytest.fixture
def settled(reads, fake_clock):
    """Settles a step whose answer was lost."""

    def ask(one, *, namespace_id=ID, known_ids=(), **more):
        return settle(one, reads, fake_clock, namespace_id=namespace_id, known_ids=known_ids, **more)

    return ask


def later(fake_clock, seconds, before, after):
    """An answer that changes once so many seconds have passed."""
    return lambda _: after if fake_clock.monotonic() >= seconds else before


# --- deletions ---------------------------------------------------------------------------------


def test_a_deletion_that_shows(stub_server, settled, fake_clock):
    """Seen twice, with a pause in between."""
    stub_server.on("GET", ONE, GONE)
    assert settled(DELETE) == Settled("done", "it is not found any more", ID)
    assert stub_server.count("GET", ONE) == 2
    assert fake_clock.sleeps == [1.0]


def test_a_deletion_that_shows_late(stub_server, settled, fake_clock):
    """Within the window Cloudflare may still show what was."""
    stub_server.on("GET", ONE, later(fake_clock, 20, THERE, GONE))
    assert settled(DELETE).result == "done"


def test_a_deletion_that_shows_at_the_very_end(stub_server, settled, fake_clock):
    """The last look of the window is looked at once more: that it is gone is no sign that it was not done."""
    stub_server.on("GET", ONE, later(fake_clock, WINDOW_S, THERE, GONE))
    assert settled(DELETE).result == "done"
    assert fake_clock.monotonic() == WINDOW_S + 1


@pytest.mark.parametrize("window", [0, 0.5])
def test_even_without_a_window_it_is_seen_twice(stub_server, settled, window):
    """Once is not enough."""
    stub_server.on("GET", ONE, GONE)
    assert settled(DELETE, window_s=window).result == "done"
    assert stub_server.count("GET", ONE) == 2


def test_a_deletion_that_did_not_happen(stub_server, settled, fake_clock):
    """It is still there when the window has passed; nothing was sent but reads."""
    stub_server.on("GET", ONE, THERE)
    assert settled(DELETE) == Settled("not_done", "it is still there", ID)
    assert fake_clock.monotonic() == WINDOW_S
    assert {got.method for got in stub_server.received} == {"GET"}


def test_absence_that_flickers(stub_server, settled):
    """Not found once, and there again: that is no deletion."""
    stub_server.on("GET", ONE, GONE, THERE, GONE, THERE)
    assert settled(DELETE).result == "not_done"


def test_somebody_made_it_again(stub_server, settled):
    """Under the name another id shows: nobody's doing here."""
    stub_server.on("GET", ONE, ok(namespace("customer-9", 7)))
    found = settled(DELETE)
    assert (found.result, found.surprise) == ("unknown", True)
    assert "id-customer-9-7" in found.detail


@pytest.mark.parametrize(
    "answer",
    [
        refused(404, 7003),
        refused(404),
        html(404),
        refused(403, 10000),
        html(403),
        refused(401, 10000),
        ok(None),
        Reset(),
        Cut(b"x" * 50, 5),
        refused(500),
    ],
    ids=lambda answer: type(answer).__name__,
)
@pytest.mark.parametrize("one", [DELETE, DELETE_WORKER], ids=lambda one: one.action)
def test_no_read_can_tell(stub_server, settled, one, answer):
    """A proxy's 404, a refusal, a lost answer: none of them says that it is gone, nor that it is there."""
    stub_server.on("GET", ONE, answer)
    stub_server.on("GET", SITE, answer)
    found = settled(one)
    assert (found.result, found.surprise) == ("unknown", False)
    assert found.detail.startswith("no read can tell: ")


def test_a_workers_deletion(stub_server, settled):
    """Twice not found; also where its namespace went with it."""
    stub_server.on("GET", SITE, NO_WORKER)
    assert settled(DELETE_WORKER).result == "done"
    assert stub_server.count("GET", SITE) == 2
    stub_server.on("GET", SITE, GONE)
    assert settled(DELETE_WORKER).result == "done"


@pytest.mark.parametrize(
    ("tag", "planned", "result"),
    [("t", "t", "not_done"), (None, "t", "not_done"), ("other", None, "not_done"), ("other", "t", "unknown")],
)
def test_a_worker_that_is_there(stub_server, settled, tag, planned, result):
    """The same one still; with another id somebody made it again."""
    stub_server.on("GET", SITE, ok({"script": {"id": "site", "tag": tag}}))
    found = settled(step("delete_worker", preconditions={"worker_tag": planned}))
    assert (found.result, found.surprise) == (result, result == "unknown")


# --- creations and renames ---------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [GONE, refused(403, 10000), refused(404, 7003)])
def test_a_creation_shows_late(stub_server, settled, fake_clock, hidden):
    """Not found or forbidden for some seconds; once is enough."""
    stub_server.on("GET", ONE, later(fake_clock, 12, hidden, THERE))
    assert settled(CREATE, namespace_id=None) == Settled("done", f"it shows as {ID}", ID)
    assert fake_clock.monotonic() == 12


def test_a_creation_that_did_not_happen(stub_server, settled, fake_clock):
    """It never shows."""
    stub_server.on("GET", ONE, GONE)
    assert settled(CREATE, namespace_id=None).result == "not_done"
    assert fake_clock.monotonic() == WINDOW_S


@pytest.mark.parametrize(
    ("shows", "namespace_id", "known_ids"),
    [
        (THERE, None, [ID]),
        (THERE, None, None),
        (ok(namespace("customer-9", 7)), ID, []),
        (ok({"namespace_name": "customer-9"}), None, []),
    ],
)
def test_a_creation_that_may_be_somebody_elses(stub_server, settled, shows, namespace_id, known_ids):
    """Its id was there before, may have been, is not the one that was answered, or is not told."""
    stub_server.on("GET", ONE, shows)
    found = settled(CREATE, namespace_id=namespace_id, known_ids=known_ids)
    assert (found.result, found.surprise) == ("unknown", True)


@pytest.mark.parametrize("answer", [html(403), refused(403, 10121), refused(500), Reset()])
@pytest.mark.parametrize("one", [CREATE, RENAME, PUT], ids=lambda one: one.action)
def test_a_firewall_says_nothing(stub_server, settled, one, answer):
    """Neither does an account that has not bought it, or an error: what is hidden is not absent."""
    for path in (ONE, NEW, f"{SITE}/content"):
        stub_server.on("GET", path, answer)
    found = settled(one)
    assert (found.result, found.surprise) == ("unknown", False)


def test_a_rename(stub_server, settled, fake_clock):
    """The same id under the new name."""
    moved = ok({**namespace("customer-90"), "namespace_id": ID})
    stub_server.on("GET", NEW, later(fake_clock, 5, GONE, moved))
    assert settled(RENAME) == Settled("done", "it shows as 'customer-90'", ID)
    stub_server.on("GET", NEW, GONE)
    assert settled(RENAME).result == "not_done"
    stub_server.on("GET", NEW, ok(namespace("customer-90")))
    found = settled(RENAME)
    assert (found.result, found.surprise) == ("unknown", True)


# --- Workers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "result", "surprise"),
    [
        (Answer(CODE, 200, SCRIPT), "done", False),
        (Answer(b"other", 200, SCRIPT), "unknown", True),
        (Answer(b"no form", 200, {"Content-Type": "multipart/form-data"}), "unknown", True),
        (NO_WORKER, "not_done", False),
        (GONE, "not_done", False),
    ],
)
def test_an_upload(stub_server, settled, answer, result, surprise):
    """It holds the code that was uploaded, none, or somebody else's."""
    stub_server.on("GET", f"{SITE}/content", answer)
    found = settled(PUT)
    assert (found.result, found.surprise) == (result, surprise)


def _form(**modules):
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        f"Content-Type: application/javascript+module\r\n\r\n{text}\r\n"
        for name, text in modules.items()
    )
    return Answer(f"{parts}--b--\r\n".encode(), 200, {"Content-Type": "multipart/form-data; boundary=b"})


@pytest.mark.parametrize(
    ("form", "result"),
    [
        ({"a": "1", "b": "2"}, "done"),
        ({"a": "2", "b": "1"}, "unknown"),
        ({"a": "1"}, "unknown"),
        ({"a": "1", "b": "2", "c": "3"}, "unknown"),
    ],
)
def test_an_upload_of_several_modules(stub_server, settled, form, result):
    """Each under its name, and no other."""
    modules = [
        {"name": name, "sha256": hashlib.sha256(text).hexdigest()}
        for name, text in (("a", b"1"), ("b", b"2"))
    ]
    stub_server.on("GET", f"{SITE}/content", _form(**form))
    assert settled(step("put_worker", upload={"modules": modules})).result == result


def test_an_upload_that_nobody_described(stub_server, settled):
    """What it should hold is not known: no code there is what was uploaded."""
    stub_server.on("GET", f"{SITE}/content", Answer(CODE, 200, SCRIPT))
    assert settled(step("put_worker")).result == "unknown"


@pytest.mark.parametrize(
    ("tags", "result"), [(["a", "b"], "done"), (["b", "a"], "done"), (["a"], "not_done"), (None, "not_done")]
)
def test_tags(stub_server, settled, tags, result):
    """All of them and no other, in any order."""
    stub_server.on("GET", f"{SITE}/tags", ok(tags))
    assert settled(TAG).result == result
    assert settled(step("tag_worker", tags=())).result == ("done" if tags is None else "not_done")


# --- after a success ---------------------------------------------------------------------------


def test_a_success_is_verified_by_one_look(stub_server, reads, fake_clock):
    """Cloudflare said yes already."""
    stub_server.on("GET", ONE, GONE)
    assert verify(DELETE, reads, fake_clock, namespace_id=ID).result == "done"
    assert stub_server.count("GET", ONE) == 1


def test_a_read_contradicts_a_success(stub_server, reads, fake_clock):
    """For as long as it may, it is waited for."""
    stub_server.on("GET", ONE, THERE)
    assert verify(DELETE, reads, fake_clock, namespace_id=ID).result == "not_done"
    assert verify(DELETE, reads, fake_clock, namespace_id=ID, window_s=3).result == "not_done"
    assert fake_clock.monotonic() == WINDOW_S + 3


def test_a_creation_is_verified_by_its_id(stub_server, reads, fake_clock):
    """The one that was answered, no other."""
    stub_server.on("GET", ONE, THERE)
    assert verify(CREATE, reads, fake_clock, namespace_id=ID).result == "done"
    assert verify(CREATE, reads, fake_clock, namespace_id="another").surprise
