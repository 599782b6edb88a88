"""Who speaks in a whole clip: from tracks, persons and sound to turns, frame by frame.

This room knows people, cuts and the clip's file; what is measured within one shot comes from
``speaker_boxes.track.speech``. It opens the clip a second time, for small pictures of those
faces of which two or more could be speaking. Import it where a speaker is asked for, not before:
PyAV comes with it. ONNX Runtime is loaded where faces are looked at.
"""
