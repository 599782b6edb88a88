"""Grids of 2x2 to 4x4 tiles that swap, change hands and flow into another order."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.compose.scenes import Rect, Scene, Shot
from benchmarks.hard.cast import Casting
from benchmarks.hard.staging import EMPTY, HEIGHT, WIDTH, Slot, square, staged

_GAP = 8
_FIRST, _SECOND, _N_FRAMES = 45, 80, 110
"""Frames of the two changes, and of the whole."""


def grid_scenes(half: str) -> Iterator[Scene]:
    """Each side of grid with each kind of change."""
    cast = Casting(half)
    for side in (2, 3, 4):
        n = side * side
        yield _scene("grid-swap", side, half, _swap(cast.next(n), side), "two tiles swap")
        yield _scene("grid-hands", side, half, _hands(cast.next(n + 1), side), "other hands")
        about = "one leaves and all move up; one joins and the grid grows"
        yield _scene("grid-flow", side, half, _flow(cast.next(n + 1), side), about)


def cells(side: int) -> list[Rect]:
    """The square tiles of a grid, row by row: sides of 352, 232 and 172 pixels."""
    tile = HEIGHT // side - _GAP
    return [
        square(
            round((column + 0.5) * WIDTH / side - tile / 2), row * HEIGHT // side + _GAP // 2, tile
        )
        for row in range(side)
        for column in range(side)
    ]


def _swap(actors: list[str], side: int) -> tuple[Shot, ...]:
    """The first and the last change places, and then two neighbours."""
    order = list(actors)
    orders = [(0, tuple(order))]
    for frame, (i, j) in ((_FIRST, (0, len(order) - 1)), (_SECOND, (1, 2))):
        order[i], order[j] = order[j], order[i]
        orders.append((frame, tuple(order)))
    return _staged(orders, side)


def _hands(actors: list[str], side: int) -> tuple[Shot, ...]:
    """A tile in the middle goes to somebody new, and later back."""
    *order, new = actors
    place = len(order) // 2
    other = [*order[:place], new, *order[place + 1 :]]
    return _staged([(0, tuple(order)), (_FIRST, tuple(other)), (_SECOND, tuple(order))], side)


def _flow(actors: list[str], side: int) -> tuple[Shot, ...]:
    """The second leaves and those behind move up; then somebody joins, and the grid grows."""
    *order, new = actors
    fewer = (order[0], *order[2:])
    before = _staged([(0, tuple(order)), (_FIRST, (*fewer, EMPTY))], side)
    grown = side + 1 if side < 4 else side
    more = (new, *fewer)
    after = _staged([(0, (*more, *[EMPTY] * (grown * grown - len(more))))], grown)[0]
    return (
        before[0],
        Shot(_SECOND - _FIRST, before[1].layers, after="change"),
        Shot(_N_FRAMES - _SECOND, after.layers, after="change"),
    )


def _staged(orders: list[tuple[int, tuple[str, ...]]], side: int) -> tuple[Shot, ...]:
    slots = [
        Slot(rect, tuple((frame, order[i]) for frame, order in orders), face=0.55)
        for i, rect in enumerate(cells(side))
    ]
    return staged(_N_FRAMES, slots)


def _scene(kind: str, side: int, half: str, shots: tuple[Shot, ...], about: str) -> Scene:
    name = f"{kind}-{side}x{side}-{half}"
    return Scene(name, WIDTH, HEIGHT, shots, about, kind=kind, half=half)
