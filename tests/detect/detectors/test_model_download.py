"""A model from the web: whole and right in its place, or one line that says what would do."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from speaker_boxes.detect.detectors.model_download import YUNET, RemoteModel, local_model
from speaker_boxes.errors import ModelError

DATA = bytes(range(256)) * 900
NAME = "model.onnx"


@dataclass
class Server:
    """What the server does, and what it was asked."""

    model: RemoteModel
    script: list[Callable[[http.server.BaseHTTPRequestHandler], None]] = field(default_factory=list)
    """One answer a request; the last one again and again."""
    ranges: list[str | None] = field(default_factory=list)
    """The range that each request asked for."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server on this machine, and a model that it should have."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("SPEAKER_BOXES_TEST_MODEL", raising=False)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the name that http.server calls
            state.ranges.append(self.headers.get("Range"))
            answer = state.script.pop(0) if len(state.script) > 1 else state.script[0]
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        url = f"http://127.0.0.1:{listener.server_port}/{NAME}"
        digest = hashlib.sha256(DATA).hexdigest()
        state = Server(RemoteModel(NAME, url, digest, "SPEAKER_BOXES_TEST_MODEL"))
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
        yield state
        listener.shutdown()


def send(
    request: http.server.BaseHTTPRequestHandler,
    data: bytes = DATA,
    *,
    stop_after: int | None = None,
    honour_range: bool = True,
) -> None:
    """Answer with the file, or with its end where that was asked for; perhaps not with all."""
    wanted = request.headers.get("Range")
    start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
    if not honour_range:
        start = 0
    if start and start >= len(data):
        request.send_error(416)
        return
    request.send_response(206 if start else 200)
    if start:
        request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
    request.send_header("Content-Length", str(len(data) - start))
    request.end_headers()
    request.wfile.write(data[start:][:stop_after])
    if stop_after is not None:
        request.close_connection = True


def test_it_is_fetched_once(server: Server, tmp_path: Path) -> None:
    """The second time nothing is asked; the folder is made, and nothing else is left in it."""
    server.script = [send]

    first = local_model(server.model, folder=tmp_path / "new" / "models")
    second = local_model(server.model, folder=tmp_path / "new" / "models")

    assert first == second == tmp_path / "new" / "models" / NAME
    assert first.read_bytes() == DATA
    assert list(first.parent.iterdir()) == [first]
    assert server.ranges == [None]


def test_a_cut_connection_is_taken_up_where_it_ended(server: Server, tmp_path: Path) -> None:
    """Each further request asks for what is missing, and for no more."""
    server.script = [
        lambda request: send(request, stop_after=100_000),
        lambda request: send(request, stop_after=50_000),
        send,
    ]

    path = local_model(server.model, folder=tmp_path)

    assert path.read_bytes() == DATA
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_run_goes_on(server: Server, tmp_path: Path) -> None:
    """What came before the command gave up is not fetched again."""
    server.script = [lambda request: send(request, stop_after=1000)]
    with pytest.raises(ModelError, match="too early"):
        local_model(server.model, folder=tmp_path)
    server.script = [send]

    path = local_model(server.model, folder=tmp_path)

    assert path.read_bytes() == DATA
    assert server.ranges[-1] == "bytes=3000-"


def test_a_server_without_ranges_gives_all_again(server: Server, tmp_path: Path) -> None:
    """An answer 200 to a range begins anew."""
    server.script = [
        lambda request: send(request, stop_after=1000),
        lambda request: send(request, honour_range=False),
    ]

    assert local_model(server.model, folder=tmp_path).read_bytes() == DATA


def test_another_file_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    """A wrong digest leaves nothing behind, so that the next try begins anew."""
    server.script = [lambda request: send(request, b"<html>" + DATA)]

    with pytest.raises(ModelError, match="its SHA-256 is another"):
        local_model(server.model, folder=tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rest", [DATA, DATA[:-1] + b"x"], ids=["whole", "damaged"])
def test_a_part_as_long_as_the_file_is_checked(server: Server, tmp_path: Path, rest: bytes) -> None:
    """The last run ended between the last byte and the renaming."""
    (tmp_path / f".{NAME}.part").write_bytes(rest)
    server.script = [send]

    if rest == DATA:
        assert local_model(server.model, folder=tmp_path).read_bytes() == DATA
    else:
        with pytest.raises(ModelError, match="its SHA-256 is another"):
            local_model(server.model, folder=tmp_path)


def test_a_damaged_file_in_the_cache_is_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(DATA[:-5])
    server.script = [send]

    assert local_model(server.model, folder=tmp_path).read_bytes() == DATA


def test_a_missing_page_says_what_would_do(server: Server, tmp_path: Path) -> None:
    """One line: what the server said, which file to put where, and the other ways."""
    server.script = [lambda request: request.send_error(404)]

    with pytest.raises(ModelError) as caught:
        local_model(server.model, folder=tmp_path)

    message = str(caught.value)
    assert "the server answers 404" in message
    assert f"download {server.model.url} yourself and save it as {tmp_path / NAME}" in message
    assert message.endswith("name it in SPEAKER_BOXES_TEST_MODEL")
    assert "\n" not in message
    assert len(server.ranges) == 1


def test_without_a_network_it_says_which_file_to_put_where(tmp_path: Path) -> None:
    """Nobody listens: at once, with the way out."""
    model = replace(YUNET, url=f"http://127.0.0.1:9/{NAME}", variable="SPEAKER_BOXES_TEST_MODEL")

    with pytest.raises(ModelError, match=r"refused.*save it as") as caught:
        local_model(model, folder=tmp_path)

    assert "\n" not in str(caught.value)


def test_a_silent_server_is_given_up(server: Server, tmp_path: Path) -> None:
    """No answer within the time: one line, and no waiting for ever."""
    quiet = threading.Event()
    server.script = [lambda request: (quiet.wait(5), None)[1]]

    with pytest.raises(ModelError, match=r"no answer within 0\.2 s"):
        local_model(server.model, folder=tmp_path, timeout_s=0.2)
    quiet.set()


@pytest.mark.parametrize("how", ["path", "variable"])
def test_a_named_file_is_used_as_it_is(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Nothing is fetched, and no digest is asked of it: it is the user's own choice."""
    mine = tmp_path / "mine.onnx"
    mine.write_bytes(b"another version")
    if how == "variable":
        monkeypatch.setenv(server.model.variable, str(mine))

    got = local_model(server.model, path=mine if how == "path" else None, folder=tmp_path)

    assert got == mine
    assert server.ranges == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"cannot read .*mine.onnx \(model\): No such file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "only Git LFS's pointer"),
    ],
    ids=["absent", "pointer"],
)
def test_a_named_file_that_cannot_be_it_is_refused(
    server: Server, tmp_path: Path, content: bytes | None, message: str
) -> None:
    mine = tmp_path / "mine.onnx"
    if content is not None:
        mine.write_bytes(content)

    with pytest.raises(ModelError, match=message):
        local_model(server.model, path=mine)


def test_the_address_is_that_of_a_commit() -> None:
    """A branch may drop the file one day."""
    assert YUNET.url.startswith("https://github.com/opencv/opencv_zoo/raw/")
    assert len(YUNET.url.split("/")[6]) == 40
    assert YUNET.url.endswith(YUNET.name)
