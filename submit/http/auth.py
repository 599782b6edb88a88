"""Whose account, and which server: the key, which is never shown, and the base URL."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from speaker_boxes.errors import PreflightError

KEY_VARIABLE, BASE_VARIABLE = "SYNC_API_KEY", "SYNC_BASE_URL"
DEFAULT_BASE_URL = "https://api.sync.so"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ApiKey:
    """A key that neither ``repr`` nor ``str`` nor pickling gives away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Take a key.

        Raises
        ------
        PreflightError
            It is empty, or holds what no header may hold; the value is not in the message.
        """
        value = value.strip()
        if not value:
            raise PreflightError(f"no API key; set {KEY_VARIABLE} (it is never an argument)")
        places = (i for i, each in enumerate(value) if not 0x21 <= ord(each) <= 0x7E)
        place = next(places, None)
        if place is not None:
            del value, places  # a traceback with the variables of this frame may be logged
            raise PreflightError(
                f"{KEY_VARIABLE} holds a blank, a control or a non-ASCII character at "
                f"position {place}; paste the key again"
            )
        self._value = value

    def __repr__(self) -> str:
        return "ApiKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("an API key is not to be stored")

    def reveal(self) -> str:
        """The key itself: for the one place that sends it."""
        return self._value


def key_from_environment() -> ApiKey:
    """The key in ``SYNC_API_KEY``.

    Raises
    ------
    PreflightError
        It is not set, or cannot be a key.
    """
    return ApiKey(os.environ.get(KEY_VARIABLE, ""))


def has_key() -> bool:
    """Whether a key is set."""
    return bool(os.environ.get(KEY_VARIABLE, "").strip())


def choose_base_url(given: str | None) -> str:
    """The server's address: what is given, else ``SYNC_BASE_URL``, else the public one.

    Raises
    ------
    PreflightError
        It is no address, or one that would send the key over the network unencrypted.
    """
    value = (given or os.environ.get(BASE_VARIABLE, "") or DEFAULT_BASE_URL).strip().rstrip("/")
    try:
        parts = urlsplit(value)
        _ = parts.port  # read lazily, and refused only then
    except ValueError as error:
        raise PreflightError(f"the base URL {value!r} is not like {DEFAULT_BASE_URL}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise PreflightError(f"the base URL {value!r} is not like {DEFAULT_BASE_URL}")
    if parts.username or parts.password:
        raise PreflightError(f"the base URL for {parts.hostname} must not hold a user or password")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise PreflightError(f"the base URL {value!r} must begin with https:// to keep the key")
    return value
