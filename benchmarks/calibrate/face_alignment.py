"""How faces are best aligned before they are embedded: looks of BlazeFace, and YuNet's points.

    python -m benchmarks.calibrate.face_alignment

Prints for each way how well tracks of known people are told apart (cosine alone, all people).
YuNet is not packaged; its five points are what can be reached at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.calibrate.face_pairs import pair_up
from benchmarks.calibrate.face_tracks import Piece, pieces
from benchmarks.calibrate.identity import print_figures
from benchmarks.media import yunet_model
from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.detect.scan.crops import CROP_SIDE, FACE_AT
from speaker_boxes.detect.scan.face_points import LOOKS, FacePointFinder, Window
from speaker_boxes.track.looks.embedding import CHIP, LENGTH, MobileFaceNet

Points = npt.NDArray[np.float64]
FIVE = np.vstack([CHIP[:3], [[41.55, 92.37], [70.73, 92.20]]])
"""Eyes, nose and corners of the mouth."""
MORE: tuple[Window, ...] = (*LOOKS, (124, False), (124, True))
WAYS: dict[str, tuple[Window, ...]] = {
    "one look": LOOKS[:1], "and mirrored": LOOKS[:2], "four looks": LOOKS, "six looks": MORE,
}  # fmt: skip


def yunet_points() -> Callable[[Image], Points | None]:
    """YuNet's five points of the face in the middle of a crop."""
    side = (CROP_SIDE, CROP_SIDE)
    network = cv2.FaceDetectorYN.create(str(yunet_model()), "", side, 0.3, 0.3, 50)

    def find(crop: Image) -> Points | None:
        _, found = network.detect(np.ascontiguousarray(crop[..., ::-1]))
        if found is None:
            return None
        middle = found[:, :2] + found[:, 2:4] / 2
        off = np.hypot(*(middle - [CROP_SIDE / 2, FACE_AT * CROP_SIDE]).T)
        best = int(np.argmin(off))
        return None if off[best] > 26 else found[best, 4:14].reshape(5, 2).astype(np.float64)

    return find


def main() -> None:
    """Embed all crops in each way."""
    tracks = list(pieces())
    network = MobileFaceNet()
    finders = {name: FacePointFinder(looks=looks) for name, looks in WAYS.items()}
    yunet = yunet_points()
    for name, finder in finders.items():
        report(name, tracks, partial(_four, network, finder))

    def five(crop: Image) -> Points | None:
        points = yunet(crop)
        if points is None:
            return _four(network, finders["four looks"], crop)
        return network.embed_at(crop, points, FIVE).astype(np.float64)

    report("YuNet's five", tracks, five)


def _four(network: MobileFaceNet, finder: FacePointFinder, crop: Image) -> Points | None:
    found = finder.find(crop)
    if found is None:
        return None
    return network.embed_at(crop, found.points[: len(CHIP)], CHIP).astype(np.float64)


def report(name: str, tracks: Sequence[Piece], embed: Callable[[Image], Points | None]) -> None:
    """One line for all tracks, and one for clear, dark, small and pressed ones."""
    vector = np.zeros((len(tracks), LENGTH))
    for i, piece in enumerate(tracks):
        for found in map(embed, piece.crops):
            if found is not None:
                vector[i] += found / np.linalg.norm(found)
    vector /= np.maximum(np.linalg.norm(vector, axis=1, keepdims=True), 1e-9)
    pairs = pair_up(tracks)
    cosine = (vector @ vector.T)[pairs.i, pairs.j]
    mild = np.isin([piece.kind for piece in tracks], ["clear", "dark", "small", "pressed"])
    print_figures(name, cosine, pairs)
    which = mild[pairs.i] & mild[pairs.j]
    print_figures("  clear, dark, small, pressed", cosine[which], pairs.take(which))


if __name__ == "__main__":
    main()
