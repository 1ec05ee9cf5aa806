"""``wfp-ops dashboard``: the workbench behind a token, in a real browser, without a word to the outside."""

from __future__ import annotations

import os
import re
import signal
import socket
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from support.browser import chromium
from support.commands import STUB_TOKEN, run_process
from support.jupyter_server import need
from support.served import alive, served

from wfp_ops.cli.voila_page import voila_folders, write_page

WAIT_MS = 60_000


@contextmanager
def page_of(browser, width=1280, theme="light"):
    """A page, with every address outside of this machine that it asked for (and did not get)."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page, outside = context.new_page(), []
    page.set_default_timeout(WAIT_MS)

    def go(route):
        address = urlsplit(route.request.url)
        if address.scheme in ("data", "blob") or address.hostname == "127.0.0.1":
            route.continue_()
            return
        outside.append(route.request.url)
        route.abort()

    page.route("**/*", go)
    yield page, outside
    context.close()


def opened(page, address):
    """Open it and wait until the workbench stands there."""
    page.goto(address, wait_until="domcontentloaded")
    page.locator(".wfp-Workbench").wait_for()


def kernels(dashboard):
    """The kernels that run now: processes that the server started."""
    import subprocess

    words = subprocess.run(
        ["ps", "-o", "pid=,args=", "-p", ",".join(map(str, {1, *dashboard.descendants()}))],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {int(line.split()[0]) for line in words.splitlines() if "ipykernel_launcher" in line}


def until(page, asked, wanted):
    """Wait until it is so, at most ten seconds."""
    for _ in range(100):
        if asked() == wanted:
            break
        page.wait_for_timeout(100)
    assert asked() == wanted


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
def test_the_workbench_behind_a_token(tmp_path):
    """A stranger sees a login; who has the address works; nothing outside is asked; no kernel stays behind."""
    need("voila")
    secret = {"CLOUDFLARE_API_TOKEN": STUB_TOKEN}
    with (
        chromium() as browser,
        served("dashboard", "--sandbox", "--no-browser", folder=tmp_path, environment=secret) as dashboard,
    ):
        assert dashboard.ready.startswith("dashboard ready http://127.0.0.1:")
        assert len(dashboard.token) >= 32
        assert dashboard.get("/", token=False).headers["location"].startswith("/login")
        assert kernels(dashboard) == set()
        with page_of(browser) as (page, outside):
            page.goto(f"{dashboard.root}/", wait_until="domcontentloaded")
            assert "/login" in page.url
            assert page.goto(f"{dashboard.root}/no/such/page?token={dashboard.token}").status == 403
            opened(page, dashboard.url)
            page.get_by_role("button", name="Read the account", exact=True).click()
            page.get_by_text("412 namespaces").first.wait_for()
            first = kernels(dashboard)
            assert len(first) == 1
            page.reload(wait_until="domcontentloaded")
            page.locator(".wfp-Workbench").wait_for()
            until(page, lambda: len(kernels(dashboard)), 1)
            assert kernels(dashboard) != first
            page.goto("about:blank")
            until(page, lambda: kernels(dashboard), set())
            assert outside == []
        with page_of(browser, theme="dark") as (page, outside):
            _who_never_saw_the_login_page(page, dashboard)
            assert outside == []
        begun = dashboard.descendants()
        assert dashboard.end(signal.SIGINT) == 0
        assert alive(begun) == set()
        assert STUB_TOKEN not in dashboard.stderr + dashboard.ready
        assert "Traceback" not in dashboard.stderr


def _who_never_saw_the_login_page(page, dashboard):
    """Who comes by the printed address has no token against forged requests: no kernel stays behind all the same.

    And the page is dark where the system is, unless the address says otherwise.
    """
    opened(page, dashboard.url)
    first = kernels(dashboard)
    assert len(first) == 1
    assert is_dark(page)
    page.emulate_media(color_scheme="light")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'true'")
    assert not is_dark(page)
    page.emulate_media(color_scheme="dark")
    opened(page, f"{dashboard.url}&theme=light")
    until(page, lambda: len(kernels(dashboard)), 1)
    assert kernels(dashboard) != first
    assert not is_dark(page)
    page.goto("about:blank")
    until(page, lambda: kernels(dashboard), set())


def is_dark(page):
    """Whether what stands on the page is light on dark, and says so."""
    ink, said = page.evaluate(
        """() => [getComputedStyle(document.querySelector(".wfp-Workbench")).color,
                  document.body.dataset.jpThemeLight]"""
    )
    dark = min(map(int, re.findall(r"\d+", ink)[:3])) > 128
    assert dark == (said == "false")
    return dark


def test_what_goes_wrong_on_the_page_is_said_in_words(tmp_path):
    """A customer list that is gone when the page is opened: words, no traceback, no token."""
    need("voila")
    (tmp_path / "list.csv").write_text("customer_id,status\n1,active\n", encoding="utf-8")
    environment = {"CLOUDFLARE_API_TOKEN": STUB_TOKEN, "CLOUDFLARE_ACCOUNT_ID": "0" * 32}
    environment |= {"CLOUDFLARE_BASE_URL": "http://127.0.0.1:9/client/v4", "WFP_OPS_API__DEADLINE_S": "1"}
    words = ("dashboard", "--customers", "list.csv", "--no-browser")
    with chromium() as browser, served(*words, folder=tmp_path, environment=environment) as dashboard:
        (tmp_path / "list.csv").unlink()
        with page_of(browser, width=390) as (page, outside):
            opened(page, dashboard.url)
            assert page.get_by_text("customers: list.csv").is_visible()
            page.get_by_role("button", name="Read the account", exact=True).click()
            expect(page.locator(".wfp-status", has_text="list.csv").first).to_be_visible(timeout=WAIT_MS)
            assert (
                "there is no such customer list"
                in page.locator(".wfp-status", has_text="list.csv").first.inner_text()
            )
            shown = page.content()
            assert "Traceback" not in shown
            assert STUB_TOKEN not in shown
            assert outside == []


def test_settings_that_are_wrong_end_it_at_once(command, tmp_path):
    """Exit code 2 in words, before any page: no token, no list, an account of no name, two accounts."""
    need("voila")
    assert command("dashboard", "--no-browser").exit_code == 2
    no_list = {"CLOUDFLARE_API_TOKEN": STUB_TOKEN, "CLOUDFLARE_ACCOUNT_ID": "0" * 32}
    done = command("dashboard", "--no-browser", no_list)
    assert done.exit_code == 2
    assert "no customer list" in done.stderr
    assert command("dashboard", "--no-browser", "--account", "acme").exit_code == 2
    both = command("dashboard", "--no-browser", "--sandbox", "--account", "acme")
    assert both.exit_code == 2
    assert "two accounts" in both.stderr
    assert command("dashboard", "--no-browser", "--customers", "nowhere.csv").exit_code == 1


def test_without_voila(command, monkeypatch):
    """Exit code 2 and the line to type."""
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "voila" else real(name))
    done = command("dashboard", "--sandbox", "--no-browser")
    assert done.exit_code == 2
    assert "pip install 'wfp-ops[lab]'" in done.stderr


def test_a_port_in_use(tmp_path):
    """Exit code 1, one complaint with the port, and what to do."""
    need("voila")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run_process("dashboard", "--sandbox", "--no-browser", "--port", str(port), folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_template_names_an_address_elsewhere(tmp_path):
    """What we serve in place of Voila's own: without its style sheets from a CDN, and it ends its kernel."""
    need("voila")
    write_page(tmp_path, voila_folders())
    written = {
        path.relative_to(tmp_path).as_posix(): path.read_text()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert {"wfp-ops.ipynb", "voila/templates/lab/index.html.j2", "voila/templates/base/page.html"} <= set(
        written
    )
    for name, text in written.items():
        assert not re.search(r"""(?:href|src)=["'](?:https?:)?//""", text), name
    assert "sendBeacon" in written["voila/templates/lab/index.html.j2"]
