"""What was made of a clip says so: it may be made again, and nothing else is written over."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from speaker_boxes.made_of import is_made_of, mark_mp4, marked_html, marked_png
from speaker_boxes.pictures.canvas import blank, png

CLIP = "d" * 64


def page(folder: Path) -> Path:
    path = folder / "made"
    path.write_text(marked_html("<!doctype html>\n<p>Talk</p>\n", CLIP))
    return path


def picture(folder: Path) -> Path:
    path = folder / "made"
    path.write_bytes(marked_png(png(blank(64, 48)), CLIP))
    return path


def video(folder: Path) -> Path:
    path = folder / "made"
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    mark_mp4(path, CLIP)
    return path


KINDS = [page, picture, video]


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_a_mark_is_of_one_clip_and_of_one_content(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    """Any change counts, before the mark or behind it."""
    path = make(tmp_path)
    whole = path.read_bytes()

    assert is_made_of(path, CLIP)
    assert not is_made_of(path, "e" * 64)
    for changed in (
        whole[:40] + b"!" + whole[41:],
        whole + b"x",
        whole + b"x" * 200,
        whole[:-60],
        b"",
    ):
        path.write_bytes(changed)
        assert not is_made_of(path, CLIP)


@pytest.mark.parametrize("make", [picture, video], ids=lambda make: make.__name__)
def test_a_marked_file_is_read_as_ever(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)

    if make is picture:
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            image.load()
            assert image.size == (64, 48)
            assert image.info["Software"].startswith("speaker-boxes made ")
    else:
        with av.open(str(path)) as clip:
            assert len(list(clip.decode(video=0))) == 3


def test_what_is_marked_cannot_break_a_page() -> None:
    """A report may have been edited: what it says of its clip is no part of the page."""
    assert marked_html("", "--><script>").count(">") == 1


@pytest.mark.parametrize("path", ["/dev/null", "absent"])
def test_what_is_no_file_is_not_ours(path: str) -> None:
    assert not is_made_of(Path(path), CLIP)
