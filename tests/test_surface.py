"""What ``import wfp_ops`` shows, and what it costs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import wfp_ops

HEAVY = (
    *("pandas", "numpy", "httpx", "rich", "typer", "pydantic", "msgspec", "keyring", "matplotlib"),
    *("ipywidgets", "anywidget", "IPython"),
)


def test_visible_names_are_all():
    """What dir() shows is what ``__all__`` promises, and each name can be had."""
    assert sorted(dir(wfp_ops)) == sorted(wfp_ops.__all__)
    for name in wfp_ops.__all__:
        assert getattr(wfp_ops, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    """A slip of the pen is answered as any module answers it."""
    with pytest.raises(AttributeError, match="conect"):
        wfp_ops.conect  # noqa: B018


@pytest.mark.parametrize(
    "name", sorted(set(wfp_ops.__all__) - {"__version__", "charts", "errors", "widgets"})
)
def test_exported_objects_say_where_they_live(name):
    """Each export reports a module of this package, and has a docstring."""
    exported = getattr(wfp_ops, name)
    assert exported.__module__.startswith("wfp_ops.")
    assert exported.__doc__


def test_import_loads_nothing_heavy():
    """The package alone loads neither pandas nor an HTTP library nor a terminal one."""
    code = f"import sys, wfp_ops; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_first_connect_loads_no_frames(tmp_path):
    """An account is there before pandas is; the first method that makes a frame loads it."""
    frames = ("pandas", "pyarrow", "openpyxl", "rapidfuzz", "sqlalchemy", "jinja2")
    code = (
        "import sys, wfp_ops; wfp_ops.connect(token='t', account_id='0' * 32, base_url='http://127.0.0.1:9/client/v4'); "
        f"print([name for name in {frames!r} if name in sys.modules])"
    )
    environment = {**os.environ, "WFP_OPS_STATE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert done.stdout.strip() == "[]"
