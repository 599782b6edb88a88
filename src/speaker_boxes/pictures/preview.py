"""A clip with its boxes drawn, to look at: H.264 with the clip's own sound, for any browser."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.filter import Graph
from av.video.stream import VideoStream

from speaker_boxes.detect.decode.video import Frame, Video, open_local
from speaker_boxes.detect.faces import Faces
from speaker_boxes.detect.normalize.audio_track import AudioTrack
from speaker_boxes.detect.normalize.h264 import add_h264, display_size, tag_colours, upright
from speaker_boxes.errors import OutputError
from speaker_boxes.fetch.source import Download, local_copy, redacted_url
from speaker_boxes.files import atomic_path, check_writable
from speaker_boxes.made_of import mark_mp4
from speaker_boxes.pictures.boxes_input import ShownBoxes
from speaker_boxes.pictures.close_up import CloseUps
from speaker_boxes.pictures.overlay import Overlay
from speaker_boxes.pictures.speaker_sheet import SheetCollector
from speaker_boxes.pictures.yuv_canvas import YuvCanvas
from speaker_boxes.progress import Progress, no_progress

logger = logging.getLogger(__name__)

_MAX_SIDE = 1280
"""Pixels of the longer side: enough to see a box by, and x264 takes half the time of 1080p."""
_QUALITY = {"crf": "23", "preset": "superfast", "bf": "0"}
"""x264's own default quality; veryfast takes a third more time. No B-frames, so that no edit list
is needed."""
_TIME_BASE = Fraction(1, 90_000)
_MAX_STEP_S = 10.0
"""A clock that jumps further, or back, is broken: a usual step is taken instead."""
_MIN_JUMP_S = 1.0
"""A clock that goes back by less runs to and fro (frames whose order nobody told): it comes back,
and nothing is to be moved for it."""
_USUAL_RATE = Fraction(25)
_SCALER = "fast_bilinear"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions:
    """What is shown."""

    stream_index: int | None = None
    """Which video stream; FFmpeg's own choice if ``None``."""
    side_by_side: bool = False
    """A steady close-up of each face at the right."""
    faces: Faces | None = None
    """All faces of the clip, if they are known."""
    mark: str | None = None
    """What the file says that it was made of, the clip's digest or address; nothing if ``None``."""


def write_preview(
    source: str | Path,
    shown: Sequence[ShownBoxes],
    output: Path | None,
    *,
    options: PreviewOptions | None = None,
    sheet: SheetCollector | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> int:
    """Draw boxes over a clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    shown
        One array of boxes, or several.
    output
        The MP4 file to write, a frame for each that decodes; ``None`` for the sheet alone.
    sheet
        Is shown each frame.

    Returns
    -------
    int
        Number of frames.

    Raises
    ------
    VideoError
        The clip does not open or decode.
    OutputError
        The file exists, is the clip itself, or cannot be written.
    """
    options, name = options or PreviewOptions(), redacted_url(source)
    if output is not None:
        check_writable(output, overwrite=overwrite, inputs=[source])
    with ExitStack() as stack:
        clip = stack.enter_context(local_copy(source, progress=progress))
        video = stack.enter_context(open_local(clip, name, stream_index=options.stream_index))
        drawing = None
        if output is not None:
            aside = stack.enter_context(atomic_path(output))
            if options.mark is not None:  # when the file is closed, and before it is in its place
                stack.callback(_mark, aside, options.mark)
            drawing = stack.enter_context(_Drawing(aside, output, clip, video, shown, options))
        n_frames = 0
        for frame in video.frames():
            if sheet is not None:
                sheet.see(frame)
            if drawing is not None:
                drawing.add(frame)
            n_frames = frame.index + 1
            progress("preview", n_frames, video.claims.n_frames)
    for each in shown:
        if len(each.boxes) != n_frames:
            logger.warning(
                "%s has %d entries, of the clip %d frames decode",
                each.name, len(each.boxes), n_frames,
            )  # fmt: skip
    return n_frames


def _mark(aside: Path, source: str) -> None:
    if aside.stat().st_size:  # else it was given up
        mark_mp4(aside, source)


class _Drawing:
    """The file that is written, frame by frame, with the sound beside it."""

    def __init__(
        self,
        aside: Path,
        output: Path,
        clip: Download,
        video: Video,
        shown: Sequence[ShownBoxes],
        options: PreviewOptions,
    ) -> None:
        self._output, self._video, self._path = output, video, clip.path
        self._size = _preview_size(video)
        scale = (self._size[0] / video.width, self._size[1] / video.height)
        self._overlay = Overlay(shown, options.faces, scale)
        self._close_ups = CloseUps(shown, self._size[1]) if options.side_by_side else None
        self._graphs: dict[tuple[object, ...], Graph] = {}
        self._last, self._rate = -1, video.claims.frame_rate or _USUAL_RATE
        self._first_s = 0.0
        self._pictures: VideoStream | None = None
        with ExitStack() as stack:
            # "file:" in front, or a colon in the name would be read as a protocol
            self._target = stack.enter_context(
                av.open(f"file:{aside}", "w", format="mp4", options={"movflags": "+faststart"})
            )
            self._resources = stack.pop_all()

    def __enter__(self) -> _Drawing:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            if kind is None and self._pictures is not None:
                self._target.mux(self._pictures.encode(None))
                self._audio.write_until(float("inf"))
            self._resources.close()
        except av.error.FFmpegError as problem:
            raise OutputError(f"cannot write {self._output}: {problem.strerror}") from problem

    def add(self, frame: Frame) -> None:
        """Draw over a frame and write it."""
        image = upright(frame, self._video.orientation, self._size, self._graphs, _SCALER)
        canvas = YuvCanvas(image)
        self._overlay.draw(canvas, frame.index, frame.time_s)
        if self._close_ups is not None:
            image = self._close_ups.beside(canvas, frame)
        try:
            self._write(image, frame)
        except av.error.FFmpegError as error:
            raise OutputError(f"cannot write {self._output}: {error.strerror}") from error

    def _write(self, image: av.VideoFrame, frame: Frame) -> None:
        if self._pictures is None:
            self._begin(image, frame)
        assert self._pictures is not None
        self._last = self._tick(frame.time_s)
        image.pts, image.time_base = self._last, _TIME_BASE
        self._audio.write_until(float(self._last * _TIME_BASE))
        self._target.mux(self._pictures.encode(image))

    def _begin(self, image: av.VideoFrame, frame: Frame) -> None:
        self._first_s = frame.time_s
        rate = min(max(self._rate, Fraction(1)), Fraction(240))
        self._pictures = add_h264(
            self._target, rate, (image.width, image.height), quality=_QUALITY, time_base=_TIME_BASE
        )
        tag_colours(self._pictures, frame.picture.stored)
        self._audio = self._resources.enter_context(
            AudioTrack(
                self._path,
                self._video.source,
                self._target,
                start_s=self._first_s,
                clock_jumps=self._video.clock_jumps(),
            )
        )

    def _tick(self, time_s: float) -> int:
        """When a frame is shown: by the clip's own clock while that goes on as clocks do."""
        if self._last < 0:
            return 0
        tick = round((time_s - self._first_s) / _TIME_BASE)
        if self._last < tick <= self._last + _MAX_STEP_S / _TIME_BASE:
            return tick
        usual = self._last + max(1, round(1 / self._rate / _TIME_BASE))
        if abs(tick - self._last) * _TIME_BASE > _MIN_JUMP_S:
            self._first_s = time_s - float(usual * _TIME_BASE)
        return usual


def _preview_size(video: Video) -> tuple[int, int]:
    width, height = display_size(video.width, video.height, video.pixel_aspect_ratio)
    share = min(1.0, _MAX_SIDE / max(width, height))
    return max(2, 2 * round(width * share / 2)), max(2, 2 * round(height * share / 2))
