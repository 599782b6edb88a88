"""What the page asks for, and the answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from speaker_boxes.detect.detectors.registry import DEFAULT
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.edits.model import Edits
from speaker_boxes.errors import NoSpeakerError, SpeakerBoxesError
from speaker_boxes.files import boxes_path_for
from speaker_boxes.page import saving
from speaker_boxes.page.draft import draft_path, read_draft, write_draft
from speaker_boxes.page.frame_store import encode
from speaker_boxes.page.presence import Presence
from speaker_boxes.page.requests import read_edits_of, read_json, whole_number
from speaker_boxes.page.session import Session
from speaker_boxes.page.view import STATUS_WORDS, View, Views, view_to_json, window_to_json
from speaker_boxes.track.options import TrackOptions

MAX_WIDTH = 1920
"""Pixels of a picture: what is sent is not larger than most screens."""
MAX_WINDOW = 2000
"""Frames whose boxes are sent at once."""
_LOOK_S = 0.05
"""How often it is looked whether the page still waits for a picture."""
_UNCHANGED = {"cache-control": "private, max-age=3600"}
_FRESH = {"cache-control": "no-store"}

T = TypeVar("T")
Words = Callable[[Any], str]


class Json(JSONResponse):
    """As ASCII: what a request or a file's name brought may be no text that UTF-8 can spell."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class PickApp:
    """The answers for one session.

    Parameters
    ----------
    words
        How errors are put.
    video
        What the command that sends calls the clip; its path if left out.
    overwrite
        Whether files that are there already are replaced without being asked.
    """

    def __init__(
        self,
        session: Session,
        presence: Presence,
        *,
        options: TrackOptions | None = None,
        words: Words = str,
        video: str | None = None,
        overwrite: bool = False,
    ) -> None:
        self._session = session
        self._presence = presence
        self._options = options or TrackOptions()
        self._words = words
        self._video = video or str(session.path)
        self._overwrite = overwrite
        self._views: Views | None = None
        self._listening = asyncio.Lock()
        static = Path(str(files("speaker_boxes.page") / "static"))
        self._index = static / "index.html"
        self.app = Starlette(
            routes=[
                Route("/", self.page),
                Route("/api/clip", self.clip),
                Route("/api/times", self.times),
                Route("/api/events", self.events),
                Route("/api/view", self.view, methods=["POST"]),
                Route("/api/window", self.window),
                Route("/api/speech", self.speech, methods=["POST"]),
                Route("/api/found", self.found),
                Route("/api/draft", self.get_draft),
                Route("/api/draft", self.put_draft, methods=["PUT"]),
                Route("/api/check", self.check, methods=["POST"]),
                Route("/api/save", self.save, methods=["POST"]),
                Route("/frame/{frame}.jpg", self.frame),
                Route("/thumb/{frame}.jpg", self.thumb),
                Route("/crop/{crop}.jpg", self.crop),
                Route("/sound", self.sound),
                # links: an editable install is a tree of them
                Mount("/static", StaticFiles(directory=static, follow_symlink=True)),
            ],
            exception_handlers={HTTPException: _as_json, SpeakerBoxesError: self._refused},
        )

    async def page(self, request: Request) -> Response:
        """The page."""
        return FileResponse(self._index, headers=_FRESH)

    async def clip(self, request: Request) -> Response:
        """What is known of the clip now."""
        session, ref = self._session, self._session.clip_ref
        video = None if session.clip is None else session.clip.video
        rate = None if video is None or video.frame_rate is None else float(video.frame_rate)
        return Json(
            {
                "name": session.path.name,
                "sha256": session.sha256,
                "width": ref.width,
                "height": ref.height,
                "n_frames": len(session.times_s),
                "frame_rate": rate,
                "start_s": session.start_s,
                "out": str(session.out),
                "stream": session.detection.stream_index,
                **self._unusual(),
                "statuses": STATUS_WORDS,
                "progress": self._progress(),
            },
            headers=_FRESH,
        )

    async def times(self, request: Request) -> Response:
        """Seconds of each frame, as little-endian float64."""
        data = np.ascontiguousarray(self._session.times_s, dtype="<f8").tobytes()
        return Response(data, media_type="application/octet-stream", headers=_FRESH)

    async def events(self, request: Request) -> Response:
        """How far detection is, for as long as the page is open."""
        return StreamingResponse(self._events(), media_type="text/event-stream", headers=_FRESH)

    async def view(self, request: Request) -> Response:
        """Apply edits, and tell what comes of them."""
        edits = read_edits_of(await read_json(request))
        view = await run_in_threadpool(self._view, edits)
        clip = self._clip()
        return Json(await run_in_threadpool(view_to_json, clip, view), headers=_FRESH)

    async def window(self, request: Request) -> Response:
        """Faces and boxes of some frames, as a view leaves them."""
        first, end = _span(request, self._clip().video.n_frames)
        view = self._views and self._views.known(request.query_params.get("rev", ""))
        if not view:
            raise HTTPException(409, "that view is gone; ask for it again")
        return Json(window_to_json(view, first, end), headers=_UNCHANGED)

    async def speech(self, request: Request) -> Response:
        """Find who speaks when; slow the first time."""
        from speaker_boxes.page.speech import find_speech  # ONNX Runtime comes with it

        self._clip()
        async with self._listening:
            found = await run_in_threadpool(find_speech, self._session, self._options)
        return Json(found, headers=_FRESH)

    async def found(self, request: Request) -> Response:
        """Faces of some frames, as far as they are found: while detection runs."""
        first, end = _span(request, len(self._session.times_s))
        faces = await run_in_threadpool(self._session.found.faces, first, end)
        return Json({"first": first, "faces": faces, "boxes": {}}, headers=_FRESH)

    async def get_draft(self, request: Request) -> Response:
        """Work that was not saved."""
        return Json(await run_in_threadpool(read_draft, self._draft_path()), headers=_FRESH)

    async def put_draft(self, request: Request) -> Response:
        """Keep work that is not saved yet."""
        await run_in_threadpool(write_draft, self._draft_path(), await read_json(request))
        return Response(status_code=204)

    async def check(self, request: Request) -> Response:
        """What would waste a paid job."""
        edits = _some(read_edits_of(await read_json(request)))
        view = await run_in_threadpool(self._view, edits)
        found = await run_in_threadpool(saving.findings_of, view)
        return Json(
            {
                "findings": [
                    {
                        "speaker": name,
                        "severity": finding.severity,
                        "code": finding.code,
                        "message": finding.message,
                    }
                    for name, findings in found.items()
                    for finding in findings
                ],
                "files": [
                    {"path": str(path), "exists": path.exists()}
                    for path, _ in saving.files_of(self._session.out, edits, view)
                ],
                "commands": self._commands(view),
            },
            headers=_FRESH,
        )

    async def save(self, request: Request) -> Response:
        """Write boxes, reports and edits."""
        body = await read_json(request)
        edits = _some(read_edits_of(body))
        view = await run_in_threadpool(self._view, edits)
        session, overwrite = self._session, self._overwrite or body.get("overwrite") is True
        written = saving.files_of(session.out, edits, view)
        await run_in_threadpool(saving.save, session.path, written, overwrite=overwrite)
        return Json({"files": [str(path) for path, _ in written], "commands": self._commands(view)})

    async def frame(self, request: Request) -> Response:
        """One exact frame; with ``likely``, one that may be wanted soon."""
        number = self._frame_number(request)
        width = whole_number(request.query_params.get("w", "1280"), MAX_WIDTH + 1, "width")
        frames = self._session.frames
        ask = frames.ask_likely if "likely" in request.query_params else frames.ask
        picture = await _wait(request, lambda: ask(number))
        return _jpeg(await run_in_threadpool(encode, picture, max(16, width)))

    async def thumb(self, request: Request) -> Response:
        """Something like a frame, at once."""
        number = self._frame_number(request)
        return _jpeg(await _wait(request, lambda: self._session.frames.ask_thumb(number)))

    async def crop(self, request: Request) -> Response:
        """A face."""
        jpegs = self._clip().crops.jpeg
        number = whole_number(request.path_params["crop"], len(jpegs), "crop")
        return _jpeg(jpegs[number])

    async def sound(self, request: Request) -> Response:
        """The clip itself, for its sound; by parts, if they are asked for."""
        return FileResponse(self._session.path, headers=_FRESH)

    def _unusual(self) -> dict[str, Any]:
        """What edits have to name, as it is not the default; ``None`` where it is."""
        detector = getattr(self._session.detection.detectors, "name", None)
        max_gap_s = self._options.max_gap_s
        return {
            "detector": None if detector == DEFAULT else detector,
            "max_gap_s": None if max_gap_s == TrackOptions().max_gap_s else max_gap_s,
        }

    def _clip(self) -> ClipFaces:
        if self._session.clip is None:
            raise HTTPException(409, "the faces are not found yet")
        return self._session.clip

    def _view(self, edits: Edits | None) -> View:
        if self._views is None:
            self._views = Views(self._clip(), self._session.describer, self._options)
        return self._views.of(edits)

    def _draft_path(self) -> Path:
        if self._session.sha256 is None:
            raise HTTPException(409, "the clip is not read yet")
        return draft_path(self._session.cache.folder, self._session.sha256)

    def _commands(self, view: View) -> list[str]:
        out = self._session.out
        return [
            saving.submit_command(self._video, boxes_path_for(out, name)) for name in view.results
        ]

    def _frame_number(self, request: Request) -> int:
        n_frames = len(self._session.times_s) or 1 << 30
        return whole_number(request.path_params["frame"], n_frames, "frame")

    def _progress(self) -> dict[str, Any]:
        now = self._session.progress
        return {
            "phase": now.phase,
            "done": now.done,
            "total": now.total,
            "error": now.error,
            "found": self._session.found.spans() if now.phase == "detecting" else [],
        }

    async def _events(self) -> AsyncIterator[str]:
        told = ""
        with self._presence.here():
            while not self._presence.ending:
                text = json.dumps(self._progress())
                # a comment now and then: else nobody would notice that the page is gone
                yield f"data: {text}\n\n" if text != told else ": here\n\n"
                told = text
                await asyncio.sleep(0.2 if self._session.progress.phase != "ready" else 1)

    async def _refused(self, request: Request, error: Exception) -> Response:
        code = "no_face" if isinstance(error, NoSpeakerError) else "refused"
        return Json({"error": self._words(error), "code": code}, 422, headers=_FRESH)


def _span(request: Request, n_frames: int) -> tuple[int, int]:
    """Frames ``[first, end)`` that are asked for."""
    first = whole_number(request.query_params.get("first", ""), n_frames, "frame")
    end = whole_number(request.query_params.get("end", ""), n_frames + 1, "frame")
    if not first < end <= first + MAX_WINDOW:
        raise HTTPException(400, f"ask for 1 to {MAX_WINDOW} frames")
    return first, end


async def _wait(request: Request, ask: Callable[[], Future[T]]) -> T:
    """Wait for a picture for as long as the page does."""
    try:
        future = ask()
        waiting = asyncio.wrap_future(future)
        while not (await asyncio.wait([waiting], timeout=_LOOK_S))[0]:
            if await request.is_disconnected():
                future.cancel()
                raise HTTPException(410, "nobody waits for it")
        if waiting.cancelled():
            raise HTTPException(410, "the server ends")
        return waiting.result()
    except LookupError as error:
        raise HTTPException(404, str(error)) from error


def _jpeg(data: bytes) -> Response:
    return Response(data, media_type="image/jpeg", headers=_UNCHANGED)


def _some(edits: Edits | None) -> Edits:
    if edits is None:
        raise HTTPException(422, "nobody is chosen yet")
    return edits


async def _as_json(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Json({"error": error.detail}, error.status_code, headers=error.headers)
