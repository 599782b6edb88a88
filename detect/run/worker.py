"""What a worker process runs: tasks in, results out, until its pipe is closed."""

from __future__ import annotations

import os
import pickle
import sys
import traceback

from speaker_boxes.detect.detectors.open_detectors import close_thread_detectors
from speaker_boxes.native_stderr import keep_stderr

READY = "ready"
"""What a worker says first: it has started, and a task would be done at once."""


def serve() -> None:
    """Read ``(function, args, kwargs)`` from stdin, write ``(fine, result or error)`` to stdout."""
    results = os.fdopen(os.dup(1), "wb")
    keep_stderr()
    os.dup2(2, 1)  # whatever else is printed must not come between the results
    _use_one_thread()
    from speaker_boxes.detect.run import scan_clip  # noqa: F401  # what most tasks import first

    results.write(pickle.dumps(READY))
    results.flush()
    while True:
        try:
            fn, args, kwargs = pickle.load(sys.stdin.buffer)
        except EOFError:
            break
        try:
            answer = pickle.dumps((True, fn(*args, **kwargs)))
        except Exception as error:  # the caller's, not ours to judge
            answer = pickle.dumps((False, _sendable(error)))
        try:
            results.write(answer)
            results.flush()
        except BrokenPipeError:
            break  # nobody is there any more
    close_thread_detectors()
    os._exit(0)  # a buffer that nobody reads would only complain


def _sendable(error: Exception) -> Exception:
    """The error if it survives pickling; else one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    error.add_note("in a worker:\n" + "".join(traceback.format_exception(error)))
    return error


def _use_one_thread() -> None:
    """There is a worker for each core already."""
    import cv2

    cv2.setNumThreads(1)
