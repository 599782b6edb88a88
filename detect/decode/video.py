"""Decode a clip: every frame once, in the order shown, upright, with its own time.

What a container says of itself (frame count, rate, duration) are claims. They are kept apart,
in ``Claims``, and nothing here uses them as a length.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.format import Flags as FormatFlags
from av.video.stream import VideoStream

from speaker_boxes.detect.decode.clip_ref import ClipRef
from speaker_boxes.detect.decode.clock import mend_clock
from speaker_boxes.detect.decode.decode_warnings import warn_of
from speaker_boxes.detect.decode.decoder import DecodeStats, decode
from speaker_boxes.detect.decode.display_matrix import read_orientation
from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.metadata import (
    Claims,
    ClockJump,
    VideoMetadata,
    measure_frame_rate,
)
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.decode.source import (
    choose_stream,
    describe_streams,
    open_container,
    read_packets,
    set_up_decoder,
)
from speaker_boxes.errors import VideoDecodeError
from speaker_boxes.fetch.source import TIMEOUT_S, Download, local_copy, redacted_url
from speaker_boxes.file_digest import file_digest
from speaker_boxes.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame."""

    index: int
    """Place in the order shown, from 0."""
    time_s: float
    """Seconds, by the frame's own timestamp."""
    picture: FrameImage


def open_video(
    source: str | Path,
    *,
    stream_index: int | None = None,
    timeout_s: float = TIMEOUT_S,
    progress: Progress = no_progress,
) -> Video:
    """Open a clip and decode its first frame.

    Parameters
    ----------
    source
        A path or an http(s) URL, which is fetched whole first. FFmpeg may follow it nowhere.
    stream_index
        Which video stream; FFmpeg's own best choice if ``None``, never a cover picture.
    timeout_s
        Seconds without an answer after which a server is given up.
    progress
        Told of the stage "download".

    Raises
    ------
    VideoOpenError
        It does not open, or has no such video stream.
    VideoDecodeError
        Not one frame decodes.
    """
    with ExitStack() as stack:
        clip = stack.enter_context(local_copy(source, timeout_s=timeout_s, progress=progress))
        return _open(clip, redacted_url(source), stream_index, 0, stack)


def open_local(
    clip: Download, name: str, *, stream_index: int | None = None, threads: int = 0
) -> Video:
    """Open a clip that is here; errors as ``open_video``'s.

    Parameters
    ----------
    name
        What messages call it.
    threads
        That decode; as many as there are cores if 0. The frames are the same for any number.
    """
    with ExitStack() as stack:
        return _open(clip, name, stream_index, threads, stack)


def _open(
    clip: Download, name: str, stream_index: int | None, threads: int, resources: ExitStack
) -> Video:
    container = resources.enter_context(open_container(clip.path, name))
    stream = choose_stream(container, name, stream_index)
    return Video(name, clip, container, stream, threads=threads, resources=resources)


class Video:
    """An open clip: iterate ``frames()`` once, then ask for ``metadata()``. Closes on exit.

    Logs nothing of what it meets: ``decode_warnings.warn_of`` does, once, when all is known.

    Parameters
    ----------
    resources
        What was opened for it. Taken over, to be closed with the clip, once a frame has decoded.
    """

    def __init__(
        self,
        name: str,
        clip: Download,
        container: InputContainer,
        stream: VideoStream,
        *,
        threads: int,
        resources: ExitStack,
    ) -> None:
        self.source = name
        self._clip = clip
        self._container = container
        self._stream = stream
        self._streams = describe_streams(container, stream.index)
        self._may_jump = bool(container.format.flags & cast(int, FormatFlags.ts_discont.value))
        self._time_base = stream.time_base or Fraction(1, 1000)
        self._pixel_aspect_ratio = stream.sample_aspect_ratio or Fraction(1)
        self.claims = _read_claims(container, stream)
        # as OpenCV and browsers show it, whatever size the first frames have (WebRTC begins small)
        claimed = (stream.codec_context.width, stream.codec_context.height)
        set_up_decoder(stream, threads=threads)
        self._pts = array("q")
        self._stats = DecodeStats()
        self._n_resized = 0
        self._started = self._finished = False
        self._decoded = decode(container, stream, self._stats, name, clip.path)
        first = next(self._decoded, None)
        if first is None:
            raise VideoDecodeError(f"cannot decode {name}: not one frame comes out")
        self._first = first
        orientation = read_orientation(first)
        self.rotation_ignored = orientation is None
        """Whether the header asks for a turn that is no quarter turn."""
        self.orientation = orientation or UPRIGHT
        self._stored = claimed if min(claimed) > 0 else (first.width, first.height)
        self.width, self.height = self._stored
        if self.orientation.transpose:
            self.height, self.width = self._stored
            self._pixel_aspect_ratio = 1 / self._pixel_aspect_ratio
        self._resources = resources.pop_all()

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
        self._resources.close()

    def frames(self) -> Iterator[Frame]:
        """Every frame once, in the order shown; memory holds only those that are kept."""
        if self._started:
            raise ValueError("frames() gives each frame once; open the clip again")
        self._started = True
        return self._frames()

    @property
    def pixel_aspect_ratio(self) -> Fraction:
        """Width of an upright pixel over its height."""
        return self._pixel_aspect_ratio

    def clip_ref(self) -> ClipRef:
        """What else has to be known to decode parts of the clip elsewhere."""
        return ClipRef(
            path=self._clip.path,
            name=self.source,
            stream_index=self._stream.index,
            orientation=self.orientation,
            width=self.width,
            height=self.height,
            stored=self._stored,
            time_base=self._time_base,
        )

    def clock_jumps(self) -> tuple[ClockJump, ...]:
        """Where the clip's clock is set anew, by its packets: before anything was decoded.

        What was decoded knows better (``metadata().clock_jumps``).
        """
        if not self._may_jump:
            return ()
        pts = array("q")
        with open_container(self._clip.path, self.source) as container:
            stream = choose_stream(container, self.source, self._stream.index)
            for packet in read_packets(container, stream):
                time = packet.dts if packet.pts is None else packet.pts
                if time is not None and packet.size:
                    pts.append(time)
        ticks = np.frombuffer(pts, dtype=np.int64)
        return mend_clock(ticks, self._time_base, may_jump=True).jumps if len(ticks) else ()

    def metadata(self) -> VideoMetadata:
        """What was seen; after ``frames()`` has come to its end."""
        if not self._finished:
            raise ValueError("metadata is known when all frames have been decoded")
        return self._metadata(
            np.frombuffer(self._pts, dtype=np.int64), self._stats, self._n_resized
        )

    def metadata_of_chunks(self, pts: npt.NDArray[np.int64], *, n_resized: int) -> VideoMetadata:
        """What was seen where all frames were decoded elsewhere, in chunks, without an error.

        Parameters
        ----------
        pts : (n_frames,)
            Timestamps in units of ``clip_ref().time_base``.
        n_resized
            Frames of another size than the clip's.
        """
        return self._metadata(pts, DecodeStats(), n_resized)

    def _metadata(
        self, pts: npt.NDArray[np.int64], stats: DecodeStats, n_resized: int
    ) -> VideoMetadata:
        sha256 = self._clip.sha256 or file_digest(self._clip.path)
        self._clip.check_unchanged(self.source)
        mended = mend_clock(pts, self._time_base, may_jump=self._may_jump)
        pts = mended.ticks
        frame_rate, variable = measure_frame_rate(pts, self._time_base, self.claims.frame_rate)
        rotation, mirrored = self.orientation.turn()
        return VideoMetadata(
            source=self.source,
            sha256=sha256,
            width=self.width,
            height=self.height,
            pts_s=(pts * float(self._time_base)).astype(np.float64),
            frame_rate=frame_rate,
            variable_rate=variable,
            rotation=rotation,
            mirrored=mirrored,
            pixel_aspect_ratio=self._pixel_aspect_ratio,
            n_decode_errors=stats.n_errors,
            n_frames_lost=stats.n_lost,
            n_resized=n_resized,
            claims=self.claims,
            streams=self._streams,
            clock_jumps=mended.jumps,
        )

    def _frames(self) -> Iterator[Frame]:
        for image in self._with_first():
            index = len(self._pts)
            pts = image.pts if image.pts is not None else self._guess_pts()
            self._pts.append(pts)
            self._n_resized += (image.width, image.height) != self._stored
            picture = FrameImage(image, self.orientation, self.width, self.height)
            yield Frame(index, float(pts * self._time_base), picture)
        self._finished = True

    def _with_first(self) -> Iterator[av.VideoFrame]:
        yield self._first
        yield from self._decoded

    def _guess_pts(self) -> int:
        """Timestamp for a frame without one: a frame's length after the last."""
        if not self._pts:
            return 0
        frame_rate = self._stream.average_rate or Fraction(25)
        return self._pts[-1] + max(1, round(1 / (frame_rate * self._time_base)))


def probe(
    source: str | Path, *, stream_index: int | None = None, progress: Progress = no_progress
) -> VideoMetadata:
    """Decode a clip to its end and tell what was seen; nothing is detected.

    What is odd about the clip is logged. Parameters and errors as ``open_video``'s.
    """
    with open_video(source, stream_index=stream_index, progress=progress) as video:
        for frame in video.frames():
            progress("decode", frame.index + 1, video.claims.n_frames)
        metadata = video.metadata()
        warn_of(metadata, rotation_ignored=video.rotation_ignored)
        return metadata


def _read_claims(container: InputContainer, stream: VideoStream) -> Claims:
    """What the header says, before anything is decoded."""
    duration = None
    if stream.duration is not None and stream.time_base is not None:
        duration = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        duration = container.duration / av.time_base
    return Claims(stream.frames or None, stream.average_rate or None, duration)
