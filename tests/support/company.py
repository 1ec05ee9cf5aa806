"""A company with its account on a sandbox, its customer list and its settings, to be changed for real."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from support.sandbox_server import RunningSandbox, clean_sandbox

import wfp_ops
from wfp_ops.account.account import Account
from wfp_ops.account.transport import open_transport
from wfp_ops.change.archive.read import names, verify
from wfp_ops.change.journal import reader
from wfp_ops.change.plan import Plan
from wfp_ops.change.result import Applied
from wfp_ops.clock import QuickClock, SystemClock, parse_time

# The list was accepted at the first, so that by the second every grace is over
EARLIER = "2026-09-01T12:00:00Z"
NOW = "2026-11-23T12:00:00Z"
LONG_AGO = "2025-01-05T08:00:00.000000Z"
COLUMNS = ("customer_id", "name", "status", "started_on", "churned_on", "namespace")
# Nobody has asked the analytics: that is unknown, and unknown refuses
LOOKED = {"traffic": "looked at the logs by hand"}
STAYING = tuple(str(number) for number in range(1, 18))
LEFT = ("50", "51", "52")
LACKING = ("61", "62")
SHARE = 0.005


def customer(number: str, status: str = "active", **facts: str) -> dict[str, str]:
    """A row of the customer list."""
    left = {"churned_on": "2026-06-01"} if status == "churned" else {}
    return {"customer_id": number, "status": status, "started_on": "2025-01-01", **left, **facts}


def namespace(name: str, *workers: str, **facts: Any) -> dict[str, Any]:
    """A namespace of long ago for the sandbox."""
    inside = [{"name": worker, "created_on": LONG_AGO} for worker in workers]
    return {"name": name, "created_on": LONG_AGO, "workers": inside, **facts}


ROWS = tuple(
    [customer(number) for number in (*STAYING, "60", *LACKING)]
    + [customer(number, "churned") for number in LEFT]
)
NAMESPACES = tuple(
    [namespace(f"customer-{number}", "site") for number in STAYING]
    + [namespace("customer-50", "shop", "api"), namespace("customer-51", "shop"), namespace("customer-52")]
    + [namespace("Customer_60", "site")]
)
DELETED = tuple(f"customer-{number}" for number in LEFT)


class Company:
    """Customers 1 to 17 stay; 50, 51 and 52 left; 61 and 62 lack a namespace; the one of 60 is misnamed.

    ``base_url`` is the sandbox's own, unless something stands between.
    """

    def __init__(self, sandbox: RunningSandbox, folder: Path, base_url: str | None = None) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.csv = folder / "customers.csv"
        self.config = folder / "wfp-ops.toml"
        self.base_url = base_url or sandbox.base_url

    def settings(self, change: Mapping[str, Any] | None = None, *, more: str = "") -> None:
        """Write the settings; shares are out of the way unless told otherwise."""
        chosen = {"max_share": 1.0, **(change or {})}
        lines = [f"{name} = {_toml(value)}" for name, value in chosen.items()]
        text = [f"state_dir = '{self.folder / 'state'}'", "[customers]", "source = 'customers.csv'"]
        text += ["[change]", *lines, more]
        self.config.write_text("\n".join(text) + "\n", encoding="utf-8")

    def write_list(self, rows: Sequence[Mapping[str, str]], path: Path | None = None) -> None:
        """Put another list in the file's place; its date is another one, too."""
        target = path or self.csv
        if target.is_dir():
            target.rmdir()
        before = target.stat().st_mtime_ns if target.exists() else 0
        lines = [",".join(COLUMNS), *(",".join(row.get(name, "") for name in COLUMNS) for row in rows)]
        beside = target.with_suffix(".new")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if beside.stat().st_mtime_ns <= before:
            os.utime(beside, ns=(before + 1, before + 1))
        beside.replace(target)

    @contextmanager
    def account(self, now: str = NOW, *, share: float = SHARE) -> Iterator[Account]:
        """The account as of a moment; ``share`` is the part of every wait that is waited for real."""
        found = {"account_id": self.sandbox.account_id, "token": self.sandbox.token}
        with open_account(self.config, now, base_url=self.base_url, share=share, **found) as account:
            yield account

    def accept(self, now: str = EARLIER) -> None:
        """Accept the list as it is, as of long enough ago."""
        with self.account(now) as account:
            account.accept(account.audit())

    @property
    def names(self) -> set[str]:
        """The namespaces that are there."""
        return set(self.sandbox.state())

    def ids(self) -> dict[str, str]:
        """Their ids by name."""
        return {name: each["namespace_id"] for name, each in self.sandbox.state().items()}

    def state_folder(self) -> Path:
        """The account's own folder of what is kept between runs."""
        return next((self.folder / "state" / "accounts").iterdir())

    def journals(self) -> list[Path]:
        """Every journal that lies where journals lie."""
        return sorted((self.folder / "state").glob("accounts/*/journals/*.jsonl"))

    # --- what others do in the account ---------------------------------------------------------

    def delete(self, name: str) -> None:
        """Somebody deletes a namespace."""
        answer = self.sandbox.http.delete(f"{self.sandbox.namespaces_url}/{name}")
        assert answer.status_code == 200, answer.text

    def create(self, name: str) -> None:
        """Somebody creates one."""
        answer = self.sandbox.http.post(self.sandbox.namespaces_url, json={"name": name})
        assert answer.status_code == 200, answer.text

    def deploy(self, name: str, worker: str = "new") -> None:
        """Somebody puts a Worker into one."""
        form = {
            "metadata": (None, '{"main_module": "index.js"}', "application/json"),
            "index.js": ("index.js", "export default {};", "application/javascript+module"),
        }
        url = f"{self.sandbox.namespaces_url}/{name}/scripts/{worker}"
        answer = self.sandbox.http.put(url, files=form)
        assert answer.status_code == 200, answer.text


def open_company(
    sandbox: RunningSandbox,
    folder: Path,
    *,
    rows: Sequence[Mapping[str, str]] = ROWS,
    namespaces: Sequence[Mapping[str, Any]] = NAMESPACES,
    change: Mapping[str, Any] | None = None,
    base_url: str | None = None,
) -> Company:
    """Load the account, write list and settings, and accept the list."""
    sandbox.load(*namespaces)
    company = Company(sandbox, folder, base_url)
    company.settings(change)
    company.write_list(rows)
    company.accept()
    return company


@dataclass(frozen=True)
class Prepared:
    """A company with a plan of everything, made once: ids and dates are the same each time it begins anew."""

    company: Company
    plan: Plan
    kept: Path

    def again(self) -> Company:
        """Everything as it was before the plan was applied; no fault is set."""
        company = self.company
        shutil.rmtree(company.folder / "state")
        shutil.copytree(self.kept, company.folder / "state")
        company.settings()
        company.write_list(ROWS)
        clean_sandbox(company.sandbox).load(*NAMESPACES)
        return company


def prepare(sandbox: RunningSandbox, folder: Path, *, base_url: str | None = None) -> Prepared:
    """Open the company, and plan everything."""
    company = open_company(clean_sandbox(sandbox), folder, base_url=base_url)
    with company.account() as account:
        plan = plan_everything(account)
    shutil.copytree(folder / "state", folder / "kept")
    return Prepared(company, plan, folder / "kept")


@contextmanager
def open_account(
    config: Path, now: str, *, account_id: str, token: str, base_url: str, share: float
) -> Iterator[Account]:
    """What ``connect`` opens, with a clock whose waits are over soon."""
    with wfp_ops.connect(
        config=config, now=now, account_id=account_id, token=token, base_url=base_url
    ) as plain:
        clock = QuickClock(SystemClock(start=parse_time(now)), share)
        access = replace(plain.access, token=SecretStr(token))
        quick = Account(
            access,
            plain.settings,
            plain._rules,
            clock,
            open_transport(access, plain.settings, clock),
            customers_source=plain.own_customers_source,
        )
        with quick:
            yield quick


def plan_everything(account: Account, **options: Any) -> Plan:
    """One plan of every kind of step: three deletions, two creations, a rename."""
    audit = account.audit()
    deletions = account.plan_delete(audit, overrides=LOOKED, **options)
    others = [
        account.plan_create(audit, **options),
        account.plan_rename(audit, overrides=LOOKED, **options),
    ]
    assert [len(each.steps) for each in (deletions, *others)] == [3, 2, 1], deletions.excluded
    return together(deletions, *others)


def together(plan: Plan, *others: Plan) -> Plan:
    """Several plans of one account and one list as one."""
    return replace(
        plan,
        steps=(*plan.steps, *(step for each in others for step in each.steps)),
        guards=(*plan.guards, *(row for each in others for row in each.guards)),
    )


def outcomes(applied: Any) -> dict[str, str]:
    """What came of each step, by name."""
    return {each.step.name: each.outcome for each in applied.steps}


def check_journal(applied: Any) -> None:
    """The journal is whole and says what the result says."""
    found = reader.verify(applied.journal)
    assert found.problem is None, found.problem
    assert found.state == ("complete" if applied.complete else "unfinished")
    last = list(reader.read(applied.journal))[-1]
    assert last.kind == "end"
    counts = {name: getattr(applied, name) for name in ("done", "dropped", "failed", "left")}
    assert {name: last.facts[name] for name in counts} == counts


def check_archived(account: Account, applied: Any) -> None:
    """Of everything that was deleted there is an archive that holds, byte by byte."""
    folder = account.state_folder()
    held = {verify(folder, name).namespace.namespace_id for name in names(folder)}
    for each in applied.steps:
        if each.step.action == "delete_namespace" and each.outcome == "done":
            assert each.step.preconditions["namespace_id"] in held, each.step.name


def apply_checked(account: Account, plan: Plan, **options: Any) -> Applied:
    """Apply a plan with its own words, and check that its journal and its archives hold."""
    applied = account.apply(plan, **{"confirm": plan.confirmation, **options})
    check_journal(applied)
    check_archived(account, applied)
    return applied


def check_everything_done(company: Company, before: Mapping[str, Any]) -> None:
    """The plan of ``plan_everything`` was carried out, once each, and nothing else was."""
    after = company.sandbox.state(code=True)
    expected = {name: each for name, each in before.items() if name not in DELETED}
    renamed = expected.pop("Customer_60")
    created = {f"customer-{number}" for number in LACKING}
    assert set(after) == {*expected, "customer-60", *created}
    assert {name: after[name] for name in expected} == expected
    assert after["customer-60"]["namespace_id"] == renamed["namespace_id"]
    assert after["customer-60"]["workers"] == renamed["workers"]
    assert all(after[name]["workers"] == [] for name in created)


def sent(company: Company) -> dict[str, int]:
    """How many changes of each kind reached the server since ``count_changes``."""
    faults = company.sandbox.control("GET", "faults")["faults"]
    return {each["method"]: each["met"] for each in faults if each["probability"] == 0}


def count_changes(company: Company) -> None:
    """Count from now on; to be called before any fault is set."""
    for method in ("DELETE", "POST", "PUT"):
        # a question to the analytics is a POST that changes nothing
        company.sandbox.fault("status", method=method, route="/accounts/*", probability=0)


def _toml(value: Any) -> str:
    return f"{list(value)!r}" if isinstance(value, list | tuple) else repr(value).lower()
