"""The speaker chosen by another picture: alike enough, clearly the most, as clicked."""

from __future__ import annotations

import pytest

from speaker_boxes import Click, NoSpeakerError, SpeakerBoxes, boxes_for_speaker
from speaker_boxes.track.identity.reference import Reference
from tests.track.clips import Seen, at_level, describer, make_clip
from tests.track.identity.test_speakers import ANA, BEN, CLIP, CUT_TO_ANA, tracks_of

ON_ANA, ON_BEN = [Click(frame=3, x=140, y=140)], [Click(frame=3, x=440, y=140)]


def pick(
    level: float, clicks: list[Click] | None = None, *, only_clicked: bool = False
) -> SpeakerBoxes:
    return boxes_for_speaker(
        CLIP,
        at=clicks or [],
        reference=Reference("ref.jpg", at_level(level)),
        only_clicked_shots=only_clicked,
        describer=describer(),
    )


def test_the_most_alike_person_is_taken_in_every_shot() -> None:
    result = pick(ANA + 5)

    assert tracks_of(result) == [0, 2]
    assert result.reason.startswith("chosen by ref.jpg, log odds +")
    assert result.clicks == ()


def test_only_clicked_shots_keeps_to_one_track() -> None:
    assert pick(ANA, only_clicked=True).n_boxes in (CUT_TO_ANA, 24)


def test_nobody_alike_lists_everybody_with_log_odds() -> None:
    """The most alike first, as clicks that can be pasted."""
    with pytest.raises(NoSpeakerError) as caught:
        pick(BEN + 60)

    error = caught.value
    assert str(error).startswith("nobody looks like ref.jpg; choose with ")
    assert all(note.startswith(" (log odds -") for note in error.notes)
    assert len(error.candidates) == 2
    again = boxes_for_speaker(CLIP, at=error.candidates[:1], describer=describer())
    assert len(tracks_of(again)) == 2


def near_twins() -> tuple[list[Seen], int]:
    """Two people a little apart, always seen together."""
    return [Seen(100, 0, 39, 100), Seen(110, 0, 39, 400)], 40


def test_two_people_about_as_alike_are_not_guessed_between() -> None:
    clip = make_clip(*near_twins())
    between = Reference("ref.jpg", at_level(105))

    with pytest.raises(NoSpeakerError, match=r"two people look about as much like ref\.jpg"):
        boxes_for_speaker(clip, reference=between, describer=describer())


def test_a_click_decides_between_two_who_are_as_alike() -> None:
    clip = make_clip(*near_twins())
    between = Reference("ref.jpg", at_level(105))

    result = boxes_for_speaker(clip, at=ON_BEN, reference=between, describer=describer())

    assert tracks_of(result) == [1]
    assert result.reason.startswith("chosen by click 3:440,140 and ref.jpg, log odds +")


def test_picture_and_click_must_agree() -> None:
    """Both on ana: taken; the click on ben: said, with a click on whom the picture shows."""
    assert tracks_of(pick(ANA + 3, ON_ANA)) == [0, 2]

    with pytest.raises(NoSpeakerError) as caught:
        pick(ANA + 3, ON_BEN)

    assert str(caught.value).startswith("the clicked face is not that of ref.jpg (log odds -")
    again = boxes_for_speaker(CLIP, at=caught.value.candidates, describer=describer())
    assert tracks_of(again) == [0, 2]


def test_a_clip_without_pictures_has_nobody_to_compare() -> None:
    """A face in three frames, of none of which a picture was kept."""
    clip = make_clip([Seen(ANA, 1, 3, 100), Seen(BEN, 5, 7, 300)], 9)

    with pytest.raises(NoSpeakerError, match="no face is clear enough to compare with ref"):
        boxes_for_speaker(
            clip, reference=Reference("ref.jpg", at_level(ANA)), describer=describer()
        )
