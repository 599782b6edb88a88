"""How well it is found who speaks, on composed conversations."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from benchmarks.media import shared_folder
from benchmarks.speech.cast import RATE
from benchmarks.speech.heard import ComposedTalk, default_folder
from benchmarks.speech.talk import SOUNDS, Talk
from speaker_boxes.active_speaker.boxes import boxes_by_turns
from speaker_boxes.geometry import check_boxes, pairwise_iou
from speaker_boxes.track.output.speech_findings import CURVE_RATE
from speaker_boxes.track.output.turns import TurnBoxes
from speaker_boxes.track.speech.network import open_network

_TURNS = 8
_NEAR_S = 0.4
"""What a turn's ends may be off."""
_MIN_IOU = 0.3
_PAUSE_S = 0.5
"""Shorter pauses are within a turn."""


@dataclass(slots=True)
class Score:
    """Counts, of frames if it does not say otherwise."""

    frames: int = 0
    with_box: int = 0
    heard: int = 0
    """Somebody is heard who is in view."""
    on_speaker: int = 0
    """Of these the box is on them."""
    on_other: int = 0
    """The box is on somebody whose turn it is not."""
    silent: int = 0
    """Nobody is heard: between turns, and within."""
    in_silence: int = 0
    """Of these with a box."""
    away: int = 0
    """Somebody is heard who is not in view."""
    in_away: int = 0
    unclear: int = 0
    seconds: int = 0
    """Windows of a second, five a second, of talk beside somebody who listens."""
    seconds_right: int = 0
    turns: int = 0
    turns_found: int = 0
    notes: list[str] = field(default_factory=list)


def score(talk: Talk, found: TurnBoxes, total: Score) -> None:
    """Add one conversation."""
    who = _who_is_boxed(talk, found)
    speaker = np.array(talk.speaker)
    heard = np.array(talk.heard)
    seen = np.array([name in boxes for name, boxes in zip(speaker, talk.boxes, strict=True)])
    boxed = who != ""
    turn = _near_turn(speaker)
    total.frames += len(who)
    total.with_box += int(boxed.sum())
    total.heard += int((heard & seen).sum())
    total.on_speaker += int((heard & seen & (who == speaker)).sum())
    total.on_other += int((boxed & [w not in t for w, t in zip(who, turn, strict=True)]).sum())
    total.silent += int((~heard).sum())
    total.in_silence += int((~heard & boxed).sum())
    total.away += int((heard & ~seen).sum())
    total.in_away += int((heard & ~seen & boxed).sum())
    if found.speech is not None:
        total.unclear += round(sum(x.end_s - x.start_s for x in found.speech.unresolved) * RATE)
    _score_seconds(talk, found, total)
    true, mine = _turns(np.where(heard & seen, speaker, "")), _turns(who)
    total.turns += len(true)
    total.turns_found += sum(any(_is_near(one, other) for other in mine) for one in true)


def _near_turn(speaker: npt.NDArray[np.str_]) -> list[set[str]]:
    """Whose turn it is, or was or will be a moment away: the ends of turns are scored apart."""
    reach = round(_NEAR_S * RATE)
    return [set(speaker[max(0, i - reach) : i + reach + 1]) - {""} for i in range(len(speaker))]


def _who_is_boxed(talk: Talk, found: TurnBoxes) -> npt.NDArray[np.str_]:
    """Name of whoever the box of each frame is on; ``?`` for nobody's, empty for no box."""
    names = []
    for box, faces in zip(found.boxes, talk.boxes, strict=True):
        if np.isnan(box[0]):
            names.append("")
            continue
        known = check_boxes(np.array(list(faces.values())))
        overlap = pairwise_iou(check_boxes(box[None]), known)[0]
        names.append(list(faces)[int(overlap.argmax())] if overlap.max() >= _MIN_IOU else "?")
    return np.array(names)


def _score_seconds(talk: Talk, found: TurnBoxes, total: Score) -> None:
    """In each second of talk beside a listener: whose curve is higher."""
    if found.speech is None:
        return
    curves = found.speech.curves
    owner = {name: _owners(talk, found, name) for name in curves}
    for first in range(0, len(talk.speaker) - RATE, RATE // CURVE_RATE):
        span = range(first, first + RATE)
        speaker = {talk.speaker[i] for i in span}
        cast = {tuple(talk.boxes[i]) for i in span}
        if len(speaker) > 1 or len(cast) > 1 or not all(talk.heard[i] for i in span):
            continue
        talker = speaker.pop()
        at = slice(first * CURVE_RATE // RATE, (first + RATE) * CURVE_RATE // RATE)
        means = {}
        for name, curve in curves.items():
            actor = owner[name][first + RATE // 2]
            if actor and not np.isnan(curve[at]).all():
                means[actor] = float(np.nanmean(curve[at]))
        if talker in means and len(means) > 1:
            total.seconds += 1
            total.seconds_right += max(means, key=lambda actor: means[actor]) == talker


def _owners(talk: Talk, found: TurnBoxes, name: str) -> list[str]:
    """Who a found person is, frame by frame: tracks may have been joined wrongly."""
    boxes = found.speakers[name].boxes
    owners = []
    for box, faces in zip(boxes, talk.boxes, strict=True):
        overlap = np.zeros(1)
        if not np.isnan(box[0]):
            known = check_boxes(np.array(list(faces.values())))
            overlap = pairwise_iou(check_boxes(box[None]), known)[0]
        owners.append(list(faces)[int(overlap.argmax())] if overlap.max() >= _MIN_IOU else "")
    return owners


def _turns(who: npt.NDArray[np.str_]) -> list[tuple[int, int, str]]:
    """Runs of one name, short pauses bridged; what is shorter than 0.4 s is no turn."""
    turns: list[tuple[int, int, str]] = []
    for i, name in enumerate(who.tolist()):
        if not name:
            continue
        if turns and turns[-1][2] == name and i - turns[-1][1] <= _PAUSE_S * RATE:
            turns[-1] = (turns[-1][0], i + 1, name)
        else:
            turns.append((i, i + 1, name))
    return [turn for turn in turns if turn[1] - turn[0] >= _NEAR_S * RATE]


def _is_near(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    reach = _NEAR_S * RATE
    return (
        one[2] == other[2] and abs(one[0] - other[0]) <= reach and abs(one[1] - other[1]) <= reach
    )


def measure(half: str, n: int) -> dict[str, Score]:
    """Score ``n`` conversations with their own sound and with each other."""
    network = open_network(model=shared_folder() / "models" / "lr_asd_pretrain_AVA.model")
    scores = {sound: Score() for sound in SOUNDS}
    for seed in range(100, 100 + n):
        composed = ComposedTalk(half, seed, _TURNS, network, default_folder())
        for sound in SOUNDS:
            score(composed.talk, boxes_by_turns(composed.heard(sound)), scores[sound])
            print(half, seed, sound, scores[sound], file=sys.stderr)
    return scores


def as_rows(scores: dict[str, Score]) -> list[list[str]]:
    """A row for each sound."""
    return [
        [
            sound,
            f"{one.frames / RATE:.0f} s",
            _part(one.seconds_right, one.seconds),
            _part(one.on_speaker, one.heard),
            _part(one.on_other, one.frames),
            _part(one.in_silence, one.silent),
            _part(one.in_away, one.away),
            _part(one.unclear, one.frames),
            f"{one.turns_found}/{one.turns}",
        ]
        for sound, one in scores.items()
    ]


def _part(count: int, of: int) -> str:
    return f"{count / of:.3f}" if of else ""
