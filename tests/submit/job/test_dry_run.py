"""What --dry-run prints: the very request, and a line for the shell that sends the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speaker_boxes.submit.api.client import Client
from speaker_boxes.submit.job.dry_run import REQUEST_FILE, curl_json, dry_run, whole
from speaker_boxes.submit.job.run_job import RunOptions, run_job
from speaker_boxes.submit.job.spec import JobSpec, SubmitOptions
from speaker_boxes.submit.schema.media import Remote, read_source
from speaker_boxes.submit.schema.request import AutoSelection, BoxesSelection
from tests.loopback.state import KEY, FakeSync

VIDEO = "https://assets.sync.so/docs/example-video.mp4"
AUDIO = "https://assets.sync.so/docs/example-audio.wav"
BOXES: list[list[int] | None] = [None, [520, 280, 760, 520], [120, 260, 320, 500], None]
Run = Callable[..., int]


@pytest.fixture(scope="session")
def sh() -> Callable[[str, str], str]:
    """Run a line as a shell does, with the key in the environment."""
    if shutil.which("curl") is None or shutil.which("sh") is None:
        if os.environ.get("CI"):
            pytest.fail("curl and sh must be there in CI: apt install curl")
        pytest.skip("the printed lines cannot be run: install curl and sh")

    def run(line: str, folder: str) -> str:
        environment = {"PATH": os.environ["PATH"], "SYNC_API_KEY": KEY, "NO_PROXY": "127.0.0.1"}
        ended = subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, env=environment, cwd=folder,
            timeout=30, check=True,
        )  # fmt: skip
        assert KEY not in ended.stdout + ended.stderr
        return ended.stdout

    return run


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    path = tmp_path / "out.json"
    path.write_text(json.dumps({"bounding_boxes": BOXES}))
    return path


FORMS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "auto": (["--auto"], {"auto_detect": True}),
    "point": (
        ["--point", "240:640,360"],
        {"auto_detect": False, "frame_number": 240, "coordinates": [640, 360]},
    ),
    "boxes": (["BOXES", "--trust-count"], {"auto_detect": False, "bounding_boxes": BOXES}),
    "boxes by url": (
        ["--boxes-url", "https://e.x/b.json"],
        {"auto_detect": False, "bounding_boxes_url": "https://e.x/b.json"},
    ),
}


@pytest.mark.parametrize(("arguments", "selection"), FORMS.values(), ids=FORMS)
def test_the_documentations_examples(
    arguments: list[str],
    selection: dict[str, Any],
    tmp_path: Path,
    boxes: Path,
    sync_api: FakeSync,
    sh: Callable[[str, str], str],
    run_command: Run,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The printed JSON is the example's; the printed line, run, sends it; nothing else is sent."""
    arguments = [str(boxes) if one == "BOXES" else one for one in arguments]

    status = run_command(
        "submit", *arguments, "--video", VIDEO, "--audio", AUDIO, "--dry-run",
        "--base-url", sync_api.base_url,
    )  # fmt: skip

    out, err = capsys.readouterr()
    assert status == 0, err
    assert KEY not in out + err
    assert sync_api.seen == []
    line = err.splitlines()[-1]
    assert json.loads(out) == {
        "model": "lipsync-2",
        "input": [{"type": "video", "url": VIDEO}, {"type": "audio", "url": AUDIO}],
        "options": {"sync_mode": "cut_off", "active_speaker_detection": selection},
    }
    assert '-H "x-api-key: $SYNC_API_KEY"' in line
    (tmp_path / "request.json").write_text(out)
    answer = json.loads(sh(line, str(tmp_path)))
    [seen] = sync_api.calls("create")
    assert seen.json == json.loads(out)
    assert seen.headers["content-type"] == "application/json"
    assert answer["id"] == "gen-1"
    assert sorted(path.name for path in boxes.parent.iterdir()) == ["out.json", "request.json"]


def test_json_is_json_only(
    boxes: Path, run_command: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command("submit", "--auto", "--video", VIDEO, "--audio", AUDIO, "--dry-run", "--json")

    both = json.loads(capsys.readouterr().out)
    assert both["request"]["options"]["active_speaker_detection"] == {"auto_detect": True}
    assert both["curl"].startswith("curl -sS -X POST https://api.sync.so/v2/generate")


def spec(**changes: Any) -> JobSpec:
    usual: dict[str, Any] = {
        "video": Remote("video", VIDEO), "sounds": {"audio": Remote("audio", AUDIO)},
        "selection": AutoSelection(),
    }  # fmt: skip
    return JobSpec(**{**usual, **changes})


def test_a_large_request_goes_by_a_file(
    tmp_path: Path, sync_api: FakeSync, sh: Callable[[str, str], str]
) -> None:
    """Linux takes no argument of 128 KiB."""
    rows: list[list[int] | None] = [[1520, 280, 1760, 520]] * 9000
    request = spec(selection=BoxesSelection(bounding_boxes=rows)).request({})
    (tmp_path / REQUEST_FILE).write_text(whole(request) + "\n")

    sh(curl_json(sync_api.base_url, "k1"), str(tmp_path))

    assert sync_api.calls("create")[0].json == request


def test_on_a_terminal_a_long_list_is_shortened_in_the_middle(
    tmp_path: Path,
    boxes: Path,
    run_command: Run,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And it is said how to have it whole; nothing is printed twice."""
    rows = [[i, 0, i + 9, 9] for i in range(9000)]
    boxes.write_text(json.dumps({"bounding_boxes": rows}))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    run_command(
        "submit", boxes, "--video", VIDEO, "--audio", AUDIO, "--trust-count", "--dry-run"
    )  # fmt: skip

    out, err = capsys.readouterr()
    assert "[2, 0, 11, 9],\n    ... 8995 more ...,\n    [8998, 0, 9007, 9]," in out
    assert len(out) + len(err) < 2000
    assert "for the whole request add --json or > request.json" in err


def test_awkward_text_survives_the_shell(
    tmp_path: Path, sync_api: FakeSync, sh: Callable[[str, str], str]
) -> None:
    """Quotes, dollars and the like in an address."""
    url = "https://e.x/it's?a=$HOME&b=`id`&c=\\u0041\"é"
    request = spec(video=Remote("video", url)).request({})

    (tmp_path / REQUEST_FILE).write_text(whole(request))
    sh(curl_json(sync_api.base_url, "it's $HOME"), str(tmp_path))

    [seen] = sync_api.calls("create")
    assert seen.json["input"][0]["url"] == url
    assert seen.headers["idempotency-key"] == "it's $HOME"


def test_multipart_lines_carry_the_files(
    tmp_path: Path, sync_api: FakeSync, sh: Callable[[str, str], str]
) -> None:
    """The fields are those that we would send."""
    video, audio = tmp_path / 'a "talk", 2;3.mp4', tmp_path / "say.wav"
    video.write_bytes(b"picture\r\n--\x00" * 50)
    audio.write_bytes(b"sound")
    wanted = spec(
        video=read_source("video", video),
        sounds={"audio": read_source("audio", audio)},
        selection=BoxesSelection(bounding_boxes=BOXES),
        options=SubmitOptions(output_name="out"),
        multipart=True,
    )
    path = tmp_path / "job.json"
    planned = dry_run(wanted, path, sync_api.base_url)
    sh(planned.curl, str(tmp_path))
    with Client(base_url=sync_api.base_url) as client:
        client.driver.run(
            run_job(wanted, path, client.base_url, client.config, RunOptions(wait=False))
        )

    theirs, ours = (form(seen) for seen in sync_api.calls("create"))
    assert theirs == ours
    assert ours["video"] == ("video/mp4", video.read_bytes())
    spelled = {
        name: content.decode()
        for name, (_, content) in ours.items()
        if name not in ("video", "audio")
    }
    assert planned.request == {**spelled, "video": f"@{video}", "audio": f"@{audio}"}
    assert json.loads(ours["options"][1])["active_speaker_detection"]["bounding_boxes"] == BOXES


def form(seen: Any) -> dict[str, tuple[str, bytes]]:
    """Content type and content of each field."""
    boundary = seen.headers["content-type"].split("boundary=")[1].encode()
    fields = {}
    for part in (b"\r\n" + seen.body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        lines = head.decode().lower().splitlines()
        kind = next((one.split(": ")[1] for one in lines if one.startswith("content-type")), "")
        fields[head.decode().split('name="')[1].split('"')[0]] = (kind, content)
    return fields


def test_the_line_and_the_command_are_one_job(
    tmp_path: Path, sync_api: FakeSync, sh: Callable[[str, str], str]
) -> None:
    """After an answer that got lost, the printed line carries the job's own key."""
    from tests.loopback.faults import take_and_drop

    path, wanted = tmp_path / "job.json", spec()
    sync_api.faults["create"] = [take_and_drop] * 5
    with Client(base_url=sync_api.base_url, sleep=lambda seconds: None) as client:
        flow = run_job(wanted, path, client.base_url, client.config, RunOptions(wait=False))
        with pytest.raises(Exception, match="no answer"):
            client.driver.run(flow)

    planned = dry_run(wanted, path, sync_api.base_url)
    (tmp_path / REQUEST_FILE).write_text(whole(planned.request))
    sh(planned.curl, str(tmp_path))

    assert len(sync_api.jobs) == 1


def test_files_that_are_not_uploaded_are_named(
    tmp_path: Path, boxes: Path, run_command: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ids of their assets are not known yet, and that is said."""
    from speaker_boxes.sample import clip_path

    status = run_command(
        "submit", "--auto", "--video", clip_path(), "--audio", AUDIO, "--dry-run",
        "--job", tmp_path / "job.json",
    )  # fmt: skip

    out, err = capsys.readouterr()
    assert status == 0
    assert json.loads(out)["input"][0]["assetId"] == "ASSET_ID_OF_VIDEO"
    assert "talk.mp4 would be uploaded first" in err
    assert not (tmp_path / "job.json").exists()
