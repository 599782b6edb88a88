"""Boxes against labels: how much is covered, how often it is somebody else, where cuts are.

``python -m benchmarks.quality`` runs the pipeline beside plain ways, or by kind of hard scene;
``cuts`` and ``clicks`` ask one question each. Imports ``compose`` and ``hard``.
"""
