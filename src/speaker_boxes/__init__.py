"""Frame-aligned speaker boxes."""
