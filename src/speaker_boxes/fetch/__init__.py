"""Where a clip is: a path as it is, or what an http(s) address gives, fetched whole.

``source`` is what everybody imports; ``http`` brings Python's whole HTTP and is imported when
something is fetched. Both stand on the common ground alone: errors, files, progress.
"""
