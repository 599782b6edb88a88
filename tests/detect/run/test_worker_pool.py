"""Worker processes: what they are told, how they end, and what becomes of their tasks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.detect.run.worker_pool import WorkerDied, WorkerPool, run_all
from speaker_boxes.errors import WorkerError


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(2) as pool:
        yield pool


def ended(pid: int) -> bool:
    """Whether a process is gone, or will never run again."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def results(
    executor: Executor,
    call: Callable[[Any], object],
    tasks: Sequence[object],
    names: Sequence[str] = ("a", "b", "c"),
) -> dict[int, object]:
    """What becomes of each task."""
    got: dict[int, object] = {}
    run_all(executor, call, tasks, names=names, done=got.__setitem__)
    return got


def test_each_task_has_its_result(pool: WorkerPool) -> None:
    assert results(pool, abs, [-3, -1, -2]) == {0: 3, 1: 1, 2: 2}


def test_workers_are_other_processes(pool: WorkerPool) -> None:
    assert pool.submit(os.getpid).result() != os.getpid()


def test_the_first_task_is_done_here() -> None:
    """While the processes start that do the others."""
    with WorkerPool(2, here=lambda: "here", n_started=1) as workers:
        tasks: list[object] = [workers.submit(os.getpid).result() for _ in range(4)]

    assert tasks[0] == "here"
    assert not {"here", os.getpid()} & set(tasks[1:])


def test_several_tasks_are_done_here() -> None:
    """By one thread: another one has a process from the start."""

    def here() -> str:
        time.sleep(0.01)
        return threading.current_thread().name

    with WorkerPool(2, here=here, n_here=20, n_started=1) as workers:
        tasks = [workers.submit(os.getpid) for _ in range(20)]
        results: list[object] = [each.result() for each in tasks]

    assert len({each for each in results if isinstance(each, str)}) == 1
    assert isinstance(results[0], str)


def test_what_a_thread_does_itself_ends_with_the_pool() -> None:
    """Its next question whether to go on is answered by an error."""
    started = threading.Event()

    def here() -> None:
        started.set()
        while True:
            workers.check()
            time.sleep(0.001)

    with WorkerPool(1, here=here) as workers:
        task = workers.submit(os.getpid)
        started.wait()

    with pytest.raises(WorkerDied):
        task.result()


def test_what_a_task_raises_comes_out(pool: WorkerPool) -> None:
    """With its own type, and with where it happened in a note."""
    with pytest.raises(ValueError, match="invalid literal") as caught:
        results(pool, int, ["x"])

    assert "in a worker" in caught.value.__notes__[0]


def test_what_a_task_prints_is_no_result(pool: WorkerPool) -> None:
    assert results(pool, print, ["hello"]) == {0: None}


def test_a_death_is_no_loss(pool: WorkerPool, tmp_path: Path) -> None:
    """A worker that dies is replaced, and its task done again; the others' are not."""
    count = textwrap.dedent(f"""
        import os, pathlib, uuid
        folder = pathlib.Path({str(tmp_path)!r}) / NAME
        folder.mkdir(exist_ok=True)
        (folder / uuid.uuid4().hex).touch()
        if NAME == "b" and len(list(folder.iterdir())) == 1:
            os._exit(9)
    """)
    tasks = [count.replace("NAME", repr(name)) for name in "abc"]

    results(pool, exec, tasks)

    done = {name: len(list((tmp_path / name).iterdir())) for name in "abc"}
    assert done == {"a": 1, "b": 2, "c": 1}


def test_two_deaths_are_an_error(pool: WorkerPool) -> None:
    """It says where; the pool is still of use."""
    with pytest.raises(WorkerError, match=r"two workers ended while they read talk from 8\.0 s"):
        results(pool, os._exit, [3], names=["talk from 8.0 s"])

    assert pool.submit(abs, -1).result() == 1


def test_leaving_the_pool_ends_everything() -> None:
    """Within a moment, whatever the workers are at."""
    began = time.monotonic()
    with WorkerPool(2) as pool:
        pids = [pool.submit(os.getpid).result()]
        running = pool.submit(time.sleep, 60)
        while not running.running():
            time.sleep(0.01)

    with pytest.raises(WorkerDied):
        running.result()
    assert time.monotonic() - began < 30
    assert all(ended(pid) for pid in pids)


def test_what_done_raises_ends_the_work(pool: WorkerPool) -> None:
    """That is how to cancel."""

    def stop(index: int, result: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(pool, abs, [1, 2, 3], names=["a", "b", "c"], done=stop)


class Interrupted(ThreadPoolExecutor):
    """Ctrl-C comes while a task is handed in."""

    n_submitted = 0

    def submit(self, *args: Any, **kwargs: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        self.n_submitted += 1
        return super().submit(*args, **kwargs)


def test_an_interrupt_waits_until_the_tasks_are_handed_in() -> None:
    """Else it could leave the lock of a task taken, and the end would wait for it for ever."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with Interrupted(1) as threads:
            with pytest.raises(KeyboardInterrupt):
                run_all(threads, abs, [1, 2, 3], names=["a", "b", "c"], done=lambda *_: None)
            assert threads.n_submitted == 3
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as threads:
        assert results(threads, abs, [-3, -1]) == {0: 3, 1: 1}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_survives(how: signal.Signals) -> None:
    """Whichever way the program ends, its workers do too."""
    program = textwrap.dedent("""
        import os, signal, time
        from speaker_boxes.detect.run.worker_pool import WorkerPool, run_all
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
        with WorkerPool(1) as pool:
            print(pool.submit(os.getpid).result(), flush=True)
            run_all(pool, time.sleep, [1.0] * 30, names=["a"] * 30, done=print)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        process.send_signal(how)
        process.wait(timeout=20)

    assert ended(worker)


@pytest.mark.parametrize("named", ["", "PYTHONPATH"])
def test_workers_run_nothing_of_the_current_folder(tmp_path: Path, named: str) -> None:
    """Modules that lie beside the clips are the clips' owner's, if they are called as ours are.

    An empty entry of PYTHONPATH, which many shells leave there, means that folder, too.
    """
    for name in ("struct", "pickle", "cv2", "sitecustomize", "numpy", "queue"):
        (tmp_path / f"{name}.py").write_text(
            f"open('ran', 'a').write({name!r})\nraise SystemExit\n"
        )
    program = textwrap.dedent("""
        import os, sys
        sys.path[:] = [each for each in sys.path if each and each != os.getcwd()]
        from speaker_boxes.detect.run.worker_pool import WorkerPool
        # as in a notebook, or in a program that was begun with -c or -m
        sys.path.insert(0, "")
        sys.path.insert(1, os.getcwd())
        os.environ["PYTHONPATH"] = os.environ["WITH"]
        with WorkerPool(1) as pool:
            print(pool.submit(abs, -3).result())
    """)
    path = os.environ.get("PYTHONPATH", "")
    env = {**os.environ, "WITH": f"{path}{os.pathsep}" if named else path}

    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert (done.stdout, done.returncode) == ("3\n", 0), done.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, WorkerPool])
def test_whoever_waits_is_told_of_what_a_shutdown_cancels(kind: type[ThreadPoolExecutor]) -> None:
    """Tasks that nobody has begun yet, too: that a thread waits for them for ever is a hang."""
    executor = kind(1)
    told: list[BaseException] = []

    def wait_for_all() -> None:
        try:
            results(executor, time.sleep, [0.5] * 3)
        except (WorkerError, RuntimeError) as error:
            told.append(error)

    waiting = threading.Thread(target=wait_for_all, daemon=True)
    waiting.start()
    time.sleep(0.2)
    executor.shutdown(wait=False, cancel_futures=True)
    waiting.join(timeout=20)

    assert not waiting.is_alive()
    assert told
    executor.shutdown(wait=True, cancel_futures=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_a_busy_worker_ends_with_its_parent() -> None:
    """It does not compute on for nobody."""
    program = textwrap.dedent("""
        import os, time
        from speaker_boxes.detect.run.worker_pool import WorkerPool
        pool = WorkerPool(1)
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 600)
        time.sleep(600)
    """)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)

    assert ended(worker)
