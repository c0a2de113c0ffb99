"""Running the server: a free port, the address, and an end that finishes what is in hand."""

from __future__ import annotations

import errno
import secrets
import socket
from collections.abc import Callable
from dataclasses import replace

import uvicorn
from fastapi import FastAPI

from menura.errors import UsageError
from menura.web.app import create_app
from menura.web.settings import Settings, is_any_address

_PORTS_TRIED = 20
_GRACE_S = 30
_IDLE_S = 60  # a browser that asks again has its connection still


def serve(
    settings: Settings,
    started: Callable[[list[str]], None],
    *,
    any_port: bool,
    make: Callable[[Settings], FastAPI] = create_app,
) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish what is in hand.

    Args:
        settings: What to serve; the token is made here, anew at each start.
        started: Called with the addresses of the page, on this machine first, once it answers.
        any_port: Whether to take the next free port where the one asked for is taken.
        make: Makes the app.

    Raises:
        UsageError: The address cannot be listened on.
        MenuraError: A folder is missing, the model is damaged, or an index is.
    """
    with listening_socket(settings.host, settings.port, any_port=any_port) as listening:
        # On this machine alone too: other accounts of it can reach every port of it.
        settings = replace(settings, port=listening.getsockname()[1], token=secrets.token_urlsafe(24))
        config = uvicorn.Config(
            make(settings),
            log_level="warning",
            access_log=False,  # what is searched is nobody's business
            server_header=False,
            proxy_headers=False,  # anybody could write them
            ws="none",
            timeout_graceful_shutdown=_GRACE_S,
            timeout_keep_alive=_IDLE_S,
            backlog=256,
        )
        _Server(config, lambda: started(page_addresses(settings))).run(sockets=[listening])


def listening_socket(host: str, port: int, *, any_port: bool) -> socket.socket:
    """A socket that listens on this port or, if `any_port`, on the next free one.

    Raises:
        UsageError: There is none, or the host is not this machine's.
    """
    ports = range(port, min(port + (_PORTS_TRIED if any_port else 1), 65_536))
    for candidate in ports:
        try:
            return _bound(host, candidate)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise UsageError(
                    f"{host}: cannot be listened on ({error.strerror}); name an address of this machine with --host"
                ) from error
    taken = f"port {port} is" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]} are"
    raise UsageError(f"{taken} taken; name another with --port")


def page_addresses(settings: Settings) -> list[str]:
    """What to open in a browser, on this machine first, by the public address last."""
    bare = settings.host.strip("[]")
    hosts = ["127.0.0.1", socket.gethostname()] if is_any_address(bare) else [f"[{bare}]" if ":" in bare else bare]
    fragment = "" if settings.token is None else f"#token={settings.token}"
    here = [f"http://{host}:{settings.port}/{fragment}" for host in hosts]
    return here if settings.public is None else [*here, f"{settings.public.origin}{settings.public.path}/{fragment}"]


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def _bound(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    # Named as TCP, for asyncio sends small packets at once only on sockets that say so; others wait some 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_REUSEADDR"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((bare, port))
    except BaseException:
        listening.close()
        raise
    return listening
