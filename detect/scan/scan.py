"""All faces of a clip: find them now and then, follow them on every frame, in one pass.

The clip is read in short blocks. Within a block known faces are followed forwards. At its end
the picture is searched; a face that is new there is followed backwards through the block, so
that every decoded frame has been looked at for it. Where a shot may begin, and where a face was
lost, the search is thorough.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np

from speaker_boxes.detect.decode.frame_image import FrameImage
from speaker_boxes.detect.decode.video import Video
from speaker_boxes.detect.detectors.base import Detections, DetectorPair, Window, concat
from speaker_boxes.detect.scan.builder import (
    BORDER_FRAMES,
    FacesBuilder,
    SegmentFaces,
    concat_segments,
)
from speaker_boxes.detect.scan.clip_faces import ClipFaces
from speaker_boxes.detect.scan.cuts import BLEND_RADIUS, FrameDiffMeter, may_be_cut, thumbnail
from speaker_boxes.detect.scan.options import ScanOptions
from speaker_boxes.detect.scan.roi_tracker import RoiTracker
from speaker_boxes.detect.scan.search import SAME_FACE_IOU, detect_windows
from speaker_boxes.geometry import BoxArray, centres, nms
from speaker_boxes.progress import Progress, no_progress

logger = logging.getLogger(__name__)


def scan(
    video: Video,
    detectors: DetectorPair,
    *,
    options: ScanOptions | None = None,
    progress: Progress = no_progress,
) -> ClipFaces:
    """Decode a clip to its end, in one run, and find the faces of every frame.

    Parameters
    ----------
    video
        Open, and not read yet.
    progress
        Called after each block with the number of frames done.

    Raises
    ------
    VideoDecodeError
        The file or the connection broke while it was read.
    """
    claimed = video.claims.n_frames
    segment = scan_pictures(
        (frame.picture for frame in video.frames()),
        detectors,
        frame_rate=video.claims.frame_rate,
        options=options or ScanOptions(),
        on_progress=lambda n_done: progress("detect", n_done, claimed),
    )
    metadata = video.metadata()
    progress("detect", metadata.n_frames, metadata.n_frames)
    clip = concat_segments([segment], metadata, detectors.name)
    logger.info("%s: %d faces in %d frames", metadata.source, len(clip.faces), metadata.n_frames)
    return clip


def scan_pictures(
    pictures: Iterable[FrameImage],
    detectors: DetectorPair,
    *,
    frame_rate: Fraction | None,
    options: ScanOptions,
    on_progress: Callable[[int], None] = lambda n_done: None,
) -> SegmentFaces:
    """Find the faces of pictures that follow each other.

    Parameters
    ----------
    frame_rate
        Frames per second as claimed: only says how long to look for a lost face.
    on_progress
        Called after each block with the number of pictures done.
    """
    scanner: _Scanner | None = None
    block: list[FrameImage] = []
    length = 0
    for picture in pictures:
        if scanner is None:
            scanner = _Scanner(picture.width, picture.height, frame_rate, detectors, options)
            length = block_length(picture.width, picture.height, frame_rate, options)
        block.append(picture)
        if len(block) == length:
            scanner.take(block)
            block = []
            on_progress(scanner.n_done)
    if scanner is None:
        raise ValueError("there must be one picture at least")
    if block:
        scanner.take(block)
    return scanner.end()


def block_length(width: int, height: int, frame_rate: Fraction | None, options: ScanOptions) -> int:
    """Frames of a block: fewer where they are slow, or so large that memory would not hold them."""
    frame_bytes = max(1, width * height * 3 // 2)
    in_time = math.ceil(options.max_block_s * min(float(frame_rate or 25), 120))
    return max(1, min(options.block, in_time, options.max_block_bytes // frame_bytes))


class _Scanner:
    """What is carried from block to block."""

    def __init__(
        self,
        width: int,
        height: int,
        frame_rate: Fraction | None,
        detectors: DetectorPair,
        options: ScanOptions,
    ) -> None:
        self.options = options
        self.collected = FacesBuilder()
        self._detectors = detectors
        self._max_missed = max(2, round(options.max_missed_s * min(float(frame_rate or 25), 120)))
        self._follower = RoiTracker(detectors, max_missed=self._max_missed)
        self._since_start = 0  # pictures since a shot may have begun
        self._meter = FrameDiffMeter()
        self._plan = detectors.plan(width, height)
        self._next_tile = 0

    @property
    def n_done(self) -> int:
        """Pictures taken so far."""
        return len(self._meter.rows)

    def take(self, block: list[FrameImage]) -> None:
        """Find and follow through one block of pictures."""
        seen: list[Detections] = []
        starts = [0]  # pictures of the block with which a shot may begin; the block itself does
        for picture in block:
            self._follower.watch.frame = self.n_done
            found = self._follower.step(picture)
            if self._begins_shot(picture):
                found = _merge(found, self._search(picture, self._plan.tiles))
                starts.append(len(seen))
                self._since_start = 0
            elif self._since_start < self.options.block and not self._follower.targets:
                # a face that was blurred in the first picture of the shot may be clear in the next
                found = _merge(found, self._search(picture, ()))
            self._since_start += 1
            seen.append(found)
        if starts[-1] < len(block) - 1:
            self._search_back(block, seen, starts[-1])
        self._follower.watch.mark(self._follower.targets)
        self.collected.add_changes(*self._follower.watch.take())
        pictured = {*starts[1:], len(block) - 1}
        for i, (picture, found) in enumerate(zip(block, seen, strict=True)):
            self.collected.add(found, picture, every=i in pictured)

    def end(self) -> SegmentFaces:
        """All that was seen, when there are no more pictures."""
        for back in range(min(BORDER_FRAMES, self.n_done)):
            self.collected.add_thumb(self.n_done - 1 - back, self._meter.recent(back))
        self.collected.frame_diffs = self._meter.rows
        return self.collected.segment()

    def _begins_shot(self, picture: FrameImage) -> bool:
        """Compare the picture with those before it; keep it small where a shot may begin."""
        index = len(self._meter.rows)
        if self._meter.measure(thumbnail(picture)):
            # the clean pictures at both ends of a dissolve
            self.collected.add_thumb(index - 2 * BLEND_RADIUS, self._meter.recent(2 * BLEND_RADIUS))
            self.collected.add_thumb(index, self._meter.recent())
        begins = index == 0 or may_be_cut(self._meter.rows)
        if begins and index:
            self.collected.add_thumb(index - 1, self._meter.recent(1))
        if begins or index < BORDER_FRAMES:
            self.collected.add_thumb(index, self._meter.recent())
        return begins

    def _search(self, picture: FrameImage, close: Iterable[Window]) -> Detections:
        """Look for faces; new ones that hold a second look are followed from here on."""
        windows = (*self._plan.full_frame, *close)
        found = detect_windows(picture, windows, min_score=self.options.min_find_score)
        # where a target was lost another face may be, larger or smaller
        known = self._follower.seen_boxes()
        fresh = drop_known(found, known)
        confirmed = drop_known(self._follower.confirm(picture, fresh), known)
        self._follower.add(confirmed)
        return confirmed

    def _search_back(self, block: list[FrameImage], seen: list[Detections], since: int) -> None:
        """Search the last picture of a block and follow what is new backwards."""
        new = self._search(block[-1], self._tiles_due())
        seen[-1] = _merge(seen[-1], new)
        back = RoiTracker(self._detectors, max_missed=2)
        back.add(new)
        for i in range(len(block) - 2, since - 1, -1):
            if not back.targets:
                break
            back.watch.frame = self.n_done - len(block) + i
            found = back.step(block[i])
            seen[i] = _merge(seen[i], found)
        self.collected.add_changes(*back.watch.take(backwards=True))

    def _tiles_due(self) -> list[Window]:
        """The next close looks in turn, and those where a face was lost."""
        closer = self._plan.tiles
        if not closer:
            return []
        count, now = len(closer), self._plan.tiles_per_search
        due = {(self._next_tile + i) % count for i in range(now)}
        self._next_tile = (self._next_tile + now) % count
        lost = [target.box for target in self._follower.targets if target.n_missed]
        for x, y in centres(np.array(lost, np.float32).reshape(-1, 4)).tolist():
            for i, (x1, y1, x2, y2) in enumerate(each.region for each in closer):
                if x1 <= x < x2 and y1 <= y < y2:
                    due.add(i)
        return [closer[i] for i in sorted(due)]


def drop_known(found: Detections, known: BoxArray) -> Detections:
    """Leave out faces that lie on known boxes."""
    boxes = np.concatenate([known, found.box])
    rank = np.concatenate([np.full(len(known), 2, np.float32), found.score])
    kept = nms(boxes, rank, SAME_FACE_IOU) - len(known)
    kept = np.sort(kept[kept >= 0])
    return Detections(found.box[kept], found.score[kept])


def _merge(first: Detections, more: Detections) -> Detections:
    """Both together; of a face in both, the first."""
    return concat([first, drop_known(more, first.box)])
