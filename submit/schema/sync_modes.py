"""The names of what the server does with tracks of unequal length."""

from __future__ import annotations

from typing import Literal

SyncMode = Literal["bounce", "loop", "cut_off", "silence", "remap"]
"""``cut_off`` trims the longer track, ``silence`` pads the shorter; ``bounce`` and ``loop`` repeat
the picture, ``remap`` changes its speed."""
STRETCHING_MODES = frozenset({"bounce", "loop", "remap"})
"""Those that change the sequence of frames which the boxes count."""
