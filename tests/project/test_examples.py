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

import pytest
from sync import Sync

from speaker_boxes.click import parse_click
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
    click = parse_click(sample_clicks()[0])

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
