"""The speaker chosen by another picture: near enough, clearly the nearest, as clicked."""

from __future__ import annotations

import pytest

from speaker_boxes import Click, NoSpeakerError, SpeakerBoxes, boxes_for_speaker
from speaker_boxes.track.identity.reference import Reference
from tests.track.clips import Levels, Seen, at_level, make_clip
from tests.track.identity.test_speakers import ANA, BEN, CLIP, CUT_TO_ANA, tracks_of

ON_ANA, ON_BEN = [Click(frame=3, x=140, y=140)], [Click(frame=3, x=440, y=140)]
ANA_AT, BEN_AT = r"\d+:(140|290),140", r"\d+:(440|340),140"


def pick(
    level: float, clicks: list[Click] | None = None, *, only_clicked: bool = False
) -> SpeakerBoxes:
    return boxes_for_speaker(
        CLIP,
        at=clicks or [],
        reference=Reference("ref.jpg", at_level(level)),
        only_clicked_shots=only_clicked,
        embedder=Levels(),
    )


def test_the_nearest_person_is_taken_in_every_shot() -> None:
    """Ana is 0.2 from the picture, ben 0.8."""
    result = pick(ANA + 20)

    assert tracks_of(result) == [0, 2]
    assert result.reason == "chosen by ref.jpg, distance 0.20"
    assert result.clicks == ()


def test_only_clicked_shots_keeps_to_the_nearest_track() -> None:
    assert pick(ANA, only_clicked=True).n_boxes == CUT_TO_ANA


def test_nobody_near_enough_lists_everybody_with_distances() -> None:
    """Sorted by distance, as clicks that can be pasted."""
    with pytest.raises(NoSpeakerError) as caught:
        pick(BEN + 60)

    message = str(caught.value)
    assert message.startswith("nobody is as near to ref.jpg as 0.45; choose with ")
    assert message.endswith("(distance 1.60)")
    offered = message.split("choose with ")[1].split(" ")[0]
    frame, _, point = offered.partition(":")
    x, y = map(float, point.split(","))
    again = boxes_for_speaker(CLIP, at=[Click(frame=int(frame), x=x, y=y)], embedder=Levels())
    assert tracks_of(again) == [1, 3]


def near_twins() -> tuple[list[Seen], int]:
    """Two people a distance of 0.3 apart, always seen together."""
    return [Seen(100, 0, 39, 100), Seen(130, 0, 39, 400)], 40


def test_two_people_about_as_near_are_not_guessed_between() -> None:
    """0.14 and 0.16 from the picture: refused; 0.05 and 0.25: the nearer one."""
    clip = make_clip(*near_twins())

    with pytest.raises(NoSpeakerError, match=r"two people are about as near to ref\.jpg"):
        boxes_for_speaker(clip, reference=Reference("ref.jpg", at_level(114)), embedder=Levels())
    nearer = boxes_for_speaker(
        clip, reference=Reference("ref.jpg", at_level(105)), embedder=Levels()
    )
    assert tracks_of(nearer) == [0]


def test_a_click_decides_between_two_who_are_as_near() -> None:
    clip = make_clip(*near_twins())

    result = boxes_for_speaker(
        clip, at=ON_BEN, reference=Reference("ref.jpg", at_level(114)), embedder=Levels()
    )

    assert tracks_of(result) == [1]
    assert result.reason == "chosen by click 3:440,140 and ref.jpg, distance 0.16"


def test_picture_and_click_must_agree() -> None:
    """Both on ana: taken; the click on ben: said, with a click on whom the picture shows."""
    assert tracks_of(pick(ANA + 10, ON_ANA)) == [0, 2]

    with pytest.raises(
        NoSpeakerError,
        match=r"the clicked face is 0\.9\d from ref\.jpg; leave out the picture or the click; "
        rf"nearest is {ANA_AT} \(distance 0\.10\)",
    ):
        pick(ANA + 10, ON_BEN)


def test_one_person_unlike_in_two_shots_is_taken_in_both() -> None:
    """Tracks too far apart to be joined by themselves, each near the picture between them."""
    clip = make_clip([Seen(100, 0, 19, 100), Seen(155, 20, 39, 400)], 40, [20])
    reference = Reference("ref.jpg", at_level(127))

    alone = boxes_for_speaker(clip, at=ON_ANA, embedder=Levels())
    result = boxes_for_speaker(clip, reference=reference, embedder=Levels())

    assert tracks_of(alone) == [0]
    assert tracks_of(result) == [0, 1]


def test_a_clip_without_clear_faces_has_nobody_to_compare() -> None:
    """A face in three frames, of none of which a picture was kept."""
    clip = make_clip([Seen(ANA, 1, 3, 100), Seen(BEN, 5, 7, 300)], 9)

    with pytest.raises(NoSpeakerError, match="no face is clear enough to compare with ref"):
        boxes_for_speaker(clip, reference=Reference("ref.jpg", at_level(ANA)), embedder=Levels())


def test_a_reference_needs_an_embedder() -> None:
    with pytest.raises(ValueError, match="a reference needs faces that were compared"):
        boxes_for_speaker(CLIP, reference=Reference("ref.jpg", at_level(ANA)))
