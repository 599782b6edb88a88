"""What can go wrong instead of a good answer."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.loopback.handler import Handler
from tests.loopback.state import Fault


def refuse(status: int, body: object = None, headers: dict[str, str] | None = None) -> Fault:
    """Answer this and do nothing."""

    def fault(handler: Handler, good: Callable[[], None]) -> None:
        handler.send(status, body, headers)

    return fault


def drop(handler: Handler, good: Callable[[], None]) -> None:
    """Cut the connection and do nothing."""
    handler.hang_up()


def take_and_drop(handler: Handler, good: Callable[[], None]) -> None:
    """Take the create, and cut the connection before the answer."""
    handler.make_job()
    handler.hang_up()


def take_batch_and_drop(handler: Handler, good: Callable[[], None]) -> None:
    """Take the batch, and cut the connection before the answer."""
    handler.make_batch()
    handler.hang_up()


def take_and_send(body: bytes, content_type: str, announce: int | None = None) -> Fault:
    """Take the create, and answer these bytes instead."""

    def fault(handler: Handler, good: Callable[[], None]) -> None:
        handler.make_job()
        headers = {"content-type": content_type, "connection": "close"}
        handler.send(201, body, headers, announce=announce)
        handler.hang_up()

    return fault


def slow(release: threading.Event) -> Fault:
    """Do what is to be done, and answer only when released."""

    def fault(handler: Handler, good: Callable[[], None]) -> None:
        if handler.route == "create":
            handler.make_job()
        release.wait(5)
        handler.hang_up()

    return fault


def cut_upload(handler: Handler, good: Callable[[], None]) -> None:
    """Read a little of the body, then cut the connection."""
    handler.rfile.read(1000)
    handler.hang_up()


cut_upload.before_body = True  # type: ignore[attr-defined]  # read by the handler


def cut_result(after: int) -> Fault:
    """Send so many bytes of the result, then cut the connection."""
    return lambda handler, good: handler.good_result(cut_after=after)
