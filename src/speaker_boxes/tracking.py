"""A clip in, one box a frame out: the steps in order, for one speaker or several."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from speaker_boxes.click import Click, Clicks, as_clicks
from speaker_boxes.detect.detectors.base import DetectorPair, FaceDetector
from speaker_boxes.detect.detectors.registry import DetectorChoice
from speaker_boxes.detect.run.cache import Cache
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.cuts import find_cuts
from speaker_boxes.detection import DetectionOptions, detection_with, find_faces
from speaker_boxes.errors import NoSpeakerError, Remedy
from speaker_boxes.progress import Progress, no_progress
from speaker_boxes.track.identity.choose import Choice, check_inside
from speaker_boxes.track.identity.identity import Identity
from speaker_boxes.track.identity.names import Who, check_names, check_number
from speaker_boxes.track.identity.parting import part_tracks
from speaker_boxes.track.identity.persons import find_persons, person_click
from speaker_boxes.track.identity.reference import Reference
from speaker_boxes.track.identity.speakers import Speaker, choose_speakers
from speaker_boxes.track.looks.describe import CropDescriber
from speaker_boxes.track.looks.describe_cache import CachedDescriber
from speaker_boxes.track.looks.embedding import FaceEmbedder, MobileFaceNet
from speaker_boxes.track.options import TrackOptions
from speaker_boxes.track.output.frame_boxes import frame_boxes
from speaker_boxes.track.output.result import Joined, SpeakerBoxes, describe_tracks
from speaker_boxes.track.output.turns import Turn, check_turns, mask_outside_turns
from speaker_boxes.track.tracklets.link import link
from speaker_boxes.track.tracklets.tracks import Tracks

logger = logging.getLogger(__name__)


def track_speaker(
    source: str | Path,
    *,
    at: Clicks = (),
    not_at: Clicks = (),
    face: str | Path | None = None,
    person: int | None = None,
    only_clicked_shots: bool = False,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    detectors: DetectorPair | DetectorChoice | FaceDetector | None = None,
    cache: Cache | None = None,
) -> SpeakerBoxes:
    """Follow the speaker through a clip.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    at
        Clicks on the speaker's face, all on the same person: each a ``Click``, a string as
        ``"240:640,360"`` or a tuple as ``(240, 640, 360)``, one or a list. Without one, and
        without ``face``, the main face is taken, if one is clearly the main one.
    not_at
        Clicks on other people: who it is not.
    face
        A picture of the speaker that shows no other face. With clicks, both must mean the same
        person.
    person
        Number of the speaker among the people of the clip, as ``list_people`` counts them; instead
        of ``at`` and ``face``.
    only_clicked_shots
        Leave shots without a click empty. Otherwise the same person is looked for there.
    options
        How faces are linked and tracks become boxes.
    detection
        How faces are found.
    detectors, cache
        Two of its options by themselves, which then hold: what finds the faces, an object with
        ``detect(image)`` for one; and where faces are kept, so that another choice of the same
        clip takes a moment: ``cache=Cache()`` is the user's cache folder, by default nowhere.

    Raises
    ------
    VideoError
        The clip does not open or decode.
    ModelError
        A model is damaged, or cannot be had.
    PictureError
        ``face`` is no picture, or does not show exactly one face.
    NoSpeakerError
        No face could be chosen; it carries clicks that would choose one.

    Examples
    --------
    >>> from speaker_boxes.sample import clip_path
    >>> result = track_speaker(clip_path(), at="0:240,140")
    >>> len(result.bounding_boxes) == result.video.n_frames
    True
    """
    # before the clip is decoded: what does not do is found at once
    at, not_at = as_clicks(at), as_clicks(not_at)
    reference = None if face is None else read_reference(face)
    detection = detection_with(detection, detectors=detectors, cache=cache)
    clip = find_faces(source, detection)
    with comparing_as_detected(clip, detection) as describer:
        return boxes_for_speaker(
            clip,
            at=at,
            not_at=not_at,
            reference=reference,
            person=person,
            only_clicked_shots=only_clicked_shots,
            describer=describer,
            options=options,
        )


def track_speakers(
    source: str | Path,
    speakers: Mapping[str, Clicks | int],
    *,
    turns: Sequence[Turn] | None = None,
    only_clicked_shots: bool = False,
    options: TrackOptions | None = None,
    detection: DetectionOptions | None = None,
    detectors: DetectorPair | DetectorChoice | FaceDetector | None = None,
    cache: Cache | None = None,
) -> dict[str, SpeakerBoxes]:
    """Follow several speakers through a clip, which is decoded once.

    Parameters
    ----------
    source
        Path or http(s) URL of the clip.
    speakers
        Clicks by name, at least one each, spelled as for ``track_speaker``, or the number among
        the people of the clip; different names are different people for certain. Names are
        letters, digits, underscores and hyphens.
    turns
        Who speaks when: each one's boxes are left out elsewhere. ``merge_by_turns`` makes one
        array of them.
    only_clicked_shots, options, detection, detectors, cache
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
    >>> results = track_speakers(clip_path(), {"ana": (0, 240, 140)})
    >>> list(results), len(results["ana"].bounding_boxes)
    (['ana'], 170)
    """
    checked = _check(speakers, turns)
    detection = detection_with(detection, detectors=detectors, cache=cache)
    clip = find_faces(source, detection)
    with comparing_as_detected(clip, detection) as describer:
        return boxes_for_speakers(
            clip,
            checked,
            turns=turns,
            only_clicked_shots=only_clicked_shots,
            describer=describer,
            options=options,
        )


def boxes_for_speaker(
    clip: ClipFaces,
    *,
    at: Clicks = (),
    not_at: Clicks = (),
    reference: Reference | None = None,
    person: int | None = None,
    only_clicked_shots: bool = False,
    describer: CropDescriber | None = None,
    options: TrackOptions | None = None,
) -> SpeakerBoxes:
    """Link, choose, join and lay along the frames: from the faces of a clip to one speaker's boxes.

    No pixel is needed: another choice or other options take milliseconds.

    Parameters
    ----------
    at
        Clicks on the speaker's face.
    not_at
        Clicks on other people.
    reference
        The speaker's face in another picture, from ``read_reference``.
    person
        Number of the speaker among the people of the clip. Instead of ``at`` and ``reference``.
    only_clicked_shots
        Leave shots without a click empty, instead of looking for the same person there.
    describer
        Describes crops of faces, from ``comparing_faces``; a new one if ``None``.

    Raises
    ------
    NoSpeakerError
        No face could be chosen; it carries clicks that would choose one.
    """
    at = as_clicks(at)
    if person is not None and (at or reference is not None):
        raise ValueError("person says who is meant; leave out clicks and pictures")
    describer, options = describer or CachedDescriber(), options or TrackOptions()
    tracks = link_clip(clip, describer, options)
    if person is not None:
        at = _clicks_of(clip, tracks, {"": person}, describer)[""]
    speakers = {"": Speaker(at, reference, as_clicks(not_at))}
    result = _boxes(clip, tracks, speakers, only_clicked_shots, describer, options)[""]
    return result if person is None else _by_number(result, person)


def boxes_for_speakers(
    clip: ClipFaces,
    speakers: Mapping[str, Clicks | int],
    *,
    turns: Sequence[Turn] | None = None,
    only_clicked_shots: bool = False,
    describer: CropDescriber | None = None,
    options: TrackOptions | None = None,
) -> dict[str, SpeakerBoxes]:
    """From the faces of a clip to the boxes of several speakers; no pixel is needed.

    Parameters and errors as in ``track_speakers`` and ``boxes_for_speaker``.
    """
    checked = _check(speakers, turns)
    describer, options = describer or CachedDescriber(), options or TrackOptions()
    tracks = link_clip(clip, describer, options)
    clicks = _clicks_of(clip, tracks, checked, describer)
    named = {name: Speaker(each) for name, each in clicks.items()}
    results = _boxes(clip, tracks, named, only_clicked_shots, describer, options)
    for name, who in checked.items():
        if isinstance(who, int):
            results[name] = _by_number(results[name], who)
    return results if turns is None else mask_outside_turns(results, turns)


def _clicks_of(
    clip: ClipFaces, tracks: Tracks, speakers: Mapping[str, Who], describer: CropDescriber
) -> dict[str, Sequence[Click]]:
    """Turn numbers into the clicks that ``list_people`` offers: both ways give the same boxes."""
    clicks = {name: who for name, who in speakers.items() if not isinstance(who, int)}
    if len(clicks) == len(speakers):
        return clicks
    label = find_persons(clip, tracks, describer)
    for name, who in speakers.items():
        if isinstance(who, int):
            try:
                clicks[name] = (person_click(tracks, label, who),)
            except NoSpeakerError as error:
                error.speaker = name or None
                raise
    return {name: clicks[name] for name in speakers}


def _by_number(result: SpeakerBoxes, number: int) -> SpeakerBoxes:
    return replace(result, reason=f"person {number}, {result.reason}")


@contextmanager
def comparing_faces(
    clip: ClipFaces, cache: Cache | None, progress: Progress = no_progress, *, n_threads: int = 1
) -> Iterator[CachedDescriber]:
    """What describes the faces of a clip; keeps what it finds, if there is a cache."""
    path = None if cache is None else cache.embeddings_path(clip.video.sha256)
    n_crops = len(clip.crops.jpeg)
    describer = CachedDescriber(
        path, n_threads=n_threads, on_new=lambda n: progress("compare faces", n, n_crops)
    )
    try:
        yield describer
    finally:  # nobody chosen: the user tries again, with the same faces
        describer.keep()
        progress("compare faces", n_crops, n_crops)


def comparing_as_detected(
    clip: ClipFaces, detection: DetectionOptions
) -> AbstractContextManager[CachedDescriber]:
    """The same with the cache, the progress and the threads that its faces were found with."""
    return comparing_faces(clip, detection.cache, detection.progress, n_threads=detection.n_threads)


def read_reference(path: str | Path, embedder: FaceEmbedder | None = None) -> Reference:
    """Find the one face of a picture file and describe it.

    Raises
    ------
    PictureError
        It is no picture, or does not show exactly one face.
    """
    from speaker_boxes.detect.scan.reference_face import cut_reference

    crop = cut_reference(Path(path))
    return Reference(Path(path).name, (embedder or MobileFaceNet()).embed(crop))


def link_clip(clip: ClipFaces, describer: CropDescriber, options: TrackOptions) -> Tracks:
    """Find the cuts of a clip, follow its faces, and part tracks where they change hands."""
    cuts = find_cuts(clip.frame_diffs)
    tracks = link(clip.faces, pts_s=clip.video.pts_s, cuts=cuts, options=options)
    parted = part_tracks(clip, tracks, describer, options=options)
    logger.info("%s: %d tracks in %d shots", clip.video.source, len(parted), len(cuts) + 1)
    return parted


def _boxes(
    clip: ClipFaces,
    tracks: Tracks,
    speakers: Mapping[str, Speaker],
    only_clicked_shots: bool,
    describer: CropDescriber,
    options: TrackOptions,
) -> dict[str, SpeakerBoxes]:
    with telling_of(clip):
        for name, speaker in speakers.items():
            _check_inside(clip, tracks, name, speaker)
        chosen = choose_speakers(
            clip, tracks, speakers, describer, only_clicked_shots=only_clicked_shots
        )
    return {
        name: lay_boxes(clip, tracks, choice, identity, speakers[name].clicks, options)
        for name, (choice, identity) in chosen.items()
    }


@contextmanager
def telling_of(clip: ClipFaces) -> Iterator[None]:
    """Let an error about whom to follow say of which picture it is, and what to try."""
    try:
        yield
    except NoSpeakerError as error:
        error.picture = (clip.video.width, clip.video.height)
        if error.lacks_face and clip.detector != "yunet":
            error.remedy = Remedy(
                "try another detector, a larger picture, or another moment", "find_more_faces"
            )
        elif error.lacks_face:
            error.remedy = Remedy("try a larger picture, or another moment")
        raise


def _check_inside(clip: ClipFaces, tracks: Tracks, name: str, speaker: Speaker) -> None:
    for clicks, rejecting in ((speaker.clicks, False), (speaker.rejected, True)):
        try:
            check_inside(tracks, clicks, clip.video.width, clip.video.height)
        except NoSpeakerError as error:
            error.speaker, error.rejecting = name or None, rejecting
            raise


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
        status_codes=status,
        cuts=tuple(tracks.cuts.tolist()),
        tracks=describe_tracks(tracks, speaker=identity.tracks, unresolved=identity.unresolved),
        clicks=tuple(clicks),
        detector=clip.detector,
        options=options,
        reason=choice.reason,
        evidence=identity.evidence,
        joined=_joined(identity),
        partings=tracks.partings,
    )


def _joined(identity: Identity) -> tuple[Joined, ...]:
    if identity.support is None or identity.lead is None:
        return ()
    numbers = zip(
        identity.tracks.tolist(), identity.support.tolist(), identity.lead.tolist(), strict=True
    )
    return tuple(
        Joined(track, *(None if math.isnan(odds) else odds for odds in both))
        for track, *both in numbers
    )


def _check(speakers: Mapping[str, Clicks | int], turns: Sequence[Turn] | None) -> dict[str, Who]:
    """Read the clicks or the number of each, when names and turns will do."""
    check_names(speakers)
    if turns is not None:
        check_turns(turns, speakers)
    return {
        name: check_number(who) if isinstance(who, int) else as_clicks(who)
        for name, who in speakers.items()
    }
