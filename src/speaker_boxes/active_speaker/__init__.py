"""Whoever speaks, without a click: the steps in order, and boxes from what was heard.

Import it where a speaker is asked for, not before: PyAV comes with it.
"""
