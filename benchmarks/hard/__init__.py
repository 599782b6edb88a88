"""Short scenes in which a box is known to go over to somebody else, and conditions to spoil clips.

Scripts for ``compose``, a module for each kind; nothing is measured here. Imports ``compose``.
"""
