"""A small company with its account in a sandbox, to be changed by commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from support.sandbox_server import RunningSandbox

# Months after the list was accepted, so that every grace is over
LATER = "2027-02-15T12:00:00Z"
# Nobody has asked the analytics: that is unknown, and unknown refuses
TRAFFIC = ("--override", "traffic=looked at the logs")
DELETABLE = {"customer-50", "customer-51", "customer-90"}
_LONG_AGO = "2026-01-05T08:00:00Z"


@dataclass(frozen=True)
class Shop:
    """Customers 1 to 36 are active and have a namespace; 50 (with a Worker and a secret) and 51 left.

    90 is nobody's, 61 is active and has none, and 60 has one that is misnamed.
    """

    sandbox: RunningSandbox
    environment: dict[str, str]
    folder: Path

    @property
    def names(self) -> set[str]:
        """The namespaces that are there."""
        return set(self.sandbox.state())

    @property
    def deletable(self) -> set[str]:
        """Of those that a plan may delete, the ones that are there."""
        return DELETABLE & self.names


def open_shop(sandbox: RunningSandbox, folder: Path) -> Shop:
    """Load the account, and put list and settings into the folder."""
    code = {"modules": [{"name": "index.js", "content": "export default {};"}]}
    secret = {"bindings": [{"name": "API_KEY", "type": "secret_text", "text": "hidden"}]}
    names = [f"customer-{number}" for number in range(1, 37)]
    names += ["customer-51", "customer-90", "Customer_60"]
    sandbox.load(
        {
            "name": "customer-50",
            "created_on": _LONG_AGO,
            "workers": [{"name": "shop", "created_on": _LONG_AGO, **code, **secret}],
        },
        *({"name": name, "created_on": _LONG_AGO} for name in names),
    )
    rows = [f"{number},active,2025-01-01," for number in (*range(1, 37), 60, 61)]
    rows += [f"{number},churned,2025-01-01,2026-08-01" for number in (50, 51)]
    listing = "\n".join(["customer_id,status,started_on,churned_on", *rows])
    (folder / "customers.csv").write_text(f"{listing}\n", encoding="utf-8")
    (folder / "wfp-ops.toml").write_text('[customers]\nsource = "customers.csv"\n', encoding="utf-8")
    environment = {
        **sandbox.environment(),
        "WFP_OPS_STATE_DIR": str(folder / "state"),
        "WFP_OPS_NOW": LATER,
    }
    return Shop(sandbox, environment, folder)
