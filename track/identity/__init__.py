"""Whose track it is: clicks, likeness and places, and one joint decision over all tracks.

Nothing is decoded here; what faces look like comes from the crops that detection kept. May
import ``tracklets``.
"""
