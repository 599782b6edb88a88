"""Open a file with FFmpeg, which may follow it nowhere else, choose a stream, read its packets."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar, cast

import av
import av.error
import av.stream
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
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

MAX_PIXELS = 1 << 26
"""Of a clip's picture: 8192x8192, twice what 8K video has; 0.1 GB for each that is held. Chosen."""
_Stream = TypeVar("_Stream", bound=Stream)


def open_container(path: Path, name: str) -> InputContainer:
    """Open a file that is called ``name`` in messages."""
    check_is_file(path, name)
    if not path.stat().st_size:
        raise VideoOpenError(f"cannot open {name}: it is empty")
    if _is_playlist(path):
        raise VideoOpenError(
            f"cannot open {name}: it is a playlist, which names other files; give the clip itself"
        )
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(sorted(av.formats_available - _NOT_CLIPS)),
    }
    try:
        # "file:" in front, or FFmpeg would read a colon in a name as a protocol
        # a title in Latin-1 is no reason to refuse a clip
        return av.open(f"file:{path}", options=options, metadata_errors="replace")
    except av.error.ArgumentError as error:  # "Format not on whitelist"
        # a name in .jpg makes it a list of pictures (image2), whatever it holds
        if not _begins_as_jpeg(path):
            raise VideoOpenError(f"cannot open {name}: {_reason(error)}") from error
    except (av.error.FFmpegError, OSError) as error:
        raise VideoOpenError(f"cannot open {name}: {_reason(error)}") from error
    try:
        return av.open(f"file:{path}", format="jpeg_pipe", options=options)
    except (av.error.FFmpegError, OSError) as error:
        raise VideoOpenError(f"cannot open {name}: {_reason(error)}") from error


def _begins_as_jpeg(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(3) == b"\xff\xd8\xff"


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
    context = stream.codec_context
    if context is None:
        raise VideoOpenError(
            f"cannot open {name}: no decoder for the codec of stream {stream.index}; "
            "convert it to H.264 first"
        )
    if context.width * context.height > MAX_PIXELS:
        raise VideoOpenError(
            f"cannot open {name}: its pictures of {context.width}x{context.height} are too large; "
            f"{MAX_PIXELS / 1e6:.0f} million pixels are the most"
        )
    return stream


def set_up_decoder(stream: VideoStream, *, threads: int) -> None:
    """Say how a stream is to be decoded, before its first packet; as many threads as cores if 0."""
    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = threads
    # else a picture's left edge is cut where its address suits the processor, not where it is
    stream.codec_context.flags |= Flags.unaligned
    stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}


def read_packets(container: InputContainer, stream: _Stream) -> Generator[Packet[_Stream]]:
    """Packets that hold something, and in the end one that takes out what a decoder holds.

    An empty sample in the middle, where a recorder left a picture out, is no error and no frame.
    """
    demuxed = cast("Iterator[Packet[_Stream]]", container.demux(stream))
    n_sent = 0
    while True:
        try:
            packet = next(demuxed)
        except (StopIteration, IndexError):
            # PyAV 18.1 looks, at the end, for streams that appeared while packets were read
            break
        if packet.size:
            n_sent += 1
            yield packet
        elif packet.dts is not None and n_sent and isinstance(stream, VideoStream):
            _show_after_a_gap(stream)
    end = cast("Packet[_Stream]", Packet())
    end.time_base = stream.time_base or end.time_base
    yield end


def _show_after_a_gap(stream: VideoStream) -> None:
    """Have pictures shown that refer to one that is not there, which FFmpeg's HEVC keeps back."""
    if stream.codec_context.name == "hevc":
        stream.codec_context.flags |= Flags.output_corrupt


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


_PLAYLISTS = (b"#EXTM3U", b"[playlist]", b"<MPD", b"<smil", b"<asx", b"<playlist", b"ffconcat")


def _is_playlist(path: Path) -> bool:
    """Whether a file begins as HLS, DASH and the like do, whatever it is called."""
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \r\n").startswith(_PLAYLISTS)


def _reason(error: av.error.FFmpegError | OSError) -> str:
    """What FFmpeg says, in words for people who do not know FFmpeg."""
    if isinstance(error, av.error.InvalidDataError):
        return "it is damaged, or no video that FFmpeg knows"
    if isinstance(error, av.error.ArgumentError):  # "Format not on whitelist"
        return "it is a list of other files or a text; give the clip itself"
    return str(error.strerror)
