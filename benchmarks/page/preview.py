"""Whether ``preview`` shows each frame that decodes, of every clip there is, and how fast it is.

    python -m benchmarks.page.preview [--folder FOLDER] [-o FILE]

Speed is a ratio: plain decoding of a minute of 1080p over the preview of it, by turns in one run.
Needs the clips of ``../shared``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.media import ROOT, shared_folder
from benchmarks.page.clips import make_minute
from speaker_boxes.detect.decode.video import open_video, probe
from speaker_boxes.errors import VideoError
from speaker_boxes.pictures.boxes_input import BOX, ShownBoxes
from speaker_boxes.pictures.preview import write_preview

OUT = ROOT / "benchmarks" / "results" / "preview.json"
_TURNS = 3


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the minute is kept for the next time")
    parser.add_argument("-o", "--output", type=Path, default=OUT)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp())
    minute = folder / "minute.mp4"
    if not minute.is_file():
        make_minute(minute)
    counts = {path.name: _counts(path, folder / "preview.mp4") for path in _clips()}
    decoding, previewing = [], []
    for _ in range(_TURNS):
        decoding.append(_decode_s(minute))
        previewing.append(_preview_s(minute, folder / "preview.mp4"))
    ratios = [plain / whole for plain, whole in zip(decoding, previewing, strict=True)]
    result = {
        "machine": describe_machine(),
        "clips": {name: found for name, found in counts.items() if found is not None},
        "do_not_decode": sorted(name for name, found in counts.items() if found is None),
        "all_alike": all(found is None or found[0] == found[1] for found in counts.values()),
        "speed_over_decoding": round(statistics.median(ratios), 3),
        "decoding_s": [round(each, 2) for each in decoding],
        "preview_s": [round(each, 2) for each in previewing],
    }
    text = json.dumps(result, indent=1)
    print(text)
    args.output.write_text(text + "\n")


def _clips() -> Iterator[Path]:
    for name in ("clips", "awkward", "reports"):
        yield from sorted((shared_folder() / "media" / name).iterdir())


def _counts(clip: Path, out: Path) -> tuple[int, int] | None:
    """Frames that decode of a clip and of its preview; ``None`` if it does not decode."""
    try:
        n_frames = probe(clip).n_frames
    except VideoError:
        return None
    write_preview(clip, [_boxes(n_frames)], out, overwrite=True)
    with open_video(out) as video:
        return n_frames, sum(1 for _ in video.frames())


def _boxes(n_frames: int) -> ShownBoxes:
    boxes = np.tile(np.array([4, 4, 24, 24], dtype=np.float32), (n_frames, 1))
    return ShownBoxes("speaker", boxes, (BOX,) * n_frames, None, {})


def _decode_s(clip: Path) -> float:
    """Plain decoding by all cores, nothing done with the pictures."""
    begun = time.perf_counter()
    with av.open(str(clip)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass
    return time.perf_counter() - begun


def _preview_s(clip: Path, out: Path) -> float:
    begun = time.perf_counter()
    n_frames = write_preview(clip, [_boxes(1500)], out, overwrite=True)
    assert n_frames
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
