"""The built page: its files as they are or compressed, whichever a browser takes, and sent again only once changed."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from menura.web.errors import error_response

_INDEX = "index.html"


@dataclass(frozen=True)
class _File:
    media_type: str
    plain: bytes
    compressed: bytes
    etag: str


class BuiltPage:
    """ASGI app that sends the page's files, some 150 kB, from memory.

    Their names stay the same when Menura changes, so a browser asks each time whether what it has is still right,
    and is told so in a few bytes. `first` is what stands at `/`; a page `NAME.html` stands at `/NAME` as well.
    """

    def __init__(self, first: str = _INDEX) -> None:
        folder = Path(str(resources.files("menura") / "web" / "static"))
        found = (file for file in folder.rglob("*") if file.is_file())
        self._first = first
        self._files = {file.relative_to(folder).as_posix(): _read(file) for file in found}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in {"GET", "HEAD"}:
            return error_response(405, "only read from", {"Allow": "GET, HEAD"})
        name = str(scope["path"]).lstrip("/") or self._first
        file = self._files.get(name) or self._files.get(f"{name}.html")  # /teach is teach.html
        if file is None:
            return error_response(404, "there is no such page")
        asked = Headers(scope=scope)
        headers = {"Cache-Control": "no-cache", "ETag": file.etag, "Vary": "Accept-Encoding"}
        if file.etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = file.plain
        if "gzip" in asked.get("accept-encoding", "") and len(file.compressed) < len(file.plain):
            content, headers["Content-Encoding"] = file.compressed, "gzip"
        length = {"Content-Length": str(len(content))}  # of HEAD too, which gets nothing else
        body = content if scope["method"] == "GET" else b""
        return Response(body, media_type=file.media_type, headers=headers | length)


def _read(file: Path) -> _File:
    content = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return _File(
        media_type=media_type,
        plain=content,
        compressed=gzip.compress(content, mtime=0),
        etag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
    )
