"""What a user should know of a clip that decoded otherwise than it seems: each said once."""

from __future__ import annotations

import logging

from speaker_boxes.detect.decode.metadata import VideoMetadata

logger = logging.getLogger(__name__)

_MAX_USUAL_RATE = 250
"""Frames per second of cameras that are used for people; headers of some AVI files say 600."""


def warn_of(metadata: VideoMetadata, *, rotation_ignored: bool = False) -> None:
    """Log what is odd about a clip, each thing on a line of its own.

    For whoever asked for the clip to call once; what decodes it says nothing.

    Parameters
    ----------
    rotation_ignored
        ``Video.rotation_ignored``: it is seen of an open clip only.
    """
    source, claimed = metadata.source, metadata.claims.n_frames
    if rotation_ignored:
        logger.warning("%s: its rotation is not a quarter turn and is ignored", source)
    if metadata.n_decode_errors:
        logger.warning(
            "%s: decoding broke after %d frames (%d packets failed, %d later frames are "
            "left out); the header claims %s",
            source, metadata.n_frames, metadata.n_decode_errors, metadata.n_frames_lost,
            claimed or "no number",
        )  # fmt: skip
    elif claimed is not None and claimed != metadata.n_frames:
        logger.warning(
            "%s: %d frames decode, the header claims %d", source, metadata.n_frames, claimed
        )
    if metadata.clock_jumps:
        first, n_more = metadata.clock_jumps[0], len(metadata.clock_jumps) - 1
        logger.warning(
            "%s: its clock jumps by %.3f s at frame %d%s; times go on by the usual step there",
            source, first.by_s, first.frame, f", and {n_more} times more" if n_more else "",
        )  # fmt: skip
    if metadata.frame_rate and metadata.frame_rate > _MAX_USUAL_RATE:
        logger.warning(
            "%s: %.6g frames a second by its own times, which few cameras record; if it plays too "
            "fast, its header is wrong, and so are the seconds here", source, metadata.frame_rate,
        )  # fmt: skip
    if metadata.n_resized:
        logger.warning(
            "%s: %d frames have another size than the clip; boxes are in the clip's "
            "pixels, %dx%d", source, metadata.n_resized, metadata.width, metadata.height,
        )  # fmt: skip
    if metadata.pixel_aspect_ratio != 1:
        logger.warning(
            "%s: its pixels are not square (%d:%d); boxes are in them, as the API's are",
            source, *metadata.pixel_aspect_ratio.as_integer_ratio(),
        )  # fmt: skip
