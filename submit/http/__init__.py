"""How a request gets there and back: retries, timeouts, transfers, errors, the key.

One flow for both drivers, blocking and asyncio. Knows no endpoint. May import ``schema``.
"""
