"""How quick the picker's page is, as a browser sees it: 10 minutes and an hour of 1080p.

    python -m benchmarks.page.measure [--folder FOLDER] [--jumps N] [-o FILE]

Key frames are ten seconds apart. Each jump stands beside the time that plain decoding from the
key frame to the same frame takes in the same run, on as many cores: on a machine that does other
things besides, only their ratio tells anything. Needs Chromium, and the clips of ``../shared``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import av
import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import describe_machine
from benchmarks.media import ROOT
from benchmarks.page.clips import KEY_EVERY_S, RATE, keep_faces, lengthen, make_minute
from speaker_boxes.detect.run.cache import VARIABLE, Cache

OUT = ROOT / "benchmarks" / "results" / "page.json"
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
_STEPS = 30
_WAIT_MS = 600_000
_BETWEEN_KEYS_MS = 150
"""80 words a minute, as a practised typist does; few type numbers so fast."""
_REST_S = 1.0
"""What a person takes to look before the next jump."""
_HEAR = """
window.seen = [];
document.addEventListener("drawn", ({detail}) => {
  window.seen.push({frame: detail.frame, exact: detail.exact, at: performance.now()});
});
"""
_JUMP = """
async (frame) => {
  const input = document.getElementById("frame-number");
  window.seen.length = 0;
  const begun = performance.now();
  input.value = String(frame);
  input.dispatchEvent(new Event("change"));
  const until = (test) => new Promise((done) => {
    const look = () => {
      const found = window.seen.find(test);
      if (found) done(found.at - begun);
      else setTimeout(look, 2);
    };
    look();
  });
  const first = await until((one) => one.frame === frame);
  return {first, exact: await until((one) => one.frame === frame && one.exact)};
}
"""
_KEY = """
async ([key, frame]) => {
  window.seen.length = 0;
  const begun = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
  while (true) {
    const found = window.seen.find((one) => one.frame === frame && one.exact);
    if (found) return found.at - begun;
    await new Promise((done) => setTimeout(done, 2));
  }
}
"""
_LISTEN = """
(event) => {
  window.seen.length = 0;
  const begin = () => {
    window.begun = performance.now();
  };
  addEventListener(event, begin, {once: true, capture: true});
}
"""
_SCROLL = """
async (seconds) => {
  const canvas = document.getElementById("timeline");
  const bounds = canvas.getBoundingClientRect();
  const [begun, times] = [performance.now(), []];
  while (performance.now() - begun < 1000 * seconds) {
    canvas.dispatchEvent(new WheelEvent("wheel", {
      deltaX: 30, clientX: bounds.left + 600, clientY: bounds.top + 40,
      bubbles: true, cancelable: true,
    }));
    times.push(await new Promise((done) => requestAnimationFrame(done)));
  }
  return times.slice(1).map((time, i) => time - times[i]);
}
"""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="where the clips are kept for the next time")
    parser.add_argument("--jumps", type=int, default=40)
    parser.add_argument("-o", "--output", type=Path, default=OUT)
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp())
    cache = Cache(folder / "cache")
    minute = _made(folder / "minute.mp4", make_minute)
    clips = {}
    for name, times in (("ten", 10), ("hour", 60)):
        clips[name] = _made(folder / f"{name}.mp4", partial(lengthen, minute, times=times))
        keep_faces(minute, clips[name], times, cache)
    result = {
        "machine": describe_machine(),
        "load": list(os.getloadavg()),
        "key_frames_every_s": KEY_EVERY_S,
        "ten_minutes": _ten_minutes(clips["ten"], cache, args.jumps),
        "hour": _hour(clips["hour"], cache),
    }
    text = json.dumps(result, indent=1)
    print(text)
    args.output.write_text(text + "\n")


def _made(path: Path, make: Callable[[Path], Path]) -> Path:
    if not path.is_file():
        aside = path.with_name(f"making-{path.name}")
        make(aside)
        aside.rename(path)
    return path


def _ten_minutes(clip: Path, cache: Cache, n_jumps: int) -> dict[str, object]:
    chance = random.Random(1)
    n_frames = RATE * 600
    jumps = [chance.randrange(n_frames - 2 * _STEPS) for _ in range(n_jumps)]
    with _picker(clip, cache) as (page, server):
        ready = [_ready_s(page)]
        ready += [_ready_s(page) for _ in range(4)]
        blind, pure = [], []
        for frame in jumps:
            time.sleep(_REST_S)
            pure.append(_decode_s(clip, frame))
            time.sleep(_REST_S)
            blind.append(page.evaluate(_JUMP, frame))
            print(f"frame {frame}: {blind[-1]}, decoding {pure[-1]:.3f} s", file=sys.stderr)
        pointed = [_pointed(page, frame / n_frames) for frame in jumps]
        typed = [_typed(page, frame + _STEPS) for frame in jumps]
        steps = {key: _step_ms(page, key) for key in ("ArrowRight", "ArrowLeft")}
        memory = _peak_mb(server)
    return {
        "n_jumps": n_jumps,
        "ready_s": _median(ready),
        "something_ms": _median([one["first"] for one in blind]),
        "exact_ms": _median([one["exact"] for one in blind]),
        "decoding_ms": _median([1000 * one for one in pure]),
        "exact_over_decoding": round(
            statistics.median(
                one["exact"] / (1000 * bare) for one, bare in zip(blind, pure, strict=True)
            ),
            2,
        ),
        "pointed_exact_ms": _median(pointed),
        "typed_exact_ms": _median(typed),
        "step_on_ms": _median(steps["ArrowRight"]),
        "step_back_ms": _median(steps["ArrowLeft"]),
        "server_peak_mb": memory,
    }


def _hour(clip: Path, cache: Cache) -> dict[str, object]:
    with _picker(clip, cache) as (page, server):
        ready = _ready_s(page)
        page.locator("#zoom-in").click(click_count=6)
        spans = page.evaluate(_SCROLL, 5)
        return {
            "ready_s": round(ready, 2),
            "scroll_frames_a_second": round(1000 / statistics.fmean(spans), 1),
            "scroll_slowest_ms": round(max(spans), 1),
            "server_peak_mb": _peak_mb(server),
        }


@contextmanager
def _picker(clip: Path, cache: Cache) -> Iterator[tuple[Page, psutil.Process]]:
    """The picker in a process of its own, opened in a browser."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    out = Path(tempfile.mkdtemp()) / "out.json"
    command = [
        sys.executable,
        "-m",
        "speaker_boxes",
        "pick",
        str(clip),
        "-o",
        str(out),
        "--no-browser",
    ]
    env = {**os.environ, VARIABLE: str(cache.folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        assert server.stdout is not None
        link = server.stdout.readline().split()[-1]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=path, args=_FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(_WAIT_MS)
            page.add_init_script(_HEAR)
            page.goto(link)
            page.wait_for_selector("body[data-ready]")
            try:
                yield page, psutil.Process(server.pid)
            finally:
                browser.close()
                server.terminate()


def _ready_s(page: Page) -> float:
    """From asking for the page until the first exact picture and the lanes are there."""
    begun = time.perf_counter()
    page.goto(page.url)
    page.wait_for_selector("body[data-ready]")
    page.wait_for_selector('#picture[data-exact="true"]')
    return time.perf_counter() - begun


def _pointed(page: Page, share: float) -> float:
    """A jump as a hand makes it: the pointer moves along the timeline, stops, and presses."""
    time.sleep(_REST_S)
    bounds = page.locator("#timeline").bounding_box()
    assert bounds is not None
    x, y = bounds["x"] + 116 + share * (bounds["width"] - 116), bounds["y"] + 8
    page.mouse.move(x, y + 12, steps=8)
    time.sleep(0.25)
    page.evaluate(_LISTEN, "pointerdown")
    page.mouse.down()
    page.mouse.up()
    return _seen_ms(page)


def _typed(page: Page, frame: int) -> float:
    """A jump by the frame's number: a hand types it, and the clock runs from Enter on."""
    time.sleep(_REST_S)
    field = page.locator("#frame-number")
    field.select_text()
    field.press_sequentially(str(frame), delay=_BETWEEN_KEYS_MS)
    page.wait_for_timeout(_BETWEEN_KEYS_MS)
    page.evaluate(_LISTEN, "change")
    field.press("Enter")
    seen = _seen_ms(page)
    field.blur()  # arrows in the field are the field's own
    return seen


def _seen_ms(page: Page) -> float:
    page.wait_for_function("() => window.seen.some((one) => one.exact)")
    return float(page.evaluate("window.seen.find((one) => one.exact).at - window.begun"))


def _step_ms(page: Page, key: str) -> list[float]:
    """Steps as fast as a held key repeats."""
    at = int(page.locator("#frame-number").input_value())
    times = []
    for i in range(1, _STEPS + 1):
        page.wait_for_timeout(80)
        times.append(float(page.evaluate(_KEY, [key, at + i if key == "ArrowRight" else at - i])))
    return times


def _decode_s(clip: Path, frame: int) -> float:
    """Plain decoding, all cores, from the key frame to a frame, nothing done with pictures."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        assert stream.time_base is not None
        key = frame // (RATE * KEY_EVERY_S) * RATE * KEY_EVERY_S
        container.seek(round(key / RATE / stream.time_base), stream=stream)
        wanted = round(frame / RATE / stream.time_base)
        begun = time.perf_counter()
        for each in container.decode(stream):
            if each.pts is not None and each.pts >= wanted:
                break
        return time.perf_counter() - begun


def _peak_mb(server: psutil.Process) -> int:
    status = Path(f"/proc/{server.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) * 1024 / 1e6)


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 2)


if __name__ == "__main__":
    main()
