"""One generation from its files to its result, noted on disk so that none is paid for twice.

May import all other rooms of this stage.
"""
