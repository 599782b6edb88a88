"""What a person says about a clip's faces by hand, and what comes of it.

``model`` is the values, ``codec`` the file, ``apply`` makes boxes of them. Whatever writes edits,
a page or an editor, gets the bytes that ``apply_edits`` gives.
"""
