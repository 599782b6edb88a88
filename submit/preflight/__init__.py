"""What is wrong with a job, found before it costs money: boxes and clip compared, limits, lengths.

Pure functions of what was measured elsewhere, and the readers of boxes files and reports. May
import ``schema`` and ``http``.
"""
