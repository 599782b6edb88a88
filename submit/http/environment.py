"""What the environment says of the way to the server: proxies and certificates.

httpx reads the same variables, but ends in a traceback of its own at what it cannot read.
"""

from __future__ import annotations

import logging
import os
import ssl
import urllib.request
from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar

import httpx

from speaker_boxes.errors import PreflightError

logger = logging.getLogger(__name__)
T = TypeVar("T", httpx.BaseTransport, httpx.AsyncBaseTransport)

_SCHEMES = ("http", "https", "all")


@cache
def ssl_context() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes a fiftieth of a second.

    Raises
    ------
    PreflightError
        A variable names certificates that are not there.
    """
    try:
        folder = os.environ.get("SSL_CERT_DIR")
        if folder and not os.environ.get("SSL_CERT_FILE") and not Path(folder).is_dir():
            raise NotADirectoryError("no such folder")
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        name = "SSL_CERT_FILE" if os.environ.get("SSL_CERT_FILE") else "SSL_CERT_DIR"
        reason = getattr(error, "strerror", None) or error
        raise PreflightError(
            f"cannot read the certificates that {name} names, "
            f"{os.environ.get(name, '')}: {' '.join(str(reason).split())}"
        ) from error


def proxy_mounts(make: Callable[[httpx.Proxy], T]) -> Mapping[str, T | None]:
    """By which proxy each kind of address is reached, as httpx's ``mounts``; ``None`` for none.

    Raises
    ------
    PreflightError
        A variable holds no proxy that can be used. Its value, which may hold a password, is not
        in the message.
    """
    told = urllib.request.getproxies()
    exempt = [host.strip() for host in told.get("no", "").split(",") if host.strip()]
    if "*" in exempt:
        return {}
    mounts: dict[str, T | None] = {}
    for scheme in _SCHEMES:
        if value := told.get(scheme, "").strip():
            mounts[f"{scheme}://"] = _transport(value, scheme, make)
    for host in exempt if mounts else []:
        if (pattern := _pattern(host)) is not None:
            mounts[pattern] = None
    return mounts


def _transport(value: str, scheme: str, make: Callable[[httpx.Proxy], T]) -> T:
    name = next(
        (each for each in os.environ if each.lower() == f"{scheme}_proxy"),
        f"the system's setting for {scheme}",
    )
    try:
        return make(httpx.Proxy(value if "://" in value else f"http://{value}"))
    except ImportError:
        raise PreflightError(
            f"{name} names a SOCKS proxy, which needs another package: pip install 'httpx[socks]'"
        ) from None
    except (httpx.InvalidURL, ValueError):  # their words quote the address
        raise PreflightError(
            f"{name} is no proxy that can be used: http://HOST:PORT, https:// or socks5://"
        ) from None


def _pattern(host: str) -> str | None:
    """Httpx's pattern for an entry of ``NO_PROXY``; ``None`` if no host of ours can be meant."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        address = ip_address(bare)
        return f"all://[{address}]" if address.version == 6 else f"all://{address}"
    except ValueError:
        pass
    try:
        ip_network(bare, strict=False)
    except ValueError:
        pass
    else:
        logger.debug("NO_PROXY: the network %s is passed over: hosts have names here", host)
        return None
    pattern = host if "://" in host else f"all://{'' if host == 'localhost' else '*'}{host}"
    try:
        httpx.Client(mounts={pattern: None}, trust_env=False, verify=ssl_context()).close()
    except (httpx.InvalidURL, ValueError):
        logger.warning("NO_PROXY: the entry %r is no host, and passed over", host[:80])
        return None
    return pattern
