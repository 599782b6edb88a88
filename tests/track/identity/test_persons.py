"""People of a clip: numbered by time on screen, the same numbers each time."""

from __future__ import annotations

import numpy as np
import pytest

from speaker_boxes.errors import NoSpeakerError
from speaker_boxes.track.identity.persons import (
    describe_persons,
    find_persons,
    number_persons,
    person_click,
)
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.tracking import boxes_for_speaker, link_clip
from tests.track.clips import Seen, describer, make_clip

# the one who is seen first is not the one who is seen longest
CLIP = make_clip(
    [Seen(60, 0, 20, 100), Seen(200, 10, 49, 400), Seen(200, 60, 99, 300)], 100, cuts=[55]
)


def test_people_are_numbered_by_their_time_on_screen() -> None:
    tracks = link_clip(CLIP, describer(), TrackOptions())

    persons = describe_persons(tracks, find_persons(CLIP, tracks, describer()))

    assert [(p.number, p.n_frames, p.seconds) for p in persons] == [(1, 80, 3.2), (2, 21, 0.84)]
    assert persons[0].shots.tolist() == [0, 1]
    assert (persons[0].first, persons[0].last) == (10, 99)
    assert persons[0].tracks.tolist() == [1, 2]


def test_of_equals_the_first_seen_comes_first() -> None:
    clip = make_clip([Seen(60, 0, 20, 100), Seen(200, 5, 25, 400)], 30)
    tracks = link_clip(clip, describer(), TrackOptions())

    assert number_persons(tracks, np.array([1, 0])).tolist() == [0, 1]


def test_a_number_gives_the_boxes_of_its_click() -> None:
    tracks = link_clip(CLIP, describer(), TrackOptions())
    click = person_click(tracks, find_persons(CLIP, tracks, describer()), 2)

    by_number = boxes_for_speaker(CLIP, person=2, describer=describer())
    by_click = boxes_for_speaker(CLIP, at=[click], describer=describer())

    assert by_number.bounding_boxes == by_click.bounding_boxes
    assert by_number.reason == f"person 2, {by_click.reason}"
    assert by_number.clicks == (click,)


def test_a_number_that_nobody_has_names_those_there_are() -> None:
    with pytest.raises(NoSpeakerError, match="there is no person 3: the clip shows 2 people") as e:
        boxes_for_speaker(CLIP, person=3, describer=describer())

    assert len(e.value.candidates) == 2


def test_a_clip_without_faces_has_nobody() -> None:
    clip = make_clip([], 10)
    tracks = link_clip(clip, describer(), TrackOptions())

    assert describe_persons(tracks, find_persons(clip, tracks, describer())) == ()
