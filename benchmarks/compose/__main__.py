"""Compose cut-rich clips of people whose identity and place are exactly known.

python -m benchmarks.compose [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.compose.scenes import SCENES
from benchmarks.compose.write import compose_all, default_folder
from benchmarks.hard.scenes import HARD_SCENES


def main() -> None:
    """Compose all clips."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default_folder()
    scenes = (*SCENES, *HARD_SCENES)
    for scene, truth in zip(scenes, compose_all(scenes, folder), strict=True):
        seen = ", ".join(f"{name} {len(p.clicks)}" for name, p in truth.people.items())
        print(f"{truth.clip}: {truth.n_frames} frames, {len(scene.shots)} shots; clicks: {seen}")


if __name__ == "__main__":
    main()
