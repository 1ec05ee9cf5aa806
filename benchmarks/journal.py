"""The journal of 10,000 deletions: how long it takes to check it, to fold it into states, and to write it.

    python benchmarks/journal.py

Four records for each step: archived, intent, outcome, verified. Checking is ``wfp-ops journal verify``: every
line is read, its spelling, its hash and its place in the chain. The peer reads the same lines with orjson and
hashes each of them once; it checks nothing. Writing waits for the disk after every record (fsync), as it must
before a change may be sent; the peer writes the same bytes in the same pieces and waits as often.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from pathlib import Path

import orjson
from measuring import alternate, machine, ratios, show, spread

from wfp_ops.change.journal.progress import fold
from wfp_ops.change.journal.reader import read, verify
from wfp_ops.change.journal.writer import Journal
from wfp_ops.clock import SystemClock


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--steps", type=int, default=10_000)
    options.add_argument("--written", type=int, default=500, help="steps that are written, with a wait each")
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = folder / "whole.jsonl"
        _write(journal, given.steps)
        if verify(journal).state != "complete":
            raise SystemExit("the journal that was made is no whole one")
        cases = {
            "bare": lambda: bare_reading(journal),
            "verify": lambda: verify(journal),
            "fold": lambda: fold(read(journal), given.steps),
        }
        reading = alternate(cases, given.rounds)
        megabytes = journal.stat().st_size / 1e6
        sample = folder / "sample.jsonl"
        _write(sample, given.written)
        lines = sample.read_bytes().splitlines(keepends=True)
        cases = {
            "bare": lambda: bare_writing(folder / "bare", lines),
            "wfp-ops": lambda: _write(folder / "ours.jsonl", given.written),
        }
        writing = alternate(cases, given.rounds)
    print(machine())
    rows = [["bare: orjson and SHA-256, line by line", spread(reading["bare"], " s"), ""]]
    rows += [
        [label, spread(reading[name], " s"), spread(ratios(reading[name], reading["bare"]), " x")]
        for name, label in (("verify", "verified"), ("fold", "verified, and the state of each step"))
    ]
    title = f"a journal of {given.steps:,} steps ({megabytes:.0f} MB) read"
    show(title, ["", "seconds", "of bare"], rows)
    rows = [
        ["bare: the same bytes, a wait each", _each(writing["bare"], len(lines)), ""],
        [
            "wfp-ops",
            _each(writing["wfp-ops"], len(lines)),
            spread(ratios(writing["wfp-ops"], writing["bare"]), " x"),
        ],
    ]
    show(f"{len(lines):,} records written", ["", "milliseconds a record", "of bare"], rows)


def bare_reading(path: Path) -> int:
    """Every line decoded and hashed; nothing is compared."""
    with path.open("rb") as file:
        return sum(len(orjson.loads(line)) + len(hashlib.sha256(line).digest()) for line in file)


def bare_writing(path: Path, lines: list[bytes]) -> None:
    """The same lines, each on the disk before the next."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for line in lines:
        os.write(descriptor, line)
        os.fsync(descriptor)
    os.close(descriptor)


def _each(times: list[float], records: int) -> str:
    return spread([1000 * each / records for each in times])


def _write(path: Path, steps: int) -> None:
    """The journal of so many deletions that all went well."""
    for each in (path, path.with_name(f"{path.name}.head")):
        each.unlink(missing_ok=True)
    names = [f"customer-{number}" for number in range(steps)]
    begin = {
        "account_id": "0" * 32,
        "account": "acme",
        "base_url": "https://api.cloudflare.com/client/v4",
        "digest": "0" * 64,
        "plan": {"steps": [{"action": "delete_namespace", "namespace": name} for name in names]},
        "approved_by": "words",
        "confirmation": f"delete {steps} namespaces in acme",
        "token_id": None,
        "by": "ann@desk",
        "version": "0",
    }
    with Journal.create(path, SystemClock(), **begin) as journal:
        for place, name in enumerate(names):
            _write_step(journal, place, name)
        journal.append("end", done=steps, dropped=0, failed=0, left=0, complete=True)


def _write_step(journal: Journal, place: int, name: str) -> None:
    thing = {"step": place, "namespace": name, "namespace_id": f"{place:032x}"}
    archive = f"20261123T120000Z-00000000-{place:08x}"
    journal.append("archived", **thing, archive=archive, manifest_sha256="0" * 64, cannot=[])
    journal.append("intent", **thing, attempt=1, action="delete_namespace", worker=None)
    outcome = {"step": place, "namespace_id": f"{place:032x}", "detail": ""}
    journal.append("outcome", **outcome, attempt=1, result="done", how="answered")
    journal.append("verified", step=place, detail="it is not found any more")


if __name__ == "__main__":
    main()
