"""``python -m speaker_boxes`` is the command."""

from __future__ import annotations

from speaker_boxes.cli import main

if __name__ == "__main__":
    main()
