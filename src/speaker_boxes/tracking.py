"""A clip in, one box a frame out: the steps in order, for one speaker or several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from speaker_boxes.click import Click
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detection import DetectionOptions, find_faces
from speaker_boxes.track.identity.choose import Choice
from speaker_boxes.track.identity.embedding import FaceEmbedder, is_installed, open_embedder
from speaker_boxes.track.identity.embedding_cache import CachedEmbedder
from speaker_boxes.track.identity.identity import Identity
from speaker_boxes.track.identity.names import check_names
from speaker_boxes.track.identity.persons import find_persons, person_click
from speaker_boxes.track.identity.reference import Reference
from speaker_boxes.track.identity.speakers import Speaker, choose_speakers
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.frame_boxes import frame_boxes
from speaker_boxes.track.output.result import SpeakerBoxes, describe_tracks
from speaker_boxes.track.output.turns import Turn, check_turns, mask_outside_turns
from speaker_boxes.track.tracklets.link import link
from speaker_boxes.track.tracklets.tracks import Tracks


def track_speaker(
    source: str | Path,
    *,
    at: Sequence[Click] = (),
    face: str | Path | None = None,
    person: int | None = None,
    only_clicked_shots: bool = False,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
) -> SpeakerBoxes:
    """Follow the speaker through a clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    at
        Clicks on the speaker's face, all on the same person. Without one, and without ``face``,
        the main face is taken, if one is clearly the main one.
    face
        A picture of the speaker that shows no other face; needs the extra ``[identity]``. With
        clicks, both must mean the same person.
    person
        Number of the speaker among the people of the clip, as ``list_people`` counts them; instead
        of ``at`` and ``face``.
    only_clicked_shots
        Leave shots without a click empty. Otherwise the same person is looked for there, with
        face embeddings if the extra ``[identity]`` is installed.
    options
        How faces are linked and tracks become boxes.
    detection
        How faces are found, by whom, and where they are kept.

    Raises
    ------
    VideoError
        The clip does not open or decode.
    ModelError
        The detector cannot be loaded, or the extra that ``face`` needs is not installed.
    PictureError
        ``face`` is no picture, or does not show exactly one face.
    NoSpeakerError
        No face could be chosen; it carries clicks that would choose one.

    Examples
    --------
    >>> from speaker_boxes.sample import clip_path
    >>> result = track_speaker(clip_path(), at=[Click(frame=0, x=240, y=140)])
    >>> len(result.bounding_boxes) == result.video.n_frames
    True
    """
    # before the clip is decoded: a picture that does not do is found at once
    reference = None if face is None else read_reference(face, open_embedder())
    detection = detection or DetectionOptions()
    clip = find_faces(source, detection)
    wanted = face is not None or person is not None or not only_clicked_shots
    with comparing_faces(clip, detection.cache, wanted=wanted) as embedder:
        return boxes_for_speaker(
            clip,
            at=at,
            reference=reference,
            person=person,
            only_clicked_shots=only_clicked_shots,
            embedder=embedder,
            options=options,
        )


def track_speakers(
    source: str | Path,
    speakers: Mapping[str, Sequence[Click]],
    *,
    turns: Sequence[Turn] | None = None,
    only_clicked_shots: bool = False,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
) -> dict[str, SpeakerBoxes]:
    """Follow several speakers through a clip, which is decoded once.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    speakers
        Clicks by name, at least one each; different names are different people for certain.
        Names are letters, digits, underscores and hyphens.
    turns
        Who speaks when: each one's boxes are left out elsewhere. ``merge_by_turns`` makes one
        array of them.
    only_clicked_shots, options, detection
        As in ``track_speaker``.

    Returns
    -------
    dict
        Each speaker's boxes, in the order of ``speakers``.

    Raises
    ------
    ValueError
        A name or a turn will not do; before anything is decoded.
    SpeakerBoxesError
        As from ``track_speaker``; ``NoSpeakerError`` too if two names are on one face.

    Examples
    --------
    >>> from speaker_boxes.sample import clip_path
    >>> results = track_speakers(clip_path(), {"ana": [Click(frame=0, x=240, y=140)]})
    >>> list(results), len(results["ana"].bounding_boxes)
    (['ana'], 170)
    """
    _check(speakers, turns)
    detection = detection or DetectionOptions()
    clip = find_faces(source, detection)
    with comparing_faces(clip, detection.cache, wanted=not only_clicked_shots) as embedder:
        return boxes_for_speakers(
            clip,
            speakers,
            turns=turns,
            only_clicked_shots=only_clicked_shots,
            embedder=embedder,
            options=options,
        )


def boxes_for_speaker(
    clip: ClipFaces,
    *,
    at: Sequence[Click] = (),
    reference: Reference | None = None,
    person: int | None = None,
    only_clicked_shots: bool = False,
    embedder: FaceEmbedder | None = None,
    options: TrackOptions | None = None,
) -> SpeakerBoxes:
    """Link, choose, join and lay along the frames: from the faces of a clip to one speaker's boxes.

    No pixel is needed: another choice or other options take milliseconds.

    Parameters
    ----------
    at
        Clicks on the speaker's face.
    reference
        The speaker's face in another picture, from ``read_reference``; needs ``embedder``.
    person
        Number of the speaker among the people of the clip; numbers are of the same ``embedder``.
        Instead of ``at`` and ``reference``.
    only_clicked_shots
        Leave shots without a click empty, instead of looking for the same person there.
    embedder
        Compares faces; ``None`` does with set-ups, colours and places.

    Raises
    ------
    NoSpeakerError
        No face could be chosen; it carries clicks that would choose one.
    """
    if person is not None:
        if at or reference is not None:
            raise ValueError("person says who is meant; leave out clicks and pictures")
        at = [_click_on_person(clip, person, embedder, options or TrackOptions())]
    speakers = {"": Speaker(tuple(at), reference)}
    result = _boxes(clip, speakers, only_clicked_shots, embedder, options)[""]
    return result if person is None else replace(result, reason=f"person {person}, {result.reason}")


def boxes_for_speakers(
    clip: ClipFaces,
    speakers: Mapping[str, Sequence[Click]],
    *,
    turns: Sequence[Turn] | None = None,
    only_clicked_shots: bool = False,
    embedder: FaceEmbedder | None = None,
    options: TrackOptions | None = None,
) -> dict[str, SpeakerBoxes]:
    """From the faces of a clip to the boxes of several speakers; no pixel is needed.

    Parameters and errors as in ``track_speakers`` and ``boxes_for_speaker``.
    """
    _check(speakers, turns)
    named = {name: Speaker(tuple(clicks)) for name, clicks in speakers.items()}
    results = _boxes(clip, named, only_clicked_shots, embedder, options)
    return results if turns is None else mask_outside_turns(results, turns)


@contextmanager
def comparing_faces(
    clip: ClipFaces, cache: Cache | None, *, wanted: bool
) -> Iterator[FaceEmbedder | None]:
    """What compares the faces of a clip, if the extra is installed; keeps what it finds."""
    if not (wanted and is_installed()):
        yield None
        return
    path = None if cache is None else cache.embeddings_path(clip.video.sha256)
    embedder = CachedEmbedder(path)
    try:
        yield embedder
    finally:  # nobody chosen: the user tries again, with the same faces
        embedder.keep()


def read_reference(path: str | Path, embedder: FaceEmbedder) -> Reference:
    """Find the one face of a picture file and describe it.

    Raises
    ------
    PictureError
        It is no picture, or does not show exactly one face.
    """
    from speaker_boxes.detect.scan.reference_face import cut_reference

    return Reference(Path(path).name, embedder.embed(cut_reference(Path(path))))


def link_clip(clip: ClipFaces, options: TrackOptions) -> Tracks:
    """Find the cuts of a clip and follow its faces from frame to frame."""
    cuts = find_cuts(clip.frame_diffs)
    return link(clip.faces, pts_s=clip.video.pts_s, cuts=cuts, options=options)


def _boxes(
    clip: ClipFaces,
    speakers: Mapping[str, Speaker],
    only_clicked_shots: bool,
    embedder: FaceEmbedder | None,
    options: TrackOptions | None,
) -> dict[str, SpeakerBoxes]:
    options = options or TrackOptions()
    tracks = link_clip(clip, options)
    chosen = choose_speakers(
        clip, tracks, speakers, embedder, only_clicked_shots=only_clicked_shots
    )
    return {
        name: lay_boxes(clip, tracks, choice, identity, speakers[name].clicks, options)
        for name, (choice, identity) in chosen.items()
    }


def lay_boxes(
    clip: ClipFaces,
    tracks: Tracks,
    choice: Choice,
    identity: Identity,
    clicks: Sequence[Click],
    options: TrackOptions,
) -> SpeakerBoxes:
    """Lay one person's boxes along the frames.

    Parameters
    ----------
    choice, identity
        Of the person among ``tracks``, and why.
    clicks
        By which the person was chosen.
    """
    boxes, status = frame_boxes(
        tracks,
        identity.tracks,
        unresolved=identity.unresolved,
        width=clip.video.width,
        height=clip.video.height,
        options=options,
    )
    return SpeakerBoxes(
        video=clip.video,
        boxes=boxes,
        status=status,
        cuts=tuple(tracks.cuts.tolist()),
        tracks=describe_tracks(tracks, speaker=identity.tracks, unresolved=identity.unresolved),
        clicks=tuple(clicks),
        detector=clip.detector,
        options=options,
        reason=choice.reason,
        evidence=identity.evidence,
    )


def _click_on_person(
    clip: ClipFaces, person: int, embedder: FaceEmbedder | None, options: TrackOptions
) -> Click:
    """The click that ``list_people`` offers for a number: both ways give the same boxes."""
    tracks = link_clip(clip, options)
    return person_click(tracks, find_persons(clip, tracks, embedder), person)


def _check(speakers: Mapping[str, Sequence[Click]], turns: Sequence[Turn] | None) -> None:
    check_names(speakers)
    if turns is not None:
        check_turns(turns, speakers)
