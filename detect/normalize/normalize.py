"""A clip as every reader counts it alike: constant rate, upright, square pixels, H.264 in MP4."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.filter import Graph

from speaker_boxes.detect.decode.decode_warnings import warn_of
from speaker_boxes.detect.decode.metadata import VideoMetadata
from speaker_boxes.detect.decode.video import Video, open_local
from speaker_boxes.detect.normalize.audio_clock import MAX_PAUSE_S
from speaker_boxes.detect.normalize.audio_track import NO_AUDIO, AudioTrack
from speaker_boxes.detect.normalize.cfr import frame_repeats, nearest_frame_rate
from speaker_boxes.detect.normalize.h264 import add_h264, display_size, tag_colours, upright
from speaker_boxes.errors import OutputError, VideoDecodeError
from speaker_boxes.fetch.source import Download, local_copy, redacted_url
from speaker_boxes.files import atomic_path, check_writable
from speaker_boxes.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class NormalizeResult:
    """What became of a clip."""

    path: Path
    frame_rate: Fraction
    """Frames per second."""
    width: int
    height: int
    n_in: int
    """Frames that decoded."""
    n_out: int
    n_repeated: int
    n_dropped: int
    audio: str
    """What was done with the sound, in words."""
    cut_s: float
    """Seconds before the first frame, whose sound is left out."""


def normalize(
    source: str | Path,
    output: str | Path,
    *,
    frame_rate: Fraction | None = None,
    stream_index: int | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> NormalizeResult:
    """Write a clip anew so that every reader counts the same frames.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    output
        The MP4 file to write; it appears when it is complete.
    frame_rate
        Frames per second; the usual rate nearest to the measured one if ``None``.
    stream_index
        Which video stream; FFmpeg's own choice if ``None``.
    progress
        Told of the stages "download", "decode" and "encode".

    Raises
    ------
    VideoError
        The clip does not open or decode, or stands still for longer than ten minutes.
    OutputError
        The file exists, is the clip itself, or cannot be written.
    """
    path, name = Path(output), redacted_url(source)
    if frame_rate is not None and not 1 <= frame_rate <= 120:
        raise ValueError(f"frame_rate must be from 1 to 120 frames per second, got {frame_rate}")
    check_writable(path, overwrite=overwrite, inputs=[source])
    with local_copy(source, progress=progress) as clip:
        metadata = _read_through(clip, name, stream_index, progress)
        _check_pauses(metadata)
        frame_rate = frame_rate or nearest_frame_rate(
            metadata.frame_rate, varies=metadata.variable_rate
        )
        with atomic_path(path) as aside:
            try:
                audio = _write(clip, metadata, aside, frame_rate, stream_index, progress)
            except av.error.FFmpegError as error:
                raise OutputError(f"cannot write {path}: {error.strerror}") from error
            clip.check_unchanged(name)
    repeats = frame_repeats(metadata.pts_s, frame_rate, metadata.frame_rate)
    width, height = _display_size(metadata)
    return NormalizeResult(
        path=path,
        frame_rate=frame_rate,
        width=width,
        height=height,
        n_in=metadata.n_frames,
        n_out=int(repeats.sum()),
        n_repeated=int((repeats[repeats > 1] - 1).sum()),
        n_dropped=int((repeats == 0).sum()),
        audio=audio,
        cut_s=max(0.0, float(metadata.pts_s[0])) if audio != NO_AUDIO else 0.0,
    )


def _read_through(
    clip: Download, name: str, stream_index: int | None, progress: Progress
) -> VideoMetadata:
    """All timestamps, which the choice of frames needs; what is odd about the clip is logged."""
    with open_local(clip, name, stream_index=stream_index) as video:
        for frame in video.frames():
            progress("decode", frame.index + 1, video.claims.n_frames)
        metadata = video.metadata()
        warn_of(metadata, rotation_ignored=video.rotation_ignored)
        return metadata


def _check_pauses(metadata: VideoMetadata) -> None:
    """Refuse a clip whose times stand still so long that it is no pause: hours of one picture."""
    steps_s = np.diff(metadata.pts_s)
    if len(steps_s) and (longest_s := float(steps_s.max())) > MAX_PAUSE_S:
        frame = int(steps_s.argmax())
        raise VideoDecodeError(
            f"cannot normalise {metadata.source}: no picture for {longest_s:.0f} s after frame "
            f"{frame} at {metadata.pts_s[frame]:.3f} s; cut the clip there"
        )


def _write(
    clip: Download,
    metadata: VideoMetadata,
    aside: Path,
    frame_rate: Fraction,
    stream_index: int | None,
    progress: Progress,
) -> str:
    """Encode pictures and sound side by side; what was done with the sound."""
    with ExitStack() as stack:
        video = stack.enter_context(open_local(clip, metadata.source, stream_index=stream_index))
        # "file:" in front, or a colon in the name would be read as a protocol
        target = stack.enter_context(
            av.open(f"file:{aside}", "w", format="mp4", options={"movflags": "+faststart"})
        )
        pictures = add_h264(target, frame_rate, _display_size(metadata))
        audio = stack.enter_context(
            AudioTrack(
                clip.path,
                metadata.source,
                target,
                start_s=float(metadata.pts_s[0]),
                clock_jumps=metadata.clock_jumps,
            )
        )
        for tick, image in enumerate(_shown_frames(video, metadata, frame_rate, progress)):
            if tick == 0:
                tag_colours(pictures, image)
            image.pts, image.time_base = tick, 1 / frame_rate
            audio.write_until(float(tick / frame_rate))
            target.mux(pictures.encode(image))
        target.mux(pictures.encode(None))
        audio.write_until(float("inf"))
        return audio.how


def _shown_frames(
    video: Video, metadata: VideoMetadata, frame_rate: Fraction, progress: Progress
) -> Iterator[av.VideoFrame]:
    """The picture of each tick, upright and scaled."""
    repeats = frame_repeats(metadata.pts_s, frame_rate, metadata.frame_rate).tolist()
    size = _display_size(metadata)
    graphs: dict[tuple[object, ...], Graph] = {}
    # the counts first: where they end, no further frame is asked for
    for n_repeats, frame in zip(repeats, video.frames(), strict=False):
        progress("encode", frame.index + 1, metadata.n_frames)
        if n_repeats:
            image = upright(frame, video.orientation, size, graphs)
            for _ in range(n_repeats):
                yield image


def _display_size(metadata: VideoMetadata) -> tuple[int, int]:
    return display_size(metadata.width, metadata.height, metadata.pixel_aspect_ratio)
