"""``speaker-boxes preview``: every frame once, with its sound, whoever made the boxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from speaker_boxes.sample import clip_path
from tests.hearing import onsets_s

RunCommand = Callable[..., int]
Shown = pytest.CaptureFixture[str]
Image = npt.NDArray[np.uint8]


def frames_of(path: Path) -> list[Image]:
    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
            for frame in container.decode(video=0)
        ]


def is_like(pixel: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    """Near enough for a colour that went through a codec."""
    return bool(np.abs(pixel.astype(int) - colour).max() < 40)


def test_an_own_file_of_the_same_clip_is_replaced(
    write_video: Callable[..., Path], tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """Other boxes of a clip are previewed at the same place; what is another's stays."""
    clip, other = write_video(6), write_video(6, "other.mp4", rate=30)
    boxes = write_rows(tmp_path / "b.json", [[4, 4, 30, 30]] * 6)
    out, sheet = tmp_path / "b.preview.mp4", tmp_path / "sheet.png"
    where = ("-o", out, "--sheet", sheet)
    assert run_command("preview", clip, boxes, *where) == 0
    first = out.read_bytes(), sheet.read_bytes()
    write_rows(boxes, [[20, 4, 60, 40]] * 6)
    capsys.readouterr()

    assert run_command("preview", other, boxes, *where) == 1
    assert "b.preview.mp4 exists; use --overwrite to replace it" in capsys.readouterr().err
    assert (out.read_bytes(), sheet.read_bytes()) == first
    assert run_command("preview", clip, boxes, *where) == 0
    assert (out.read_bytes() == first[0], sheet.read_bytes() == first[1]) == (False, False)

    sheet.write_bytes(b"mine")
    assert run_command("preview", clip, boxes, *where) == 1
    assert sheet.read_bytes() == b"mine"
    assert run_command("preview", clip, boxes, *where, "--overwrite") == 0


def write_rows(path: Path, rows: object) -> Path:
    path.write_text(json.dumps(rows))
    return path


def test_the_sample_with_its_report(tmp_path: Path, run_command: RunCommand, capsys: Shown) -> None:
    """As many frames, sound, H.264 that browsers take, at the front what they need first."""
    boxes, out = tmp_path / "talk.json", tmp_path / "talk.mp4"
    assert run_command("track", "--sample", "-o", boxes) == 0
    capsys.readouterr()

    assert run_command("preview", clip_path(), boxes, "-o", out) == 0

    assert capsys.readouterr().out == f"{out}: 170 frames\n"
    with av.open(str(out)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert audio.codec_context.name == "aac"
        assert abs(float(container.duration or 0) / 1e6 - 6.8) < 0.1
    data = out.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    images = frames_of(out)
    assert len(images) == 170
    rows = json.loads(boxes.read_text())["bounding_boxes"]
    x1, y1, _, y2 = rows[12]
    assert is_like(images[12][(y1 + y2) // 2, x1 - 2], (0, 190, 120))
    assert rows[90] is None
    assert is_like(images[90][-2, 320], (213, 94, 0))
    assert not is_like(images[12][-2, 320], (213, 94, 0))


def test_a_bare_array_of_another_tool_and_two_speakers(
    tmp_path: Path, write_video: Callable[..., Path], run_command: RunCommand, capsys: Shown
) -> None:
    """Numbers need not be whole; each speaker has a colour; an array too short is said."""
    clip = write_video([np.full((180, 320, 3), 128, np.uint8)] * 10)
    one = write_rows(tmp_path / "ana.json", [[20.5, 60, 60.25, 100]] * 10)
    two = write_rows(tmp_path / "ben.json", {"bounding_boxes": [None, *[[200, 60, 240, 100]] * 7]})
    out = tmp_path / "out.mp4"

    assert run_command("preview", clip, one, two, "-o", out) == 0

    assert "ben has 8 entries, of the clip 10 frames decode" in capsys.readouterr().err
    images = frames_of(out)
    assert len(images) == 10
    assert is_like(images[5][80, 18], (0, 158, 115))
    assert is_like(images[5][80, 198], (86, 180, 233))
    assert is_like(images[0][178, 160], (213, 94, 0))
    assert is_like(images[9][178, 160], (213, 94, 0))


def test_side_by_side_adds_a_square_that_holds_the_face(
    tmp_path: Path, write_video: Callable[..., Path], run_command: RunCommand
) -> None:
    """The face is in the middle of it wherever it goes."""
    images = []
    for i in range(40):
        image = np.full((180, 320, 3), 90, np.uint8)
        image[60:100, 40 + 4 * i : 80 + 4 * i] = 250
        images.append(image)
    rows = [[40 + 4 * i, 60, 80 + 4 * i, 100] for i in range(40)]
    boxes, out = write_rows(tmp_path / "a.json", rows), tmp_path / "out.mp4"

    assert run_command("preview", write_video(images), boxes, "-o", out, "--side-by-side") == 0

    shown = frames_of(out)
    assert shown[0].shape == (180, 320 + 180, 3)
    assert all(image[90, 320 + 90].mean() > 220 for image in shown[13:27])


def test_the_square_jumps_where_another_face_is_followed(
    tmp_path: Path, write_video: Callable[..., Path], run_command: RunCommand
) -> None:
    """It never rests between two faces, though no report tells where one takes over."""
    image = np.full((180, 320, 3), 90, np.uint8)
    image[60:100, [*range(20, 60), *range(240, 280)]] = 250
    rows = [[20, 60, 60, 100]] * 20 + [[240, 60, 280, 100]] * 20
    boxes, out = write_rows(tmp_path / "a.json", rows), tmp_path / "out.mp4"

    assert (
        run_command("preview", write_video([image] * 40), boxes, "-o", out, "--side-by-side") == 0
    )

    assert all(shown[90, 320 + 90].mean() > 220 for shown in frames_of(out))


def test_a_sheet_has_a_row_a_shot(tmp_path: Path, run_command: RunCommand, capsys: Shown) -> None:
    boxes, sheet = tmp_path / "talk.json", tmp_path / "sheet.png"
    assert run_command("track", "--sample", "-o", boxes) == 0
    capsys.readouterr()

    assert run_command("preview", clip_path(), boxes, "--sheet", sheet) == 0

    assert capsys.readouterr().out == f"{sheet}: 170 frames\n"
    image = cv2.imread(str(sheet))
    assert image is not None
    assert image.shape[0] == 2 * 146 + 16
    null = np.abs(image.astype(int) - (0, 94, 213)).max(axis=2) < 10
    assert null[:146].any()  # the face leaves in the first shot
    assert not null[146:].any()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"boxes": []}, "holds no list of bounding_boxes"),
        ([], "holds no list of bounding_boxes"),
        ([None, [1, 2, 3]], r"bounding_boxes[1] is no [x1, y1, x2, y2] with an area"),
        ([[5, 5, 5, 9]], "bounding_boxes[0]"),
        ([[1, 2, True, 9]], "bounding_boxes[0]"),
    ],
)
def test_what_is_no_boxes_file_is_one_line(
    value: object, message: str, tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    boxes = write_rows(tmp_path / "a.json", value)

    assert run_command("preview", clip_path(), boxes, "-o", tmp_path / "out.mp4") == 1

    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "out.mp4").exists()


def test_the_clip_is_never_written_over(
    tmp_path: Path, write_video: Callable[..., Path], run_command: RunCommand, capsys: Shown
) -> None:
    clip, boxes = write_video(5), write_rows(tmp_path / "a.json", [None] * 5)

    assert run_command("preview", clip, boxes, "-o", clip, "--overwrite") == 1
    assert "it is what is read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    [
        "clips/streamio-sideways.mov", "clips/streamio-awesome.mov", "clips/lipnet-bbaf2n.mpg",
        "clips/intel-prev-facewalkpause.gif", "awkward/rails-rect.mp4", "reports/jump1h.ts",
        "awkward/torchcodec-h26510.mp4", "awkward/androidx-iibbibb.mp4", "reports/el_two.mp4",
    ],
)  # fmt: skip
def test_each_frame_that_decodes_is_shown(
    name: str, shared_media: Path, tmp_path: Path, run_command: RunCommand, capsys: Shown
) -> None:
    """Turned, of variable rate, not square, ten bits, clocks that jump: OpenCV counts alike."""
    boxes, out = write_rows(tmp_path / "a.json", [[5, 5, 25, 25]]), tmp_path / "out.mp4"

    assert run_command("preview", shared_media / name, boxes, "-o", out) == 0

    n_frames = int(capsys.readouterr().out.split(": ")[1].split()[0])
    capture = cv2.VideoCapture(str(out))
    counted = 0
    while capture.read()[0]:
        counted += 1
    assert len(frames_of(out)) == counted == n_frames


def test_sound_follows_a_clock_that_starts_again(
    tmp_path: Path, write_video: Callable[..., Path], run_command: RunCommand
) -> None:
    """Two recordings in one MPEG-TS: each click of the second is at the second's pictures."""
    one = write_video(50, "one.ts", audio_s=1.9)
    two, out = tmp_path / "two.ts", tmp_path / "out.mp4"
    two.write_bytes(one.read_bytes() * 2)
    boxes = write_rows(tmp_path / "a.json", [[5, 5, 25, 25]] * 100)

    assert run_command("preview", two, boxes, "-o", out) == 0

    assert len(frames_of(out)) == 100
    assert onsets_s(out) == pytest.approx([0, 1, 2, 3], abs=0.03)


def test_times_that_run_to_and_fro_end_where_the_clip_does(
    shared_media: Path, tmp_path: Path, run_command: RunCommand
) -> None:
    """A clip of 170 frames, 25 a second, that does not say in which order they are shown."""
    boxes, out = write_rows(tmp_path / "a.json", [[5, 5, 25, 25]]), tmp_path / "out.mp4"

    assert run_command("preview", shared_media / "reports" / "noctts.mp4", boxes, "-o", out) == 0

    with av.open(str(out)) as container:
        times_s = [frame.time for frame in container.decode(video=0)]
    assert len(times_s) == 170
    assert times_s[-1] == pytest.approx(169 / 25, abs=0.2)
