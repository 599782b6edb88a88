"""The sound of a clip into another file, moved in time with its pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet

from speaker_boxes.detect.decode.metadata import ClockJump
from speaker_boxes.detect.decode.source import open_container, read_packets
from speaker_boxes.detect.normalize.audio_clock import AudioClock

logger = logging.getLogger(__name__)

NO_AUDIO = "no sound"
"""``AudioTrack.how`` of a clip without any."""
_FRAME = 1024
"""Samples in an AAC frame."""
_PRIMING = 2 * _FRAME
"""Samples that an AAC decoder has to be given before the first one that is heard."""
_MAX_HOLE_S = 0.01
"""Seconds by which times of packets are off without one being lost: less than any packet of sound
lasts (Opus 20 ms as it is sent, MP3 24), more than containers round (1 ms)."""
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)

AudioPacket: TypeAlias = "Packet[AudioStream]"


class AudioTrack:
    """Sound that is written as far as the pictures are; closes the clip on exit.

    AAC is copied where each packet follows the one before; all else is encoded to AAC. What is
    heard before the first picture is left out.

    Parameters
    ----------
    path, name
        The clip, and what to call it in messages.
    target
        Where the sound goes.
    start_s
        When the first picture is shown, in seconds of the clip.
    clock_jumps
        Where the clip's clock jumps, if that is known.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        target: OutputContainer,
        *,
        start_s: float,
        clock_jumps: Sequence[ClockJump] = (),
    ) -> None:
        self.how = NO_AUDIO
        """What is done with it, in words."""
        self._target = target
        self._packets: Iterator[AudioPacket] = iter(())
        self._resources = ExitStack()
        source = self._resources.enter_context(open_container(path, name))
        stream = source.streams.best("audio")
        if isinstance(stream, AudioStream) and stream.codec_context is not None:
            packets = _by_one_clock(_read(source, stream, name), clock_jumps)
            context = stream.codec_context
            if (
                context.codec.canonical_name == "aac"
                and _has_header(stream)
                and _is_unbroken(path, name, stream.index)
            ):
                self.how = "sound copied"
                out = target.add_stream_from_template(stream)
                self._packets = _copy(packets, stream, out, start_s)
            elif context.sample_rate > 0:
                self.how = "sound encoded"
                out = _add_aac(target, stream)
                self._packets = _encode(packets, stream, out, start_s, name)
        self._next = next(self._packets, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resources.close()

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


def _is_unbroken(path: Path, name: str, stream_index: int) -> bool:
    """Whether each packet is heard, from its beginning to its end, after the one before.

    Packets that an edit list cuts, or that are lost, cannot be copied and stay in step.
    """
    latest: int | None = None
    ended_s = 0.0
    try:
        with open_container(path, name) as container:
            stream = container.streams[stream_index]
            assert isinstance(stream, AudioStream)
            for packet in read_packets(container, stream):
                if not packet.size:
                    break
                if packet.is_discard and latest is None:
                    continue  # what a decoder has to be given first
                if packet.is_discard or packet.pts is None or packet.dts is None:
                    return False
                time_s = _time_s(packet)
                if latest is not None and (
                    packet.dts <= latest or abs(time_s - ended_s) > _MAX_HOLE_S
                ):
                    return False
                latest = packet.dts
                ended_s = time_s + (
                    _duration_s(packet) or _FRAME / (stream.codec_context.sample_rate or 1)
                )
    except av.error.FFmpegError:
        return False
    return True


def _read(source: InputContainer, stream: AudioStream, name: str) -> Iterator[AudioPacket]:
    try:
        yield from read_packets(source, stream)
    except av.error.FFmpegError as error:
        logger.warning("%s: its sound breaks off: %s", name, error.strerror)


def _by_one_clock(
    packets: Iterator[AudioPacket], jumps: Sequence[ClockJump]
) -> Iterator[AudioPacket]:
    """Packets with times that pass over the jumps of the clip's clock, as its pictures' do."""
    clock = AudioClock(jumps)
    for packet in packets:
        # what an edit list cuts off is at times of its own
        if packet.pts is not None and not packet.is_discard:
            by = round(clock.ahead_s(_time_s(packet), _duration_s(packet)) / packet.time_base)
            packet.pts -= by
            if packet.dts is not None:
                packet.dts -= by
        yield packet


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
    packets: Iterator[AudioPacket], stream: AudioStream, out: AudioStream, start_s: float, name: str
) -> Iterator[AudioPacket]:
    graph: Graph | None = None
    kind: tuple[object, ...] = ()
    for frame in _decode(packets, stream, name):
        if frame.pts is None or frame.time_base is None:
            continue
        frame.pts -= round(start_s / frame.time_base)
        its_kind = (frame.sample_rate, frame.format.name, frame.layout.name)
        if graph is None:
            graph, kind = _resampler(frame, out), its_kind
        if its_kind != kind:
            continue  # silence instead: a graph takes one kind only
        graph.push(frame)
        yield from _drain(graph, out)
    if graph is not None:
        graph.push(None)
        yield from _drain(graph, out)
        yield from out.encode(None)


def _decode(packets: Iterator[AudioPacket], stream: AudioStream, name: str) -> Iterator[AudioFrame]:
    n_errors = 0
    for packet in packets:
        try:
            yield from stream.codec_context.decode(packet)
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
    follow = graph.add("aresample", f"async=1:first_pts=0:min_hard_comp={_MAX_HOLE_S}")
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


def _duration_s(packet: AudioPacket) -> float:
    return float((packet.duration or 0) * packet.time_base)
