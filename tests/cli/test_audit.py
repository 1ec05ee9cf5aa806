"""``wfp-ops audit`` against a real sandbox: documents, exit codes, and what a person sees."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from support.commands import ACCOUNT, LISTING, STUB_TOKEN, run_process
from support.stub_server import ok, refused

from wfp_ops.frames.columns import FINDINGS


def test_the_document(command, acme):
    """``--format json``: stdout holds the document alone, and its numbers agree with each other."""
    result = command("audit", "--customers", acme.customers, "--format", "json", acme.environment)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["schema"] == "wfp-ops/audit/1"
    assert document["account_id"] == ACCOUNT
    assert document["taken_at"].startswith("2026-11-23T12:")
    assert document["evidence"]["inventory"] == "proven"
    counts = document["counts"]
    assert sum(counts["states"]["namespaces"].values()) == counts["namespaces"]
    assert sum(counts["states"]["customers"].values()) == counts["customers"]
    assert sum(counts["findings"].values()) == len(document["findings"])
    assert all(list(row) == FINDINGS.names for row in document["findings"])
    assert acme.environment["CLOUDFLARE_API_TOKEN"] not in result.stdout


def test_csv_holds_every_finding(command, acme):
    """``--format csv`` is the whole findings frame."""
    words = ("audit", "--customers", acme.customers)
    rows = list(csv.DictReader(io.StringIO(command(*words, "--format", "csv", acme.environment).stdout)))
    document = json.loads(command(*words, "--format", "json").stdout)
    assert list(rows[0]) == FINDINGS.names
    assert len(rows) == len(document["findings"])


def test_the_page(command, acme):
    """The table names account, evidence, every kind with its number, and what to do next."""
    words = ("audit", "--customers", acme.customers)
    page = command(*words, acme.environment).stdout
    document = json.loads(command(*words, "--format", "json").stdout)
    assert "✔ proven complete" in page
    for kind, count in document["counts"]["findings"].items():
        assert re.search(rf"^[✖▲●] {kind}  {count} ", page, re.MULTILINE), kind
    for state, count in document["counts"]["states"]["namespaces"].items():
        assert re.search(rf"{state} +{count} ", page), state
    assert f"--customers {acme.customers} --format csv > findings.csv" in page
    order = [
        page.index(f"{symbol} {severity}")
        for symbol, severity in zip("✖▲●", ("ambiguous", "churned", "absent"), strict=True)
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("limit", [0, 2])
def test_the_limit_caps_each_kind(command, acme, limit):
    """No kind shows more rows than the limit, and each says how many are left."""
    page = command("audit", "--customers", acme.customers, "--limit", str(limit), acme.environment).stdout
    orphans = re.search(r"▲ orphaned  (\d+) namespaces.*?\n\n", page, re.DOTALL)
    assert orphans is not None
    assert len(re.findall("no customer has the id", orphans.group())) == limit
    assert f"… {int(orphans.group(1)) - limit} more" in orphans.group()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--check",), 3),
        (("--check", "--fail-on", "critical"), 3),
        (("--check", "--fail-on", "info", "--format", "json"), 3),
    ],
)
def test_check_exits_with_3(command, acme, words, code):
    """Findings as bad as asked for make the exit code; the document is printed all the same."""
    result = command("audit", "--customers", acme.customers, *words, acme.environment)
    assert result.exit_code == code
    assert "orphaned" in result.stdout


def test_check_looks_no_further_than_asked(command, stub_server, stub_environment, tmp_path):
    """Without findings of that severity or worse ``--check`` is content."""
    stub_server.on("GET", LISTING, ok([{"namespace_name": "customer-1", "script_count": 0}]))
    (tmp_path / "customers.csv").write_text("customer_id,status\n1,active\n", encoding="utf-8")
    words = ("audit", "--customers", "customers.csv", "--check")
    result = command(*words, stub_environment)
    assert result.exit_code == 0
    assert "● empty" in result.stdout
    assert command(*words, "--fail-on", "info").exit_code == 3
    stub_server.on("GET", LISTING, ok([{"namespace_name": "customer-1", "script_count": 2}]))
    clean = command(*words, "--fail-on", "info")
    assert clean.exit_code == 0
    assert "No findings" in clean.stdout


def test_a_check_never_passes_on_an_unproven_inventory(command, stub_server, stub_environment, tmp_path):
    """Nothing found in a listing that may have been cut is no proof that nothing is wrong."""
    rows = [{"namespace_name": f"customer-{number}", "script_count": 1} for number in range(10)]
    stub_server.on("GET", LISTING, lambda got: refused(400, 1234) if "page" in got.query else ok(rows))
    ids = "".join(f"{number},active\n" for number in range(10))
    (tmp_path / "customers.csv").write_text("customer_id,status\n" + ids, encoding="utf-8")
    words = ("audit", "--customers", "customers.csv")
    assert command(*words, stub_environment).exit_code == 0
    result = command(*words, "--check")
    assert result.exit_code == 1
    assert "not proven complete" in result.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.csv", None),
        ("empty.csv", b""),
        ("header.csv", b"customer_id,status\n"),
        ("no-id.csv", b"colour,size\nred,3\n"),
        ("two-ids.csv", b"customer_id,Customer ID\n1,2\n"),
        ("binary.csv", bytes(range(256)) * 20),
        ("not.xlsx", b"PK\x03\x04 and no more"),
        ("bad.json", b'{"customer_id": '),
    ],
)
def test_a_customer_list_that_is_none(command, acme, tmp_path, name, content):
    """Exit code 1, no document, and the file's name."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = command("audit", "--customers", name, "--format", "json", acme.environment)
    assert (result.exit_code, result.stdout) == (1, "")
    assert name in result.stderr
    assert "Traceback" not in result.stderr
    assert "this should not have happened" not in result.stderr


def test_the_settings_name_the_list(command, acme, tmp_path):
    """``[customers] source`` stands in for --customers, and is found beside the settings file."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "customers.csv").write_bytes(acme.customers.read_bytes())
    (folder / "wfp-ops.toml").write_text('[customers]\nsource = "customers.csv"\n', encoding="utf-8")
    result = command("audit", "--config", folder / "wfp-ops.toml", acme.environment)
    assert result.exit_code == 0
    assert f"--config {folder / 'wfp-ops.toml'} --format csv" in result.stdout


def test_worker_tenancy(command, stub_server, stub_environment, tmp_path):
    """In worker tenancy the page speaks of Workers, and of the namespaces that hold them."""
    settings = '[audit]\ntenancy = "worker"\nnamespaces = ["production"]\nselect = "tag"\n'
    (tmp_path / "wfp-ops.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "customers.csv").write_text("customer_id,status\n1,active\n2,active\n", encoding="utf-8")
    stub_server.on("GET", LISTING, ok([{"namespace_name": "production"}]))
    workers = [{"id": "api", "tags": ["customer-1"]}, {"id": "web", "tags": ["customer-9"]}]
    stub_server.on("GET", f"{LISTING}/production/scripts", ok(workers))
    page = command("audit", "--customers", "customers.csv", stub_environment).stdout
    assert "customer-{id} (worker tenancy)" in page
    assert re.search(r"Workers +2", page)
    assert "▲ orphaned  1 Worker  warning" in page
    assert "web" in page


def test_the_built_in_sandbox(command):
    """``--account sandbox`` needs nothing, not even a customer list."""
    result = command(
        "audit", "--account", "sandbox", "--format", "json", {"WFP_OPS_NOW": "2026-11-23T12:00:00Z"}
    )
    assert result.exit_code == 0
    assert json.loads(result.stdout)["counts"]["namespaces"] > 100


def test_piped_it_has_neither_colours_nor_trailing_blanks(acme):
    """As a process of its own, its output in a pipe: plain text of at most 100 columns, but for commands."""
    done = run_process(
        "audit", "--customers", "customers.csv", environment=acme.environment, folder=acme.customers.parent
    )
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert all(line == line.rstrip() for line in lines)
    assert max(map(len, lines)) <= 100
    assert STUB_TOKEN not in done.stdout
