"""The logic of the browser's table, run by Node.js without a browser: one question, one answer."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from support.pages import ROOT
from support.required import lacking

_STATIC = ROOT / "wfp_ops" / "widgets" / "static" / "rows.js"
_ASK = """
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
const source = await readFile(process.argv[1], "utf8");
const { Rows } = await import("data:text/javascript;base64," + Buffer.from(source).toString("base64"));
let rows = null;
for await (const line of createInterface({ input: process.stdin })) {
  const { data, filter, sort, chosen } = JSON.parse(line);
  if (data) rows = new Rows(data);
  const wanted = new Set(chosen);
  const places = rows.shown(filter, sort, wanted);
  const settled = rows.settled(wanted);
  console.log(JSON.stringify({
    shown: places.map((place) => rows.ids[place]),
    free: rows.free(places),
    settled,
    summary: rows.summary(filter, new Set(settled)),
  }));
}
"""


class RowsProcess:
    """Asks the table's logic; ``data`` is given once for each table."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, **question: Any) -> dict[str, Any]:
        """What the browser would show, let choose and say."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the table's logic failed: see stderr"
        return json.loads(answer)


@contextmanager
def rows_process() -> Iterator[RowsProcess]:
    """Start it; the test is skipped where there is no Node.js, and fails there under CI."""
    node = shutil.which("node")
    if node is None:
        reason = "needs Node.js (Debian: apt-get install nodejs)"
        lacking(reason)
    with subprocess.Popen(
        [node, "--input-type=module", "-e", _ASK, str(_STATIC)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield RowsProcess(process)
        finally:
            process.kill()
