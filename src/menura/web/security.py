"""Who may ask: whoever has the token, which is in the address that `menura serve` prints.

Every account of a machine can reach every port of it, so the token is asked for on this machine as elsewhere. It is
no cookie, which a browser would send to every other port of this machine as well.

A page of any other site can make a browser send requests here. So every request must name this server as its host
(which a DNS name that was rebound to 127.0.0.1 does not; on 127.0.0.1 and localhost by any port, for a tunnel may begin
at another one), must not come from another origin, and to change anything
must bear a header that no form can set and no other site's script may (a browser would ask first, by a preflight, and
is not given leave). What is sent back may neither be framed nor read by others, and runs nothing but the page itself.
"""

from __future__ import annotations

import logging
import math
import secrets
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from menura.web.errors import error_response
from menura.web.limits import Rate
from menura.web.settings import Settings, is_any_address

GALLERY = "/hears/"

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# The gallery is one file with its script in it. The sandbox makes it a stranger to this server: it may ask it nothing.
_GALLERY_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")  # no site of others' has these names, whatever the port
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_log = logging.getLogger("menura.web")


class Security:
    """ASGI middleware that turns away who may not ask, and sends the headers that protect the answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._rate = Rate(settings.limits.requests_per_s, settings.limits.request_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_protected(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._protect(scope, MutableHeaders(scope=message))
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_protected)
            return
        try:
            await self._app(scope, receive, send_protected)
        except Exception:
            _log.exception("%s %s broke", scope["method"], scope["path"])
            if started:
                raise
            broken = error_response(500, "something broke in the server; the terminal where it runs says what")
            await broken(scope, receive, send_protected)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        stranger = self._refusal_of_stranger(scope, headers)
        if stranger is not None:
            return stranger
        if scope["method"] not in _SAFE and headers.get("x-menura") != "1":
            return error_response(403, "the header X-Menura: 1 is missing, without which nothing is changed")
        wait_s = self._rate.wait_s(_client(scope))
        if wait_s > 0:
            return error_response(429, "too many requests; slow down", {"Retry-After": str(math.ceil(wait_s))})
        return None

    def _refusal_of_stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to one who does not know this server's name, comes from another site, or has no token."""
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._is_ours(host):
            return error_response(421, f"this server is not {host[:100]!r}: open the address that menura serve printed")
        if any(origin not in self._origins(scope, host) for origin in headers.getlist("origin")):
            return error_response(403, "asked from another site, which may not")
        if scope["path"].startswith("/api") and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return error_response(403, "asked from another site, which may not")
        if scope["path"].startswith(("/api", GALLERY)) and not self._has_token(scope, headers):
            return error_response(
                401, "the token is missing or wrong: open the address that menura serve printed", _CHALLENGE
            )
        return None

    def _origins(self, scope: Scope, host: str) -> set[str]:
        """What browsers that have the page, asking under this host, may call its origin."""
        public = self._settings.public
        if public is None:
            return {f"{scope['scheme']}://{host}"}
        # A proxy may put its own name for this server in the place of the public one.
        return {public.origin} if host.lower() == public.host else {public.origin, f"{scope['scheme']}://{host}"}

    def _is_ours(self, host: str) -> bool:
        if self._settings.public is not None and host.lower() == self._settings.public.host:
            return True
        name, port = _split_host(host)
        if name in _LOOPBACK:
            return 0 < port < 65_536
        if port != self._settings.port:
            return False
        if name.strip("[]") == self._settings.host.strip("[]").lower():
            return True
        # Listening on every address, it has many names. A rebound name is none of them, and has no token either.
        return is_any_address(self._settings.host) and (_is_address(name) or name in _own_names())

    def _has_token(self, scope: Scope, headers: Headers) -> bool:
        token, key = self._settings.token, self._settings.gallery_key
        if token is None or key is None:
            return True
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = [(value.removeprefix("Bearer "), token) for value in headers.getlist("authorization")]
        given += [(value, token) for value in query.get("token", [])]
        if scope["path"].startswith(GALLERY):
            given += [(value, key) for value in query.get("key", [])]
        # Every one is compared, in a time that says nothing of how much was right.
        return sum(secrets.compare_digest(one.encode(), wanted.encode()) for one, wanted in given) > 0

    def _protect(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers[name] = value
        gallery = scope["path"].startswith(GALLERY)
        headers["Content-Security-Policy"] = _GALLERY_POLICY if gallery else _POLICY
        if not gallery:
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if scope["path"].startswith("/api"):
            headers.setdefault("Cache-Control", "no-store")


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _split_host(host: str) -> tuple[str, int]:
    """Name and port of a Host header; the port is -1 where it is none."""
    name, colon, port = host.lower().rpartition(":")
    if not colon or host.endswith("]"):
        return host.lower(), 80
    return name, int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else -1


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _own_names() -> Iterable[str]:
    name = socket.gethostname().lower()
    return name, f"{name}.local", socket.getfqdn().lower()
