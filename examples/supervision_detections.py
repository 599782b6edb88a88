"""What was found as ``Detections`` of supervision (``pip install supervision``), frame by frame."""

import sys

import supervision as sv

from speaker_boxes import (
    Cache,
    DetectionOptions,
    SpeakerBoxes,
    Tracks,
    boxes_for_speaker,
    find_cuts,
    find_faces,
    link,
)


def detections_of(
    result: SpeakerBoxes, tracks: Tracks, *, frame: int
) -> tuple[sv.Detections, sv.Detections]:
    """The speaker in a frame, and everybody."""
    box = result.bounding_boxes[frame]
    speaker = sv.Detections.empty() if box is None else sv.Detections(result.boxes[[frame]])
    faces, rows = tracks.faces, tracks.faces.rows(frame)
    everybody = sv.Detections(
        xyxy=faces.box[rows], confidence=faces.score[rows], tracker_id=tracks.ids[rows]
    )
    return speaker, everybody


if __name__ == "__main__":
    clip = find_faces(sys.argv[1], DetectionOptions(cache=Cache()))
    tracks = link(clip.faces, pts_s=clip.video.pts_s, cuts=find_cuts(clip.frame_diffs))
    print(*detections_of(boxes_for_speaker(clip, at=sys.argv[2]), tracks, frame=int(sys.argv[3])))
