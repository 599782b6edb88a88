"""Where constants of the package come from: each script fits what a module then names as source.

``face_tracks`` and ``face_pairs`` lay out whom ``identity`` and ``face_alignment`` compare;
``box_shape`` fits boxes to labels. Imports ``quality``.
"""
