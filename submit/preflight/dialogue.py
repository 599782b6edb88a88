"""What is wrong with the turns of a dialogue: against the clip, the sounds and each other.

Pure functions of what was measured elsewhere, as in ``preflight.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.errors import Remedy
from speaker_boxes.submit.preflight.boxes_file import Rows
from speaker_boxes.submit.preflight.finding import LENGTH_TOLERANCE_S, Finding, error, warning
from speaker_boxes.submit.schema.segments import AudioLayout, LaidTurn
from speaker_boxes.track.output.turns import Turn, speaker_of_frames

UNSEEN_SHARE = 0.1
"""Share of a turn's frames without a box from which on it is told. Chosen: at a usual turn of two
to three seconds a few frames, less than what a viewer sees as a mouth that stands still."""
_SHORT_SOUND = {
    "cut_off": "the segment is cut to the sound, and what comes after may move",
    "silence": "the rest is silent",
    "bounce": "the picture is cut to the sound",
    "loop": "the picture is cut to the sound",
    "remap": "the picture is made faster, and what comes after may move",
}
"""What each mode is documented to do to a picture that is longer than its sound. That it does so
to a segment is not documented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """What is looked at; ``None`` is what could not be known, and is not complained about."""

    turns: Sequence[LaidTurn]
    """In the order of the clip."""
    sounds_s: Mapping[str, float | None]
    """Seconds of each speaker's sound; ``None`` for a text."""
    layout: AudioLayout
    sync_mode: str
    rows: Rows | None = None
    """The boxes of whoever speaks."""
    clip: ClipFacts | None = None
    pts_s: npt.NDArray[np.float64] | None = None
    """Shape (n_frames,): time of each frame in seconds; by the clip's rate if ``None``."""


def check_dialogue(job: Dialogue) -> Iterator[Finding]:
    """Everything that is wrong with the turns."""
    yield from _check_overlaps(job)
    yield from _check_clip(job)
    yield from _check_sounds(job)
    yield from _check_texts(job)
    yield from _check_boxes(job)


def frame_times(job: Dialogue) -> npt.NDArray[np.float64] | None:
    """Time of each frame, shape (n_frames,); ``None`` if not even the rate is known."""
    if job.pts_s is not None:
        return job.pts_s
    if job.clip is None or job.clip.frame_rate is None:
        return None
    return job.clip.first_s + np.arange(job.clip.n_frames) / float(job.clip.frame_rate)


def frames_of(turn: Turn, times: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which frames a turn holds, shape (n_frames,)."""
    return np.asarray(speaker_of_frames([turn], [turn.speaker], times, quiet=True) == 0)


def _name(job: Dialogue, laid: LaidTurn) -> str:
    return f"turn {job.turns.index(laid) + 1} ({laid.turn})"


def _check_overlaps(job: Dialogue) -> Iterator[Finding]:
    for first, second in pairwise(job.turns):
        if second.turn.start_s < first.turn.end_s:
            yield error(
                "turns_overlap",
                f"{_name(job, second)} begins before {_name(job, first)} has ended; end that one "
                f"at {second.turn.start_s:g} s, or make one turn of both",
            )


def _check_clip(job: Dialogue) -> Iterator[Finding]:
    times = frame_times(job)
    if job.clip is None or times is None:
        return
    frame_s = 1 / float(job.clip.frame_rate) if job.clip.frame_rate else LENGTH_TOLERANCE_S
    end_s = float(times[-1]) + frame_s
    for laid in job.turns:
        if laid.turn.start_s < 0:
            yield error(
                "turn_before_clip", f"{_name(job, laid)} begins before the clip; begin it at 0 s"
            )
        if laid.turn.end_s > end_s + frame_s:
            yield error(
                "turn_after_clip",
                f"{_name(job, laid)} ends after the clip, which lasts until {end_s:.2f} s; end "
                "the turn there, or leave it out",
            )
        elif not frames_of(laid.turn, times).any():
            yield error(
                "turn_short",
                f"{_name(job, laid)} holds no frame, of which each lasts {frame_s:.3f} s; make it "
                "longer, or leave it out",
            )


def _check_sounds(job: Dialogue) -> Iterator[Finding]:
    for name, sound_s in job.sounds_s.items():
        mine = [laid for laid in job.turns if laid.turn.speaker == name]
        if not mine:
            yield warning("no_turn", f"{name} has a sound and no turn; leave the sound out")
        if sound_s is None:
            continue
        for laid in mine:
            yield from _check_part(job, laid, sound_s)
        yield from _check_rest(job, name, mine, sound_s)


def _check_part(job: Dialogue, laid: LaidTurn, sound_s: float) -> Iterator[Finding]:
    if laid.audio_s is None:
        return
    start, end = laid.audio_s
    part = f"{start:.2f} s to {end:.2f} s of a sound of {sound_s:.2f} s"
    if start >= sound_s:
        yield error(
            "turn_after_sound",
            f"{_name(job, laid)} takes {part}, which has ended by then",
            Remedy("say where its part begins, or how the sound is laid out", "lay_out_sound"),
        )
    elif end > sound_s + LENGTH_TOLERANCE_S:
        yield warning(
            "sound_short",
            f"{_name(job, laid)} takes {part}; with {job.sync_mode} "
            f"{_SHORT_SOUND.get(job.sync_mode, 'it is not known what follows')}",
            Remedy("end the turn earlier, or use a longer sound"),
        )


def _check_rest(
    job: Dialogue, name: str, mine: Sequence[LaidTurn], sound_s: float
) -> Iterator[Finding]:
    """Sound that nobody would hear; along a clip that is meant to be so."""
    heard = max((laid.audio_s[1] for laid in mine if laid.audio_s), default=sound_s)
    if job.layout == "whole" or sound_s - heard <= LENGTH_TOLERANCE_S:
        return
    clip_s = job.clip.duration_s if job.clip else None
    if clip_s is not None and abs(clip_s - sound_s) <= LENGTH_TOLERANCE_S:
        yield warning(
            "layout",
            f"the sound of {name} is as long as the clip, yet its turns take its first "
            f"{heard:.2f} s",
            Remedy("lay it along the whole clip", "lay_out_sound_whole"),
        )
    else:
        yield warning(
            "sound_left",
            f"the turns of {name} take {heard:.2f} s of a sound of {sound_s:.2f} s, the rest is "
            "not heard; make the turns longer, or cut the sound",
        )


def _check_texts(job: Dialogue) -> Iterator[Finding]:
    for name, sound_s in job.sounds_s.items():
        count = sum(laid.turn.speaker == name and laid.audio_s is None for laid in job.turns)
        if sound_s is None and count > 1:
            yield error(
                "text_turns",
                f"{name} has one text for {count} turns, and where to part it is not known before "
                "it is spoken; give each turn a speaker's name of its own, or send a sound",
            )


def _check_boxes(job: Dialogue) -> Iterator[Finding]:
    times = frame_times(job)
    if job.rows is None or times is None or len(times) != len(job.rows):
        return
    absent = np.array([row is None for row in job.rows])
    spoken = np.zeros(len(times), dtype=bool)
    for laid in job.turns:
        mine = frames_of(laid.turn, times)
        spoken |= mine
        n_frames, n_absent = int(mine.sum()), int((mine & absent).sum())
        if n_frames and n_absent / n_frames >= UNSEEN_SHARE:
            yield warning(
                "turn_unseen",
                f"{_name(job, laid)}: {n_absent} of its {n_frames} frames "
                f"({n_absent / n_frames:.0%}) have no box, the mouth stays as it is there",
                Remedy(
                    "click on the face there too, or end the turn",
                    "choose_speaker_there_too",
                    {"name": laid.turn.speaker},
                ),
            )
    # by the rate alone a frame at the edge of a turn may fall on either side of it
    near = spoken.copy()
    near[1:] |= spoken[:-1]
    near[:-1] |= spoken[1:]
    outside = np.flatnonzero(~absent & ~near)
    if len(outside):
        yield error(
            "boxes_outside_turns",
            f"{len(outside)} boxes lie outside all turns, the first at frame {outside[0]}; track "
            "with the same turns, so that frames in which nobody speaks are null",
        )
