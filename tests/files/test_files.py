"""A result is written whole or not at all."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speaker_boxes.errors import OutputError
from speaker_boxes.files import (
    MAX_READ_BYTES,
    check_writable,
    read_whole,
    write_atomic,
    write_private,
    write_together,
)


@pytest.mark.parametrize("content", ["größe\n", b"\x00\xff"], ids=["text", "bytes"])
def test_content_arrives(tmp_path: Path, content: str | bytes) -> None:
    """Text as UTF-8 with the line ends that it has, bytes as they are."""
    path = tmp_path / "out.json"

    write_atomic(path, content)

    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    """Who has the old file open goes on reading the old content: it is another file."""
    path = tmp_path / "out.json"
    path.write_text("old")
    with path.open() as reader:
        write_atomic(path, "new")

        assert reader.read() == "old"
    assert path.read_text() == "new"


FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from speaker_boxes.errors import OutputError
from speaker_boxes.files import write_atomic
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # or the system ends us instead of the write
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_atomic(Path(sys.argv[1]), "x" * 100_000)
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX means")
def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    """The write fails in its middle: one line, the old content, nothing left beside it."""
    path = tmp_path / "out.json"
    path.write_text("old")

    ended = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, path], capture_output=True, text=True, check=True
    )

    assert ended.stdout == f"cannot write {path}: File too large\n"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_rename_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step fails: the old file stays, the new one's parts go."""

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "out.json"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(OutputError, match=r"cannot write .*: Permission denied"):
        write_atomic(path, "new")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while writing: no half file, no parts."""

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "out.json", "new")

    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    """Found out when writing, if nobody asked before."""
    with pytest.raises(OutputError, match="No such file or directory"):
        write_atomic(tmp_path / "absent" / "out.json", "new")


def test_what_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    """An existing file without leave to replace it, a folder in its place, no folder for it."""
    there = tmp_path / "there.json"
    there.write_text("old")

    with pytest.raises(OutputError, match=r"there\.json exists; allow overwriting"):
        check_writable(there, overwrite=False)
    with pytest.raises(OutputError, match="it is a folder"):
        check_writable(tmp_path, overwrite=True)
    with pytest.raises(OutputError, match="no such folder"):
        check_writable(tmp_path / "absent" / "out.json", overwrite=False)
    with pytest.raises(OutputError, match="File name too long"):
        check_writable(tmp_path / ("x" * 300), overwrite=False)
    with pytest.raises(OutputError, match="it is what is read; choose another name"):
        check_writable(there, overwrite=True, inputs=[tmp_path / ".." / tmp_path.name / there.name])
    check_writable(there, overwrite=True, inputs=["https://example.com/" + "x" * 5000, "no\0file"])
    check_writable(tmp_path / "new.json", overwrite=False)


def test_a_folder_without_leave_to_write_is_found_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after minutes of tracking."""
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)

    with pytest.raises(OutputError, match="no leave to write in the folder"):
        check_writable(tmp_path / "out.json", overwrite=False)


def test_a_read_only_disk_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a disk refuses to remove even what is not there; the first refusal is told."""

    def refuse(self: Path, *arguments: object, **options: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "write_bytes", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)

    with pytest.raises(OutputError, match=r"out\.json: Read-only file system"):
        write_atomic(tmp_path / "out.json", "new")


@pytest.mark.parametrize("full", ["a.json", "b.json"])
def test_files_that_belong_together_change_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    """The disk is full for one of them: both stay as they were, and that one is named."""
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    for path in (first, second):
        path.write_text("old")
    write = Path.write_bytes

    def fill(self: Path, data: bytes) -> int:
        if full in self.name:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(OutputError, match=f"cannot write .*{full}: No space left"):
        write_together((first, "new"), (second, "new"))

    assert [path.read_text() for path in (first, second)] == ["old", "old"]
    assert sorted(tmp_path.iterdir()) == [first, second]

    monkeypatch.undo()
    write_together((first, "new"), (second, "new too"))
    assert [path.read_text() for path in (first, second)] == ["new", "new too"]


unix = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")


@unix
@pytest.mark.parametrize("kind", ["pipe", "device", "socket", "link to a pipe"])
def test_what_is_no_file_is_never_replaced(tmp_path: Path, kind: str) -> None:
    """Not by the check before the work, and not by the write."""
    out = tmp_path / "out.json"
    holder = socket.socket(socket.AF_UNIX)
    if kind == "device":
        out.symlink_to("/dev/null")
    elif kind == "socket":
        holder.bind(str(out))
    elif kind == "pipe":
        os.mkfifo(out)
    else:
        os.mkfifo(tmp_path / "fifo")
        out.symlink_to("fifo")
    before = out.stat()

    message = f"it is a {kind.split()[-1]}"
    with pytest.raises(OutputError, match=message):
        check_writable(out, overwrite=True)
    with pytest.raises(OutputError, match=message):
        write_atomic(out, "new")

    holder.close()
    assert os.path.samestat(out.stat(), before)


@unix
@pytest.mark.parametrize("exists", [True, False], ids=["its target is there", "it is not"])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, exists: bool) -> None:
    """Also where it leads to another folder, whose leave to write is what counts."""
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "boxes.json", tmp_path / "out.json"
    if exists:
        target.write_text("old")
    link.symlink_to(target)

    check_writable(link, overwrite=True)
    write_atomic(link, "new")

    assert link.is_symlink()
    assert target.read_text() == "new"
    assert sorted(tmp_path.rglob("*")) == sorted([tmp_path / "far", target, link])


@unix
def test_links_in_a_circle_are_one_line(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.symlink_to("out.json")

    with pytest.raises(OutputError, match="cannot write"):
        write_atomic(out, "new")


def test_threads_do_not_tear_each_others_files(tmp_path: Path) -> None:
    """Each has an unfinished file of its own; the last one to end wins, whole."""
    out = tmp_path / "out.json"
    contents = [f"{i}" * 200_000 for i in range(8)]

    with ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            list(threads.map(lambda content: write_atomic(out, content), contents))

            assert out.read_text() in contents

    assert list(tmp_path.iterdir()) == [out]


@unix
def test_private_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "job.json", "{}")
        write_atomic(tmp_path / "out.json", "{}")
    finally:
        os.umask(before)

    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("job.json", "out.json")]
    assert modes == [0o600, 0o666]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_what_is_replaced_keeps_its_rights(tmp_path: Path) -> None:
    """What only its owner could read does not open to all by being written again."""
    path = tmp_path / "out.json"
    path.write_text("old")
    path.chmod(0o600)

    write_atomic(path, "new")

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_name_as_long_as_can_be_is_written(tmp_path: Path) -> None:
    """What is put around it while it is unfinished must not make it too long."""
    path = tmp_path / ("x" * 250 + ".json")

    write_atomic(path, "new")

    assert path.read_text() == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no device without an end")
def test_what_does_not_end_is_not_read_for_ever() -> None:
    """A device would fill the memory: it is left after the bound, and said in words."""
    with pytest.raises(OSError, match="it is longer than 128 MB, which no such file is"):
        read_whole(Path("/dev/zero"))


def test_what_ends_at_the_bound_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(MAX_READ_BYTES)

    assert len(read_whole(path)) == MAX_READ_BYTES


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """As a shell gives one for ``<(...)``, in as many pieces as its writer likes."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(pipe.write_bytes, b"x" * 200_000)

        assert read_whole(pipe) == b"x" * 200_000
    assert written.result() == 200_000
