"""The API call by call: create, look, wait, upload, download, and webhooks.

May import ``schema`` and ``http``.
"""
