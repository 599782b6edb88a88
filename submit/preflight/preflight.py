"""What is wrong with a job, found before it costs money.

Pure functions of what was measured elsewhere. Limits marked FIELD come from one public user's
production notes (github AdToolAI/caption-cloud-magic), the others from the API's documentation.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby

from speaker_boxes.detect.decode.metadata import ClipFacts
from speaker_boxes.errors import PreflightError, Remedy
from speaker_boxes.geometry import turn_words
from speaker_boxes.progress import counted
from speaker_boxes.submit.http.auth import KEY_VARIABLE
from speaker_boxes.submit.preflight.boxes_file import Rows
from speaker_boxes.submit.preflight.dialogue import check_dialogue
from speaker_boxes.submit.preflight.finding import LENGTH_TOLERANCE_S, Finding, error, warning
from speaker_boxes.submit.preflight.inputs import PreflightInput
from speaker_boxes.submit.preflight.limits import check_limits
from speaker_boxes.submit.schema.request import (
    KNOWN_MODELS,
    NO_SELECTION_MODELS,
    PointSelection,
)

MAX_SIDE, MAX_AREA = 4096, 4096 * 2160
"""Pixels; "above 4096x2160 rejected", read as ComfyUI's node reads it, so upright clips pass."""
MIN_SIDE = 480
"""Pixels; "480p for reliable face detection"."""
RATES = (Fraction(24), Fraction(25), Fraction(30))
MIN_SHARE, MAX_SHARE = 0.002, 0.45
"""Share of the picture: smaller boxes gave no lip-sync, larger ones morphed (FIELD)."""
LONG_GAP_S = 2.0
"""Seconds; the chunk in which lipsync-2 works."""


def check(job: PreflightInput) -> list[Finding]:
    """Everything that is wrong with a job, errors first."""
    found = [
        *_check_key(job),
        *_check_model(job),
        *_check_rows(job),
        *_check_point(job),
        *_check_clip(job),
        *_check_lengths(job),
        *check_limits(job),
        *(check_dialogue(job.dialogue) if job.dialogue else ()),
    ]
    return sorted(found, key=lambda finding: finding.severity)


def raise_for_findings(findings: list[Finding], *, strict: bool = False) -> None:
    """Raise if a finding forbids sending.

    Raises
    ------
    PreflightError
        For the first error; with ``strict`` for the first warning too.
    """
    bad = [one for one in findings if strict or one.severity == "error"]
    if bad:
        raise PreflightError(bad[0].problem, remedy=bad[0].remedy, n_more=len(bad) - 1)


def _check_key(job: PreflightInput) -> Iterator[Finding]:
    if not job.has_key:
        yield error("no_key", f"no API key; set {KEY_VARIABLE} (it is never an argument)")


def _check_model(job: PreflightInput) -> Iterator[Finding]:
    if job.selection is not None and job.model in NO_SELECTION_MODELS:
        yield error(
            "model_selects_nobody",
            f"{job.model} takes no speaker selection; use lipsync-2, lipsync-2-pro or sync-3",
        )
    if job.model not in KNOWN_MODELS:
        near = difflib.get_close_matches(job.model, KNOWN_MODELS, 1)
        yield warning(
            "unknown_model",
            f"{job.model} is no model that was known when this was written: "
            f"{', '.join(KNOWN_MODELS)}",
            Remedy(f"did you mean {near[0]}?") if near else Remedy("see the API's list of models"),
        )


def _check_rows(job: PreflightInput) -> Iterator[Finding]:
    rows, clip = job.rows, job.clip
    if rows is None:
        return
    if clip is not None and len(rows) != clip.n_frames:
        yield error(
            "length",
            f"{len(rows)} boxes for {clip.n_frames} frames that decode in the clip that is sent; "
            "track that very file",
        )
    if all(row is None for row in rows):
        remedy = Remedy("choose a face by a click", "choose_face")
        yield error("all_null", f"all {len(rows)} boxes are null", remedy)
        return
    if rows[0] is None:
        leading = next(i for i, row in enumerate(rows) if row is not None)
        yield warning(
            "first_null",
            f"no box in the first {counted(leading, 'frame')}{_lasting(leading, clip)}, for which "
            "the server has refused jobs; begin the clip where the face is seen",
        )
    if job.dialogue is None:  # else each turn is looked at by itself
        yield from _check_gaps(rows, clip)
    yield from _check_places(rows, clip)


def _lasting(n_frames: int, clip: ClipFacts | None) -> str:
    """How long so many frames last, if that is known."""
    rate = clip.frame_rate if clip else None
    return f" ({float(n_frames / rate):.2f} s)" if rate else ""


def _check_gaps(rows: Rows, clip: ClipFacts | None) -> Iterator[Finding]:
    rate = float(clip.frame_rate) if clip and clip.frame_rate else 25.0
    runs, at = [], 0
    for absent, run in groupby(rows, key=lambda row: row is None):
        length = sum(1 for _ in run)
        if absent and at > 0 and length / rate >= LONG_GAP_S:
            runs.append((length, at))
        at += length
    if runs:
        length, first = max(runs)
        at_s = (clip.first_s if clip else 0.0) + first / rate
        one = len(runs) == 1
        stretches = "1 stretch" if one else f"{len(runs)} stretches"
        yield warning(
            "long_null",
            f"{stretches} of {LONG_GAP_S:g} s or more {'has' if one else 'have'} no box, "
            f"the longest from frame {first} ({at_s:.2f} s) on for {length} frames "
            f"({length / rate:.2f} s); the mouth stays as it is there",
            Remedy("cut the clip, or click on the face there too", "choose_face_there_too"),
        )


def _check_places(rows: Rows, clip: ClipFacts | None) -> Iterator[Finding]:
    boxes = [(i, row) for i, row in enumerate(rows) if row is not None]
    flat = [(i, row) for i, row in boxes if row[2] <= row[0] or row[3] <= row[1]]
    if flat:
        yield error("no_area", f"box {_first(flat)} has no area")
    if clip is None:
        return
    width, height = clip.width, clip.height
    outside = [
        (i, row)
        for i, row in boxes
        if min(row) < 0 or max(row[0], row[2]) > width or max(row[1], row[3]) > height
    ]
    if outside:
        yield error(
            "outside",
            f"box {_first(outside)} leaves the picture of {width}x{height}; track this very file",
        )
    bad = {i for i, _ in flat + outside}
    shares = [
        (i, row, (row[2] - row[0]) * (row[3] - row[1]) / (width * height))
        for i, row in boxes
        if i not in bad
    ]
    small = [(i, row) for i, row, share in shares if share < MIN_SHARE]
    large = [(i, row) for i, row, share in shares if share > MAX_SHARE]
    if small:
        yield warning(
            "small",
            f"box {_first(small)} holds under {MIN_SHARE:.1%} of the picture, too small a face to "
            "be synced well; crop the clip around the speaker",
        )
    if large:
        yield warning(
            "large",
            f"box {_first(large)} holds over {MAX_SHARE:.0%} of the picture; a box is to hold the "
            "face, not head and shoulders",
        )


def _first(found: list[tuple[int, list[int]]]) -> str:
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0][0]}: {found[0][1]}{more}"


def _check_point(job: PreflightInput) -> Iterator[Finding]:
    point, clip = job.selection, job.clip
    if clip is None or not isinstance(point, PointSelection):
        return
    if point.frame_number >= clip.n_frames:
        yield error(
            "point_frame",
            f"frame {point.frame_number} is chosen, the clip has {clip.n_frames} (counted from 0)",
        )
    x, y = point.coordinates
    if not (0 <= x < clip.width and 0 <= y < clip.height):
        yield error("point_outside", f"{x},{y} is not in the picture of {clip.width}x{clip.height}")


def _check_clip(job: PreflightInput) -> Iterator[Finding]:
    clip = job.clip
    if clip is None:
        return
    size = f"{clip.width}x{clip.height}"
    if max(clip.width, clip.height) > MAX_SIDE or clip.width * clip.height > MAX_AREA:
        yield error("too_large", f"the picture is {size}, at most 4096x2160 is taken; scale it")
    if min(clip.width, clip.height) < MIN_SIDE:
        yield warning(
            "small_picture",
            f"the picture is {size}; under 480p faces are found badly, so send a larger version of "
            "the clip if there is one",
        )
    again = _normalize(clip.frame_rate)
    if clip.variable_rate:
        yield warning(
            "variable_rate",
            "the frame rate varies, and the server may count other frames than decode here",
            again,
        )
    elif clip.frame_rate is not None and clip.frame_rate not in RATES:
        yield warning(
            "rate",
            f"{float(clip.frame_rate):.6g} frames a second; constant 24, 25 or 30 are recommended, "
            "other rates may be changed by the server",
            again,
        )
    if clip.rotation or clip.mirrored:
        yield warning(
            "rotation",
            f"a player shows the clip {turn_words(clip.rotation, clip.mirrored)}, and it is not "
            "documented whether the server does",
            again,
        )
    if clip.pixel_aspect_ratio != 1:
        yield warning(
            "pixel_aspect", f"its pixels are {clip.pixel_aspect_ratio} as wide as high", again
        )
    if clip.n_decode_errors:
        yield warning(
            "decode_errors",
            f"{clip.n_decode_errors} packets of the clip do not decode, and the server may go on "
            "where we stop",
            again,
        )


def _normalize(measured: Fraction | None) -> Remedy:
    """To one of ``RATES``; by itself a clip would stay at 24000/1001, say."""
    if measured is None or measured in RATES:
        return Remedy("normalize the clip and track that", "normalize")
    rate = str(min(RATES, key=lambda rate: abs(rate - measured)))
    text = f"normalize the clip to {rate} frames a second and track that"
    return Remedy(text, "normalize_to_rate", {"rate": rate})


def _check_lengths(job: PreflightInput) -> Iterator[Finding]:
    video_s = job.clip.duration_s if job.clip else None
    if video_s is None or job.sound_s is None or job.is_image:
        return
    more_s = job.sound_s - video_s
    if abs(more_s) <= LENGTH_TOLERANCE_S:
        return
    longer, shorter = ("sound", "picture") if more_s > 0 else ("picture", "sound")
    effect = {
        "cut_off": f"cut_off leaves out the last {abs(more_s):.2f} s of the {longer}; make them "
        "equally long",
        "silence": f"silence fills up the {shorter} for the last {abs(more_s):.2f} s; make them "
        "equally long, or use cut_off",
    }
    stretched = (
        f"{job.sync_mode} changes the sequence of frames that the boxes count; make them equally "
        "long, or use cut_off"
    )
    yield warning(
        "lengths",
        f"the sound lasts {job.sound_s:.2f} s and the picture {video_s:.2f} s: "
        f"{effect.get(job.sync_mode, stretched)}",
    )
