"""The picker's page as a browser sees it, and previews beside decoding alone."""
