"""Who is found to speak, on composed conversations of which it is known who speaks when.

``talk`` composes them of the people in ``cast``, ``scoring`` compares. Imports ``compose``.
"""
