"""Keep secrets out of what the HTTP libraries log while a request of ours is under way."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from speaker_boxes.submit.http.auth import ApiKey

_LOGGERS = (
    "httpx",
    "httpcore",
    *(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)
_SIGNED = re.compile(r"(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*")
_key: ContextVar[ApiKey | None] = ContextVar("speaker_boxes_key", default=None)


class _Guard(logging.Filter):
    """Takes the key, which a server may echo, and the queries of signed addresses out."""

    def filter(self, record: logging.LogRecord) -> bool:
        key = _key.get()
        if key is not None:
            text = _SIGNED.sub(r"\1?…", record.getMessage())
            for secret in (key.reveal(), repr(key.reveal())[1:-1]):
                text = text.replace(secret, "[key]")
            record.msg, record.args = text, ()
        return True


@contextmanager
def guarded_logs(key: ApiKey) -> Iterator[None]:
    """Whatever is logged meanwhile, in this thread or task, holds no secret."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_guard)  # a second time it changes nothing
    token = _key.set(key)
    try:
        yield
    finally:
        _key.reset(token)


_guard = _Guard()
