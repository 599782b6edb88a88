"""Time and memory: each way in a process of its own, beside decoding alone.

``python -m benchmarks.speed`` compares the ways; ``stages``, ``memory``, ``resize`` and
``identity_scale`` look at one part. Imports what all rooms share.
"""
