"""``wfp-ops report`` and ``audit --report``: one file, written before anything is said about it."""

from __future__ import annotations

import base64
import json
import re

from wfp_ops.report.file import is_report


def test_report(command, acme, tmp_path):
    """The page is there, with every finding of the audit; stdout stays empty, stderr says where it is."""
    words = ("--customers", acme.customers)
    result = command("report", *words, "--out", "audit.html", acme.environment)
    assert (result.exit_code, result.stdout) == (0, "")
    document = json.loads(command("audit", *words, "--format", "json").stdout)
    assert result.stderr.strip() == f"report: audit.html ({len(document['findings'])} findings)"
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert all(finding["kind"] in page for finding in document["findings"])
    assert acme.environment["CLOUDFLARE_API_TOKEN"] not in page
    assert str(acme.customers.parent) not in page


def test_audit_with_a_report(command, acme, tmp_path):
    """The page goes beside what the audit prints, and is there also when the check finds something."""
    words = ("audit", "--customers", acme.customers, "--report", "audit.html", "--check", "--format", "json")
    result = command(*words, acme.environment)
    assert result.exit_code == 3
    assert json.loads(result.stdout)["schema"] == "wfp-ops/audit/1"
    assert is_report(tmp_path / "audit.html")


def test_the_second_report_says_what_changed(command, acme, tmp_path):
    """The audit before it was kept, so this one is compared with it."""
    words = ("report", "--customers", acme.customers, "--out", "audit.html")
    assert command(*words, acme.environment).exit_code == 0
    assert "Since the last audit" not in (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert command(*words).exit_code == 0
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "Since the last audit" in page
    assert "<strong>0</strong> new" in page


def test_somebody_elses_file_is_refused_before_anything_is_read(
    command, stub_environment, stub_server, tmp_path
):
    """Wrong usage, no request, and the file as it was; --force replaces it."""
    (tmp_path / "mine.html").write_text("precious", encoding="utf-8")
    for words in (("report", "--out", "mine.html"), ("audit", "--report", "mine.html")):
        result = command(*words, stub_environment)
        assert result.exit_code == 2
        assert "no report of wfp-ops" in result.stderr
    assert command("report", "--out", "no/such/folder.html").exit_code == 2
    assert not stub_server.received
    assert (tmp_path / "mine.html").read_text(encoding="utf-8") == "precious"


def test_force(command, acme, tmp_path):
    """With --force another file is replaced."""
    (tmp_path / "mine.html").write_text("precious", encoding="utf-8")
    words = ("report", "--customers", acme.customers, "--out", "mine.html", "--force")
    assert command(*words, acme.environment).exit_code == 0
    assert is_report(tmp_path / "mine.html")


def test_a_failed_audit_leaves_no_page(command, stub_environment, tmp_path):
    """No page comes of incomplete data; the one of before stays."""
    (tmp_path / "customers.csv").write_text("customer_id,status\n1,active\n", encoding="utf-8")
    words = ("report", "--customers", "customers.csv", "--out", "audit.html")
    assert command(*words, stub_environment).exit_code == 1
    assert not (tmp_path / "audit.html").exists()


def test_all_accounts_in_one_page(command, acme, tmp_path, monkeypatch):
    """Each account is a section; one that fails is named on top, the others stand, and the exit code is 1."""
    env = acme.environment
    (tmp_path / "wfp-ops.toml").write_text(
        f'[customers]\nsource = "{acme.customers}"\n'
        f'[accounts.good]\naccount_id = "{env["CLOUDFLARE_ACCOUNT_ID"]}"\ntoken_env = "GOOD"\n'
        f'base_url = "{env["CLOUDFLARE_BASE_URL"]}"\n'
        f'[accounts.bad]\naccount_id = "{"0" * 32}"\ntoken_env = "MISSING"\n'
        f'base_url = "{env["CLOUDFLARE_BASE_URL"]}"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("GOOD", env["CLOUDFLARE_API_TOKEN"])
    monkeypatch.setenv("WFP_OPS_NOW", env["WFP_OPS_NOW"])
    result = command("report", "--all-accounts", "--out", "audit.html")
    assert result.exit_code == 1
    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert "1 of them could not be audited" in page
    assert '<a href="#account-1">good</a>' in page
    assert "bad" in result.stderr


def test_times_in_the_readers_zone(command, acme, tmp_path):
    """The charts of a page are written in the zone of the settings."""
    zone = {**acme.environment, "WFP_OPS_USAGE__ZONE": "Europe/Berlin"}
    assert command("report", "--customers", acme.customers, "--out", "audit.html", zone).exit_code == 0
    assert "(Europe/Berlin)" in charts_of(tmp_path / "audit.html")
    assert "(UTC)" not in charts_of(tmp_path / "audit.html")
    wrong = {**acme.environment, "WFP_OPS_USAGE__ZONE": "Europe/Nowhere"}
    refused = command("report", "--customers", acme.customers, "--out", "other.html", wrong)
    assert (refused.exit_code, "Europe/Nowhere" in refused.stderr) == (2, True)


def charts_of(page):
    """What is written on the charts of a page."""
    found = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", page.read_text(encoding="utf-8"))
    assert found
    return "".join(base64.b64decode(each).decode() for each in found)
