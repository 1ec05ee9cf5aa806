"""Sets a sandbox up and serves it until it is told to stop."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wfp_ops.sandbox.app import build_app
from wfp_ops.sandbox.clock import SandboxClock
from wfp_ops.sandbox.documents import scenario_document
from wfp_ops.sandbox.inventory import InventoryReader
from wfp_ops.sandbox.loading import keep_scenario, load_inventory, read_scenario
from wfp_ops.sandbox.options import READY_PREFIX, Options, SandboxSetupError
from wfp_ops.sandbox.scenarios.registry import build_scenario
from wfp_ops.sandbox.serving import Server, listen
from wfp_ops.sandbox.state import Sandbox
from wfp_ops.sandbox.store.database import Database


def run(options: Options) -> int:
    """Serve until a signal (or the end of standard input, where asked for); exit code 0 comes back.

    Prints one line to standard output when it is ready: ``sandbox ready http://127.0.0.1:PORT/client/v4``.

    Raises:
        SandboxSetupError: it can't start as asked.
    """
    # The port first: whoever can't have it has then changed no file.
    with listen(options.port) as sock:
        sandbox = open_sandbox(options)
        try:
            if options.write_customers is not None:
                write_customers(options.write_customers, read_scenario(sandbox.db))
            address = f"http://127.0.0.1:{sock.getsockname()[1]}/client/v4"
            server = Server(build_app(sandbox), on_ready=lambda: _say_ready(address))
            if options.exit_with_parent:
                server.stop_at_end_of_input()
            server.run(sockets=[sock])
        finally:
            sandbox.db.close()
            if options.scratch is not None:
                shutil.rmtree(options.scratch, ignore_errors=True)
    return 0


def _say_ready(address: str) -> None:
    sys.stdout.write(f"{READY_PREFIX}{address}\n")
    sys.stdout.flush()


def open_sandbox(options: Options) -> Sandbox:
    """The sandbox of these options: its database opened and, when that is new, its scenario loaded.

    Raises:
        SandboxSetupError: there is no such scenario, or the database can't be used.
    """
    clock = SandboxClock(options.now)
    db = Database(options.db)
    try:
        if read_scenario(db) == {}:
            _load_scenario(db, options, clock)
        seed = int(read_scenario(db)["seed"])
    except BaseException:
        db.close()
        raise
    sandbox = Sandbox(db=db, clock=clock, token=options.token, account_id=options.account_id, seed=seed)
    sandbox.switches = sandbox.switches.changed({"rate_limit": options.rate_limit})
    return sandbox


def _load_scenario(db: Database, options: Options, clock: SandboxClock) -> None:
    # exactly the moment asked for, so that the same seed and moment make the same account
    now = options.now or clock.now()
    try:
        scenario = build_scenario(options.scenario, seed=options.seed, now=now)
    except ValueError as error:
        raise SandboxSetupError(str(error)) from error
    inventory = InventoryReader(seed=scenario.seed, now=now).read(scenario_document(scenario))
    with db.transaction():
        load_inventory(db, inventory, replace_all=True)
        keep_scenario(
            db,
            {
                "name": scenario.name,
                "seed": scenario.seed,
                "now": scenario.now.isoformat(),
                "customer_columns": list(scenario.customer_columns),
                "customers": [dict(row) for row in scenario.customers],
                "truth": dict(scenario.truth),
            },
        )


def write_customers(path: Path, scenario: Mapping[str, Any]) -> None:
    """The scenario's customer list as CSV: complete under its name, or not there at all.

    Raises:
        SandboxSetupError: the file can't be written.
    """
    text = customers_csv(scenario["customer_columns"], scenario["customers"])
    try:
        target = path.resolve()
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            temporary.write_text(text, encoding="utf-8", newline="")
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SandboxSetupError(f"can't write {path}: {error.strerror or error}") from error


def customers_csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Rows under a header as CSV, each line ended by a line feed alone."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
