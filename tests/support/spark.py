"""A Spark session in local mode, one for all tests; skipped without PySpark or Java, required where CI=true."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import Any

from support.required import lacking


def spark_session() -> Any:
    """The session; it ends with the tests."""
    missing = None
    if importlib.util.find_spec("pyspark") is None:
        missing = "needs PySpark (pip install 'wfp-ops[spark]')"
    elif shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        missing = "needs Java 17 (Debian: apt-get install openjdk-17-jre-headless)"
    if missing is not None:
        lacking(missing)
    from wfp_ops.usage.history.engines import local_spark

    return local_spark()
