"""Serve one session to one browser, until it is closed."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from speaker_boxes.page.guard import Guard
from speaker_boxes.page.presence import Presence

HOST = "127.0.0.1"
_LOOK_S = 0.5
"""How often it is looked whether the page is still open."""
_M_ARENA_MAX = -8
"""A parameter of ``mallopt``: https://man7.org/linux/man-pages/man3/mallopt.3.html"""
_ARENAS = 2


def limit_arenas() -> None:
    """Keep what threads free for other threads; to be called before they are started.

    glibc gives each thread memory of its own, and there what decoders of 1080p let go of piles up:
    an eighth of the server's.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def serve(app: ASGIApp, presence: Presence, *, opened: Callable[[str], None]) -> None:
    """Listen at a free port, and return when the page was closed or on Ctrl-C.

    Parameters
    ----------
    opened
        Called with the link when it can be opened.
    """
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        port = listening.getsockname()[1]
        guard = Guard(app, port)
        config = uvicorn.Config(
            guard,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            lifespan="off",
            ws="none",
        )
        server = uvicorn.Server(config)
        logging.getLogger("uvicorn.error").addFilter(_is_fault)
        with contextlib.suppress(KeyboardInterrupt):  # raised again when all is closed
            asyncio.run(_run(server, listening, presence, lambda: opened(_link(port, guard))))


def _is_fault(record: logging.LogRecord) -> bool:
    """Whether a server's error is one: not what was in work when it was told to end."""
    error = record.exc_info[1] if record.exc_info else None
    cut_off = isinstance(error, asyncio.CancelledError | KeyboardInterrupt)
    return not cut_off and "timeout graceful shutdown" not in record.getMessage()


def _link(port: int, guard: Guard) -> str:
    return f"http://{HOST}:{port}/?token={guard.token}"


async def _run(
    server: uvicorn.Server,
    listening: socket.socket,
    presence: Presence,
    opened: Callable[[], None],
) -> None:
    watch = asyncio.create_task(_watch(server, presence, opened))
    try:
        await server.serve(sockets=[listening])
    finally:
        presence.ending = True
        watch.cancel()


async def _watch(server: uvicorn.Server, presence: Presence, opened: Callable[[], None]) -> None:
    """Say when it can be opened, and end it when nobody is there any more."""
    while not server.started:
        await asyncio.sleep(0.01)
    opened()
    while not server.should_exit:
        await asyncio.sleep(_LOOK_S)
        if presence.is_over():
            server.should_exit = True
    presence.ending = True
