"""``wfp-ops lab``: the shipped notebooks in a folder of the user's, and JupyterLab on them."""

from __future__ import annotations

import json
import os
import tempfile
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.options import BrowserOption, examples
from wfp_ops.errors import visible

if TYPE_CHECKING:
    from wfp_ops.cli.notebook_copies import Copied

EXAMPLES = examples(
    ("wfp-ops lab --sandbox", "try everything on a made-up account that all notebooks share"),
    ("wfp-ops lab", "your own account: in each notebook one line names it"),
)
FOLDER = Path("wfp-ops-notebooks")
CONFIG_FILE = "wfp-ops.toml"
_PORT = 8888
# The moment at which the notebooks' own sandbox begins: what they show there is what they were committed with
_NOW = "2026-11-23T12:00:00Z"


def lab(
    *,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox", help="One sandbox for all notebooks; your account's variables are hidden from them."
        ),
    ] = False,
    folder: Annotated[
        Path,
        typer.Option(
            "--folder", metavar="DIR", help="Where the notebooks are; what you changed there stays."
        ),
    ] = FOLDER,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, metavar="N", help=f"The port. Default: {_PORT}, or a free one."
        ),
    ] = None,
    browser: BrowserOption = True,
) -> None:
    """Open the notebooks in JupyterLab, on this machine.

    The shipped notebooks are copied into a folder of yours, once: a notebook that you changed is never
    written over. Once JupyterLab is ready one line says where, and it runs until Ctrl-C:

    lab ready http://127.0.0.1:PORT/lab?token=TOKEN
    """
    from wfp_ops.cli.made_up import shared_by_kernels  # noqa: PLC0415
    from wfp_ops.cli.notebook_copies import copy_notebooks, shipped_notebooks  # noqa: PLC0415
    from wfp_ops.cli.page_server import Page, port_for, require_lab, serving, until_told_to_stop  # noqa: PLC0415

    require_lab("jupyterlab", "JupyterLab")
    _say_copied(folder, copy_notebooks(folder, shipped_notebooks()))
    if not sandbox:
        _say_settings(folder)
    with until_told_to_stop(), ExitStack() as stack:
        shared = stack.enter_context(shared_by_kernels(_NOW)) if sandbox else {}
        private = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wfp-ops-lab-")))
        page = Page(
            title="JupyterLab",
            module="jupyterlab",
            flags=_flags(folder, port := port_for(port, _PORT)),
            folder=folder,
            environment={**shared, **_without_news(private)},
            port=port,
            alive="/api/status",
            shown="/lab",
        )
        running = stack.enter_context(serving(page))
        typer.echo(f"lab ready {running.url}")
        typer.echo("Ctrl-C ends it and every kernel", err=True)
        if browser:
            webbrowser.open(running.url)
        running.wait()


def _flags(folder: Path, port: int) -> list[str]:
    """JupyterLab on loopback with our token, whatever else the user has set."""
    flags = [
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.certfile=",
        f"--ServerApp.root_dir={folder.absolute()}",
        "--ServerApp.use_redirect_file=False",
        "--Application.log_level=WARN",
    ]
    if os.name == "posix" and os.geteuid() == 0:
        flags.append("--allow-root")  # as in a container; it listens on this machine alone
    return flags


def _without_news(folder: Path) -> dict[str, str]:
    """What makes JupyterLab neither ask for news and updates nor ask whether it may.

    It comes before the user's own settings, and leaves those as they are.
    """
    (folder / "labconfig").mkdir()
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (folder / "labconfig" / "page_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    paths = [str(folder), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def _say_settings(folder: Path) -> None:
    """Where notebooks find the settings file of this folder: each runs in its own."""
    if not Path(CONFIG_FILE).exists() or folder.resolve() == Path.cwd():
        return
    place = Path(os.path.relpath(CONFIG_FILE, folder)).as_posix()
    typer.echo(f"  your settings from a notebook: wfp_ops.connect(config={place!r})", err=True)


def _say_copied(folder: Path, copied: Copied) -> None:
    """What is in the folder now, and what was left as it is."""
    said = [
        f"{len(names)} {word}"
        for names, word in ((copied.written, "new"), (copied.renewed, "renewed"))
        if names
    ]
    typer.echo(f"notebooks in {visible(str(folder))}: {', '.join(said) or 'all there'}", err=True)
    for name in copied.kept:
        newer = "; a newer one is shipped: move yours away to get it" if name in copied.outdated else ""
        typer.echo(f"  kept as you changed it: {name}{newer}", err=True)
