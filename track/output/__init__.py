"""From a person's tracks to one box a frame, the report of it, and turns of several people.

The only room that fills gaps and smooths. May import ``tracklets`` and ``identity``.
"""
