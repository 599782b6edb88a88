"""Tracks that change hands are parted, at the right frame; one person's are not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.crops import Crops
from speaker_boxes.detect.scan.face_change import FaceChanges
from speaker_boxes.track.identity.evidence import compare_tracks, cooccurring
from speaker_boxes.track.identity.parting import part_tracks
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import LENGTH, FaceVector
from speaker_boxes.track.tracklets.link import link
from speaker_boxes.track.tracklets.tracks import Tracks
from tests.track.clips import Levels, Seen, describer, make_clip
from tests.track.identity.test_identity import Blank

ANA, BEN, UNSEEN = 30, 150, 240
"""Levels of grey; of the last one ``Spoilt`` sees no face."""
N = 60


def in_one_place(*seen: Seen, changes: list[tuple[int, int, float]]) -> tuple[ClipFaces, Tracks]:
    """People who are seen one after the other in one place, linked into one track by it."""
    clip = make_clip(seen, N)
    row = {int(frame): i for i, frame in enumerate(clip.faces.frame)}
    before, after, value = zip(*changes, strict=True) if changes else ((), (), ())
    crops = _every_crop(clip, seen)
    clip = replace(
        clip,
        crops=crops,
        face_changes=FaceChanges(
            np.array([row[f] for f in before], np.int64),
            np.array([row[f] for f in after], np.int64),
            np.array(value, np.float32),
        ),
    )
    tracks = link(clip.faces, pts_s=clip.video.pts_s, cuts=np.array([], np.int64))
    assert len(tracks) == 1
    return clip, tracks


def _every_crop(clip: ClipFaces, seen: tuple[Seen, ...]) -> Crops:
    """Crops of every frame, as real ones are at changes."""
    by_level = {s.level: make_clip([Seen(s.level, 0, 0, 0)], 1).crops.jpeg[0] for s in seen}
    jpeg = [
        by_level[next(s.level for s in seen if s.first <= frame <= s.last)]
        for frame in clip.faces.frame.tolist()
    ]
    return Crops(np.arange(len(jpeg)), tuple(jpeg))


class Spoilt(Levels):
    """Sees faces of a dark clip: half clear, and those of one level not at all."""

    def embed(self, crop: npt.NDArray[np.uint8]) -> FaceVector:
        """By the level of grey."""
        face = super().embed(crop)
        if round(float(crop.mean())) > UNSEEN - 5:
            return FaceVector(np.zeros(LENGTH, np.float32), 0.0)
        return FaceVector(face.vector * np.float32(100 / 140), 0.85)


def spans(tracks: Tracks) -> list[tuple[int, int]]:
    return list(zip(tracks.first.tolist(), tracks.last.tolist(), strict=True))


def test_a_tile_that_changes_hands_is_parted_at_that_frame() -> None:
    clip, tracks = in_one_place(
        Seen(ANA, 0, 29, 100), Seen(BEN, 30, 59, 100), changes=[(29, 30, 0.9)]
    )

    parted = part_tracks(clip, tracks, describer())

    assert spans(parted) == [(0, 29), (30, 59)]
    (parting,) = parted.partings
    assert (parting.before, parting.after) == (0, 1)
    assert parting.log_odds < -2
    assert cooccurring(parted)[0, 1]  # two people for certain
    assert compare_tracks(clip, parted, describer()).log_odds[0, 1] < -2


def test_a_face_that_moved_fast_stays_one() -> None:
    """However unlike the pictures were: the faces are one person's."""
    clip, tracks = in_one_place(Seen(ANA, 0, 59, 100), changes=[(29, 30, 0.9)])

    parted = part_tracks(clip, tracks, describer())

    assert spans(parted) == [(0, 59)]
    assert parted.partings == ()


@pytest.mark.parametrize(("level", "n_partings"), [(ANA, 0), (BEN, 1)])
def test_between_two_tracks_clear_faces_settle_the_doubt(level: int, n_partings: int) -> None:
    """A cut, or a head that was lost: the picture of the face is another, the person may not be."""
    clip, _ = in_one_place(Seen(ANA, 0, 29, 100), Seen(level, 30, 59, 100), changes=[(29, 30, 0.9)])
    tracks = link(clip.faces, pts_s=clip.video.pts_s, cuts=np.array([30]))

    parted = part_tracks(clip, tracks, describer())

    assert spans(parted) == [(0, 29), (30, 59)]
    assert len(parted.partings) == n_partings
    assert (compare_tracks(clip, parted, describer()).log_odds[0, 1] > 2) == (level == ANA)


def test_one_foreign_frame_is_taken_out() -> None:
    """Back to the first person after it, who is known again."""
    clip, tracks = in_one_place(
        Seen(ANA, 0, 29, 100), Seen(BEN, 30, 30, 100), Seen(ANA, 31, 59, 100),
        changes=[(29, 30, 0.9), (30, 31, 0.9)],
    )  # fmt: skip

    parted = part_tracks(clip, tracks, describer())

    assert spans(parted) == [(0, 29), (30, 30), (31, 59)]
    odds = compare_tracks(clip, parted, describer()).log_odds
    assert odds[0, 2] > 2
    assert max(odds[0, 1], odds[1, 2]) < -2


def test_what_lies_between_two_people_is_nobody_s() -> None:
    """A slow change, of which detection says the last frame before and the first one after."""
    clip, tracks = in_one_place(
        Seen(ANA, 0, 33, 100), Seen(BEN, 34, 59, 100), changes=[(26, 42, 1.0)]
    )

    parted = part_tracks(clip, tracks, describer())

    assert spans(parted) == [(0, 26), (42, 59)]
    assert (parted.ids[27:42] == -1).all()


def test_a_gap_is_looked_at_though_nothing_was_told() -> None:
    """An empty tile for ten frames, then somebody else; and one person who was hidden as long."""
    other = in_one_place(Seen(ANA, 0, 24, 100), Seen(BEN, 35, 59, 100), changes=[])
    same = in_one_place(Seen(ANA, 0, 24, 100), Seen(ANA, 35, 59, 100), changes=[])

    assert spans(part_tracks(*other, describer())) == [(0, 24), (35, 59)]
    assert spans(part_tracks(*same, describer())) == [(0, 59)]


def test_a_look_alike_is_told_by_the_two_frames_of_the_change() -> None:
    """So alike that tracks of other times might be one person's, and the pictures hardly differ."""
    like_ana = ANA + 40  # a cosine of 0.5
    clip, tracks = in_one_place(
        Seen(ANA, 0, 29, 100), Seen(like_ana, 30, 59, 100), changes=[(29, 30, 0.35)]
    )

    parted = part_tracks(clip, tracks, CachedDescriber(embedder=Spoilt()))

    assert spans(parted) == [(0, 29), (30, 59)]


def test_what_no_face_tells_between_looks_at_one_person_is_a_track_of_its_own() -> None:
    """Somebody may have been in the tile meanwhile; a head that only turned is let be."""
    away = [Seen(ANA, 0, 19, 100), Seen(UNSEEN, 20, 39, 100), Seen(ANA, 40, 59, 100)]
    faded = in_one_place(*away, changes=[(15, 20, 0.65), (35, 40, 0.65)])
    turned = in_one_place(*away, changes=[(15, 20, 0.4), (35, 40, 0.4)])
    who = CachedDescriber(embedder=Spoilt())

    assert spans(part_tracks(*faded, who)) == [(0, 15), (20, 35), (40, 59)]
    assert spans(part_tracks(*turned, who)) == [(0, 59)]


def test_what_comes_after_is_compared_with_what_was_before_an_unclear_span() -> None:
    """Not with the span, which would let one person fade into another unseen."""
    clip, tracks = in_one_place(
        Seen(ANA, 0, 19, 100), Seen(UNSEEN, 20, 39, 100), Seen(BEN, 40, 59, 100),
        changes=[(15, 20, 0.5), (35, 40, 0.5)],
    )  # fmt: skip

    parted = part_tracks(clip, tracks, CachedDescriber(embedder=Spoilt()))

    assert spans(parted) == [(0, 15), (20, 35), (40, 59)]
    assert cooccurring(parted).tolist() == [
        [False, False, True], [False, False, False], [True, False, False],
    ]  # fmt: skip


@pytest.mark.parametrize(("value", "n_tracks"), [(0.25, 1), (1.0, 2), (math.nan, 1)])
def test_without_a_clear_face_the_picture_decides_whether_to_doubt(
    value: float, n_tracks: int
) -> None:
    """A little unlike: one person; wholly unlike: a track of its own, and no proof of two."""
    clip, tracks = in_one_place(Seen(ANA, 0, 59, 100), changes=[(29, 30, value)])

    parted = part_tracks(clip, tracks, CachedDescriber(embedder=Blank()))

    assert len(parted) == n_tracks
    assert not cooccurring(parted).any()


def test_weak_faces_beyond_a_gap_are_no_piece() -> None:
    """What is left of a face at the edge of its gap is not clearly a face by itself."""
    clip, tracks = in_one_place(Seen(ANA, 0, 40, 100), Seen(BEN, 50, 52, 100), changes=[])
    score = clip.faces.score.copy()
    score[-3:] = 0.4
    weak = replace(clip, faces=replace(clip.faces, score=score))

    parted = part_tracks(weak, replace(tracks, faces=weak.faces), describer())

    assert spans(parted) == [(0, 40)]


def test_a_clip_without_faces_stays_as_it_is() -> None:
    clip = make_clip([], 5)
    tracks = link(clip.faces, pts_s=clip.video.pts_s, cuts=np.array([], np.int64))

    assert len(part_tracks(clip, tracks, describer())) == 0
