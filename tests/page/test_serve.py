"""The server ends when it is told to, and says nothing of what was in work."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress

import httpx
import pytest

_SLOW = """
import signal
import time
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from speaker_boxes import __main__ as program
from speaker_boxes.page.presence import Presence
from speaker_boxes.page.serve import serve

async def hello(request):
    return PlainTextResponse("hello")

async def slow(request):
    print("begun", flush=True)
    await run_in_threadpool(time.sleep, 2)
    return PlainTextResponse("done")

async def broken(request):
    raise RuntimeError("a fault of ours")

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in a terminal, also where nohup runs the tests
program._end_as_interrupted()
app = Starlette(routes=[Route("/", hello), Route("/slow", slow), Route("/broken", broken)])
serve(app, Presence(), opened=lambda link: print(link, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_what_is_in_work_at_the_end_is_no_fault(name: str) -> None:
    """And a fault is told as before."""
    with (
        subprocess.Popen(
            [sys.executable, "-c", _SLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        ExitStack() as ending,
    ):
        ending.callback(process.kill)
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        with httpx.Client(follow_redirects=True) as client:
            client.get(link)
            base = link.split("/?")[0]
            client.get(f"{base}/broken")
            thread = threading.Thread(target=_cut_off, args=(client, f"{base}/slow"))
            thread.start()
            assert process.stdout.readline() == "begun\n"
            time.sleep(0.1)
            process.send_signal(getattr(signal, name))
            _, errors = process.communicate(timeout=30)
            thread.join()

    assert "a fault of ours" in errors
    told = errors[errors.index("a fault of ours") :]
    assert "ASGI" not in told
    assert "Cancel" not in told


def _cut_off(client: httpx.Client, address: str) -> None:
    with suppress(httpx.HTTPError):
        client.get(address)
