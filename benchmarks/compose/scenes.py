"""The composed clips, as scripts: who is seen where, for how long, and what comes between.

A framing is said by the face: how high it is and where it sits within its rectangle. The same
actor with the same framing is the same camera set-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

Rect = tuple[float, float, float, float]
"""``x, y, width, height`` as parts of the frame."""
FULL: Rect = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Layer:
    """One actor in one rectangle of the frame."""

    actor: str
    """Empty for a tile that shows nobody: a flat grey."""
    face: float
    """Height of the face over that of the rectangle."""
    at: tuple[float, float] = (0.5, 0.45)
    """Where its middle is, as parts of the rectangle; moved where the footage would end."""
    rect: Rect = FULL
    path: tuple[tuple[float, float, float], ...] = ()
    """Where the rectangle's corner goes instead of staying: (part of the shot, x, y)."""
    push: float = 1.0
    """How much larger all is at the end of the shot: a slow camera move."""
    mirrored: bool = False
    light: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Factors for red, green and blue."""
    oval: bool = False
    """Only the ellipse within the rectangle, its edge soft: a head before what lies behind."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What one camera sees for a while."""

    n_frames: int
    layers: tuple[Layer, ...]
    """From back to front; later ones hide earlier ones."""
    wall: int | None = None
    """Which painted background, where layers leave room."""
    after: str = "cut"
    """How it begins: cut, dissolve or fade (through black); or, where a part of the picture goes
    on as it was, change (at once) or melt (a dissolve of the rest)."""
    blend: int = 0
    """Frames that a dissolve, fade or melt lasts."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One composed clip."""

    name: str
    width: int
    height: int
    shots: tuple[Shot, ...]
    about: str
    rate: int = 25
    kind: str = "edited"
    """What is hard about it."""
    half: str = ""
    """tune or report: people of one half appear in that half only."""


def single(n_frames: int, layer: Layer, after: str = "cut", blend: int = 0) -> Shot:
    """One actor fills the frame."""
    return Shot(n_frames, (layer,), after=after, blend=blend)


_KITCHEN = Layer("kitchen-man", 0.34)
_KITCHEN_CLOSE = Layer("kitchen-man", 0.56, (0.45, 0.5))
_CURTAIN = Layer("curtain-man", 0.32, (0.55, 0.4))
_CURTAIN_CLOSE = Layer("curtain-man", 0.55, (0.5, 0.45))
_WOMAN = Layer("crying-woman", 0.75)
_DOOR = Layer("door-man", 0.6)
_BLUE = Layer("blue-man", 0.5)
_HOODIE = Layer("hoodie-man", 0.3, (0.4, 0.35))
_PLAID = Layer("plaid-man", 0.45)
_DARK = Layer("dark-man", 0.45)
_LEFT = Layer("left-man", 0.4)
_RIGHT = Layer("right-man", 0.42)
_PHONES = Layer("headphones-man", 0.5)
_GLASSES = Layer("glasses-man", 0.55)


def _in_turn(layers: Sequence[Layer], lengths: Sequence[int]) -> tuple[Shot, ...]:
    return tuple(single(lengths[i % len(lengths)], layer) for i, layer in enumerate(layers))


def _turns() -> Scene:
    order = (_LEFT, _WOMAN, _LEFT, _BLUE, _WOMAN, _LEFT, _DOOR, _BLUE, _WOMAN, _LEFT, _DOOR)
    about = "four people in turn, hard cuts; every set-up comes back unchanged"
    return Scene("turns", 640, 360, _in_turn(order, (52, 36, 61, 40)), about)


def _zooms() -> Scene:
    order = (
        _KITCHEN,
        _RIGHT,
        _KITCHEN_CLOSE,
        _CURTAIN,
        replace(_KITCHEN, at=(0.3, 0.35), mirrored=True),
        _CURTAIN_CLOSE,
        replace(_RIGHT, face=0.6, at=(0.35, 0.5)),
        replace(_KITCHEN, face=0.22, at=(0.6, 0.3)),
        replace(_CURTAIN, face=0.26, at=(0.35, 0.35), mirrored=True),
        replace(_KITCHEN_CLOSE, push=1.2),
        replace(_CURTAIN, push=1.25),
        replace(_RIGHT, face=0.45, at=(0.6, 0.5), mirrored=True),
    )
    about = "three people, each again at another zoom and position, sometimes mirrored"
    return Scene("zooms", 1280, 720, _in_turn(order, (55, 48, 60)), about)


def _panel() -> Scene:
    left, right = (0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0)
    two = Shot(70, (replace(_RIGHT, rect=left, face=0.3), replace(_CURTAIN, rect=right, face=0.26)))
    other = Shot(
        60, (replace(_KITCHEN, rect=left, face=0.3), replace(_RIGHT, rect=right, face=0.34))
    )
    swapped = Shot(
        60, (replace(_CURTAIN, rect=left, face=0.3), replace(_RIGHT, rect=right, face=0.3))
    )
    shots = (
        two, single(45, _RIGHT), single(50, _CURTAIN_CLOSE), two, single(40, _KITCHEN),
        other, single(40, _CURTAIN), swapped, single(45, _RIGHT), other, two,
    )  # fmt: skip
    about = "two people side by side, close-ups between; once with their sides swapped"
    return Scene("panel", 1280, 720, shots, about)


def _crossing() -> Scene:
    tall = (0.0, 0.1, 0.34, 0.8)
    to_right = ((0.0, 0.04, 0.1), (0.25, 0.04, 0.1), (0.7, 0.6, 0.1), (1.0, 0.62, 0.1))
    to_left = ((0.0, 0.62, 0.14), (0.25, 0.62, 0.14), (0.7, 0.05, 0.14), (1.0, 0.04, 0.14))
    man = replace(_LEFT, rect=tall, face=0.36)
    woman = replace(_WOMAN, rect=tall, face=0.46)
    blue = replace(_BLUE, rect=(0.0, 0.2, 0.3, 0.6), face=0.55)
    shots = (
        Shot(130, (replace(woman, path=to_left), replace(man, path=to_right)), wall=1),
        single(40, _BLUE),
        Shot(120, (replace(man, path=to_left), replace(woman, path=to_right)), wall=1),
        Shot(90, (replace(blue, path=to_right), replace(man, path=to_left)), wall=2),
    )
    about = "two rectangles cross; one passes before the other"
    return Scene("crossing", 1280, 720, shots, about)


def _leaves() -> Scene:
    tall = (0.0, 0.08, 0.4, 0.92)
    here, gone = (0.3, 0.08), (1.05, 0.08)
    away = ((0.0, *here), (0.3, *here), (0.42, *gone), (0.75, *gone), (0.87, *here), (1.0, *here))
    comes = ((0.0, -0.45, 0.08), (0.44, -0.45, 0.08), (0.5, 0.28, 0.08), (0.66, 0.28, 0.08),
             (0.74, -0.45, 0.08), (1.0, -0.45, 0.08))  # fmt: skip
    door = replace(_DOOR, rect=tall, face=0.42)
    dark = replace(_PLAID, rect=tall, face=0.42)
    shots = (
        Shot(150, (replace(door, path=away),), wall=3),
        single(40, _HOODIE),
        Shot(200, (replace(door, path=away), replace(dark, path=comes)), wall=3),
        single(60, _PLAID),
    )
    about = "a person leaves and returns; in between another one comes to the same place"
    return Scene("leaves", 640, 360, shots, about)


def _dissolves() -> Scene:
    shots = (
        single(60, _DOOR),
        single(60, _WOMAN, "dissolve", 14),
        single(50, _DOOR, "cut"),
        single(64, _PLAID, "fade", 16),
        single(60, _WOMAN, "cut"),
        single(64, replace(_WOMAN, face=0.95), "dissolve", 12),
        single(52, _HOODIE, "dissolve", 20),
        single(52, _DOOR, "fade", 24),
        single(48, _HOODIE, "cut"),
        single(48, _PLAID, "dissolve", 8),
    )
    about = "dissolves and fades beside hard cuts"
    return Scene("dissolves", 854, 480, shots, about)


def _portrait() -> Scene:
    order = (
        replace(_KITCHEN, face=0.2),
        replace(_GLASSES, face=0.45),
        replace(_CURTAIN, face=0.16, at=(0.5, 0.3)),
        replace(_KITCHEN, face=0.3, at=(0.45, 0.4)),
        replace(_PHONES, face=0.4),
        replace(_KITCHEN, face=0.2),
        replace(_CURTAIN, face=0.28),
        replace(_GLASSES, face=0.45),
        replace(_CURTAIN, face=0.16, at=(0.5, 0.3)),
        replace(_PHONES, face=0.4),
    )
    about = "portrait format; four people in turn, some at another zoom"
    return Scene("portrait", 540, 960, _in_turn(order, (50, 44, 56)), about)


def _punch_in() -> Scene:
    order = (
        replace(_CURTAIN, face=0.15, at=(0.5, 0.32)),
        replace(_CURTAIN, face=0.22, at=(0.5, 0.38)),
        replace(_CURTAIN, face=0.3, at=(0.5, 0.4), push=1.12),
        replace(_CURTAIN, face=0.15, at=(0.5, 0.32)),
        replace(_BLUE, face=0.3),
        replace(_CURTAIN, face=0.24, at=(0.45, 0.38), mirrored=True),
        replace(_CURTAIN, face=0.18, at=(0.5, 0.36), light=(1.1, 0.95, 0.75)),
        replace(_BLUE, face=0.4),
        replace(_CURTAIN, face=0.22, at=(0.5, 0.38)),
    )
    about = "portrait jump cuts: the same person punched in and out, another one between"
    return Scene("punch-in", 360, 640, _in_turn(order, (42, 34, 47)), about)


def _call() -> Scene:
    people = (_KITCHEN_CLOSE, _DOOR, _RIGHT, _BLUE)
    big, width = (0.03, 0.04, 0.68, 0.92), 0.24

    def view(n_frames: int, active: int) -> Shot:
        layers = [replace(people[active], rect=big, face=0.46, at=(0.5, 0.45))]
        others = [p for i, p in enumerate(people) if i != active]
        for i, person in enumerate(others):
            rect = (0.735, 0.04 + 0.32 * i, width, 0.28)
            layers.append(replace(person, rect=rect, face=0.5, at=(0.5, 0.5)))
        return Shot(n_frames, tuple(layers), wall=4)

    order = (0, 1, 0, 2, 3, 1, 2, 0, 3, 1)
    lengths = (58, 42, 50, 66)
    shots = tuple(view(lengths[i % 4], active) for i, active in enumerate(order))
    about = "a video call: the layout stays, who fills the large tile changes, the rest are small"
    return Scene("call", 1280, 720, shots, about)


def _lookalike() -> Scene:
    rect = (0.27, 0.06, 0.46, 0.94)
    people = (
        replace(_LEFT, rect=rect, face=0.4),
        replace(_PLAID, rect=rect, face=0.42),
        replace(_RIGHT, rect=rect, face=0.42),
    )
    order = (0, 1, 0, 2, 1, 2, 0, 1, 0, 2)
    lengths = (46, 52, 40)
    shots = tuple(Shot(lengths[i % 3], (people[k],), wall=5) for i, k in enumerate(order))
    about = "one studio wall, other people at the very same place: the set-up proves nothing"
    return Scene("lookalike", 640, 360, shots, about)


def _quick() -> Scene:
    order = (
        _LEFT, _WOMAN, _DOOR, _LEFT, _BLUE, _KITCHEN, _WOMAN, replace(_LEFT, face=0.55), _CURTAIN,
        _DOOR, _WOMAN, _BLUE, _LEFT, _KITCHEN_CLOSE, _DOOR, replace(_WOMAN, face=0.9), _CURTAIN,
        _LEFT, _BLUE, _KITCHEN, _WOMAN, _DOOR, replace(_LEFT, face=0.55), _CURTAIN_CLOSE,
    )  # fmt: skip
    about = "quick cuts of half a second to a second, six people"
    return Scene("quick", 640, 360, _in_turn(order, (14, 22, 12, 25, 18)), about)


def _light() -> Scene:
    warm, cold, dim = (1.12, 0.95, 0.7), (0.75, 0.95, 1.15), (0.5, 0.5, 0.55)
    order = (
        _PLAID,
        _DARK,
        replace(_PLAID, face=0.6, light=warm),
        replace(_HOODIE, light=dim),
        replace(_DARK, face=0.6, light=cold),
        _HOODIE,
        replace(_PLAID, face=0.5, at=(0.4, 0.5), light=cold, mirrored=True),
        replace(_HOODIE, face=0.45, light=warm),
        _PLAID,
        replace(_DARK, light=(0.7, 0.7, 0.8)),
    )
    about = "little light, and other light in every shot: colour proves nothing"
    return Scene("light", 640, 480, _in_turn(order, (48, 40, 55)), about)


SCENES = (
    _turns(), _zooms(), _panel(), _crossing(), _leaves(), _dissolves(),
    _portrait(), _punch_in(), _call(), _lookalike(), _quick(), _light(),
)  # fmt: skip
"""The long ones; ten to twenty-two seconds each. The short, hard ones are in ``hard``."""
