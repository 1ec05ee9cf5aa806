"""Threads that meet a shape for the first time at the same moment, each in a process that may crash."""

from __future__ import annotations

import subprocess
import sys
import threading

import msgspec
import pytest

from wfp_ops.api.decoders import decoder_of, made_once

_IN_THREADS = """
import sys, threading

sys.setswitchinterval(1e-6)
failed = []


def in_threads(work):
    together = threading.Barrier(8)

    def run():
        together.wait()
        try:
            work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failed:
        raise failed[0]
"""
_ANSWERS = """
import json

import msgspec

from wfp_ops.api.envelope import read_answer
from wfp_ops.api.reply import Reply


def fresh(depth):
    inner = [("inner", fresh(depth - 1))] if depth else []
    fields = [(f"f{n}", str | None, None) for n in range(20)]
    return msgspec.defstruct(f"Level{depth}", [*inner, *fields])


def nested(depth):
    return {"f1": "text", **({"inner": nested(depth - 1)} if depth else {})}


body = {"success": True, "result": [nested(5)], "result_info": {"count": 1, "cursor": ""}}
answer = Reply(method="GET", path="/x", status=200, headers={}, body=json.dumps(body).encode())
for _ in range(25):
    shape = list[fresh(5)]
    in_threads(lambda: read_answer(answer, shape).result[0].inner.inner.f1)
"""
_ANALYTICS = """
import itertools
import json

from wfp_ops.api.analytics.answers import _decoder, _row
from wfp_ops.api.analytics.query import Selection

for number in range(40):
    sums = [f"s{number}x{n}" for n in range(30)]
    selection = Selection(dimensions=("d",), sums=tuple(sums), bounds=tuple(sums))
    row = {
        "dimensions": {"d": "x"},
        "sum": dict.fromkeys(sums, 1.0),
        "avg": {"sampleInterval": 1.0},
        "confidence": {"sum": dict.fromkeys(sums, {"lower": 0.0, "upper": 1.0, "isValid": True})},
    }
    _row(selection)  # what all questions about the same fields share
    aliases = itertools.count()

    def ask():
        alias = f"n{next(aliases)}"
        answer = json.dumps({"data": {"viewer": {"accounts": [{alias: [row] * 5}]}}})
        _decoder(((alias, selection),), limits=False).decode(answer)

    in_threads(ask)
"""
_MANIFESTS = """
import importlib

import msgspec

from wfp_ops.change.archive import manifest, model


def read():
    try:
        msgspec.convert({"account_id": "a", "namespace": {"name": "n"}}, manifest.Manifest)
    except msgspec.ValidationError:
        pass  # the shape was looked into, and that is all


for _ in range(25):
    importlib.reload(model)
    importlib.reload(manifest)
    in_threads(read)
"""


@pytest.mark.parametrize("work", [_ANSWERS, _ANALYTICS, _MANIFESTS])
def test_threads_that_meet_a_shape_at_once(work):
    """None decodes with what another is still finding out about the shape: that ends the process."""
    done = subprocess.run(
        [sys.executable, "-c", _IN_THREADS + work], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_one_decoder_for_a_shape():
    """It is made once and knows its shape."""
    assert decoder_of(list[int]) is decoder_of(list[int])
    assert decoder_of(list[int]).decode(b"[1]") == [1]
    with pytest.raises(msgspec.ValidationError):
        decoder_of(list[int]).decode(b'["a"]')


def test_whatever_is_made_is_made_alone():
    """Two functions that make something never run beside each other, but one may call the other."""
    running, most, together = 0, 0, threading.Barrier(4)
    counting = threading.Lock()

    def make(_name):
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        event.wait(0.02)
        with counting:
            running -= 1

    event = threading.Event()
    inner, other = made_once(make), made_once(make)
    outer = made_once(lambda name: inner(f"{name} inside"))

    def run(number):
        together.wait()
        (outer if number % 2 else other)(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == 1
