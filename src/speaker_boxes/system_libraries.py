"""System libraries that slim images lack, and the package that holds each."""

from __future__ import annotations

_PACKAGES = {
    "libGLESv2": "libgles2",
    "libEGL": "libegl1",
    "libGL.so": "libgl1",
    "libglib": "libglib2.0-0",
    "libgthread": "libglib2.0-0",
}
"""Debian's and Ubuntu's names; OpenCV and MediaPipe load these."""


def explain_load_error(error: Exception) -> str:
    """Say in one line which package to install when a shared library did not load."""
    message = " ".join(str(error).split())
    for library, package in _PACKAGES.items():
        if library in message:
            return f"{library} is missing; install it, on Debian and Ubuntu: apt install {package}"
    return message
