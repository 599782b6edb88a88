"""With a detector of one's own: arrays in, one box a frame out; no clip is opened here."""

import numpy as np

from speaker_boxes import Click, Faces, choose, frame_boxes, link, to_rows


def boxes_for(
    faces: Faces, click: Click, *, pts_s: np.ndarray, cuts: np.ndarray, width: int, height: int
) -> list[list[int] | None]:
    """Follow the face under the click.

    Parameters
    ----------
    pts_s : (n_frames,)
        Seconds of each decoded frame.
    cuts : (k,)
        Frames at which a new shot begins.
    """
    tracks = link(faces, pts_s=pts_s, cuts=cuts)
    chosen = choose(tracks, [click])
    boxes, _ = frame_boxes(tracks, chosen.tracks, width=width, height=height)
    return to_rows(boxes)


if __name__ == "__main__":
    # two faces in each of 50 frames; one row a face, in the order of the frames
    frame = np.repeat(np.arange(50), 2)
    left, right = [100, 80, 180, 180], [400, 90, 480, 190]
    box = np.tile(np.array([left, right], dtype=np.float32), (50, 1))
    faces = Faces(frame=frame, box=box, score=np.full(100, 0.9, dtype=np.float32))
    rows = boxes_for(
        faces, Click(frame=0, x=440, y=140),
        pts_s=np.arange(50) / 25, cuts=np.array([], dtype=np.int64), width=640, height=360,
    )  # fmt: skip
    print(rows[0], len(rows))
