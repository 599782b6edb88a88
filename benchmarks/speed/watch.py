"""Run a command and watch the memory of it and of all that it starts."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence

import psutil

from benchmarks.media import ROOT

_EVERY_S = 0.1


def run_watched(command: Sequence[str], **more_env: str) -> dict[str, float]:
    """What the command says on its last line (JSON, or nothing), its time and its peak memory.

    Memory is the sum over the processes of what each has for itself and its share of the rest
    (PSS where the system tells it, else RSS).
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**compiled_env(), **more_env}
    )
    peak = 0
    while True:
        try:
            output, _ = process.communicate(timeout=_EVERY_S)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, _memory(process.pid))
    elapsed = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    last = output.strip().splitlines()[-1:]
    said: dict[str, float] = json.loads(last[0]) if last and last[0].startswith("{") else {}
    return {**said, "elapsed_s": elapsed, "peak_mb": peak / 1e6}


def compiled_env() -> dict[str, str]:
    """The environment, in which modules are compiled once, as where pip installs them."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def _memory(pid: int) -> int:
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        pass  # it ended meanwhile
    return total
