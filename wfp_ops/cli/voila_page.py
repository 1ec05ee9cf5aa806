"""What Voila serves for ``wfp-ops dashboard``: a notebook of one cell, with pages that stay on this machine.

Voila's own pages load a style sheet of icons from a CDN: a machine without the internet waits for it, and
whoever runs the CDN learns of each visit. They also ask to end their kernel when they are left, and are
refused (they lack the token against forged requests), so that each reload leaves a kernel behind. And they
are light where the system is dark.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

CHOICE_VARIABLE = "_WFP_OPS_DASHBOARD"  # no setting: only we write and read it
NOTEBOOK = "wfp-ops.ipynb"
_TEMPLATES = Path("voila", "templates")
_KINDS = ("lab", "base")
_FROM_OUTSIDE = re.compile(r"""<(?:link|script)\b[^>]*\b(?:href|src)\s*=\s*["'](?:https?:)?//""")
_BEFORE_SCRIPTS = "{{ voila_setup_labextensions("
_BODY_BEGINS = "{{ spinner.html() }}"
# A kernel that nobody looks at ends after this; an apply is a process of its own and goes on
_IDLE_S = 600

_CELL = f"""\
import json
import os

import wfp_ops

chosen = json.loads(os.environ["{CHOICE_VARIABLE}"])
os.chdir(chosen["folder"])
try:
    account = wfp_ops.connect(chosen["account"], config=chosen["config"])
    customers = chosen["customers"]
    if chosen["query"] is not None:
        customers = account.customers(customers, query=chosen["query"])
    page = wfp_ops.widgets.Workbench(account, customers)
except wfp_ops.errors.WfpOpsError as error:
    page = error
page
"""

# A POST must bring the value of the cookie _xsrf once more: what another site sends brings the cookie alone,
# which it can neither read nor set. The login page sets it; who comes with a token never sees that one, so
# the page makes its own, of the kind that the server would make: 16 random bytes.
_LEAVE = """\
<script>
  {
    const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    const xsrf = () => /(?:^|; )_xsrf=([^;]+)/.exec(document.cookie)?.[1];
    const settle = () => {
      if (xsrf() !== undefined) return;
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      const value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      document.cookie = `_xsrf=${value}; path=${config.baseUrl}; SameSite=Strict`;
    };
    settle();
    addEventListener("pagehide", (event) => {
      if (event.persisted) return;
      settle();
      navigator.sendBeacon(`${config.baseUrl}voila/api/shutdown/${config.kernelId}?_xsrf=${xsrf()}`);
    });
  }
</script>
"""

# Light and dark are two style sheets over the same variables: the second is there while the system is dark,
# unless the address says which it is to be
_FOLLOW = """\
{% if resources.theme == "light" %}
<template id="wfp-ops-dark">{{ resources.include_css("static/theme-dark.css") }}</template>
<script>
  if (!new URLSearchParams(location.search).has("theme")) {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const sheets = [...document.getElementById("wfp-ops-dark").content.cloneNode(true).children];
    const follow = () => {
      const { classList, dataset } = document.body;
      dataset.jpThemeLight = String(!system.matches);
      dataset.jpThemeName = system.matches ? "JupyterLab Dark" : "JupyterLab Light";
      classList.toggle("theme-dark", system.matches);
      classList.toggle("theme-light", !system.matches);
      document.documentElement.style.colorScheme = system.matches ? "dark" : "light";
      for (const sheet of sheets) system.matches ? document.head.append(sheet) : sheet.remove();
    };
    system.addEventListener("change", follow);
    follow();
  }
</script>
{% endif %}
"""


def voila_folders() -> list[Path]:
    """Where Voila looks for templates, the first first."""
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415 (it comes with Voila)

    return [Path(sys.prefix, "share", "jupyter"), *map(Path, jupyter_path())]


def write_page(folder: Path, data_folders: list[Path]) -> None:
    """Put notebook and templates into a private folder.

    Args:
        folder: where to; it becomes Voila's first data folder.
        data_folders: where Voila's own templates may be, the first that has one counts.
    """
    (folder / NOTEBOOK).write_text(json.dumps(_notebook()), encoding="utf-8")
    for place, text in _mended(data_folders):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")


def page_environment(folder: Path, choice: Mapping[str, str | None]) -> dict[str, str]:
    """What Voila and its kernels are told: our templates first, no settings of the user's, what to show."""
    first = [str(folder), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {
        "JUPYTER_PATH": os.pathsep.join(first),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        CHOICE_VARIABLE: json.dumps({**choice, "folder": str(Path.cwd())}),
    }


def page_flags(folder: Path, port: int) -> list[str]:
    """Voila on loopback with our token; no traceback is shown, for it may hold anything."""
    return [
        str(folder / NOTEBOOK),
        "--no-browser",
        "--Voila.ip=127.0.0.1",
        f"--Voila.port={port}",
        "--Voila.port_retries=0",
        "--Voila.auto_token=True",
        "--VoilaConfiguration.template=lab",
        "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.show_tracebacks=False",
        f"--MappingKernelManager.cull_idle_timeout={_IDLE_S}",
        "--MappingKernelManager.cull_interval=60",
        "--Application.log_level=WARN",
    ]


def _notebook() -> dict[str, object]:
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "workbench",
        "metadata": {},
        "outputs": [],
        "source": _CELL,
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "title": "wfp-ops"},
        "cells": [cell],
    }


def _mended(data_folders: list[Path]) -> Iterator[tuple[Path, str]]:
    """The templates that name an address elsewhere, without it; and the page, which ends its kernel."""
    for kind in _KINDS:
        found: dict[str, Path] = {}
        for root in reversed(data_folders):
            found |= {path.name: path for path in (root / _TEMPLATES / kind).glob("*") if path.is_file()}
        for name, path in sorted(found.items()):
            text = path.read_text(encoding="utf-8")
            lines = text.splitlines(keepends=True)
            mended = "".join(line for line in lines if not _FROM_OUTSIDE.search(line))
            mended = mended.replace(_BEFORE_SCRIPTS, _LEAVE + _BEFORE_SCRIPTS)
            mended = mended.replace(_BODY_BEGINS, _FOLLOW + _BODY_BEGINS)
            if mended != text:
                yield _TEMPLATES / kind / name, mended
