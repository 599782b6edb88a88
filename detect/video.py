"""Decode a clip: every frame once, in the order shown, upright, with its own time.

What a container says of itself (frame count, rate, duration) are claims. They are kept apart,
in ``Claims``, and nothing here uses them as a length.
"""

from __future__ import annotations

import hashlib
import logging
from array import array
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import av.stream
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.stream import VideoStream

from speaker_boxes.detect.picture import UPRIGHT, Orientation, Picture, read_orientation
from speaker_boxes.errors import VideoDecodeError, VideoOpenError

logger = logging.getLogger(__name__)

_OPENS_OTHER_FILES = frozenset(
    {"concat", "dash", "hls", "image2", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp"}
    | {"vapoursynth", "avisynth", "vobsub", "webm_dash_manifest"}
)
"""FFmpeg's formats that are lists of other files: a clip must not make us read those."""
_PROTOCOLS = {"path": "file", "url": "http,https,tcp,tls"}
_OPEN_TIMEOUT_S, _READ_TIMEOUT_S = 20.0, 30.0
"""Seconds without an answer after which a server is given up; chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the container says of the stream. Claims: nothing is computed from them."""

    n_frames: int | None
    """Number of frames; ``None`` if it says nothing."""
    rate: Fraction | None
    """Frames per second, on average."""
    duration_s: float | None


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """One stream of a container."""

    index: int
    """What ``--stream`` takes."""
    kind: str
    """video, audio, subtitle, data or attachment."""
    codec: str | None
    cover: bool
    """Whether it is a still cover picture."""
    chosen: bool


@dataclass(frozen=True, slots=True, eq=False)
class VideoFacts:
    """What was seen of a clip by decoding all of it, and beside it what its header claims."""

    source: str
    sha256: str | None
    """Digest of the file; ``None`` for a URL."""
    width: int
    """Pixels of the first frame, upright. All boxes are in these."""
    height: int
    pts_s: npt.NDArray[np.float64]
    """Shape (n_frames,): time of each decoded frame, seconds, from its own timestamp."""
    rate: Fraction | None
    """Frames per second by the timestamps; ``None`` for a single frame."""
    variable_rate: bool
    rotation: int
    """Counter-clockwise turn in degrees that made the stored picture upright."""
    mirrored: bool
    pixel_aspect: Fraction
    """Width of a stored pixel over its height. Boxes are in stored pixels, as the API's are."""
    n_decode_errors: int
    """Packets that did not decode. Decoding ends at the first one, as OpenCV's does."""
    n_frames_lost: int
    """Frames that would decode after the first error; they do not count."""
    n_resized: int
    """Frames of another size than the first; their boxes are scaled to it."""
    claims: Claims
    streams: tuple[StreamInfo, ...]

    @property
    def n_frames(self) -> int:
        """Number of frames that decode: the length of the result."""
        return len(self.pts_s)


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame."""

    index: int
    """Place in the order shown, from 0."""
    time_s: float
    """Seconds, by the frame's own timestamp."""
    picture: Picture


def is_url(source: str | Path) -> bool:
    """Tell whether ``source`` is an http(s) address rather than a path."""
    return str(source).lower().startswith(("http://", "https://"))


def open_video(source: str | Path, *, stream: int | None = None) -> Video:
    """Open a clip and decode its first frame.

    Parameters
    ----------
    source
        A path or an http(s) URL. FFmpeg may follow it nowhere else.
    stream
        Index of the video stream; FFmpeg's own best choice if ``None``, never a cover picture.

    Raises
    ------
    VideoOpenError
        It does not open, or has no such video stream.
    VideoDecodeError
        Not one frame decodes.
    """
    container = _open_container(source)
    try:
        return Video(str(source), container, _choose_stream(container, str(source), stream))
    except BaseException:
        container.close()
        raise


class Video:
    """An open clip: iterate ``frames()`` once, then ask for ``facts()``. Closes on exit."""

    def __init__(self, source: str, container: InputContainer, stream: VideoStream) -> None:
        self.source = source
        self._container = container
        self._stream = stream
        self._time_base = stream.time_base or Fraction(1, 1000)
        stream.thread_type = "AUTO"  # all cores; the frames are the same for any number
        self._pts = array("q")
        self._n_errors = self._n_lost = self._n_resized = 0
        self._finished = False
        self._decoded = self._decode()
        first = next(self._decoded, None)
        if first is None:
            raise VideoDecodeError(f"cannot decode {source}: not one frame comes out")
        self._first = first
        orientation = read_orientation(first)
        if orientation is None:
            logger.warning("%s: its rotation is not a quarter turn and is ignored", source)
        self._orientation = orientation or UPRIGHT
        size = (first.width, first.height)
        self.width, self.height = size[::-1] if self._orientation.transpose else size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was decoded stays usable."""
        self._decoded.close()
        self._container.close()

    @property
    def claims(self) -> Claims:
        """What the header says, before anything is decoded."""
        stream = self._stream
        duration = None
        if stream.duration is not None:
            duration = float(stream.duration * self._time_base)
        elif self._container.duration is not None:
            duration = self._container.duration / av.time_base
        return Claims(stream.frames or None, stream.average_rate or None, duration)

    def frames(self) -> Iterator[Frame]:
        """Every frame once, in the order shown; memory holds only those that are kept."""
        for picture in self._with_first():
            index = len(self._pts)
            pts = picture.pts if picture.pts is not None else self._guess_pts()
            self._pts.append(pts)
            if (picture.width, picture.height) != (self._first.width, self._first.height):
                self._n_resized += 1
            yield Frame(
                index,
                float(pts * self._time_base),
                Picture(picture, self._orientation, self.width, self.height),
            )
        self._finished = True
        self._report_once()

    def facts(self) -> VideoFacts:
        """What was seen; after ``frames()`` has come to its end."""
        if not self._finished:
            raise ValueError("facts are known when all frames have been decoded")
        ticks = np.frombuffer(self._pts, dtype=np.int64)
        rate, variable = measure_rate(ticks, self._time_base, self.claims.rate)
        turn, mirrored = _turn(self._orientation)
        return VideoFacts(
            source=self.source,
            sha256=None if is_url(self.source) else file_digest(Path(self.source)),
            width=self.width,
            height=self.height,
            pts_s=(ticks * float(self._time_base)).astype(np.float64),
            rate=rate,
            variable_rate=variable,
            rotation=turn,
            mirrored=mirrored,
            pixel_aspect=self._stream.sample_aspect_ratio or Fraction(1),
            n_decode_errors=self._n_errors,
            n_frames_lost=self._n_lost,
            n_resized=self._n_resized,
            claims=self.claims,
            streams=tuple(
                _stream_info(stream, stream.index == self._stream.index)
                for stream in self._container.streams
            ),
        )

    def _with_first(self) -> Iterator[av.VideoFrame]:
        yield self._first
        yield from self._decoded

    def _decode(self) -> Generator[av.VideoFrame]:
        """Decode up to the first error; then only count.

        Beyond a broken packet decoders disagree on which frames there are (FFmpeg goes on with
        some, OpenCV ends), so no array could be known to fit.
        """
        try:
            for packet in self._container.demux(self._stream):
                try:
                    pictures = packet.decode()
                except av.error.InvalidDataError:
                    self._n_errors += 1
                    continue
                if self._n_errors:
                    self._n_lost += len(pictures)
                else:
                    yield from pictures
        except av.error.InvalidDataError:
            self._n_errors += 1
        except av.error.FFmpegError as error:
            raise VideoDecodeError(
                f"cannot read {self.source} to its end: {error.strerror} "
                f"after {len(self._pts)} frames"
            ) from error

    def _guess_pts(self) -> int:
        """Timestamp for a frame without one: a frame's length after the last."""
        if not self._pts:
            return 0
        rate = self._stream.average_rate or Fraction(25)
        return self._pts[-1] + max(1, round(1 / (rate * self._time_base)))

    def _report_once(self) -> None:
        if self._n_errors:
            logger.warning(
                "%s: decoding broke after %d frames (%d packets failed, %d later frames are "
                "left out); the header claims %s",
                self.source, len(self._pts), self._n_errors, self._n_lost,
                self.claims.n_frames or "no number",
            )  # fmt: skip
        if self._n_resized:
            logger.warning(
                "%s: %d frames have another size than the first; boxes are in the first's "
                "pixels, %dx%d", self.source, self._n_resized, self.width, self.height,
            )  # fmt: skip


def probe(source: str | Path, *, stream: int | None = None) -> VideoFacts:
    """Decode a clip to its end and tell what was seen; nothing is detected."""
    with open_video(source, stream=stream) as video:
        for _ in video.frames():
            pass
        return video.facts()


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def measure_rate(
    ticks: npt.NDArray[np.int64], time_base: Fraction, claimed: Fraction | None
) -> tuple[Fraction | None, bool]:
    """Frame rate by the timestamps, and whether it varies.

    Parameters
    ----------
    ticks : (n,)
        Timestamps in units of ``time_base`` seconds.
    claimed
        Taken where the timestamps agree with it to within their own rounding: a container that
        counts milliseconds cannot say 30000/1001.
    """
    span = int(ticks[-1] - ticks[0]) if len(ticks) > 1 else 0
    if span <= 0:
        return None, False
    steps = np.diff(ticks)
    usual = float(np.median(steps))
    # rounding moves a step by one tick; a tick may itself be a whole frame
    allowed = min(max(1.01, 0.02 * usual), 0.45 * usual) if usual > 1 else 0
    variable = bool((np.abs(steps - usual) > allowed).any())
    if claimed and abs((len(ticks) - 1) / (claimed * time_base) - span) <= 1:
        return claimed, variable
    return Fraction(len(ticks) - 1) / (span * time_base), variable


def _open_container(source: str | Path) -> InputContainer:
    name = str(source)
    remote = is_url(source)
    if not remote and not Path(source).is_file():
        what = "it is a folder" if Path(source).is_dir() else "no such file"
        raise VideoOpenError(f"cannot open {name}: {what}")
    options = {
        "protocol_whitelist": _PROTOCOLS["url" if remote else "path"],
        "format_whitelist": ",".join(sorted(av.formats_available - _OPENS_OTHER_FILES)),
    }
    if remote:
        options |= {"reconnect": "1", "reconnect_delay_max": "5"}
    try:
        # "file:" in front, or FFmpeg would read a colon in a name as a protocol
        return av.open(
            name if remote else f"file:{name}",
            options=options,
            timeout=(_OPEN_TIMEOUT_S, _READ_TIMEOUT_S) if remote else None,
        )
    except (av.error.FFmpegError, OSError) as error:
        raise VideoOpenError(f"cannot open {name}: {error.strerror}") from error


def _choose_stream(container: InputContainer, name: str, index: int | None) -> VideoStream:
    videos = container.streams.video
    if not videos:
        raise VideoOpenError(f"cannot open {name}: it has no video stream")
    if index is not None:
        for stream in videos:
            if stream.index == index:
                return stream
        there = ", ".join(str(stream.index) for stream in videos)
        raise VideoOpenError(f"cannot open {name}: stream {index} is no video; video: {there}")
    best = container.streams.best("video")
    if not isinstance(best, VideoStream) or _is_cover(best):
        raise VideoOpenError(f"cannot open {name}: its only video is a cover picture")
    return best


def _is_cover(stream: av.stream.Stream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _stream_info(stream: av.stream.Stream, chosen: bool) -> StreamInfo:
    context = stream.codec_context
    codec = context.name if context is not None else None
    return StreamInfo(stream.index, stream.type, codec, _is_cover(stream), chosen)


def _turn(orientation: Orientation) -> tuple[int, bool]:
    """The counter-clockwise turn in degrees and whether the picture is mirrored beside it.

    A mirrored picture is flipped left to right first, then turned.
    """
    turns = {
        (False, False, False): (0, False), (True, False, True): (90, False),
        (False, True, True): (180, False), (True, True, False): (-90, False),
        (False, True, False): (0, True), (True, True, True): (90, True),
        (False, False, True): (180, True), (True, False, False): (-90, True),
    }  # fmt: skip
    return turns[orientation.transpose, orientation.flip_x, orientation.flip_y]
