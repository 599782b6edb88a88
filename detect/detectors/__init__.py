"""The networks that find faces in one image, and what a detector is.

``base`` says what the others are: a detector, a pair of them, a plan of search windows. A third
detector goes here, beside BlazeFace and YuNet, and into ``registry``. Also the model files,
packaged or fetched. May import ``decode``.
"""
