"""``wfp-ops lab``: the notebooks in the user's folder, JupyterLab on them, and nothing left at the end."""

from __future__ import annotations

import json
import os
import signal
import socket

import httpx
import pytest
from support.commands import run_process
from support.jupyter_server import need
from support.served import alive, served

from wfp_ops.cli.notebook_copies import copy_notebooks, shipped_notebooks
from wfp_ops.errors import MissingExtraError, WfpOpsError

JOINED = """
import wfp_ops
account = wfp_ops.connect("sandbox")
print(len(account.namespaces()), account.base_url)
"""
CREATED = """
plan = account.plan_create_namespace("customer-9001")
account.apply(plan, confirm=plan.confirmation)
"""


def test_the_shipped_notebooks_are_those_of_the_repository():
    """A checkout finds them beside the package; each is a notebook."""
    found = shipped_notebooks()
    assert "01_audit_namespaces.ipynb" in found
    assert all(json.loads(content)["nbformat"] == 4 for content in found.values())


def test_copies_come_once_and_are_renewed_while_nobody_changed_them(tmp_path):
    """What we wrote is replaced by a newer one; what is there already is left alone."""
    folder = tmp_path / "deep" / "books"
    assert copy_notebooks(folder, {"a.ipynb": b"1", "b.ipynb": b"2"}).written == ("a.ipynb", "b.ipynb")
    again = copy_notebooks(folder, {"a.ipynb": b"1", "b.ipynb": b"3"})
    assert (again.written, again.renewed, again.kept) == ((), ("b.ipynb",), ())
    assert (folder / "b.ipynb").read_bytes() == b"3"


def test_what_the_user_changed_stays(tmp_path):
    """A changed notebook is kept whatever is shipped, and so is one that was there before the first copy."""
    (tmp_path / "b.ipynb").write_bytes(b"mine")
    first = copy_notebooks(tmp_path, {"a.ipynb": b"1", "b.ipynb": b"2"})
    assert (first.written, first.kept, first.outdated) == (("a.ipynb",), ("b.ipynb",), ("b.ipynb",))
    (tmp_path / "a.ipynb").write_bytes(b"changed")
    same = copy_notebooks(tmp_path, {"a.ipynb": b"1"})
    newer = copy_notebooks(tmp_path, {"a.ipynb": b"4"})
    assert (same.kept, same.outdated) == (("a.ipynb",), ())
    assert (newer.kept, newer.outdated) == (("a.ipynb",), ("a.ipynb",))
    assert (tmp_path / "a.ipynb").read_bytes() == b"changed"
    assert (tmp_path / "b.ipynb").read_bytes() == b"mine"


@pytest.mark.parametrize("record", [b"no json", b"[1]", b"\xff"])
def test_without_our_record_every_file_is_the_users(tmp_path, record):
    """A record that is lost or broken costs nobody a notebook."""
    copy_notebooks(tmp_path, {"a.ipynb": b"1"})
    (tmp_path / ".wfp-ops-notebooks.json").write_bytes(record)
    assert copy_notebooks(tmp_path, {"a.ipynb": b"2"}).kept == ("a.ipynb",)
    assert (tmp_path / "a.ipynb").read_bytes() == b"1"


def test_what_was_removed_comes_back(tmp_path):
    """Moving a notebook away is how to get the shipped one."""
    copy_notebooks(tmp_path, {"a.ipynb": b"1"})
    (tmp_path / "a.ipynb").rename(tmp_path / "mine.ipynb")
    assert copy_notebooks(tmp_path, {"a.ipynb": b"2"}).written == ("a.ipynb",)


def test_a_file_where_the_folder_should_be(tmp_path):
    """It is said, and left as it is."""
    (tmp_path / "books").write_text("precious", encoding="utf-8")
    with pytest.raises(WfpOpsError, match="is a file, not a folder"):
        copy_notebooks(tmp_path / "books", {"a.ipynb": b"1"})
    assert (tmp_path / "books").read_text(encoding="utf-8") == "precious"


def test_without_jupyterlab(command, monkeypatch, tmp_path):
    """Exit code 2 and the line to type; no folder is made."""
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else real(name)
    )
    done = command("lab", "--no-browser")
    assert done.exit_code == 2
    assert "pip install 'wfp-ops[lab]'" in done.stderr
    assert not (tmp_path / "wfp-ops-notebooks").exists()
    assert issubclass(MissingExtraError, WfpOpsError)


def test_a_port_in_use(tmp_path):
    """Exit code 1, one complaint with the port, and what to do."""
    need("lab")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_process("lab", "--no-browser", "--port", str(port), folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1:{port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
def test_it_serves_the_notebooks_to_who_has_the_token(tmp_path):
    """One line; the notebooks behind a token; a settings file is pointed at; Ctrl-C ends every process."""
    need("lab")
    (tmp_path / "wfp-ops.toml").write_text("", encoding="utf-8")
    with served("lab", "--no-browser", folder=tmp_path) as lab:
        assert lab.ready.startswith("lab ready http://127.0.0.1:")
        assert len(lab.token) >= 32
        assert lab.get("/api/contents", token=False).status_code == 403
        listed = {entry["name"] for entry in lab.get("/api/contents").json()["content"]}
        assert "01_audit_namespaces.ipynb" in listed
        page = lab.get("/lab").text
        assert "apputils-extension:announcements" in page.partition("disabledExtensions")[2]
        assert (
            lab.run_in_kernel("import os; print(os.path.basename(os.getcwd()))").strip()
            == "wfp-ops-notebooks"
        )
        begun = lab.descendants()
        assert len(begun) >= 2  # the server and a kernel
        words = subprocess_words(begun)
        assert lab.token not in words
        assert lab.end(signal.SIGINT) == 0
        assert alive(begun) == set()
        assert f"notebooks in wfp-ops-notebooks: {len(listed)} new" in lab.stderr
        assert "wfp_ops.connect(config='../wfp-ops.toml')" in lab.stderr
        assert "Traceback" not in lab.stderr
        with pytest.raises(httpx.TransportError):
            lab.get("/api/status")


def subprocess_words(pids):
    """The command lines of these processes, as everybody on the machine can read them."""
    import subprocess

    return subprocess.run(
        ["ps", "-o", "args=", "-p", ",".join(map(str, pids))], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
def test_all_kernels_share_one_sandbox(tmp_path):
    """What one kernel changed the next one sees; a real account's variables reach none; it ends with all."""
    need("lab")
    hidden = {"CLOUDFLARE_API_TOKEN": "cf-secret-token-0123456789", "CLOUDFLARE_ACCOUNT_ID": "0" * 32}
    with served("lab", "--sandbox", "--no-browser", folder=tmp_path, environment=hidden) as lab:
        before, place = lab.run_in_kernel(JOINED).split()
        lab.run_in_kernel(JOINED + CREATED)
        assert lab.run_in_kernel(JOINED).split() == [str(int(before) + 1), place]
        assert lab.run_in_kernel(JOINED + "print(len(account.journals()))").split()[-1] == "1"
        names = "import os; print([name for name in os.environ if name.startswith('CLOUDFLARE_')])"
        assert lab.run_in_kernel(names).strip() == "[]"
        begun = lab.descendants()
        assert lab.end(signal.SIGTERM) == 0
        assert alive(begun) == set()
        assert "cf-secret-token" not in lab.stderr + lab.ready
