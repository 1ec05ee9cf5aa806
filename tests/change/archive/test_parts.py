"""A Worker's content taken apart: byte for byte, and never a part of it only."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.archives import WASM

from wfp_ops.api.transport import Download
from wfp_ops.change.archive.parts import Part, entry_of, parts_of
from wfp_ops.errors import ArchiveError
from wfp_ops.sandbox.routes.content import _multipart
from wfp_ops.sandbox.store.workers import Module

BOUNDARY = "0123abcd"
FORM = f"multipart/form-data; boundary={BOUNDARY}"

# What is hard for a parser: line ends, the boundary itself in every shape but the one that ends a part
PIECES = [
    b"\r",
    b"\n",
    b"\r\n",
    b"--",
    b"-",
    BOUNDARY.encode(),
    BOUNDARY[:-1].encode(),
    b"\x00",
    b"\xff",
    b'"',
]
CONTENT = st.one_of(st.binary(), st.lists(st.sampled_from(PIECES)).map(b"".join))
NAMES = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda name: not any(escape in name.lower() for escape in ("%22", "%0d", "%0a"))
)
TYPES = st.sampled_from(["application/javascript+module", "application/wasm", "text/plain; charset=utf-8"])


@given(st.dictionaries(NAMES, st.tuples(TYPES, CONTENT), max_size=4))
def test_what_the_sandbox_stores_comes_back_byte_for_byte(modules):
    """Names, types and bytes, whatever they are, in their order."""
    assume(not any(f"\r\n--{BOUNDARY}".encode() in content for _, content in modules.values()))
    stored = [Module(name, kind, content) for name, (kind, content) in modules.items()]
    found = parts_of(Download(_multipart(stored, BOUNDARY), FORM))
    assert [(part.name, part.content_type, part.content) for part in found] == [
        (module.name, module.content_type, module.content) for module in stored
    ]


@given(CONTENT, CONTENT)
def test_content_that_holds_the_boundary_is_never_taken_for_less(first, second):
    """A line with the boundary in the midst of a module: read as it is, or refused; never cut short."""
    content = first + f"\r\n--{BOUNDARY}--".encode() + second
    body = _multipart([Module("index.js", "text/plain", content)], BOUNDARY)
    try:
        found = parts_of(Download(body, FORM))
    except ArchiveError:
        return
    assert [part.content for part in found] == [content]


def _body():
    modules = [
        Module("index.js", "application/javascript+module", b"export default {}\r\n"),
        Module("sum.wasm", "application/wasm", WASM),
    ]
    return _multipart(modules, BOUNDARY)


def test_a_cut_at_any_place_is_found():
    """However much of the form is missing at its end; but for the line end behind it, which says nothing."""
    whole = _body()
    for length in range(len(whole) - 2):
        with pytest.raises(ArchiveError, match="can't be read"):
            parts_of(Download(whole[:length], FORM))
    assert len(parts_of(Download(whole[:-2], FORM))) == 2


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (_body() + b"more", FORM, "cut"),
        (b"junk" + _body(), FORM, "malformed"),
        (_body(), "multipart/form-data", "no boundary"),
        (_body(), f"multipart/form-data; boundary={BOUNDARY}X", "cut"),
        (_body(), f"multipart/form-data; boundary={'x' * 300}", "cut"),
        (_body().replace(b'filename="sum.wasm"', b"").replace(b'name="sum.wasm"; ', b""), FORM, "no name"),
        (_body().replace(b"sum.wasm", b"index.js"), FORM, "two of its modules"),
        (_body().replace(b'filename="sum.wasm"', b'filename="\xff"'), FORM, "no UTF-8"),
        (
            _body().replace(b"Content-Type: application/wasm", b"Content-Type application/wasm"),
            FORM,
            "malformed",
        ),
        (
            _body().replace(b"Content-Type: application/wasm", b"Content-Transfer-Encoding: base64"),
            FORM,
            "encoded as 'base64'",
        ),
    ],
)
def test_a_malformed_form_is_refused(body, content_type, said):
    """With words that say what is wrong."""
    with pytest.raises(ArchiveError, match=said):
        parts_of(Download(body, content_type))


def test_names_are_unescaped_and_types_have_a_usual_value():
    """Quotes and line ends in a name, in either case; a part without a file name is a text."""
    head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="a%22%0d%0Ab"'
    body = (
        f'{head}; filename="a%22%0d%0Ab"\r\n\r\n1\r\n{head.replace("a%22", "c")}\r\n\r\n2\r\n--{BOUNDARY}--'
    )
    assert parts_of(Download(body.encode(), FORM)) == [
        Part('a"\r\nb', "application/octet-stream", b"1"),
        Part("c\r\nb", "text/plain", b"2"),
    ]


@pytest.mark.parametrize(
    ("download", "part"),
    [
        (Download(b"x", "application/javascript", "old.js"), Part("old.js", "application/javascript", b"x")),
        (Download(b"", "text/javascript; charset=utf-8"), Part("worker.js", "text/javascript", b"")),
        (Download(b"\xff", ""), Part("worker.js", "application/javascript", b"\xff")),
    ],
)
def test_a_single_script_is_one_module(download, part):
    """Named by the answer's header, else worker.js."""
    assert parts_of(download) == [part]
    assert parts_of(download)[0].sha256 == part.sha256


@pytest.mark.parametrize(
    ("names", "header", "entry"),
    [
        (["a.js", "b.js"], "b.js", "b.js"),
        (["a.js", "b.js"], "c.js", None),
        (["a.js", "b.js"], None, None),
        (["a.js"], None, "a.js"),
        ([], "a.js", None),
        (['a".js', "b.js"], "a%22.js", 'a".js'),
        (["ü.js", "b.js"], "?.js", "ü.js"),
        (["ü.js", "ö.js"], "?.js", None),
    ],
)
def test_which_module_is_the_main_one(names, header, entry):
    """The one that the header names; nothing is guessed where several may be meant."""
    assert entry_of([Part(name, "", b"") for name in names], header) == entry


def test_content_of_a_real_sandbox(filled):
    """What was uploaded comes back with its entry point, in both syntaxes."""
    api = filled.reads.get_content("customer-9", "api")
    assert api.entrypoint == "index.js"
    assert {part.name: part.content for part in parts_of(api)}["lib/sum.wasm"] == WASM
    legacy = filled.reads.get_content("customer-9", "legacy")
    assert [part.name for part in parts_of(legacy)] == ["old.js"]
