"""The examples run, against the sample clip and a server of our own."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sync import Sync

from speaker_boxes import (
    Detections,
    boxes_for_speaker,
    find_cuts,
    find_faces,
    link,
    track_speaker,
)
from speaker_boxes.geometry import matched_iou
from speaker_boxes.sample import clip_path, sample_clicks
from tests.loopback.state import KEY, FakeSync

EXAMPLES = Path(__file__).parents[2] / "examples"
URLS = {"video_url": "https://e.x/v.mp4", "audio_url": "https://e.x/a.wav"}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_sdk_sends_our_boxes(sync_api: FakeSync, sync_key: None) -> None:
    """One row a frame, null where there is none, under the API's own names."""
    sdk = Sync(api_key=KEY, base_url=sync_api.base_url)

    click = sample_clicks()[0]
    generation = load("sdk_python").generate(str(clip_path()), click, **URLS, sync=sdk)

    assert generation.id == "gen-1"
    [seen] = sync_api.calls("create")
    assert [each["url"] for each in seen.json["input"]] == list(URLS.values())
    speaker = seen.json["options"]["active_speaker_detection"]
    assert speaker["auto_detect"] is False
    assert len(speaker["bounding_boxes"]) == 170
    assert all(row is None or len(row) == 4 for row in speaker["bounding_boxes"])
    sdk._client_wrapper.httpx_client.httpx_client.close()


def test_the_typescript_request_is_the_python_ones(tmp_path: Path) -> None:
    """The function that makes it is called, by node."""
    node = shutil.which("node")
    source = (EXAMPLES / "sdk_typescript.mjs").read_text()
    names = ("sync_mode", "active_speaker_detection", "auto_detect: false", "bounding_boxes:")
    assert all(name in source for name in names)
    if node is None:
        return  # its spelling is all that can be checked here
    boxes = tmp_path / "talk.json"
    boxes.write_text('{"bounding_boxes": [null, [1, 2, 3, 4]]}')
    module = json.dumps(str(EXAMPLES / "sdk_typescript.mjs"))
    program = (
        f"import {{ readBoxes, requestWith }} from {module};"
        f"const boxes = await readBoxes({json.dumps(str(boxes))});"
        "console.log(JSON.stringify(requestWith(boxes, { videoUrl: 'v', audioUrl: 'a' })));"
    )

    out = subprocess.run(
        [node, "--input-type=module", "-e", program], capture_output=True, check=True, timeout=60
    ).stdout

    assert json.loads(out) == {
        "model": "lipsync-2",
        "input": [{"type": "video", "url": "v"}, {"type": "audio", "url": "a"}],
        "options": {
            "sync_mode": "cut_off",
            "active_speaker_detection": {
                "auto_detect": False,
                "bounding_boxes": [None, [1, 2, 3, 4]],
            },
        },
    }


def test_a_pipeline_gets_arrays(capsys: pytest.CaptureFixture[str]) -> None:
    """Or a line that says whom one could mean."""
    result = load("pipeline").boxes_of(clip_path())

    err = capsys.readouterr().err
    if result is None:
        assert err.startswith(f"{clip_path().name}: ")
    else:
        assert result.boxes.shape == (170, 4)


def test_the_webhook_takes_only_what_the_api_signed() -> None:
    ended_generation = load("webhook").ended_generation
    body, now = b'{"id": "gen-1", "status": "COMPLETED"}', int(time.time())
    signature = hmac.new(b"whsec_1", f"{now}.".encode() + body, hashlib.sha256).hexdigest()

    assert ended_generation(body, f"t={now},v1={signature}", "whsec_1") == ("gen-1", "COMPLETED")
    assert ended_generation(body, f"t={now},v1={'0' * 64}", "whsec_1") is None


def test_own_detections_need_no_clip() -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "own_detections.py"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    assert done.stdout == "[400, 90, 480, 190] 50\n"


def test_an_own_detector_follows_the_sample() -> None:
    """By one method and as a pair: nearly the same frames, and the pair is shown less."""
    example = load("own_detector")
    shown: list[int] = []

    class Counted(example.Cascade):  # type: ignore[name-defined,misc]  # loaded by its path
        def detect(self, image: np.ndarray) -> Detections:
            shown.append(image.shape[0] * image.shape[1])
            found: Detections = super().detect(image)
            return found

    setattr(example, "Cascade", Counted)  # noqa: B010  # mypy knows no module by its path
    pixels, results = [], []
    for detectors in (example.Cascade(), example.CascadePair().pair()):
        shown.clear()
        results.append(track_speaker(clip_path(), at=sample_clicks()[0], detectors=detectors))
        pixels.append(sum(shown))

    assert [result.video.n_frames for result in results] == [170, 170]
    assert all(result.n_boxes > 130 for result in results)
    one, other = (result.boxes for result in results)
    shared = ~np.isnan(one[:, 0]) & ~np.isnan(other[:, 0])
    overlap = matched_iou(one[shared], other[shared])
    assert np.median(overlap) > 0.8
    assert pixels[1] < pixels[0] / 2


def test_supervision_takes_what_was_found() -> None:
    """Its own class checks shapes; a detection for each face, with its track's number."""
    clip, detections_of = clip_path(), load("supervision_detections").detections_of
    faces = find_faces(clip)
    tracks = link(faces.faces, pts_s=faces.video.pts_s, cuts=find_cuts(faces.frame_diffs))
    result = boxes_for_speaker(faces, at=sample_clicks()[0])

    speaker, everybody = detections_of(result, tracks, frame=12)

    assert speaker.xyxy.tolist() == [result.bounding_boxes[12]]
    assert everybody.tracker_id is not None
    assert everybody.tracker_id.tolist() == [0]
    assert len(detections_of(result, tracks, frame=80)[0]) == 0
