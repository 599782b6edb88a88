"""All people of a clip in one picture: a row each, numbered, with a few looks at the face."""

from __future__ import annotations

from speaker_boxes.detect.decode.frame_image import Image
from speaker_boxes.pictures.canvas import FAINT, blank, paste, resized, write
from speaker_boxes.pictures.faces import crops_of, frame_of, head, spread
from speaker_boxes.pictures.people import People
from speaker_boxes.track.identity.persons import Person

_FACES = 6
"""How many looks at each: over an hour as over ten seconds."""
_FACE = 132
_GAP = 12
_LABEL = 230
_CAPTION = 22
_ROW = _FACE + _CAPTION + _GAP


def draw_people(people: People) -> Image:
    """Draw who is in a clip.

    Returns
    -------
    (height, width, 3) uint8
        A row of the height of a face for each person, in the order of their numbers.
    """
    width = _LABEL + _FACES * (_FACE + _GAP) + _GAP
    image = blank(width, max(1, len(people.persons)) * _ROW + _GAP)
    for i, person in enumerate(people.persons):
        _draw_row(image, people, person, _GAP + i * _ROW)
    if not people.persons:
        write(image, "no face was found in any frame", _GAP, _GAP, size=18, colour=FAINT)
    return image


def _draw_row(image: Image, people: People, person: Person, y: int) -> None:
    write(image, str(person.number), _GAP, y, size=44)
    shots = "1 shot" if len(person.shots) == 1 else f"{len(person.shots)} shots"
    lines = (f"{person.seconds:.1f} s in {shots}", f"face of {person.face_px} px")
    for i, line in enumerate((*lines, f"--at {person.click}")):
        write(image, line, _GAP, y + 62 + 24 * i, size=17, colour=FAINT)
    crops = crops_of(people.clip, people.tracks, person.tracks)
    for i, crop in enumerate(spread(people.clip, crops, _FACES)):
        x = _LABEL + i * (_FACE + _GAP)
        paste(image, resized(head(people.clip, crop), _FACE, _FACE), x, y)
        frame = f"frame {frame_of(people.clip, crop)}"
        write(image, frame, x, y + _FACE + 2, size=14, colour=FAINT)
    if not len(crops):
        write(image, "no picture was kept", _LABEL, y, size=17, colour=FAINT)
