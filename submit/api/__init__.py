"""The API endpoint by endpoint: create, get, wait, upload, download, and webhooks.

May import ``schema`` and ``http``.
"""
