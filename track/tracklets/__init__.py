"""Faces to tracks: which face of one frame goes on as which of the next. Nothing crosses a cut.

May import detection's records, and ``track.options``.
"""
