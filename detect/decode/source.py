"""Open a file with FFmpeg, which may follow it nowhere else, and choose a video stream."""

from __future__ import annotations

from pathlib import Path

import av
import av.error
import av.stream
from av.container import InputContainer
from av.video.stream import VideoStream

from speaker_boxes.detect.decode.metadata import StreamInfo
from speaker_boxes.errors import VideoOpenError
from speaker_boxes.file_digest import check_is_file

_NOT_CLIPS = frozenset(
    {"concat", "dash", "hls", "image2", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp"}
    | {"avisynth", "smil", "vapoursynth", "vobsub", "webm_dash_manifest"}
    | {"tty"}
)
"""FFmpeg's formats that are lists of other files or addresses, which a clip must not make us
read; and the one that draws any text file as a film."""


def open_container(path: Path, name: str) -> InputContainer:
    """Open a file that is called ``name`` in messages."""
    check_is_file(path, name)
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(sorted(av.formats_available - _NOT_CLIPS)),
    }
    try:
        # "file:" in front, or FFmpeg would read a colon in a name as a protocol
        # a title in Latin-1 is no reason to refuse a clip
        return av.open(f"file:{path}", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise VideoOpenError(f"cannot open {name}: {_reason(error)}") from error


def choose_stream(container: InputContainer, name: str, stream_index: int | None) -> VideoStream:
    """The video stream with this index, or FFmpeg's own best choice; never a cover by itself."""
    videos = container.streams.video
    if not videos:
        raise VideoOpenError(f"cannot open {name}: it has no video stream")
    if stream_index is not None:
        for stream in videos:
            if stream.index == stream_index:
                return _with_decoder(stream, name)
        there = ", ".join(str(stream.index) for stream in videos)
        raise VideoOpenError(
            f"cannot open {name}: stream {stream_index} is no video; video: {there}"
        )
    pictures = [stream for stream in videos if not is_attached_pic(stream)]
    if not pictures:
        raise VideoOpenError(f"cannot open {name}: its only video is a cover picture")
    best = container.streams.best("video")
    return _with_decoder(best if isinstance(best, VideoStream) else pictures[0], name)


def _with_decoder(stream: VideoStream, name: str) -> VideoStream:
    if stream.codec_context is None:
        raise VideoOpenError(
            f"cannot open {name}: no decoder for the codec of stream {stream.index}; "
            "convert it to H.264 first"
        )
    return stream


def is_attached_pic(stream: av.stream.Stream) -> bool:
    """Whether a stream is a still picture that goes with the clip."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def describe_streams(container: InputContainer, chosen: int) -> tuple[StreamInfo, ...]:
    """Every stream of the container."""
    return tuple(
        StreamInfo(
            stream.index,
            stream.type,
            stream.codec_context.codec.canonical_name if stream.codec_context is not None else None,
            is_attached_pic(stream),
            stream.index == chosen,
        )
        for stream in container.streams
    )


def _reason(error: av.error.FFmpegError | OSError) -> str:
    """What FFmpeg says, in words for people who do not know FFmpeg."""
    if isinstance(error, av.error.InvalidDataError):
        return "it is damaged, or no video that FFmpeg knows"
    if isinstance(error, av.error.ArgumentError):  # "Format not on whitelist"
        return "it is a list of other files or a text; give the clip itself"
    return str(error.strerror)
