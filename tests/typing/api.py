"""The public names as a typed program uses them: checked by mypy, never run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

import wfp_ops
from wfp_ops.errors import NamespaceNotFoundError, WfpOpsError


def audit_and_write(folder: Path) -> int:
    """What a notebook writes, with the types that it gets."""
    with wfp_ops.connect("sandbox") as account:
        namespaces: pd.DataFrame = account.namespaces()
        customers: pd.DataFrame = account.customers()
        audit: wfp_ops.Audit = account.audit(customers)
        paths: dict[str, Path] = audit.write(folder)
        page: str = audit.to_html()
        paths["report.html"] = wfp_ops.write_report([audit], folder / "report.html")
        proven: bool = wfp_ops.completeness(namespaces).proven
        return len(page) + len(audit.failing("critical")) + len(paths) + int(proven)


def draw(usage: pd.DataFrame, customers: pd.DataFrame, path: Path) -> Path:
    """A chart is a figure of matplotlib's, with words of its own."""
    chart = wfp_ops.charts.usage_by_customer(usage, top=5, customers=customers, zone="UTC", style="dark")
    figure: Figure = chart
    words: str = chart.description
    figure.text(0, 0, words)
    return wfp_ops.charts.save(figure, path)


def look_up(name: str) -> wfp_ops.Namespace | None:
    """One namespace, or None where there is none."""
    try:
        return wfp_ops.connect().namespace(name)
    except NamespaceNotFoundError:
        return None
    except WfpOpsError as error:
        hint: str | None = error.hint
        raise SystemExit(hint) from error


def plain_client(account_id: str) -> list[str]:
    """Code of Cloudflare's documentation, on the plain client."""
    client = wfp_ops.Cloudflare()
    namespaces = client.workers_for_platforms.dispatch.namespaces
    return [str(each.namespace_name) for each in namespaces.list(account_id=account_id)]
