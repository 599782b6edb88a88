"""The bytes of a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Part = bytes | Path
"""A piece of a body: bytes, or a file that is read as it is sent."""


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a create, with the headers that describe them."""

    parts: tuple[Part, ...]
    content_type: str = "application/json"
