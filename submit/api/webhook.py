"""Tell a webhook of the API's from one that somebody else sent."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable

TOLERANCE_S = 300.0
"""Seconds that a signature may be old, or ahead. A guess: the API's own tolerance is unknown, and
five minutes are what other services' libraries take."""


def verify_webhook(
    body: bytes,
    signature: str,
    secret: str,
    *,
    tolerance_s: float = TOLERANCE_S,
    clock: Callable[[], float] = time.time,
) -> bool:
    """Tell whether a webhook comes from the API, and lately.

    Parameters
    ----------
    body
        The raw bytes as they came: not parsed and written again.
    signature
        The header ``Sync-Signature``: ``t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256>``.
        Of several ``v1`` one has to fit, so that a secret can be changed.
    secret
        ``whsec_...``, from ``GET /v2/organizations/webhook/secret``.

    Notes
    -----
    An old message sent again within the tolerance passes: remember the ids of generations that
    are done with.

    Examples
    --------
    >>> sent = hmac.new(b"whsec_1", b'1700000000.{"id":"g1"}', "sha256").hexdigest()
    >>> header = f"t=1700000000,v1={sent}"
    >>> verify_webhook(b'{"id":"g1"}', header, "whsec_1", clock=lambda: 1700000001.0)
    True
    >>> verify_webhook(b'{"id":"g2"}', header, "whsec_1", clock=lambda: 1700000001.0)
    False
    """
    if not secret:
        raise ValueError("an empty secret would let anybody sign")
    pairs = [part.strip().split("=", 1) for part in signature[:4096].split(",")]
    times = [pair[1] for pair in pairs if len(pair) == 2 and pair[0] == "t"]
    given = [pair[1] for pair in pairs if len(pair) == 2 and pair[0] == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
        return False
    wanted = hmac.new(secret.encode(), f"{times[0]}.".encode() + body, hashlib.sha256).hexdigest()
    # all are compared, each in constant time
    fits = [hmac.compare_digest(wanted.encode(), one.encode()) for one in given]
    return any(fits) and abs(clock() - int(times[0])) <= tolerance_s
