"""Whom to follow, however that is said, and the boxes of it: for commands and batches alike.

``target`` is the one record of all ways to say it, ``follow`` goes the way that it asks for.
Imports tracking, edits and the choice by speech; nothing of the commands.
"""
