"""The sound of a clip into another file, moved in time with its pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TypeAlias

import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet

logger = logging.getLogger(__name__)

NO_AUDIO = "no sound"
"""``AudioTrack.how`` of a clip without any."""
_FRAME = 1024
"""Samples in an AAC frame."""
_PRIMING = 2 * _FRAME
"""Samples that an AAC decoder has to be given before the first one that is heard."""
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)

AudioPacket: TypeAlias = "Packet[AudioStream]"


class AudioTrack:
    """Sound that is written as far as the pictures are.

    AAC is copied; all else is encoded to AAC. What is heard before ``start_s`` is left out.
    """

    def __init__(
        self, source: InputContainer, target: OutputContainer, start_s: float, name: str
    ) -> None:
        self.how = NO_AUDIO
        """What is done with it, in words."""
        self._target = target
        self._packets: Iterator[AudioPacket] = iter(())
        stream = source.streams.best("audio")
        if isinstance(stream, AudioStream) and stream.codec_context is not None:
            packets = _read(source, stream, name)
            if stream.codec_context.codec.canonical_name == "aac" and _has_header(stream):
                self.how = "sound copied"
                out = target.add_stream_from_template(stream)
                self._packets = _copy(packets, stream, out, start_s)
            else:
                self.how = "sound encoded"
                out = _add_aac(target, stream)
                self._packets = _encode(packets, out, start_s, name)
        self._next = next(self._packets, None)

    def write_until(self, time_s: float) -> None:
        """Write what begins before this time of the new clip."""
        while self._next is not None and _time_s(self._next) <= time_s:
            self._target.mux(self._next)
            self._next = next(self._packets, None)


def _has_header(stream: AudioStream) -> bool:
    """Whether the decoder's settings stand in a header, as MP4 stores them.

    AAC in MPEG-TS has them in front of each frame instead (ADTS), and cannot be copied.
    """
    return bool(stream.codec_context.extradata)


def _add_aac(target: OutputContainer, stream: AudioStream) -> AudioStream:
    context = stream.codec_context
    rate = min(_AAC_RATES, key=lambda known: abs(known - context.sample_rate))
    layout = "mono" if context.channels == 1 else "stereo"
    return target.add_stream("aac", rate=rate, layout=layout)


def _read(source: InputContainer, stream: AudioStream, name: str) -> Iterator[AudioPacket]:
    try:
        yield from source.demux(stream)
    except av.error.FFmpegError as error:
        logger.warning("%s: its sound breaks off: %s", name, error.strerror)


def _copy(
    packets: Iterator[AudioPacket], stream: AudioStream, out: AudioStream, start_s: float
) -> Iterator[AudioPacket]:
    earliest_s = -_PRIMING / stream.codec_context.sample_rate
    latest: int | None = None
    for packet in packets:
        if packet.pts is None or packet.dts is None:  # the empty one at the end
            continue
        if latest is not None and packet.dts <= latest:
            continue  # of an edit list's second part: files cannot hold what goes back in time
        latest = packet.dts
        shift = round(start_s / packet.time_base)
        packet.pts -= shift
        packet.dts -= shift
        if _time_s(packet) >= earliest_s:
            packet.stream = out
            yield packet


def _encode(
    packets: Iterator[AudioPacket], out: AudioStream, start_s: float, name: str
) -> Iterator[AudioPacket]:
    graph: Graph | None = None
    for frame in _decode(packets, name):
        if frame.pts is None or frame.time_base is None:
            continue
        frame.pts -= round(start_s / frame.time_base)
        graph = graph or _resampler(frame, out)
        graph.push(frame)
        yield from _drain(graph, out)
    if graph is not None:
        graph.push(None)
        yield from _drain(graph, out)
        yield from out.encode(None)


def _decode(packets: Iterator[AudioPacket], name: str) -> Iterator[AudioFrame]:
    n_errors = 0
    for packet in packets:
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            n_errors += 1
    if n_errors:
        logger.warning("%s: %d packets of its sound do not decode; silence instead", name, n_errors)


def _resampler(frame: AudioFrame, out: AudioStream) -> Graph:
    """Cut or pad with silence to begin at 0 and to follow the timestamps; as ``out`` wants it."""
    graph = Graph()
    context = out.codec_context
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format,
        layout=frame.layout,
        time_base=frame.time_base,
    )
    follow = graph.add("aresample", "async=1:first_pts=0")
    form = f"sample_fmts=fltp:sample_rates={context.sample_rate}"
    shape = graph.add("aformat", f"{form}:channel_layouts={context.layout.name}")
    graph.link_nodes(source, follow, shape, graph.add("abuffersink"))
    graph.configure()
    return graph


def _drain(graph: Graph, out: AudioStream) -> Iterator[AudioPacket]:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield from out.encode(frame)


def _time_s(packet: AudioPacket) -> float:
    return float((packet.pts or 0) * packet.time_base)
