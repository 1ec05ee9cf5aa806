"""``wfp-ops demo``: a realistic account audited on this machine, without an account, a token or a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wfp_ops.cli.options import examples
from wfp_ops.cli.report import read_usage, told_to_audit
from wfp_ops.cli.session import reading

if TYPE_CHECKING:
    from wfp_ops.audit.result import Audit

EXAMPLES = examples(
    ("wfp-ops demo", "the audit of a made-up company; files go to ./wfp-ops-demo"),
    ("wfp-ops demo --out /tmp/demo", "files go to a folder of your choice"),
)
_MARKER = "README.txt"
_MARKER_LINE = "Written by wfp-ops demo, which overwrites these files when it runs again."
_ROWS_OF_EACH_KIND = 3
_REPORT = "report.html"
_FILES = {
    _REPORT: "the audit and who uses how much, as a page: open it in a browser, mail it, print it",
    "findings.csv": "what the audit found, worst first, and what to do about each",
    "joined.csv": "every namespace beside the customer it belongs to",
    "customers.csv": "the customer list, as it was understood",
    "audit.xlsx": "the same three tables as one workbook",
    "audit.json": "the whole audit as one document, for programs",
}
_PORT = 8787


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where the files go: a new or an empty folder.")
    ] = Path("wfp-ops-demo"),
) -> None:
    """Audit a made-up company, on this machine alone.

    A sandbox that answers as Cloudflare does is started with a few hundred namespaces, audited against
    the company's customer list, and stopped. No setting and no token of yours plays a part, and nothing
    leaves this machine.
    """
    from wfp_ops.report.file import write_report  # noqa: PLC0415 (loads Jinja2)

    _check_folder(out)
    with reading("sandbox", None) as account:
        from wfp_ops.cli.progress import progress  # noqa: PLC0415 (loads Rich)

        records = account.customers()
        usage = read_usage(account, records)
        with progress("auditing a made-up account") as advance:
            audit = account.audit(records, usage=told_to_audit(usage), progress=advance)
    audit.write(out)
    write_report(audit, out / _REPORT, usage=usage)
    (out / _MARKER).write_text(_readme(), encoding="utf-8")
    _show(audit, out)


def _check_folder(out: Path) -> None:
    """Only a new folder, an empty one, or one that the demo made may be written to.

    Raises:
        typer.BadParameter: something else is there.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise typer.BadParameter(f"{out} is a file, not a folder", param_hint="--out")
    marker = out / _MARKER
    is_ours = marker.is_file() and marker.read_text(encoding="utf-8", errors="replace").startswith(
        _MARKER_LINE
    )
    if not is_ours and any(out.iterdir()):
        raise typer.BadParameter(
            f"{out} holds files that are not the demo's: name a new or an empty folder", param_hint="--out"
        )


def _readme() -> str:
    files = "\n".join(f"{name:<14}{meaning}" for name, meaning in _FILES.items())
    return f"{_MARKER_LINE}\nThe company is made up; none of this comes from a real account.\n\n{files}\n"


def _show(audit: Audit, out: Path) -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from wfp_ops.cli.audit_view import audit_view, next_steps  # noqa: PLC0415
    from wfp_ops.cli.output import console, show  # noqa: PLC0415
    from wfp_ops.errors import visible  # noqa: PLC0415

    files = Table.grid(padding=(0, 2))
    for name, meaning in _FILES.items():
        files.add_row(Text(f"  {name}", style="bold"), Text(meaning, style="dim"))
    show(
        Text("A made-up company, served by a sandbox on this machine. Nothing left it.\n", style="italic"),
        audit_view(audit, width=console().width, limit=_ROWS_OF_EACH_KIND),
        Text.assemble(("Written to ", "bold"), (visible(str(out)), "bold")),
        files,
        Text(),
        next_steps(_next(audit)),
    )


def _next(audit: Audit) -> list[tuple[str, str]]:
    from wfp_ops.sandbox.options import DEFAULT_TOKEN  # noqa: PLC0415

    access = (
        f"export CLOUDFLARE_BASE_URL=http://127.0.0.1:{_PORT}/client/v4 "
        f"CLOUDFLARE_API_TOKEN={DEFAULT_TOKEN} CLOUDFLARE_ACCOUNT_ID={audit.account_id}"
    )
    return [
        (
            f"wfp-ops sandbox --scenario acme --port {_PORT} --write-customers acme-customers.csv",
            "the same account as a server, in a terminal of its own",
        ),
        (access, "in another terminal: every command, and Cloudflare's own tools, now reach that server"),
        (
            "wfp-ops audit --customers acme-customers.csv",
            "the audit again; more of each kind with --limit 50",
        ),
        (
            "unset CLOUDFLARE_BASE_URL; export CLOUDFLARE_API_TOKEN=… CLOUDFLARE_ACCOUNT_ID=…",
            "your own account instead: a token with the permission 'Workers Scripts: Read' is enough",
        ),
    ]
