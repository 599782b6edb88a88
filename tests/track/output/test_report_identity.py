"""What the report says of who is who: how sure each track is, and where faces were parted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from speaker_boxes import Click, SpeakerBoxes, Turn, merge_by_turns, report_json, track_speaker
from speaker_boxes.sample import clip_path
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.result import Joined, Role, Status, TrackInfo
from speaker_boxes.track.tracklets.tracks import Parting
from tests.track.clips import make_clip

N = 40
CLICKS = (Click(frame=2, x=100, y=140), Click(frame=12, x=100, y=140), Click(frame=32, x=300, y=90))


def info(track: int, first: int, last: int, role: Role) -> TrackInfo:
    return TrackInfo(track, first, last, last - first + 1, 0.9, CLICKS[track], role)


RESULT = SpeakerBoxes(
    video=make_clip([], N).video,
    boxes=np.full((N, 4), np.nan, dtype=np.float32),
    status=np.full(N, Status.NO_FACE, dtype=np.uint8),
    cuts=(30,),
    tracks=(
        info(0, 0, 9, Role.SPEAKER),
        info(1, 10, 29, Role.OTHER),
        info(2, 30, 39, Role.SPEAKER),
    ),
    clicks=(CLICKS[0],),
    detector="made",
    options=TrackOptions(),
    reason="chosen by click 2:100,140",
    evidence=("faces",),
    joined=(Joined(0, None, None), Joined(2, 3.14159, 2.71828)),
    partings=(Parting(1, 2, -0.5), Parting(0, 1, -3.456)),
)
PARTINGS = [
    {"frame": 10, "time_s": 0.4, "log_odds": -3.46, "before": "2:100,140", "after": "12:100,140"},
    {"frame": 30, "time_s": 1.2, "log_odds": -0.5, "before": "12:100,140", "after": "32:300,90"},
]


def read(result: Any) -> Any:
    return json.loads(report_json(result))


def test_partings_come_in_order_of_time_with_a_click_on_each_side() -> None:
    assert read(RESULT)["partings"] == PARTINGS
    assert read(replace(RESULT, partings=()))["partings"] == []


def test_each_joined_track_has_its_odds_and_what_was_clicked_none() -> None:
    assert read(RESULT)["speaker"]["joined"] == [
        {"track": 0, "log_odds": None, "margin": None},
        {"track": 2, "log_odds": 3.14, "margin": 2.72},
    ]


def test_the_report_of_turns_says_it_of_each_speaker() -> None:
    """Partings are of the clip: once."""
    people = {"ana": RESULT, "ben": replace(RESULT, joined=())}

    report = read(merge_by_turns(people, [Turn(start_s=0, end_s=1, speaker="ana")]))

    assert report["partings"] == PARTINGS
    assert [each["track"] for each in report["speakers"]["ana"]["joined"]] == [0, 2]
    assert report["speakers"]["ben"]["joined"] == []


@pytest.fixture(scope="module")
def sample() -> Any:
    return read(track_speaker(clip_path(), at=[Click(frame=132, x=285, y=216)]))


def test_the_sample_s_face_is_found_again_for_a_reason(sample: Any) -> None:
    """The clicked track has no odds; each of the others is more hers than anybody's."""
    joined = sample["speaker"]["joined"]

    assert [each["track"] for each in joined] == sample["speaker"]["tracks"]
    (clicked,) = (each["track"] for each in joined if each["log_odds"] is None)
    assert sample["tracks"][clicked]["first"] == 120
    others = [each for each in joined if each["track"] != clicked]
    assert others
    assert all(each["log_odds"] > 0 and each["margin"] > 0 for each in others)


def test_only_clicked_shots_joins_nothing() -> None:
    click = Click(frame=132, x=285, y=216)
    alone = track_speaker(clip_path(), at=[click], only_clicked_shots=True)

    assert read(alone)["speaker"]["joined"] == []
