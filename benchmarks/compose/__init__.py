"""Clips that are composed of pictures of people, so that who is where is exactly known.

``scenes`` say what is seen, ``footage`` and ``stills`` hold the people, ``render`` paints a frame,
``write`` makes clip and labels. Imports what all rooms share.
"""
