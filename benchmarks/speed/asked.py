"""What is asked of speed, row by row, beside what ``benchmarks.speed`` measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

Figures = Mapping[str, Mapping[str, float]]
"""Way -> what was measured of it on one clip."""
Cost = Callable[[str], float]
"""Milliseconds a frame of a way."""

HEVC = "one face, 1080x1920 HEVC"
TWO = "two faces, 1280x720 H.264"
FOUR = "four faces, 1280x720 H.264"
CROWD = "crowd, 1920x1080 H.264"
SMALL = "one face, 640x360 H.264"
SHORT = "short: "
"""Names of clips of 15 to 20 seconds begin so."""


class Measured(TypedDict):
    """One row of the table."""

    what: str
    asked: float
    at_most: bool
    """Whether ``asked`` is the most that it may be, not the least."""
    value: float
    """By time."""
    cpu_value: float | None
    """The same by processor time, where that says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A ratio of ways on one clip, and what is asked of it."""

    what: str
    clip: str
    ways: tuple[str, ...]
    ratio: Callable[[Cost, Figures], float]
    asked: float
    at_most: bool = False
    by_cpu: bool = True
    """Whether processor time would say the same on a quiet machine."""


def _of_decoding(*ways: str) -> Callable[[Cost, Figures], float]:
    """Decoding's cost over that of the best of some ways."""
    return lambda cost, figures: cost("decode") / min(cost(way) for way in ways)


def _times_as_fast(way: str, other: str) -> Callable[[Cost, Figures], float]:
    return lambda cost, figures: cost(other) / cost(way)


def _a_face(cost: Cost, figures: Figures) -> float:
    """YuNet's cost for each face that it follows over MediaPipe's."""
    faces = {way: figures[way]["n_faces"] for way in ("ours", "ours-yunet")}
    return cost("ours-yunet") / faces["ours-yunet"] / (cost("ours") / faces["ours"])


def _rows() -> Iterator[Row]:
    for clip in (HEVC, TWO, FOUR, CROWD):
        yield Row(
            what=f"YuNet's time for a followed face over MediaPipe's: {clip}",
            clip=clip, ways=("ours", "ours-yunet"), ratio=_a_face, asked=1.0, at_most=True,
        )  # fmt: skip
    yield Row(
        what=f"of decoding alone, the better detector: {HEVC}", clip=HEVC,
        ways=("decode", "ours", "ours-yunet"), ratio=_of_decoding("ours", "ours-yunet"), asked=0.65,
    )  # fmt: skip
    for clip, asked in ((TWO, 0.38), (SMALL, 0.28)):
        yield Row(
            what=f"of decoding alone: {clip}",
            clip=clip, ways=("decode", "ours"), ratio=_of_decoding("ours"), asked=asked,
        )  # fmt: skip
    colds = {HEVC: ("ours-cold", "ours-yunet-cold"), TWO: ("ours-cold",), FOUR: ("ours-cold",)}
    for (clip, ways), asked in zip(colds.items(), (0.62, 0.36, 0.22), strict=True):
        yield Row(
            what=f"of decoding alone, with its start, 15 to 20 s: {clip}",
            clip=SHORT + clip, ways=("decode", *ways), ratio=_of_decoding(*ways), asked=asked,
        )  # fmt: skip
    for clip, asked in ((HEVC, 2.0), (TWO, 2.0), (FOUR, 1.5), (CROWD, 1.1)):
        yield Row(
            what=f"times as fast as the loop with MediaPipe full range: {clip}", clip=clip,
            ways=("loop-full", "ours"), ratio=_times_as_fast("ours", "loop-full"), asked=asked,
        )  # fmt: skip
    yield Row(
        what=f"2 workers, times as fast as 1: {HEVC}", clip=HEVC, ways=("ours", "ours-1"),
        ratio=_times_as_fast("ours", "ours-1"), asked=1.85, by_cpu=False,
    )  # fmt: skip


ROWS = tuple(_rows())


def ways_of(clip: str) -> list[str]:
    """The ways that the rows of a clip need, decoding first."""
    needed = {way for row in ROWS if row.clip == clip for way in row.ways}
    return ["decode", *sorted(needed - {"decode"})]


def measured_rows(clips: Mapping[str, Figures]) -> list[Measured]:
    """Each row whose clip and ways were measured."""
    found: list[Measured] = []
    for row in ROWS:
        figures = clips.get(row.clip, {})
        if any(way not in figures for way in row.ways):
            continue
        by_time, by_cpu = (row.ratio(cost, figures) for cost in _costs(figures))
        found.append(
            Measured(
                what=row.what, asked=row.asked, at_most=row.at_most, value=round(by_time, 3),
                cpu_value=round(by_cpu, 3) if row.by_cpu else None,
            )
        )  # fmt: skip
    return found


def _costs(figures: Figures) -> tuple[Cost, Cost]:
    """Milliseconds a frame by time, and by processor time."""
    return (
        lambda way: 1000 / figures[way]["fps"],
        lambda way: figures[way]["cpu_ms_per_frame"],
    )


def is_met(row: Measured) -> bool:
    """Whether the measured value is what is asked."""
    return row["value"] <= row["asked"] if row["at_most"] else row["value"] >= row["asked"]


def as_table(rows: list[Measured]) -> str:
    """The rows as a Markdown table."""
    lines = ["| | asked | measured | by processor time |", "| --- | --- | --- | --- |"]
    for row in rows:
        sign = "≤" if row["at_most"] else "≥"
        cpu = "" if row["cpu_value"] is None else f"{row['cpu_value']:.2f}"
        missed = "" if is_met(row) else " (missed)"
        lines.append(
            f"| {row['what']} | {sign} {row['asked']:g} | {row['value']:.2f}{missed} | {cpu} |"
        )
    return "\n".join(lines)
