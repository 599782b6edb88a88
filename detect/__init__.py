"""From file to faces: decode every frame, find faces, follow them, see the cuts."""
