"""One thing that preflight has against a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from speaker_boxes.errors import Remedy

LENGTH_TOLERANCE_S = 0.1
"""Seconds by which sound and picture may differ; chosen, two to three frames."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or may be."""

    code: str
    severity: Literal["error", "warning"]
    problem: str
    """What, with the value."""
    remedy: Remedy | None = None
    """What would help, if ``problem`` does not say it."""

    @property
    def message(self) -> str:
        """What, with the value, and what would help; one line."""
        return self.problem if self.remedy is None else f"{self.problem}; {self.remedy.text}"


def error(code: str, problem: str, remedy: Remedy | None = None) -> Finding:
    """One that forbids sending."""
    return Finding(code, "error", problem, remedy)


def warning(code: str, problem: str, remedy: Remedy | None = None) -> Finding:
    """One that is only told."""
    return Finding(code, "warning", problem, remedy)
