"""An archive against the account: every difference is seen, and said in words."""

import pytest
from support.archives import WASM, put_api, put_legacy
from support.worker_code import MODULE

from wfp_ops.api.writes import Module
from wfp_ops.change.archive.compare import compare
from wfp_ops.errors import ArchiveError
from wfp_ops.frames.changing import COMPARISON


def row(one, archive, worker="api"):
    """One Worker's row of the comparison."""
    found = compare(one.reads, archive, one.folder)
    COMPARISON.check(found)
    return found[found["worker"] == worker].iloc[0]


def test_what_was_not_touched_is_equal(filled):
    """All that is compared is named."""
    archive = filled.take("customer-9")
    found = row(filled, archive)
    assert found["verdict"] == "equal"
    assert set(found["equal"].split(", ")) == {
        "code",
        "tags",
        "bindings",
        "cache options",
        "compatibility date",
        "compatibility flags",
        "limits",
        "logpush",
        "observability",
        "tail consumers",
        "usage model",
        "placement",
    }
    assert found[["different", "missing", "to_do"]].isna().all()


@pytest.mark.parametrize(
    ("changed", "fact"),
    [
        ({"tags": ["customer-9"]}, "tags"),
        ({"bindings": []}, "bindings"),
        ({"compatibility_date": "2025-01-02"}, "compatibility date"),
        ({"compatibility_flags": []}, "compatibility flags"),
        ({"limits": {"cpu_ms": 51}}, "limits"),
        ({"logpush": False}, "logpush"),
        ({"observability": {"enabled": True, "head_sampling_rate": 0.2}}, "observability"),
        ({"placement": None}, "placement"),
        ({"tail_consumers": [{"service": "tail"}]}, "tail consumers"),
        ({"usage_model": "bundled"}, "usage model"),
        ({"main_module": "index.js", "keep": 1}, None),
    ],
)
def test_each_setting_is_compared(filled, changed, fact):
    """One changed fact is the one that differs; an upload of the same differs in nothing."""
    archive = filled.take("customer-9")
    put_api(filled.writes, "customer-9", **changed)
    found = row(filled, archive)
    assert found["verdict"] == ("equal" if fact is None else "different")
    if fact is None:
        assert found.isna()["different"]
    else:
        assert found["different"] == fact
        assert "decide which" in found["to_do"]


@pytest.mark.parametrize(
    "modules",
    [
        {"index.js": MODULE.encode(), "lib/sum.wasm": WASM[:-1]},
        {"index.js": MODULE.encode() + b" ", "lib/sum.wasm": WASM},
        {"index.js": MODULE.encode(), "lib/other.wasm": WASM},
        {"index.js": MODULE.encode()},
    ],
)
def test_code_is_compared_byte_for_byte(one, modules):
    """A byte, a name, a module that is gone."""
    before = {"index.js": MODULE.encode(), "lib/sum.wasm": WASM}
    one.sandbox.load("customer-9")
    for at, content in enumerate((before, modules)):
        parts = [Module(name, body) for name, body in content.items()]
        one.writes.put_worker("customer-9", "w", metadata={"main_module": "index.js"}, modules=parts)
        if at == 0:
            archive = one.take("customer-9")
            assert row(one, archive, "w")["verdict"] == "equal"
    assert row(one, archive, "w")["different"] == "code"


def test_a_secret_that_is_gone_and_a_worker_that_is_gone(filled):
    """Each with what a person must do."""
    archive = filled.take("customer-9")
    filled.writes.delete_secret("customer-9", "api", "SIGNING_SECRET")
    filled.writes.delete_worker("customer-9", "legacy")
    api, legacy = row(filled, archive), row(filled, archive, "legacy")
    assert (api["verdict"], api["missing"]) == ("equal", "the secrets SIGNING_SECRET")
    path = f"/accounts/{filled.sandbox.account_id}/workers/dispatch/namespaces/customer-9/scripts/api/secrets"
    assert f"PUT {path} " in api["to_do"]
    assert (legacy["verdict"], legacy["missing"]) == ("missing", "the Worker itself")
    assert f"wfp-ops restore {archive.name}" in legacy["to_do"]


def test_trusted_mode_is_the_namespaces_own(filled):
    """The row without a Worker."""
    filled.writes.update_namespace("customer-9", new_name="customer-9", trusted_workers=True)
    archive = filled.take("customer-9")
    assert compare(filled.reads, archive, filled.folder)["verdict"].tolist() == ["equal"] * 3
    filled.writes.update_namespace("customer-9", new_name="customer-9", trusted_workers=False)
    found = compare(filled.reads, archive, filled.folder).iloc[0]
    assert found.isna()["worker"]
    assert (found["verdict"], found["different"]) == ("different", "trusted mode")
    assert '"trusted_workers": true' in found["to_do"]


def test_a_service_worker_that_became_a_module_is_other_code(filled):
    """The syntax is part of it."""
    archive = filled.take("customer-9", ["legacy"])
    put_legacy(filled.writes, "customer-9")
    assert row(filled, archive, "legacy")["verdict"] == "equal"
    put_api(filled.writes, "customer-9", "legacy")
    assert "code" in row(filled, archive, "legacy")["different"]


def test_an_archive_that_was_changed_is_compared_with_nothing(filled):
    """It is read from end to end first."""
    archive = filled.take("customer-9")
    (filled.archives / archive.name / archive.workers[0].modules[0].sha256).write_bytes(b"")
    with pytest.raises(ArchiveError):
        compare(filled.reads, archive, filled.folder)


def test_a_namespace_that_is_gone(filled):
    """Everything is missing, and the way back is said."""
    archive = filled.take("customer-9")
    filled.writes.delete_namespace("customer-9")
    found = compare(filled.reads, archive, filled.folder)
    assert found["verdict"].tolist() == ["missing"] * 3
    assert found["to_do"].str.contains("wfp-ops restore").all()
