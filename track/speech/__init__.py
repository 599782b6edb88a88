"""Who speaks, by lips and sound: from faces that are followed to scores and turns in a shot.

This room holds the network (LR-ASD, run by ONNX Runtime from its own weights), what it is shown
and played (small grey pictures of faces, the sound on the pictures' clock), a voice detector, a
measure of whether mouth and sound go together, and the decision between the faces of a shot. It
knows shots, faces and times; it knows no people, no clicks and no frames without a face. It may
import what ``speaker_boxes.detect`` offers for opening files, pictures and models, the common
ground (errors, geometry), and nothing else of ``speaker_boxes.track``. ONNX Runtime
comes with ``network``: import that where faces are looked at, not before.
"""
