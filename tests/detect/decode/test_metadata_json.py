"""What is known of a clip survives its JSON; what somebody made of the JSON is read, or refused."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from speaker_boxes.detect.decode.metadata import Claims, ClipFacts, StreamInfo, VideoMetadata
from speaker_boxes.detect.decode.metadata_json import (
    facts_from_json,
    metadata_from_json,
    metadata_to_json,
)

METADATA = VideoMetadata(
    source="talk.mp4",
    sha256="d",
    width=640,
    height=360,
    pts_s=np.linspace(1 / 3, 0.6, 9, dtype=np.float64),
    frame_rate=Fraction(30000, 1001),
    variable_rate=True,
    rotation=-90,
    mirrored=True,
    pixel_aspect_ratio=Fraction(4, 3),
    n_decode_errors=1,
    n_frames_lost=2,
    n_resized=3,
    claims=Claims(10, Fraction(25), 1 / 3),
    streams=(
        StreamInfo(0, "audio", None, attached_pic=False, chosen=False),
        StreamInfo(1, "video", "h264", attached_pic=True, chosen=True),
    ),
)
BARE = replace(METADATA, frame_rate=None, claims=Claims(None, None, None))


def spelt(metadata: VideoMetadata = METADATA) -> dict[str, Any]:
    """As a file would give it back."""
    read: dict[str, Any] = json.loads(json.dumps(metadata_to_json(metadata, decimals=None)))
    return read


@pytest.mark.parametrize("metadata", [METADATA, BARE], ids=["all", "little is known"])
def test_all_of_it_comes_back(metadata: VideoMetadata) -> None:
    """Every field, to the last decimal."""
    again = metadata_from_json(spelt(metadata), metadata.pts_s)

    for field in fields(VideoMetadata):
        expected = getattr(metadata, field.name)
        assert np.array_equal(getattr(again, field.name), expected), field.name
    assert facts_from_json(spelt(metadata)) == metadata.facts()


def test_seconds_are_rounded_for_people() -> None:
    rounded = metadata_to_json(METADATA)

    assert (rounded["first_pts_s"], rounded["claims"]["duration_s"]) == (0.333333, 0.333333)
    assert rounded["duration_s"] == 0.300033


def test_an_edited_report_may_leave_much_out() -> None:
    """What is needed is the number of frames and the size of the picture."""
    facts = facts_from_json({"frames": 9, "width": 640, "height": 360, "rate": 29.97})

    assert facts == ClipFacts(
        sha256=None, n_frames=9, width=640, height=360, frame_rate=Fraction(2997, 100)
    )


def test_the_length_of_a_report_counts_and_frames_by_the_rate_without_it() -> None:
    """Where a clip has a hole, its frames at its rate are shorter than the clip."""
    item = {"frames": 50, "width": 640, "height": 360, "rate": "25/1"}

    assert facts_from_json({**item, "duration_s": 2.8}).duration_s == 2.8
    assert facts_from_json({**item, "first_pts_s": 1.5}).first_s == 1.5
    assert facts_from_json(item).duration_s == 2.0


@pytest.mark.parametrize("key", ["sha256", "source", "frames", "frames_lost", "claims", "streams"])
def test_nothing_may_be_missing_in_a_file_of_ours(key: str) -> None:
    value = spelt()
    del value[key]

    with pytest.raises(ValueError, match=f"^{key}: is missing$"):
        metadata_from_json(value, METADATA.pts_s)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frames": 8}, "frames: there are 9 times, got 8"),
        ({"frames": True}, "frames: is not a whole number, got True"),
        ({"width": 0}, "width: must be at least 1, got 0"),
        ({"decode_errors": -1}, "decode_errors: must be at least 0, got -1"),
        ({"duration_s": -0.5}, "duration_s: must be at least 0, got -0.5"),
        ({"mirrored": "no"}, "mirrored: is neither true nor false, got 'no'"),
        ({"rate": "30/0"}, "rate: is not a fraction like 30000/1001, got '30/0'"),
        ({"rate": float("inf")}, "rate: is not a fraction like 30000/1001, got inf"),
        ({"source": None}, "source: is not a text, got None"),
        ({"claims": []}, "claims: is not a JSON object, got []"),
        ({"claims": {"frames": 1, "rate": None, "duration_s": "1"}}, "claims: duration_s: is not"),
        ({"streams": {}}, "streams: is not a list"),
        ({"streams": [{"index": 0}]}, "streams: kind: is missing"),
    ],
)
def test_what_is_wrong_is_said_in_words(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace("[", r"\[")):
        metadata_from_json({**spelt(), **change}, METADATA.pts_s)
