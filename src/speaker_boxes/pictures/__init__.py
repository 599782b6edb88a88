"""What was found, to look at: sheets of faces, a clip with its boxes drawn, a page of a report.

Nothing is detected here: boxes, reports and the faces that are cached are all there is.
"""
