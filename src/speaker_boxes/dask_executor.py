"""A Dask cluster behind the interface of an executor: the extra ``[cluster]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from speaker_boxes.errors import WorkerError

_P = ParamSpec("_P")
_Result = TypeVar("_Result")

CONNECT_TIMEOUT_S = 10.0
"""Seconds to wait for the scheduler; chosen, not measured."""


@contextmanager
def cluster_executor(address: str) -> Iterator[Executor]:
    """Connect to a Dask scheduler, such as ``tcp://10.0.0.5:8786``.

    Its workers have to see the clips under the same paths, and have this package installed; one
    thread each is best (``dask worker ADDRESS --nworkers auto --nthreads 1``).

    Raises
    ------
    WorkerError
        The extra is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise WorkerError(
            "a Dask cluster needs the extra [cluster]: pip install 'speaker-boxes[cluster]'"
        ) from error
    try:
        client = Client(address, timeout=CONNECT_TIMEOUT_S, set_as_default=False)  # type: ignore[no-untyped-call]  # partly typed
    except (OSError, ValueError) as error:
        raise WorkerError(f"no scheduler answers at {address}: {error}") from error
    with client:
        yield _ClusterExecutor(client.get_executor(pure=False))  # type: ignore[no-untyped-call]


class _ClusterExecutor(Executor):
    """Dask's executor; a task whose workers died again and again fails as ours do."""

    def __init__(self, dask: Executor) -> None:
        self._dask = dask
        self._pending: set[Future[Any]] = set()

    def submit(
        self, fn: Callable[_P, _Result], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Future[_Result]:
        """Call a function on some worker; Dask itself calls it again if that one dies."""
        ours: Future[_Result] = Future()
        theirs = self._dask.submit(fn, *args, **kwargs)
        theirs.add_done_callback(lambda done: _hand_over(done, ours))
        ours.add_done_callback(lambda done: theirs.cancel() if done.cancelled() else None)
        self._pending.add(ours)
        ours.add_done_callback(self._pending.discard)
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Give up what is pending, if so asked; the cluster stays as it is."""
        for future in tuple(self._pending) if cancel_futures else ():
            if future.cancel():
                future.set_running_or_notify_cancel()  # only this wakes who waits for it


def _hand_over(theirs: Future[_Result], ours: Future[_Result]) -> None:
    if ours.cancelled() or not ours.set_running_or_notify_cancel():
        return
    if theirs.cancelled():
        ours.set_exception(BrokenExecutor("the cluster gave the task up"))
        return
    error = theirs.exception()
    if error is None:
        ours.set_result(theirs.result())
    elif type(error).__name__ == "KilledWorker":
        ours.set_exception(BrokenExecutor(str(error)))
    else:
        ours.set_exception(error)
