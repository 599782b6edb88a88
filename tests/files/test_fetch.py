"""A clip at an address: all of it or one clear error, and nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import http.server
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from speaker_boxes.detect.decode.video import open_video, probe
from speaker_boxes.errors import VideoOpenError
from speaker_boxes.fetch.http import download
from speaker_boxes.fetch.source import redacted_url
from tests.files.serving import (
    Answer,
    Server,
    cut_off,
    in_chunks,
    redirect,
    square_around,
    until_closed,
)

WriteVideo = Callable[..., Path]


@pytest.mark.parametrize(
    "answer",
    [
        square_around,
        lambda data: square_around(data, Accept_Ranges="bytes"),
        lambda data: in_chunks(data, end=True),
    ],
    ids=["length", "ranges", "chunks"],
)
def test_an_address_gives_the_same_as_the_file(
    serve: Callable[[], Server], write_video: WriteVideo, answer: Callable[[bytes], Answer]
) -> None:
    """Frames, times and digest, however the server sends it."""
    path, server = write_video(6), serve()
    server.answers["/a%20b.mp4"] = answer(path.read_bytes())

    remote, local = probe(server.url("/a b.mp4?key=1")), probe(path)

    assert remote.n_frames == local.n_frames == 6
    assert remote.pts_s.tolist() == local.pts_s.tolist()
    assert remote.sha256 == local.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert len(server.asked) == 1


@pytest.mark.parametrize("part", [0.4, 1.0])
def test_a_body_without_an_end_is_refused(
    serve: Callable[[], Server], write_video: WriteVideo, part: float
) -> None:
    """A dropped connection would be its end: a part cannot be told from the whole."""
    data, server = write_video(60, "clip.ts").read_bytes(), serve()
    server.answers["/clip.ts"] = until_closed(data[: int(part * len(data))])

    with pytest.raises(VideoOpenError, match="the server does not say how long it is"):
        open_video(server.url("/clip.ts"))


def test_a_part_that_nobody_asked_for_is_refused(
    serve: Callable[[], Server], write_video: WriteVideo
) -> None:
    """206, with the length of the part."""
    data, server = write_video(20, "clip.ts").read_bytes(), serve()

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(206)
        request.send_header("Content-Length", str(len(data) // 2))
        request.end_headers()
        request.wfile.write(data[: len(data) // 2])

    server.answers["/clip.ts"] = answer

    with pytest.raises(VideoOpenError, match="206 Partial Content, which is not the whole clip"):
        open_video(server.url("/clip.ts"))


@pytest.mark.parametrize("told", [True, False], ids=["announced", "in chunks"])
def test_what_is_too_large_is_not_fetched(
    serve: Callable[[], Server], write_video: WriteVideo, told: bool
) -> None:
    """Neither if the server says so nor if it only sends on and on."""
    data, server = write_video(20).read_bytes(), serve()
    server.answers["/clip.mp4"] = square_around(data) if told else in_chunks(data, end=True)

    with (
        pytest.raises(VideoOpenError, match=r"it is larger than 0\.0 GB"),
        download(server.url("/clip.mp4"), max_bytes=len(data) - 1),
    ):
        pass


def test_a_server_that_drips_is_given_up(
    serve: Callable[[], Server], write_video: WriteVideo
) -> None:
    """Each byte is in time, all of them would take for ever."""
    data, server = write_video(20).read_bytes(), serve()
    server.answers["/clip.mp4"] = in_chunks(data, end=True)

    with (
        pytest.raises(VideoOpenError, match=r"it has taken 0 s for \d+ bytes"),
        download(server.url("/clip.mp4"), max_s=0),
    ):
        pass


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999], ids=str)
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_a_dropped_connection_is_no_shorter_clip(
    serve: Callable[[], Server], write_video: WriteVideo, name: str, part: float
) -> None:
    """Wherever it breaks, and whatever the format: an error that counts the bytes."""
    data, server = write_video(20, name).read_bytes(), serve()
    server.answers[f"/{name}"] = cut_off(data, at=int(part * len(data)))

    with pytest.raises(VideoOpenError) as caught:
        open_video(server.url(f"/{name}"))

    assert str(caught.value) == (
        f"cannot fetch {server.url('/' + name)}: the connection ended after "
        f"{int(part * len(data))} of {len(data)} bytes; try again, or download the file first"
    )


def test_a_missing_last_chunk_is_seen(serve: Callable[[], Server], write_video: WriteVideo) -> None:
    """Without an announced length the end has to be marked."""
    server = serve()
    server.answers["/clip.mp4"] = in_chunks(write_video(6).read_bytes(), end=False)

    with pytest.raises(VideoOpenError, match="the connection ended before the clip did"):
        open_video(server.url("/clip.mp4"))


@pytest.mark.parametrize("sent", [0, 500], ids=["before the first byte", "in the middle"])
def test_a_server_that_stalls_is_given_up(
    serve: Callable[[], Server], write_video: WriteVideo, sent: int
) -> None:
    """After as many seconds as were asked for, with one line."""
    data, server, done = write_video(6).read_bytes(), serve(), threading.Event()

    def stall(request: http.server.BaseHTTPRequestHandler) -> None:
        if sent:
            request.send_response(200)
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data[:sent])
        done.wait(5)
        request.close_connection = True

    server.answers["/clip.mp4"] = stall
    with pytest.raises(VideoOpenError, match=r"no answer within 0\.2 s; try again"):
        open_video(server.url("/clip.mp4"), timeout_s=0.2)
    done.set()


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_refusals_of_the_server_are_one_line(serve: Callable[[], Server], status: int) -> None:
    """Its status and its words, and never the query, which may be a signature."""
    server = serve()
    server.answers["/clip.mp4"] = lambda request: request.send_error(status)

    with pytest.raises(VideoOpenError) as caught:
        open_video(server.url("/clip.mp4?signature=secret"))

    message = str(caught.value)
    assert message.startswith(
        f"cannot open {server.url('/clip.mp4')}: the server answers {status} "
    )
    assert "secret" not in message


def test_nobody_there_is_one_line() -> None:
    """A port on which nothing listens, and a name that is none."""
    with pytest.raises(VideoOpenError, match=r"cannot fetch http://127\.0\.0\.1:1/c\.mp4: ."):
        open_video("http://127.0.0.1:1/c.mp4")
    with pytest.raises(VideoOpenError, match="cannot fetch http://"):
        open_video("http://a..b:x/c.mp4")


def test_redirects_are_followed_to_http_only(
    serve: Callable[[], Server], write_video: WriteVideo
) -> None:
    """To another server yes; into this machine's files or to FTP no."""
    path, server, other = write_video(6), serve(), serve()
    other.answers["/real.mp4"] = square_around(path.read_bytes())
    server.answers["/moved.mp4"] = redirect(other.url("/real.mp4"))
    server.answers["/file.mp4"] = redirect(f"file://{path}")
    server.answers["/ftp.mp4"] = redirect(f"ftp://{other.address}/real.mp4")
    server.answers["/loop.mp4"] = redirect("/loop.mp4")

    assert probe(server.url("/moved.mp4")).n_frames == 6
    for name in ("file", "ftp", "loop"):
        with pytest.raises(VideoOpenError) as caught:
            open_video(server.url(f"/{name}.mp4"))
        assert "\n" not in str(caught.value)
    assert len(other.asked) == 1


def test_a_login_goes_to_its_own_server_only(
    serve: Callable[[], Server], write_video: WriteVideo
) -> None:
    """The password of the address is sent where it belongs, and is never shown."""
    server, other = serve(), serve()
    other.answers["/real.mp4"] = square_around(write_video(6).read_bytes())
    server.answers["/moved.mp4"] = redirect(other.url("/real.mp4"))

    facts = probe(f"http://ann:p%40ss@{server.address}/moved.mp4")

    assert facts.source == server.url("/moved.mp4")
    secret = "Basic " + base64.b64encode(b"ann:p@ss").decode()
    assert server.asked[0][1]["Authorization"] == secret
    assert "Authorization" not in other.asked[0][1]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("https://h.example/a/clip.mp4?X-Sig=1#t", "https://h.example/a/clip.mp4"),
        ("http://me:pw@h.example:81/clip.mp4", "http://h.example:81/clip.mp4"),
        ("a?b@c.mp4", "a?b@c.mp4"),
    ],
)
def test_secrets_are_not_shown(source: str, name: str) -> None:
    """An address loses password and query where it is printed; a path stays as it is."""
    assert redacted_url(source) == name


@pytest.mark.parametrize("address", ["http://[::1/clip.mp4", "http://", "http://h:port/clip.mp4"])
def test_what_only_looks_like_an_address_is_one_line(address: str) -> None:
    with pytest.raises(VideoOpenError) as caught:
        probe(address)

    assert len(str(caught.value).splitlines()) == 1


def temporary_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("speaker-boxes-*"))


def test_nothing_stays_behind(
    serve: Callable[[], Server],
    write_video: WriteVideo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fetched file goes when the clip is closed, refused, cut off or cancelled."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    data, server = write_video(6).read_bytes(), serve()
    server.answers["/clip.mp4"] = square_around(data)
    server.answers["/words.mp4"] = square_around(b"only words")
    server.answers["/cut.mp4"] = cut_off(data, at=99)

    def cancel(stage: str, done: int, total: int | None) -> None:
        assert (stage, total) == ("download", len(data))
        raise KeyboardInterrupt

    with open_video(server.url("/clip.mp4")) as video:
        assert len(temporary_folders()) == 1
        list(video.frames())
    for name in ("words", "cut"):
        with pytest.raises(VideoOpenError):
            open_video(server.url(f"/{name}.mp4"))
    with pytest.raises(KeyboardInterrupt):
        open_video(server.url("/clip.mp4"), progress=cancel)

    assert temporary_folders() == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_line(
    serve: Callable[[], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the fetched file does not fit."""
    server, plain_open = serve(), Path.open
    server.answers["/clip.mp4"] = square_around(b"x" * 1000)
    monkeypatch.setattr(Path, "open", lambda self, mode: plain_open(Path("/dev/full"), mode))

    with pytest.raises(VideoOpenError, match="No space left on device"):
        open_video(server.url("/clip.mp4"))
