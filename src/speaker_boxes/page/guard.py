"""Who may ask: this machine's browser, with the link that was printed, from the page itself."""

from __future__ import annotations

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
MAX_BODY = 8 << 20
"""Bytes of a request."""


class Guard:
    """Lets requests through to ``app`` that bear the cookie, and gives it once for the token.

    Another page in the same browser can send requests here, and a name that was bound to
    127.0.0.1 can read the answers (DNS rebinding): Host and Origin have to be ours.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self.token: str | None = secrets.token_urlsafe(32)
        """Good for one use."""
        self._secret = secrets.token_urlsafe(32)
        self._cookie = f"speaker-boxes-{port}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refuse(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refuse(self, scope: Scope) -> Response | None:
        """What is answered instead; ``None`` if the request may pass."""
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key = name.decode("latin-1").lower()
            if key in headers and key in {"host", "origin", "cookie", "content-length"}:
                return _no(400, f"two {key} headers")
            headers[key] = value.decode("latin-1")
        if headers.get("host") not in self._hosts:
            return _no(403, "this host is not served here")
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return _no(403, "not from another page")
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return _no(403, "not from another page")
        if scope["method"] not in {"GET", "HEAD"} and origin is None:
            return _no(403, "a change comes from the page")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length[:12]) > MAX_BODY:
            return _no(413, "too much at once")
        if "transfer-encoding" in headers:
            return _no(411, "say how long it is")
        if self._has_cookie(headers.get("cookie", "")):
            return None
        return self._take_token(scope)

    def _has_cookie(self, text: str) -> bool:
        try:
            morsel = SimpleCookie(text).get(self._cookie)
        except CookieError:
            return False
        return morsel is not None and hmac.compare_digest(
            morsel.value.encode(), self._secret.encode()
        )

    def _take_token(self, scope: Scope) -> Response:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.get("token", [""])[0].encode(errors="replace")
        if (
            scope["path"] != "/"
            or self.token is None
            or not hmac.compare_digest(given, self.token.encode())
        ):
            return _no(
                403, "open the link that speaker-boxes pick printed; it is good for one browser"
            )
        self.token = None
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self._cookie, self._secret, httponly=True, samesite="strict")
        return answer


def _no(status: int, why: str) -> Response:
    return PlainTextResponse(f"refused: {why}\n", status, headers=HEADERS)
