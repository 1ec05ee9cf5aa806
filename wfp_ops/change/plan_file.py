"""A plan as a file, with the modules that its steps carry in a folder beside it; read back with suspicion."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wfp_ops.change.canonical import sha256_of
from wfp_ops.change.plan import SCHEMA, Plan
from wfp_ops.errors import PlanError, RefusedError

_MAKE_ANOTHER = "make another plan: wfp-ops plan"


def write_plan(plan: Plan, path: str | os.PathLike[str]) -> Path:
    """Write the plan's document, and beside it (``plan.json`` → ``plan.blobs``) what is not text.

    Returns:
        Where the document is.

    Raises:
        PlanError: it can't be written.
    """
    target = Path(path)
    try:
        if plan.blobs:
            _write_blobs(plan.blobs, blobs_of(target))
        _write(target, f"{plan.to_json()}\n".encode())
    except OSError as error:
        raise PlanError(
            f"the plan can't be written: {error.strerror}",
            path=str(error.filename or target),
            hint="name a file in a folder that exists and may be written to, on a disk with room",
        ) from None
    return target


def blobs_of(path: Path) -> Path:
    """The folder beside a plan's file that holds what its steps carry, addressed by hash."""
    return path.with_suffix(".blobs")


def read_plan(path: str | os.PathLike[str]) -> Plan:
    """The plan of a file, once its digest was checked, with what lies beside it.

    Raises:
        PlanError: there is no such file, it holds no plan, or something beside it is missing or changed.
        RefusedError: it was changed after it was made: the digest is not its own.
    """
    source = Path(path)
    document = _document(source)
    said = document.get("digest")
    body = {key: value for key, value in document.items() if key != "digest"}
    try:
        found = sha256_of(body)
    except (ValueError, RecursionError) as error:
        raise _no_plan(source, str(error)) from None
    if not isinstance(said, str) or not hmac.compare_digest(found.encode(), said.encode()):
        raise RefusedError(
            "the plan was changed after it was made",
            reasons=["its digest is not the digest of what it says: nobody has approved this"],
            hint=_MAKE_ANOTHER,
        )
    try:
        plan = Plan.from_dict(document)
    except ValueError as error:
        raise _no_plan(source, str(error)) from None
    if plan.digest != said:
        # Such as another confirmation than the steps make: it would be read by people and mean something else
        raise RefusedError(
            "the plan contradicts itself",
            reasons=["what it says of itself is not what its steps make of it"],
            hint=_MAKE_ANOTHER,
        )
    return _with_blobs(plan, source)


def _document(source: Path) -> dict[str, Any]:
    try:
        document = json.loads(source.read_bytes())
    except OSError as error:
        raise PlanError(
            f"the plan can't be read: {error.strerror}", path=str(source), hint="check the file's name"
        ) from None
    except (ValueError, RecursionError) as error:
        raise _no_plan(source, f"it is no JSON: {error}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _no_plan(source, f"its schema is not {SCHEMA}")
    return document


def _no_plan(source: Path, why: str) -> PlanError:
    return PlanError(f"this is no plan: {why}", path=str(source), hint=_MAKE_ANOTHER)


def _with_blobs(plan: Plan, source: Path) -> Plan:
    folder = blobs_of(source)
    found = {}
    for digest in sorted(set(needed_blobs(plan))):
        try:
            content = (folder / digest).read_bytes()
        except OSError as error:
            raise PlanError(
                f"what the plan carries is missing: {error.strerror}",
                path=str(folder / digest),
                hint="copy the folder beside the plan along with it",
            ) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise PlanError(
                "what the plan carries was changed", path=str(folder / digest), hint=_MAKE_ANOTHER
            )
        found[digest] = content
    return replace(plan, blobs=found) if found else plan


def needed_blobs(plan: Plan) -> Iterator[str]:
    """The hashes of everything that the steps carry and that is not text."""
    for step in plan.steps:
        for module in (step.upload or {}).get("modules", ()):
            digest = module["sha256"]
            if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
                raise RefusedError(
                    "the plan names a file by something that is no hash",
                    reasons=[repr(digest[:80])],
                    hint=_MAKE_ANOTHER,
                )
            yield digest


def _write_blobs(blobs: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for digest, content in blobs.items():
        _write(folder / digest, content)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; for its owner alone, since it says who left and what will be deleted."""
    beside = path.with_name(f".{path.name}.unfinished")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
