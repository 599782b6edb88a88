"""A clip written anew: constant rate, upright, square pixels, H.264 with its sound in step.

Stands beside detection: it decodes and encodes, and looks for no faces. May import ``decode``.
"""
