"""What a result was measured on and with."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "ai-edge-litert",
    "av",
    "mediapipe",
    "numpy",
    "opencv-contrib-python",
    "scipy",
    "trackers",
)


def describe_machine() -> dict[str, object]:
    """Date, commit, processor, cores, Python and the versions that matter."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _commit() -> str | None:
    """The commit, with a plus sign if files differ from it."""
    git = ("git", "-C", str(Path(__file__).parent))
    try:
        head = subprocess.run((*git, "rev-parse", "--short=12", "HEAD"), capture_output=True)
        dirty = subprocess.run((*git, "status", "--porcelain", "-uno"), capture_output=True)
    except OSError:
        return None
    return head.stdout.decode().strip() + ("+" if dirty.stdout.strip() else "") or None


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
