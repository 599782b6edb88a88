"""A picture file of one person: find the face and cut it as the faces of clips are cut."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np

from speaker_boxes.detect.decode.frame_image import FrameImage, Image
from speaker_boxes.detect.decode.orientation import UPRIGHT
from speaker_boxes.detect.detectors.base import Detections, DetectorPair
from speaker_boxes.detect.detectors.registry import DEFAULT, open_detectors
from speaker_boxes.detect.scan.crops import cut_crop, read_crop
from speaker_boxes.detect.scan.picture_size import picture_size
from speaker_boxes.detect.scan.roi_tracker import HIGH_SCORE, RoiTracker
from speaker_boxes.detect.scan.search import detect_windows
from speaker_boxes.errors import PictureError
from speaker_boxes.files import read_whole
from speaker_boxes.native_stderr import quiet_stderr

_MAX_SIDE = 1920
"""Pixels that a photo is shrunk to: more shows no more of a face, and takes longer."""
_MAX_PIXELS = 1 << 27
"""Of a picture file: 134 million, more than cameras take; 0.4 GB as it is decoded. Chosen."""
_MAX_HEADER = 1 << 20
"""Bytes in which the size of a picture stands; before it may come a preview and colours."""
_MARGIN = 0.5
"""Share of the sides that is added around a face that fills the picture."""


def cut_reference(path: Path) -> Image:
    """Cut the one face out of a picture.

    Returns
    -------
    (CROP_SIDE, CROP_SIDE, 3) uint8, RGB
        As ``Crops.image`` gives them.

    Raises
    ------
    PictureError
        It is no picture, or does not show exactly one face.
    ModelError
        The detector cannot be loaded.
    """
    image = read_picture(path)
    # those of the package, whatever the clip is searched with: no download for one picture
    with open_detectors(DEFAULT) as pair:
        picture, found = _find(image, pair)
    if len(found) != 1:
        what = f"shows {len(found)} faces; cut out the one that is meant"
        raise PictureError(f"{path} " + (what if len(found) else "shows no face"))
    return read_crop(cut_crop(picture, found.box[0]))


def read_picture(path: Path) -> Image:
    """Read a picture file, upright, at most 1920 pixels wide and high.

    Raises
    ------
    PictureError
        There is no such file, or OpenCV does not know it.
    """
    try:
        if path.exists() and not path.is_file():  # a device may never end
            raise PictureError(f"cannot read {path}: it is no file")
        data = np.frombuffer(read_whole(path), dtype=np.uint8)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or error
        raise PictureError(f"cannot open {path}: {words}") from error
    size = picture_size(data[:_MAX_HEADER].tobytes())
    if size is not None and size[0] * size[1] > _MAX_PIXELS:
        raise PictureError(
            f"cannot read {path}: {size[0]}x{size[1]} is too large; cut out the face that is meant"
        )
    try:
        with quiet_stderr():  # libpng and libjpeg say there what they miss
            image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    except (cv2.error, MemoryError):  # larger than OpenCV allows
        image = None
    if image is None:
        raise PictureError(f"cannot read {path}: it is no picture that OpenCV knows")
    downscale = _MAX_SIDE / max(image.shape[:2])
    if downscale < 1:
        image = cv2.resize(image, None, fx=downscale, fy=downscale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image[..., ::-1], dtype=np.uint8)


def _find(image: Image, detectors: DetectorPair) -> tuple[FrameImage, Detections]:
    """The faces of a picture; of one that shows nothing but a face, with a margin around it."""
    picture = _as_picture(image)
    found = _search(picture, detectors)
    if not len(found):
        y, x = (round(_MARGIN * side) for side in image.shape[:2])
        wider = cv2.copyMakeBorder(image, y, y, x, x, cv2.BORDER_REPLICATE)
        picture = _as_picture(np.asarray(wider, dtype=np.uint8))
        found = _search(picture, detectors)
    return picture, found


def _search(picture: FrameImage, detectors: DetectorPair) -> Detections:
    """Look everywhere, and again at what was found, as where a shot begins."""
    plan = detectors.plan(picture.width, picture.height)
    found = detect_windows(picture, (*plan.full_frame, *plan.tiles), min_score=HIGH_SCORE)
    return RoiTracker(detectors, max_missed=0).confirm(picture, found)


def _as_picture(image: Image) -> FrameImage:
    frame = av.VideoFrame.from_ndarray(image, format="rgb24")
    return FrameImage(frame, UPRIGHT, image.shape[1], image.shape[0])
