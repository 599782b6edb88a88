"""From faces to one box a frame: link, choose, align."""
