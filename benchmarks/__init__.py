"""What the figures in the documents are measured with, and what made the package's own files.

Each script is run from the root of the checkout. Beside the rooms lies what they share: where
clips are (``media``), who is where in them (``truth``), what it was measured on (``machine``).
"""
