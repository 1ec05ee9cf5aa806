"""``python -m wfp_ops.sandbox``: the flags of ``wfp-ops sandbox``, without the rest of the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from wfp_ops.sandbox.clock import parse_time
from wfp_ops.sandbox.options import (
    DEFAULT_ACCOUNT_ID,
    DEFAULT_SEED,
    DEFAULT_TOKEN,
    SERVER_PACKAGES,
    Options,
    SandboxSetupError,
)


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Options from the command line; wrong usage ends the process with exit code 2 and a line on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m wfp_ops.sandbox",
        description="An API server that behaves as Cloudflare's does, on 127.0.0.1.",
        epilog="Example: python -m wfp_ops.sandbox --port 8787 --scenario acme",
    )
    parser.add_argument("--port", type=_port, default=0, help="0 takes a free one (default)")
    parser.add_argument("--db", type=Path, help="SQLite file to keep everything in; default: memory")
    parser.add_argument(
        "--scenario", default="empty", help="acme or empty (default); for a new database only"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="makes the scenario's ids and names")
    parser.add_argument("--now", type=_time, help="ISO time from which the sandbox's clock runs on")
    parser.add_argument("--token", type=_token, default=DEFAULT_TOKEN, help=f"default: {DEFAULT_TOKEN}")
    parser.add_argument("--account-id", type=_account, default=DEFAULT_ACCOUNT_ID, help="32 hex characters")
    parser.add_argument("--rate-limit", type=_quota, help="requests in 5 minutes; default: no limit")
    parser.add_argument("--write-customers", type=Path, metavar="FILE", help="write the customer list as CSV")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input is closed")
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="a folder to remove at the end")
    return Options(**vars(parser.parse_args(arguments)))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: 0 to 65535")
    return port


def _time(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ISO 8601 time, such as 2026-11-23T12:00:00Z"
        ) from None


def _token(text: str) -> str:
    if not text or any(c not in _TOKEN_CHARACTERS for c in text):
        raise argparse.ArgumentTypeError("a token holds letters, digits and any of ._~+/=- alone")
    return text


_TOKEN_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~+/=-")


def _account(text: str) -> str:
    if len(text) != 32 or any(c not in "0123456789abcdef" for c in text):
        raise argparse.ArgumentTypeError(f"{text!r} is no account id: 32 hex characters, lower case")
    return text


def _quota(text: str) -> int:
    quota = int(text)
    if quota < 1:
        raise argparse.ArgumentTypeError(f"{text} is no limit: at least 1")
    return quota


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, serve, and give the exit code: 0 told to stop, 1 could not start (one line on stderr)."""
    options = parse_options(arguments)
    try:
        # Here, not above: --help and wrong usage answer at once, without loading the server.
        from wfp_ops.sandbox.main import run  # noqa: PLC0415

        return run(options)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in SERVER_PACKAGES:
            raise
        sys.stderr.write(f"sandbox: {error.name} is not installed: pip install 'wfp-ops[sandbox]'\n")
        return 1
    except SandboxSetupError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
