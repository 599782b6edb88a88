"""A picture to draw on: letters, frames, faces side by side; as PNG or JPEG."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from speaker_boxes.detect.decode.frame_image import Image

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue, from 0 to 255."""
BACKGROUND: Colour = (24, 25, 28)
TEXT: Colour = (236, 237, 240)
FAINT: Colour = (160, 164, 172)
SPEAKER_COLOURS: tuple[Colour, ...] = (
    (0, 158, 115), (86, 180, 233), (240, 228, 66), (204, 121, 167), (0, 114, 178), (230, 159, 0),
)  # fmt: skip
"""Told apart by people who are colour-blind (Okabe and Ito 2008, https://jfly.uni-koeln.de/color).
Vermilion is not among them: it says that there is no box."""
NULL_COLOUR: Colour = (213, 94, 0)
NULL_GROUND: Colour = (140, 56, 0)
"""Behind words: white on it has a contrast of 7 to 1."""
OTHER_COLOUR: Colour = (200, 202, 208)


def blank(width: int, height: int, colour: Colour = BACKGROUND) -> Image:
    """An empty picture: (height, width, 3) uint8."""
    return np.full((height, width, 3), colour, dtype=np.uint8)


def colour_of(speaker: int) -> Colour:
    """The colour of a speaker, by place in the list of them."""
    return SPEAKER_COLOURS[speaker % len(SPEAKER_COLOURS)]


@lru_cache(maxsize=512)
def letters(text: str, size: int) -> npt.NDArray[np.uint8]:
    """How far each pixel is covered by a line of text.

    Parameters
    ----------
    size
        Height of the letters in pixels, roughly.

    Returns
    -------
    (height, width) uint8
        Height depends on ``size`` alone.
    """
    font = ImageFont.load_default(size)
    width = max(1, round(font.getlength(text)))
    mask = PillowImage.new("L", (width, round(1.4 * size)))
    ImageDraw.Draw(mask).text((0, 0.1 * size), text, fill=255, font=font)
    covered = np.array(mask, dtype=np.uint8)
    covered.setflags(write=False)
    return covered


def write(image: Image, text: str, x: int, y: int, *, size: int, colour: Colour = TEXT) -> int:
    """Write a line with its upper left corner at ``x, y``; what leaves the picture is cut off.

    Returns
    -------
    int
        Where the line ends, from the left.
    """
    mask = letters(text, size)
    height, width = image.shape[:2]
    mask = mask[: max(0, height - y), : max(0, width - x)]
    part = image[y : y + mask.shape[0], x : x + mask.shape[1]]
    cover = mask[:, :, None].astype(np.float32) / 255
    part[:] = np.rint(part * (1 - cover) + np.array(colour, np.float32) * cover)
    return x + int(mask.shape[1])


def paste(image: Image, picture: Image, x: int, y: int) -> None:
    """Lay a picture on another one, wholly inside it."""
    image[y : y + picture.shape[0], x : x + picture.shape[1]] = picture


def resized(picture: Image, width: int, height: int) -> Image:
    """A picture in another size."""
    smaller = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), dtype=np.uint8)


def outline(image: Image, colour: Colour, thickness: int) -> None:
    """Draw a frame around the whole picture, on its inside."""
    for edge in (
        image[:thickness], image[-thickness:], image[:, :thickness], image[:, -thickness:],
    ):  # fmt: skip
        edge[:] = colour


def png(image: Image) -> bytes:
    """A picture as a PNG file."""
    return _encoded(image, ".png", [])


def jpeg(image: Image, quality: int = 85) -> bytes:
    """A picture as a JPEG file."""
    return _encoded(image, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def _encoded(image: Image, suffix: str, how: list[int]) -> bytes:
    _, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), how)
    return bytes(data)
