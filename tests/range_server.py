"""A web server on this machine whose files can be asked for in parts, and which can be made to misbehave."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """One file.

    `sends` says, request by request, how many bytes of the answer to send before hanging up; `stalls` waits instead.
    `compresses` does so for whoever accepts it; `answers_from` is where every part begins, whatever was asked for;
    `moved_to` is another address.
    """

    content: bytes
    etag: str | None = None
    modified: str | None = None
    ranges: bool = True
    states_length: bool = True
    encoding: str | None = None
    sends: list[int] = field(default_factory=list)
    stalls: bool = False
    compresses: bool = False
    answers_from: int | None = None
    moved_to: str | None = None

    def __post_init__(self) -> None:
        self.etag = self.etag or f'"{md5(self.content).hexdigest()}"'

    @property
    def checksum(self) -> str:
        return f"md5:{md5(self.content).hexdigest()}"


@dataclass
class RangeServer:
    """Serves `files` by path (without the query) at `url`; `asked` lists (path, Range header)."""

    url: str = ""
    files: dict[str, Served] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    on_request: Callable[[], None] = lambda: None
    closing: threading.Event = field(default_factory=threading.Event)

    def publish(self, path: str, content: bytes, **how) -> Served:
        self.files[path] = Served(content, **how)
        return self.files[path]

    @property
    def ranges(self) -> list[str | None]:
        return [asked for _, asked in self.asked]


class _Handler(BaseHTTPRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that has seen enough hangs up in the middle of an answer
            super().handle()

    def do_GET(self) -> None:
        local = self.server.local
        path, asked = self.path.partition("?")[0], self.headers.get("Range")
        local.asked.append((path, asked))
        local.on_request()
        served = local.files.get(path)
        if served is None:
            self.send_error(404)
        elif served.moved_to:
            self._head(302, {"Location": served.moved_to})
        else:
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and served.ranges else 0
            total = len(served.content)
            if start >= total and asked and served.ranges:
                self._head(416, {"Content-Range": f"bytes */{total}"})
            else:
                self._send(served, served.answers_from if start and served.answers_from is not None else start)

    def _head(self, status: int, headers: dict[str, object]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, str(value))
        self.end_headers()

    def _send(self, served: Served, start: int) -> None:
        body = served.content[start:]
        if served.compresses and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, served.encoding = gzip.compress(body), "gzip"
        total = len(served.content)
        headers = {
            "Content-Range": f"bytes {start}-{total - 1}/{total}" if start else None,
            "Content-Length": len(body) if served.states_length else None,
            "ETag": served.etag,
            "Last-Modified": served.modified,
            "Content-Encoding": served.encoding,
        }
        self._head(206 if start else 200, headers)
        self.wfile.write(body[: served.sends.pop(0)] if served.sends else body)
        if served.stalls:
            self.wfile.flush()
            self.server.local.closing.wait(20)

    def log_message(self, *_args) -> None:
        pass


@contextmanager
def serving_ranges() -> Iterator[RangeServer]:
    local = RangeServer()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.local = local
        local.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield local
        finally:
            local.closing.set()
            server.shutdown()
