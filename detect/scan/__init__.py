"""All faces of frames that follow each other: search now and then, follow in between, one pass.

What is kept of the pixels (crops, thumbnails, frame differences) is gathered here too; pixels
end in this room. May import ``decode`` and ``detectors``.
"""
