"""A real JupyterLab or a real Voila on loopback, which knows nothing of this machine's own Jupyter.

Tests that use one are skipped where it is not installed, and fail there under CI.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import nbformat
import pytest
from support.required import lacking

TOKEN = "for-tests-only"
_READY_S = 60.0
_OURS = ("CLOUDFLARE_", "CF_", "WFP_OPS_", "JUPYTER")
# What the last cell shows: once it is there, every cell before it has run
FINISHED = "wfp-finished"
_MARKER = f"""import ipywidgets
finished = ipywidgets.Label("all cells have run")
finished.add_class("{FINISHED}")
finished"""


@dataclass
class JupyterServer:
    """A running server. Notebooks lie in ``folder``, which is its root."""

    kind: str
    url: str
    folder: Path
    config: Path
    http: httpx.Client
    process: subprocess.Popen[bytes]
    _made: int = field(default=0)

    def write(self, cells: Sequence[str], *, marker: bool = True) -> str:
        """Make a notebook of these cells; its name comes back. The last one shows that all have run."""
        self._made += 1
        name = f"test_{self._made}.ipynb"
        sources = [*cells, _MARKER] if marker else cells
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(book, self.folder / name)
        return name

    def set_theme(self, theme: str) -> None:
        """``light`` or ``dark``, for JupyterLab pages that are opened from now on."""
        full = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[theme]
        _lab_setting(self.config, "apputils-extension/themes", {"theme": full})

    def kernels(self) -> list[str]:
        """The ids of the kernels that run."""
        answer = self.http.get(f"{self.url}api/kernels")
        answer.raise_for_status()
        return [kernel["id"] for kernel in answer.json()]

    def restart(self, kernel: str) -> None:
        """Restart a kernel: all that it held in memory is gone."""
        self.http.post(f"{self.url}api/kernels/{kernel}/restart").raise_for_status()

    def end_kernels(self) -> None:
        """End every kernel, so that the next test finds an idle machine."""
        for kernel in self.kernels():
            self.http.delete(f"{self.url}api/kernels/{kernel}")


@contextmanager
def running_jupyter(
    kind: str, *, options: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[JupyterServer]:
    """Start ``lab`` or ``voila``, with further options, and end it with all its kernels."""
    need(kind)
    # A short path: kernels speak through sockets in it, whose paths may be no longer than 107 bytes
    home = Path(tempfile.mkdtemp(prefix="wfp-"))
    folder, config = home / "books", home / "config"
    folder.mkdir()
    _configure(config)
    port = _free_port()
    log = (home / "log.txt").open("wb")
    process = subprocess.Popen(
        _command(kind, port, folder, options),
        cwd=home,
        env={**_environment(home), **(environment or {})},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        with httpx.Client(headers={"authorization": f"token {TOKEN}"}, trust_env=False, timeout=30) as http:
            server = JupyterServer(kind, url, folder, config, http, process)
            _wait(server, home / "log.txt")
            yield server
            if kind == "lab":
                server.end_kernels()
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def need(kind: str) -> None:
    """Skip (under CI: fail) the test where this can't be started."""
    module = {"lab": "jupyterlab", "voila": "voila"}[kind]
    missing = [name for name in (module, "ipywidgets", "anywidget") if importlib.util.find_spec(name) is None]
    if not missing:
        return
    reason = f"needs {' and '.join(missing)} (pip install 'wfp-ops[lab]')"
    lacking(reason)


def _command(kind: str, port: int, folder: Path, options: Sequence[str]) -> list[str]:
    common = ["--no-browser", "--KernelManager.transport=ipc", *options]
    if kind == "lab":
        root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        return [
            *(sys.executable, "-m", "jupyterlab", *common, *root),
            *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
            *(
                f"--IdentityProvider.token={TOKEN}",
                f"--ServerApp.root_dir={folder}",
                "--LabApp.news_url=None",
            ),
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]
    return [
        *(sys.executable, "-m", "voila", str(folder), *common),
        *("--Voila.ip=127.0.0.1", f"--Voila.port={port}", "--Voila.port_retries=0", f"--token={TOKEN}"),
        "--VoilaConfiguration.show_tracebacks=True",
    ]


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {
        **kept,
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "config" / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "config" / "workspaces"),
        "WFP_OPS_STATE_DIR": str(home / "state"),
    }


def _configure(config: Path) -> None:
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (config / "labconfig").mkdir(parents=True)
    (config / "labconfig" / "page_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    # every cell is on the page at once, or a test would have to scroll to what it looks at
    _lab_setting(config, "notebook-extension/tracker", {"windowingMode": "none"})


def _lab_setting(config: Path, plugin: str, values: Mapping[str, str]) -> None:
    file = config / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values), encoding="utf-8")


def _wait(server: JupyterServer, log: Path) -> None:
    ends = time.monotonic() + _READY_S
    while time.monotonic() < ends and server.process.poll() is None:
        try:
            if server.http.get(server.url, follow_redirects=True).status_code < 500:
                return
        except httpx.TransportError:
            threading.Event().wait(0.1)
    pytest.fail(f"{server.kind} did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
