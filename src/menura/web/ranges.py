"""Content that is sent whole or in part, as a player asks that seeks (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from anyio import to_thread
from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from menura.web.errors import refuse

_CHUNK_BYTES = 1 << 18
_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)


class Content(Protocol):
    """Bytes that can be read from anywhere."""

    size: int

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to before `stop`."""

    def close(self) -> None:
        """Let go of the file."""


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Begin and end of the one range that is asked for; None for all of it.

    Raises:
        HTTPException: 416, where there is nothing in the range.
    """
    found = _RANGE.fullmatch(header or "")
    if found is None or found[1] == found[2] == "":
        return None  # none, several, or one that is not understood: all of it is a valid answer
    first, last = found[1], found[2]
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size or (not first and int(last) == 0):
        error = refuse(416, "the range asked for is beyond the end")
        error.headers = {"Content-Range": f"bytes */{size}"}
        raise error
    return start, stop


def ranged_response(request: Request, content: Content, headers: dict[str, str], media_type: str) -> Response:
    """The answer with what of the content is asked for, or its head alone; the content is closed when it is sent."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    tag = headers.get("ETag")
    if request.method == "HEAD":  # which knows no ranges
        content.close()
        return Response(None, 200, {**headers, "Content-Length": str(content.size)}, media_type)
    valid = request.headers.get("if-range") in (None, tag)
    try:
        asked = wanted_range(request.headers.get("range"), content.size) if valid else None
    except Exception:
        content.close()
        raise
    start, stop = asked or (0, content.size)
    headers["Content-Length"] = str(stop - start)
    if asked is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    status = 200 if asked is None else 206
    return StreamingResponse(_chunks(content.read, content.close, start, stop), status, headers, media_type)


async def _chunks(
    read: Callable[[int, int], bytes], close: Callable[[], None], start: int, stop: int
) -> AsyncIterator[bytes]:
    try:
        for at in range(start, stop, _CHUNK_BYTES):
            chunk = await to_thread.run_sync(read, at, min(stop, at + _CHUNK_BYTES))
            if not chunk:
                raise OSError("the file has become shorter while it was sent")
            yield chunk
    finally:
        close()
