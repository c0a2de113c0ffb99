"""What a proxy on this machine passes on: the page under its address of the world, and whose request it was."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from menura.web.settings import PublicAddress, is_loopback


class BehindProxy:
    """ASGI middleware that takes the public path off what is asked for, if the proxy did not.

    It believes what a proxy says of the client only on this machine, where the proxy runs: from elsewhere, anybody
    could write those headers.
    """

    def __init__(self, app: ASGIApp, public: PublicAddress) -> None:
        self._app = app
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        prefix = self._public.path
        if prefix and scope["path"] == prefix:  # what the page names is relative to its folder
            redirect = RedirectResponse(f"{self._public.origin}{prefix}/", 308)
            await redirect(scope, receive, send)
            return
        known = dict(scope)
        if prefix and scope["path"].startswith(f"{prefix}/"):
            known["path"] = scope["path"].removeprefix(prefix)
            known["raw_path"] = known["path"].encode()
        known["client"] = _client(scope)
        await self._app(known, receive, send)


def _client(scope: Scope) -> tuple[str, int] | None:
    """Who asks, by the proxy's word where it runs on this machine: the last name is the one that it wrote itself."""
    client: tuple[str, int] | None = scope.get("client")
    passed_on = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).rpartition(",")[2].strip()
    if client is None or not is_loopback(client[0]) or not passed_on:
        return client
    return passed_on[:100], 0
