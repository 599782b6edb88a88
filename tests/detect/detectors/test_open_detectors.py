"""Detectors that a thread keeps: opened once, closed with it, and no complaint at the end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from speaker_boxes.detect.detectors.base import DetectorPair
from speaker_boxes.detect.detectors.open_detectors import close_thread_detectors, thread_detectors
from speaker_boxes.detect.detectors.registry import DETECTORS, DetectorChoice

IN_THE_MAIN_THREAD = """
from speaker_boxes.detect.detectors.open_detectors import thread_detectors
from speaker_boxes.detect.detectors.registry import DetectorChoice
thread_detectors(DetectorChoice())
"""
IN_AN_EXECUTOR = """
from concurrent.futures import ThreadPoolExecutor
from speaker_boxes.detect.detectors.open_detectors import thread_detectors
from speaker_boxes.detect.detectors.registry import DetectorChoice
executor = ThreadPoolExecutor(1)
executor.submit(lambda: thread_detectors(DetectorChoice()).name).result()
"""


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens to a pair that finds nothing."""
    happened: list[str] = []

    @contextmanager
    def detectors(model: Path | None) -> Iterator[DetectorPair]:
        happened.append(f"open {model}")
        yield cast(DetectorPair, None)
        happened.append(f"close {model}")

    monkeypatch.setitem(DETECTORS, "yunet", replace(DETECTORS["yunet"], open=detectors))
    return happened


def test_a_thread_keeps_them_until_it_ends(events: list[str]) -> None:
    """The same ones each time, another pair for another choice; closed by the thread's end."""

    def work() -> None:
        for model in ("a", "b", "a"):
            thread_detectors(DetectorChoice("yunet", Path(model)))
        events.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert events == ["open a", "open b", "done", "close b", "close a"]


def test_what_is_closed_early_is_opened_anew(events: list[str]) -> None:
    """A worker closes its own before it ends."""
    choice = DetectorChoice("yunet", Path("a"))
    thread_detectors(choice)
    close_thread_detectors()
    close_thread_detectors()
    thread_detectors(choice)
    close_thread_detectors()

    assert events == ["open a", "close a"] * 2


@pytest.mark.parametrize(
    "script", [IN_THE_MAIN_THREAD, IN_AN_EXECUTOR], ids=["main thread", "executor left open"]
)
def test_the_end_of_a_program_is_quiet(script: str) -> None:
    """MediaPipe complains if it is closed when no thread can be used any more."""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
