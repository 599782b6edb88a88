"""What is known of a clip, as JSON: one form for the report, ``probe --json`` and the cache."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from speaker_boxes.detect.decode.metadata import (
    Claims,
    ClipFacts,
    ClockJump,
    StreamInfo,
    VideoMetadata,
    wrong_claims,
)

_T = TypeVar("_T")
_REQUIRED: Any = object()


def metadata_to_json(metadata: VideoMetadata, *, decimals: int | None = 6) -> dict[str, Any]:
    """All but the times of the frames; rates and ratios as fractions.

    Parameters
    ----------
    decimals
        Of seconds; all there are if ``None``, so that ``metadata_from_json`` gives back the same.
    """
    claims = metadata.claims

    def seconds(value: float) -> float:
        return value if decimals is None else round(value, decimals)

    return {
        "source": metadata.source,
        "sha256": metadata.sha256,
        "width": metadata.width,
        "height": metadata.height,
        "frames": metadata.n_frames,
        "rate": _rate_to_json(metadata.frame_rate),
        "variable_rate": metadata.variable_rate,
        "rotation": metadata.rotation,
        "mirrored": metadata.mirrored,
        "pixel_aspect": _ratio_to_json(metadata.pixel_aspect_ratio),
        "duration_s": seconds(metadata.duration_s),
        "first_pts_s": seconds(float(metadata.pts_s[0])),
        "stream": next(stream.index for stream in metadata.streams if stream.chosen),
        "streams": [_stream_to_json(stream) for stream in metadata.streams],
        "decode_errors": metadata.n_decode_errors,
        "frames_lost": metadata.n_frames_lost,
        "resized_frames": metadata.n_resized,
        "claims": {
            "frames": claims.n_frames,
            "rate": _rate_to_json(claims.frame_rate),
            "duration_s": claims.duration_s and seconds(claims.duration_s),
        },
        "claims_differ": wrong_claims(metadata),
        "clock_jumps": [
            {"frame": jump.frame, "by_s": seconds(jump.by_s)} for jump in metadata.clock_jumps
        ],
    }


def facts_from_json(value: object) -> ClipFacts:
    """Read what ``metadata_to_json`` gave, which somebody may have edited: much may be missing.

    Raises
    ------
    ValueError
        Something is not as it is written; one line begins with its key.
    """
    return ClipFacts(**_shared_from_json(_mapping(value)))


def metadata_from_json(value: object, pts_s: npt.NDArray[np.float64]) -> VideoMetadata:
    """Read what ``metadata_to_json`` gave with all decimals: nothing may be missing.

    Parameters
    ----------
    pts_s : (n_frames,)

    Raises
    ------
    ValueError
        Something is missing or not as it is written; one line begins with its key.
    """
    item = _mapping(value)
    shared = _shared_from_json(item)
    del shared["first_s"], shared["length_s"]  # the times say them
    if (n_frames := shared.pop("n_frames")) != len(pts_s):
        raise ValueError(f"frames: there are {len(pts_s)} times, got {n_frames}")
    return VideoMetadata(
        **{**shared, "sha256": _get(item, "sha256", _text)},
        source=_get(item, "source", _text),
        pts_s=pts_s,
        n_frames_lost=_get(item, "frames_lost", _count),
        n_resized=_get(item, "resized_frames", _count),
        claims=_get(item, "claims", _claims_from_json),
        streams=_get(item, "streams", _streams_from_json),
        clock_jumps=_get(item, "clock_jumps", _jumps_from_json),
    )


def _shared_from_json(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``ClipFacts``."""
    rate = _get(item, "rate", _or_none(_fraction), None)
    rate = rate if rate and rate > 0 else None
    length_s = _get(item, "duration_s", _or_none(_duration), None)
    return {
        "sha256": _get(item, "sha256", _or_none(_text), None),
        "n_frames": _get(item, "frames", _positive),
        "width": _get(item, "width", _positive),
        "height": _get(item, "height", _positive),
        "frame_rate": rate,
        "first_s": _get(item, "first_pts_s", _or_none(_number), None) or 0.0,
        "length_s": length_s if rate else None,
        "variable_rate": _get(item, "variable_rate", _flag, False),
        "rotation": _get(item, "rotation", _whole, 0),
        "mirrored": _get(item, "mirrored", _flag, False),
        "pixel_aspect_ratio": _get(item, "pixel_aspect", _fraction, Fraction(1)),
        "n_decode_errors": _get(item, "decode_errors", _count, 0),
    }


def _stream_to_json(stream: StreamInfo) -> dict[str, Any]:
    return {
        "index": stream.index,
        "kind": stream.kind,
        "codec": stream.codec,
        "cover": stream.attached_pic,
        "chosen": stream.chosen,
    }


def _streams_from_json(value: object) -> tuple[StreamInfo, ...]:
    if not isinstance(value, list):
        raise ValueError("is not a list")
    return tuple(
        StreamInfo(
            _get(item, "index", _count),
            _get(item, "kind", _text),
            _get(item, "codec", _or_none(_text)),
            _get(item, "cover", _flag),
            _get(item, "chosen", _flag),
        )
        for item in map(_mapping, value)
    )


def _jumps_from_json(value: object) -> tuple[ClockJump, ...]:
    if not isinstance(value, list):
        raise ValueError("is not a list")
    return tuple(
        ClockJump(_get(item, "frame", _positive), _get(item, "by_s", _number))
        for item in map(_mapping, value)
    )


def _claims_from_json(value: object) -> Claims:
    item = _mapping(value)
    return Claims(
        _get(item, "frames", _or_none(_count)),
        _get(item, "rate", _or_none(_fraction)),
        _get(item, "duration_s", _or_none(_number)),
    )


def _rate_to_json(rate: Fraction | None) -> str | None:
    """``30000/1001`` or ``25/1``."""
    return None if rate is None else _ratio_to_json(rate)


def _ratio_to_json(ratio: Fraction) -> str:
    """Both parts, also of whole numbers."""
    return f"{ratio.numerator}/{ratio.denominator}"


def _get(
    item: Mapping[str, object], key: str, read: Callable[[object], _T], default: _T = _REQUIRED
) -> _T:
    """The value of a key, checked; ``default`` where there is none."""
    if key not in item:
        if default is _REQUIRED:
            raise ValueError(f"{key}: is missing")
        return default
    try:
        return read(item[key])
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _wrong(what: str, value: object) -> ValueError:
    return ValueError(f"{what}, got {reprlib.repr(value)}")


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _wrong("is not a JSON object", value)
    return value


def _or_none(read: Callable[[object], _T]) -> Callable[[object], _T | None]:
    return lambda value: None if value is None else read(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _wrong("is not a text", value)
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong("is neither true nor false", value)
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong("is not a whole number", value)
    return value


def _count(value: object) -> int:
    if (number := _whole(value)) < 0:
        raise _wrong("must be at least 0", value)
    return number


def _positive(value: object) -> int:
    if (number := _whole(value)) < 1:
        raise _wrong("must be at least 1", value)
    return number


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _wrong("is not a number", value)
    try:
        number = float(value)
    except OverflowError:  # more digits than a float can hold
        number = math.inf
    if not math.isfinite(number):
        raise _wrong("is not a number", value)
    return number


def _duration(value: object) -> float:
    if (number := _number(value)) < 0:
        raise _wrong("must be at least 0", value)
    return number


def _fraction(value: object) -> Fraction:
    """Of a text as it is written, or of a number as a person writes it."""
    try:
        return Fraction(value) if isinstance(value, str) else Fraction(str(_number(value)))
    except (ValueError, ZeroDivisionError):
        raise _wrong("is not a fraction like 30000/1001", value) from None
