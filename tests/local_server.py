"""A web server on this machine, for tests of downloads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from menura.corpora.fetch import RemoteFile

BREAKS = "breaks.bin"


@dataclass
class LocalServer:
    """Serves `folder` at `url`; `asked` lists the paths of the GET requests."""

    folder: Path
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def publish(self, name: str, content: bytes = b"some sound") -> RemoteFile:
        (self.folder / name).write_bytes(content)
        return RemoteFile(name, f"{self.url}{quote(name)}", len(content), f"sha256:{sha256(content).hexdigest()}")


class _Handler(SimpleHTTPRequestHandler):
    """Hangs up in the middle of the file `BREAKS`."""

    def __init__(self, *args, local: LocalServer) -> None:
        self.local = local
        super().__init__(*args, directory=local.folder)

    def do_GET(self) -> None:
        self.local.asked.append(self.path)
        if self.path == f"/{BREAKS}":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 100)
        else:
            super().do_GET()

    def log_message(self, *_args) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[LocalServer]:
    local = LocalServer(folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, local=local)) as server:
        local.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield local
        server.shutdown()
