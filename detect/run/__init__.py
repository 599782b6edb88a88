"""Who does the scanning of a whole clip, and what is kept of it on disk.

Chunks, threads, worker processes, the cache and its file format. May import all other rooms of
this stage.
"""
