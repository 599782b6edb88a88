"""The picker: a page in the browser to see, choose and mend with, and the server behind it.

The server is thin: it answers with what the same functions give that the commands call.
"""
