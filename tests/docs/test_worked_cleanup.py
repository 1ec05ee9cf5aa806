"""The worked cleanup of the documentation, command by command as a reader types them, against a real sandbox."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.sandbox_server import running_sandbox

from wfp_ops.clock import parse_time

NOW = "2026-11-23T12:00:00Z"
PAGE = (Path(__file__).parents[2] / "docs" / "changing-an-account.md").read_text(encoding="utf-8")
COMMANDS = dict(re.findall(r"<!-- command: (\w+) -->\n```bash\n(.*?)```", PAGE, flags=re.DOTALL))


@pytest.fixture
def shell(tmp_path):
    """Runs lines in bash with the sandbox set; the virtual environment's wfp-ops comes first, and a jq."""
    customers = tmp_path / "acme-customers.csv"
    with running_sandbox("acme", now=parse_time(NOW), write_customers=customers) as server:
        binaries = tmp_path / "bin"
        binaries.mkdir()
        # the page uses jq for one thing; a reader has it, a test machine may not
        jq = binaries / "jq"
        jq.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            "print(json.load(open(sys.argv[3]))[sys.argv[2].removeprefix('.')])\n"
        )
        jq.chmod(0o755)
        environment = {
            **os.environ,
            **server.environment(),
            "WFP_OPS_STATE_DIR": "wfp-ops-state",
            "WFP_OPS_NOW": NOW,
            "PATH": f"{binaries}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

        def run(lines):
            return subprocess.run(
                ["bash", "-euo", "pipefail", "-c", lines],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                encoding="utf-8",
                check=False,
                timeout=300,
            )

        yield run, server, tmp_path


def test_the_worked_cleanup(shell):
    """Accept, plan, rehearse, apply, prove: each line works as it stands, and the account is as it says."""
    run, server, folder = shell
    before = set(server.state())
    for name in ("accept", "plan", "rehearse", "apply", "proof"):
        done = run(COMMANDS[name])
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    plan = json.loads((folder / "cleanup.json").read_text())
    assert len(plan["steps"]) == 5
    assert [each["guard"] for each in plan["excluded"]] == [*["traffic"] * 4, "bound"]
    assert "traffic" not in plan["confirmation"]
    assert before - set(server.state()) == {step["namespace"] for step in plan["steps"]}
    assert plan["digest"] in (folder / "cleanup.md").read_text()
    customer = plan["steps"][0]["customer_id"]
    proof = run(f"wfp-ops journal show --customer {customer}")
    assert proof.returncode == 0, proof.stderr
    assert [step["result"] for step in json.loads(proof.stdout)["journals"][0]["steps"]] == ["done"]


def test_the_way_back(shell):
    """What was deleted is restored under its name, and the comparison says what a person must still do."""
    run, server, folder = shell
    for name in ("accept", "plan", "apply"):
        assert run(COMMANDS[name]).returncode == 0
    gone = json.loads((folder / "cleanup.json").read_text())["steps"][0]["namespace"]
    assert gone not in server.state()
    done = run(f"wfp-ops restore {gone} --out back.json")
    assert done.returncode == 0, done.stderr
    done = run('wfp-ops apply back.json --approve "$(jq -r .digest back.json)" --format json')
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "wfp-ops/apply/1"
    assert {row["verdict"] for row in document["comparison"]} == {"equal"}
    assert gone in server.state()
