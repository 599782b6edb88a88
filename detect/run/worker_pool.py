"""Worker processes behind the interface of an executor; a task is tried again if one dies.

A worker is a fresh interpreter that reads tasks from a pipe (``worker.py``), not a fork: forking
is not safe beside FFmpeg's threads, and ``multiprocessing`` would import the caller's own script
a second time.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
)
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import IO, ParamSpec, TypeVar, cast

from speaker_boxes import errors
from speaker_boxes.errors import WorkerError

_P = ParamSpec("_P")
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_INTERRUPTS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that a program may turn into an exception, in whatever line it is at."""
_START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from speaker_boxes.detect.run.worker import serve; serve()"
)


class WorkerDied(BrokenExecutor):  # what happened, not what is wrong
    """The process that did a task has ended; others go on."""


class WorkerPool(ThreadPoolExecutor):
    """An executor with a process for each of its threads; a process that dies is replaced.

    Unlike ``ProcessPoolExecutor``'s, a death fails only the task that the process was at.
    Leaving the context ends all processes at once.

    Parameters
    ----------
    here
        What the first thread that has a task calls, instead of the task's own function and with
        its arguments: it need not wait for a start. It has to ask ``check`` now and then.
    n_here
        How many tasks it does so, before it has a process too.
    n_started
        Processes that are started now; others when a thread needs one.
    """

    def __init__(
        self,
        n_workers: int,
        *,
        here: Callable[..., object] | None = None,
        n_here: int = 1,
        n_started: int = 0,
    ) -> None:
        super().__init__(n_workers, thread_name_prefix="speaker-boxes-worker")
        self._mine = threading.local()
        self._here = here
        self._n_here = n_here
        self._here_thread: int | None = None
        self._lock = threading.Lock()
        self._starting = [_Worker() for _ in range(n_started)]
        self._all = list(self._starting)
        self._ended = False

    def submit(
        self, fn: Callable[_P, _Result], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Future[_Result]:
        """Call a function, which a worker can import, in a worker."""
        return super().submit(self._call, fn, args, kwargs)

    def check(self) -> None:
        """In a task that a thread does itself: give up if the pool has ended.

        Raises
        ------
        WorkerDied
            It has.
        """
        if self._ended:
            raise WorkerDied("the pool has ended")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown(wait=True, cancel_futures=True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the pool; with ``cancel_futures`` at once, whatever the workers are at."""
        if cancel_futures:
            with self._lock:
                self._ended = True
                for worker in self._all:
                    worker.kill()
        super().shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            with self._lock:
                for worker in self._all:
                    worker.kill()
                    worker.close()
                self._all.clear()

    def _call(
        self, fn: Callable[..., _Result], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> _Result:
        if self._here is not None and self._is_for_here():
            return cast(_Result, self._here(*args, **kwargs))
        worker = self._worker()
        try:
            return cast(_Result, worker.call(fn, args, kwargs))
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            self._forget(worker)
            raise WorkerDied(f"a worker ended with status {worker.status()}") from error

    def _is_for_here(self) -> bool:
        """Whether this thread does its next task itself."""
        with self._lock:
            me = threading.get_ident()
            if self._n_here < 1 or self._here_thread not in (None, me):
                return False
            self._here_thread = me
            self._n_here -= 1
            return True

    def _worker(self) -> _Worker:
        """The process of this thread, which may be starting yet."""
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None:
            with self._lock:
                self.check()
                if self._starting:
                    worker = self._starting.pop()
                else:
                    self._all.append(worker := _Worker())
            self._mine.worker = worker
        return worker

    def _forget(self, worker: _Worker) -> None:
        worker.kill()
        self._mine.worker = None
        with self._lock:
            if worker in self._all:
                self._all.remove(worker)
        worker.close()


class _Worker:
    """One process and the pipes to it."""

    def __init__(self) -> None:
        # a session of its own: Ctrl-C is for us, and we end it
        own_group = (
            {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        self._process = subprocess.Popen(
            # -P: what lies in the current folder is the clips' neighbour, not ours
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            **own_group,
        )
        self.ready = threading.Event()
        """It has started, or died of it."""
        self._send(_without_current_folder(sys.path))
        threading.Thread(target=self._await_start, daemon=True).start()

    def call(
        self, fn: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> object:
        """Have a function called, and wait for what it returns or raises."""
        self.ready.wait()
        self._send((fn, args, kwargs))
        fine, value = pickle.load(cast(IO[bytes], self._process.stdout))
        if not fine:
            raise value
        return value

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close the pipes of a process that has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what it did not read is lost with it
                cast(IO[bytes], pipe).close()

    def status(self) -> int | None:
        """Exit status, negative for a signal."""
        return self._process.returncode

    def _await_start(self) -> None:
        try:
            pickle.load(cast(IO[bytes], self._process.stdout))
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            pass  # who calls it next is told
        finally:
            self.ready.set()

    def _send(self, message: object) -> None:
        pipe = cast(IO[bytes], self._process.stdin)
        pipe.write(pickle.dumps(message))
        pipe.flush()


def _environment() -> dict[str, str]:
    """What a worker starts with: ours, but one thread each and nothing of the current folder."""
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    if folders := env.pop("PYTHONPATH", ""):
        env["PYTHONPATH"] = os.pathsep.join(_without_current_folder(folders.split(os.pathsep)))
    return env


def _without_current_folder(folders: Sequence[str]) -> list[str]:
    """Where modules are looked for, but for the current folder, which holds somebody's clips.

    If this package itself is run from there, it comes last.
    """
    here = os.path.realpath(os.curdir)
    kept = [each for each in folders if os.path.realpath(each or os.curdir) != here]
    home = str(Path(errors.__file__).parents[1])
    return [*kept, home] if len(kept) < len(folders) and os.path.realpath(home) == here else kept


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Let Ctrl-C and its like wait for the end of the block.

    Between taking a lock of a future and the block that gives it back it would leave the lock
    taken, and the thread that needs it would never end.
    """
    handlers = {number: signal.getsignal(number) for number in _INTERRUPTS}
    if threading.current_thread() is not threading.main_thread():
        handlers = {}
    came: list[tuple[int, FrameType | None]] = []
    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, lambda *signalled: came.append(signalled))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if callable(handler):
                signal.signal(number, handler)
        for number, frame in came[:1]:
            cast(Callable[[int, FrameType | None], object], handlers[signal.Signals(number)])(
                number, frame
            )


def run_all(
    executor: Executor,
    call: Callable[[_Task], _Result],
    tasks: Sequence[_Task],
    *,
    names: Sequence[str],
    done: Callable[[int, _Result], None],
) -> None:
    """Do tasks, in any order. One whose worker died is done again, once.

    Parameters
    ----------
    names
        What a message calls each task.
    done
        Called with the index of each task and its result. Whatever it raises ends the work.

    Raises
    ------
    WorkerError
        Workers died twice at the same task, or the executor was shut down.
    """
    died: set[int] = set()
    pending: dict[Future[_Result], int] = {}
    # not wait(): it is never told of a future that a shutdown cancels, callbacks are
    finished: SimpleQueue[Future[_Result]] = SimpleQueue()

    def submit(index: int) -> None:
        future = executor.submit(call, tasks[index])
        pending[future] = index
        future.add_done_callback(finished.put)

    try:
        with _interrupts_later():
            for index in range(len(tasks)):
                submit(index)
        while pending:
            future = finished.get()
            index = pending.pop(future)
            try:
                result = future.result()
            except CancelledError as error:
                raise WorkerError(f"the workers were ended before {names[index]}") from error
            except BrokenExecutor as error:
                if index in died:
                    raise WorkerError(
                        f"two workers ended while they read {names[index]} (the last: {error})"
                    ) from error
                died.add(index)
                with _interrupts_later():
                    submit(index)
            else:
                done(index, result)
    finally:
        for future in pending:
            future.cancel()
