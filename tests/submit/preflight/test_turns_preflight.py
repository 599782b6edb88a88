"""Preflight of dialogues: turns against the clip, the sounds, the boxes and each other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from speaker_boxes.commands.common.wording import finding_line
from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.submit.preflight.dialogue import Dialogue, check_dialogue
from speaker_boxes.submit.preflight.finding import Finding
from speaker_boxes.submit.preflight.inputs import PreflightInput
from speaker_boxes.submit.preflight.preflight import check
from speaker_boxes.submit.schema.request import BoxesSelection, PointSelection, Selection
from speaker_boxes.submit.schema.segments import AudioLayout, lay_turns
from speaker_boxes.track.output.turns import Turn

CLIP = ClipFacts(sha256="d", n_frames=100, width=1920, height=1080, frame_rate=Fraction(25))
BOX = [800, 300, 1000, 560]


def turn(start_s: float, end_s: float, speaker: str, audio_start_s: float | None = None) -> Turn:
    return Turn(start_s=start_s, end_s=end_s, speaker=speaker, audio_start_s=audio_start_s)


ANA, BEN = turn(0, 1, "ana"), turn(2, 3, "ben")


def rows_of(*spans: tuple[int, int]) -> list[list[int] | None]:
    """Boxes in some frames only, the ends exclusive."""
    return [BOX if any(a <= i < b for a, b in spans) else None for i in range(100)]


def dialogue(
    *turns: Turn,
    sounds: dict[str, float | None] | None = None,
    layout: AudioLayout = "running",
    **changes: Any,
) -> Dialogue:
    """Ana and ben, a second each, whose sounds are a second long."""
    sounds = {"ana": 1.0, "ben": 1.0} if sounds is None else sounds
    texts = [name for name, length in sounds.items() if length is None]
    usual = Dialogue(
        turns=lay_turns(turns or (ANA, BEN), layout, texts), sounds_s=sounds, layout=layout,
        sync_mode="cut_off", rows=rows_of((0, 25), (50, 75)), clip=CLIP,
    )  # fmt: skip
    return replace(usual, **changes)


def test_nothing_is_found_against_a_good_dialogue() -> None:
    assert list(check_dialogue(dialogue())) == []


@pytest.mark.parametrize(
    ("job", "code", "message"),
    [
        (dialogue(turn(0, 1, "ana"), turn(0.5, 1.5, "ana"), BEN, sounds={"ana": 2.0, "ben": 1.0},
                  rows=None), "turns_overlap", "end that one at 0.5 s, or make one turn of both"),
        (dialogue(ANA, turn(3.5, 4.5, "ben"), rows=None), "turn_after_clip",
         "ends after the clip, which lasts until 4.00 s; end the turn there"),
        (dialogue(turn(-0.5, 0.5, "ana"), BEN, rows=None), "turn_before_clip", "begin it at 0 s"),
        (dialogue(turn(0.01, 0.02, "ana"), BEN, rows=None, sounds={"ana": 0.01, "ben": 1.0}),
         "turn_short", "holds no frame, of which each lasts 0.040 s; make it longer"),
        (dialogue(ANA, turn(2, 3, "ben", 1.5), rows=None), "turn_after_sound",
         "takes 1.50 s to 2.50 s of a sound of 1.00 s, which has ended by then; say where its"),
        (dialogue(ANA, turn(2, 3, "ana"), sounds={"ana": None}), "text_turns",
         "ana has one text for 2 turns"),
        (dialogue(rows=rows_of((0, 30), (50, 75))), "boxes_outside_turns",
         "4 boxes lie outside all turns, the first at frame 26; track with the same turns"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)  # fmt: skip
def test_errors(job: Dialogue, code: str, message: str) -> None:
    """One each, in one line that ends in what would do."""
    [finding] = check_dialogue(job)

    assert (finding.code, finding.severity) == (code, "error")
    assert message in finding.message
    assert ";" in finding_line(finding)
    assert len(finding.message.splitlines()) == 1


@pytest.mark.parametrize(
    ("job", "code", "message"),
    [
        (dialogue(rows=rows_of((0, 15), (50, 75))), "turn_unseen",
         "turn 1 (ana from 0 s to 1 s): 10 of its 25 frames (40%) have no box"),
        (dialogue(sounds={"ana": 1.0, "ben": 0.5}), "sound_short",
         "takes 0.00 s to 1.00 s of a sound of 0.50 s; with cut_off the segment is cut"),
        (dialogue(sounds={"ana": 1.0, "ben": 0.5}, sync_mode="silence"), "sound_short",
         "with silence the rest is silent; end the turn earlier"),
        (dialogue(sounds={"ana": 1.0, "ben": 0.5}, sync_mode="bounce"), "sound_short",
         "with bounce the picture is cut to the sound"),
        (dialogue(sounds={"ana": 1.0, "ben": 0.5}, sync_mode="loop"), "sound_short",
         "with loop the picture is cut to the sound"),
        (dialogue(sounds={"ana": 1.0, "ben": 0.5}, sync_mode="remap"), "sound_short",
         "with remap the picture is made faster"),
        (dialogue(sounds={"ana": 2.5, "ben": 1.0}), "sound_left",
         "the turns of ana take 1.00 s of a sound of 2.50 s, the rest is not heard"),
        (dialogue(sounds={"ana": 4.0, "ben": 1.0}), "layout", "as long as the clip, yet its turns"),
        (dialogue(sounds={"ana": 1.0, "ben": 1.0, "eva": 1.0}, rows=None), "no_turn",
         "eva has a sound and no turn; leave the sound out"),
    ],
    ids=lambda value: value if isinstance(value, str) and "_" in value else "",
)  # fmt: skip
def test_warnings(job: Dialogue, code: str, message: str) -> None:
    found = [one for one in check_dialogue(job) if one.code != "sound_left" or code == one.code]

    [finding] = found
    assert (finding.code, finding.severity) == (code, "warning")
    assert message in finding.message
    assert ";" in finding_line(finding)


def test_the_layout_that_fits_is_named_as_the_command_calls_it() -> None:
    [finding] = check_dialogue(dialogue(sounds={"ana": 4.0, "ben": 1.0}))

    assert finding_line(finding).endswith("; use --audio-layout whole")


@pytest.mark.parametrize(
    "job",
    [
        dialogue(layout="whole", sounds={"ana": 4.0, "ben": 4.0}),
        dialogue(sounds={"ana": 1.05, "ben": 0.95}),
        dialogue(rows=rows_of((0, 26), (49, 75))),
        dialogue(rows=rows_of((0, 23), (50, 75))),
        dialogue(turn(0, 1, "ana"), turn(3, 4.03, "ben"), rows=None),
        dialogue(turn(2, 3, "ben", 4), sounds={"ben": 5.0}, rows=None),
        dialogue(clip=None),
        dialogue(sounds={"ana": None, "ben": 1.0}),
        dialogue(pts_s=np.arange(100) / 25 + 1e-4),
    ],
    ids=[
        "sounds along the clip", "nearly as long", "a frame beside a turn", "two frames unseen",
        "a turn to the last frame's end", "a part that is named", "clip unknown", "a text",
        "times from the clip",
    ],
)  # fmt: skip
def test_what_is_fine(job: Dialogue) -> None:
    assert list(check_dialogue(job)) == []


def whole(selection: Selection | None, **changes: Any) -> list[Finding]:
    usual: dict[str, Any] = {
        "model": "lipsync-2", "sync_mode": "cut_off", "selection": selection, "clip": CLIP,
    }  # fmt: skip
    return check(PreflightInput(**{**usual, **changes}))


def test_gaps_between_turns_are_no_gaps() -> None:
    """Three seconds without a box are told of one speaker, and meant in a dialogue."""
    rows = rows_of((0, 25))
    one = dialogue(ANA, sounds={"ana": 1.0}, rows=rows)

    assert whole(BoxesSelection(bounding_boxes=rows), rows=rows, dialogue=one) == []


@pytest.mark.parametrize(
    ("length_s", "plan"), [(301, "Growth"), (601, "Scale"), (1801, "Enterprise")]
)
def test_a_long_clip_takes_a_plan(length_s: int, plan: str) -> None:
    """Documented lengths; which plan the key is of is not known here."""
    clip = replace(CLIP, n_frames=length_s * 25)
    point = PointSelection(frame_number=0, coordinates=[1, 1])

    [finding] = whole(point, clip=clip)

    assert finding.code == "plan_length"
    assert f"lasts {length_s} s, which takes the plan {plan} or a larger one; cut" in (
        finding.message
    )


def test_boxes_in_segments_are_counted_together() -> None:
    """Each segment holds an array of its own."""
    [finding] = whole(None, dialogue=dialogue(), n_request_bytes=1_200_000)

    assert finding.code == "inline_size"
    assert finding_line(finding).endswith("; leave out --select-in segments")


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"model": "lipsync-2"}, "image_model", "only sync-3 does; ask for another --model"),
        ({"selection": "auto"}, "image_auto", "choose it by --point 0:X,Y, or by the box"),
        ({"selection": "late"}, "image_frame", "a picture is frame 0, choose in that"),
        ({"dialogue": dialogue()}, "image_turns", "a picture has no times; send one sound"),
    ],
)
def test_pictures(changes: dict[str, Any], code: str, words: str) -> None:
    from speaker_boxes.submit.schema.request import AutoSelection

    ways: dict[str, Selection] = {
        "auto": AutoSelection(), "late": PointSelection(frame_number=1, coordinates=[9, 9]),
        "box": BoxesSelection(bounding_boxes=[BOX]),
    }  # fmt: skip
    clip = ClipFacts(sha256="d", n_frames=1, width=1920, height=1080, frame_rate=None)
    usual: dict[str, Any] = {"model": "sync-3", "is_image": True, "clip": clip}
    given = {**usual, **changes}
    found = whole(ways[given.pop("selection", "box")], **given)

    [finding] = [one for one in found if one.code.startswith("image")]
    assert (finding.code, finding.severity) == (code, "error")
    assert words in finding_line(finding)


@pytest.mark.parametrize(
    ("script", "code"), [("  ", "text_empty"), ("a" * 5001, "text_long"), ("Hello.", None)]
)
def test_texts(script: str, code: str | None) -> None:
    found = whole(PointSelection(frame_number=0, coordinates=[1, 1]), script=script)

    assert [one.code for one in found] == ([code] if code else [])
    assert all(";" in one.message for one in found)
