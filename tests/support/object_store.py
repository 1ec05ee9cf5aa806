"""A stand-in for S3 on loopback (moto), which s3fs talks to over HTTP; required where CI=true."""

from __future__ import annotations

import importlib.util
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.required import lacking


@contextmanager
def object_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty bucket, and the variables that lead there; the URL of a folder in it comes back."""
    if missing := [name for name in ("s3fs", "moto") if importlib.util.find_spec(name) is None]:
        reason = f"needs {' and '.join(missing)} (pip install 'wfp-ops[s3]' 'moto[server]')"
        lacking(reason)
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
        s3fs.S3FileSystem.clear_instance_cache()
        bucket = f"usage-{uuid.uuid4().hex}"  # moto keeps what it holds for as long as the process lives
        s3fs.S3FileSystem().mkdir(bucket)
        yield f"s3://{bucket}/wfp"
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
        server.stop()
