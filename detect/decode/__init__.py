"""From a file to frames: open it, choose a stream, decode every frame once, upright, with its time.

Also what a clip is known by when it is decoded (``metadata``), where it can be cut into chunks
that decode by themselves, and the length of its sound. Knows no faces. Imports only the common
ground of the package (errors, fetch, progress).
"""
