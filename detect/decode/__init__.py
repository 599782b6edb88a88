"""From a file to frames: open it, choose a stream, decode every frame once, upright, with its time.

Also what is known of a clip when it is decoded (``metadata``, ``metadata_json``) and what is odd
about it (``decode_warnings``), where it can be cut into chunks that decode by themselves, and the
length of its sound. Knows no faces. Imports only the common
ground of the package (errors, fetch, progress).
"""
