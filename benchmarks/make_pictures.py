"""Make the pictures of README and docs from the sample: ``python -m benchmarks.make_pictures``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
import numpy as np

from benchmarks.picker_pictures import picker_pictures, webp
from speaker_boxes.click import parse_click
from speaker_boxes.pictures.boxes_input import read_shown
from speaker_boxes.pictures.canvas import jpeg, png
from speaker_boxes.pictures.people import list_people
from speaker_boxes.pictures.people_sheet import draw_people
from speaker_boxes.pictures.preview import PreviewOptions, write_preview
from speaker_boxes.sample import clip_path, sample_clicks
from speaker_boxes.track.output.report import boxes_json, report_json
from speaker_boxes.tracking import track_speaker

DOCS = Path(__file__).parents[1] / "docs"
FRAME = 40


def main() -> None:
    """Write them anew."""
    DOCS.mkdir(exist_ok=True)
    (DOCS / "people.webp").write_bytes(webp(png(draw_people(list_people(clip_path())))))
    result = track_speaker(clip_path(), at=[parse_click(text) for text in sample_clicks()])
    with tempfile.TemporaryDirectory() as folder:
        boxes, preview = Path(folder) / "talk.json", Path(folder) / "talk.mp4"
        boxes.write_text(boxes_json(result))
        boxes.with_name("talk.report.json").write_text(report_json(result))
        options = PreviewOptions(side_by_side=True)
        write_preview(clip_path(), [read_shown(boxes)], preview, options=options)
        with av.open(str(preview)) as container:
            images = list(container.decode(video=0))
    shown = np.asarray(images[FRAME].to_ndarray(format="rgb24"), dtype=np.uint8)
    (DOCS / "preview.jpg").write_bytes(jpeg(shown))
    for theme, picture in picker_pictures(clip_path(), frame=12, x=281, y=180).items():
        (DOCS / f"pick-{theme}.webp").write_bytes(picture)


if __name__ == "__main__":
    main()
