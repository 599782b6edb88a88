"""People who take another's place, pass before one another, or are in a frame twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.compose.scenes import Layer, Rect, Scene, Shot
from benchmarks.hard.cast import LOOKS, Casting, alike_pairs
from benchmarks.hard.staging import HEIGHT, WIDTH, Slot, square, staged

_SEAT: Rect = (0.0, 0.1, 0.3, 0.9)
_HERE, _RIGHT, _LEFT = (0.35, 0.1), (1.05, 0.1), (-0.35, 0.1)
_LEFT_HALF: Rect = (0.0, 0.0, 0.5, 1.0)
_RIGHT_HALF: Rect = (0.5, 0.0, 0.5, 1.0)


def seat_scenes(half: str) -> Iterator[Scene]:
    """Someone sits down where another sat: with an empty seat between, and without."""
    cast = Casting(half)
    cast.next(8)
    for name, (comes, sits) in (("empty", (0.55, 0.7)), ("direct", (0.36, 0.5))):
        one, other = (Layer(actor, 0.4, (0.5, 0.4), _SEAT) for actor in cast.next(2))
        leaves = ((0.0, *_HERE), (0.35, *_HERE), (0.5, *_RIGHT), (1.0, *_RIGHT))
        enters = ((0.0, *_LEFT), (comes, *_LEFT), (sits, *_HERE), (1.0, *_HERE))
        shots = (Shot(150, (replace(one, path=leaves), replace(other, path=enters)), 3),)
        about = "someone sits down where another sat"
        yield Scene(f"seat-{name}-{half}", 640, 360, shots, about, kind="seat", half=half)


def pass_scenes(half: str) -> Iterator[Scene]:
    """One passes before another who stays."""
    cast = Casting(half)
    cast.next(12)
    one, other = (Layer(actor, 0.4, (0.5, 0.4), _SEAT) for actor in cast.next(2))
    stays = ((0.0, *_HERE), (1.0, *_HERE))
    path = ((0.0, *_LEFT), (0.2, *_LEFT), (0.8, *_RIGHT), (1.0, *_RIGHT))
    shots = (Shot(130, (replace(one, path=stays), replace(other, path=path)), 3),)
    about = "one passes before another who stays"
    yield Scene(f"pass-{half}", 640, 360, shots, about, kind="pass", half=half)


def twice_scenes(half: str) -> Iterator[Scene]:
    """One person twice in a frame: in a mirror, and in a picture within the picture."""
    cast = Casting(half)
    cast.next(14)
    one, other = cast.next(2)

    def mirrored(actor: str) -> tuple[Layer, Layer]:
        left = Layer(actor, 0.4, (0.5, 0.45), _LEFT_HALF)
        return left, replace(left, rect=_RIGHT_HALF, face=0.3, mirrored=True)

    shots = (
        Shot(40, mirrored(one)),
        Shot(35, (Layer(other, 0.5, (0.5, 0.45), (0.2, 0.0, 0.6, 1.0)),), 2),
        Shot(35, mirrored(one)),
        Shot(35, mirrored(other)),
    )
    about = "one person, and the same in a mirror"
    yield Scene(f"twice-mirror-{half}", 640, 360, shots, about, kind="twice", half=half)
    one, other = cast.next(2)

    def inset(large: str, small: str) -> tuple[Layer, Layer]:
        tile = Layer(small, 0.5, (0.5, 0.5), square(1000, 440, 240))
        return Layer(large, 0.4, (0.4, 0.45), (0.0, 0.0, 0.75, 1.0)), tile

    shots = (
        Shot(40, inset(one, other), 9),
        Shot(35, inset(other, one), 9, "change"),
        Shot(35, inset(one, one), 9, "change"),
        Shot(30, inset(other, other), 9, "change"),
    )
    about = "picture in picture: in turn large and small, and both at once"
    yield Scene(f"twice-inset-{half}", WIDTH, HEIGHT, shots, about, kind="twice", half=half)


def alike_scenes(half: str) -> Iterator[Scene]:
    """Those who look most alike to a face embedding: in turn, in one tile, and side by side."""
    first, second, third = alike_pairs(half, 3)
    bust: Rect = (0.22, 0.04, 0.56, 0.96)

    def alone(actor: str, wall: int, n_frames: int = 25) -> Shot:
        return Shot(n_frames, (Layer(actor, 0.5, (0.5, 0.45), bust),), wall)

    cuts = (
        alone(first[0], 1), alone(first[1], 2), alone(second[0], 3), alone(first[0], 4),
        alone(second[1], 5), alone(first[1], 6), alone(second[0], 7), alone(second[1], 8),
    )  # fmt: skip
    yield Scene(f"alike-cut-{half}", 640, 360, cuts, "look-alikes in turn", 25, "alike", half)
    slots = (
        Slot(square(120, 120, 360), ((0, third[0]), (50, third[1]), (90, third[0]))),
        Slot(square(760, 200, 280), ((0, second[0]), (60, second[1]), (100, second[0]))),
    )
    tile = staged(130, slots, wall=4)
    yield Scene(f"alike-tile-{half}", WIDTH, HEIGHT, tile, "tiles of them", 25, "alike", half)

    def both(left: str, right: str) -> Shot:
        layers = (Layer(left, 0.4, rect=_LEFT_HALF), Layer(right, 0.4, rect=_RIGHT_HALF))
        return Shot(30, layers)

    pairs = (
        both(*first), alone(first[0], 3), both(first[1], first[0]), alone(first[1], 5),
        both(*first),
    )  # fmt: skip
    yield Scene(f"alike-pair-{half}", 640, 360, pairs, "side by side", 25, "alike", half)


def look_scenes(half: str) -> Iterator[Scene]:
    """Two people in turn, each time in another photo: other light, other clothes, other years."""
    shots = tuple(
        Shot(20, (Layer(actor, 0.55, (0.5, 0.5), (0.2, 0.0, 0.6, 1.0)),), 1 + 2 * i + k)
        for i, pair in enumerate(zip(*LOOKS[half], strict=True))
        for k, actor in enumerate(pair)
    )
    about = "two people in turn, each time as another photo shows them"
    yield Scene(f"looks-{half}", 640, 360, shots, about, kind="looks", half=half)
