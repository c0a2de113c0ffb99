"""What the server takes on at once and from one client; beyond it a request is refused at once, in words."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from fastapi import Request

from menura.web.errors import refuse

_Result = TypeVar("_Result")

_CLIENTS = 1_024
_UPLOADING_BYTES = 256 * 2**20  # in memory at once, over all clients
_UPLOAD_S = 30.0


class Workers:
    """A few threads for work that takes a core, and a bounded number of requests that wait for them."""

    def __init__(self, name: str, *, threads: int | None = None, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix=f"menura-{name}")
        self._most = waiting
        self._in_hand = 0
        self._lock = threading.Lock()

    async def run(self, function: Callable[..., _Result], *arguments: object) -> _Result:
        """What the function returns, computed in one of the threads.

        Raises:
            HTTPException: 503, because too much is in hand.
        """
        with self._lock:
            if self._in_hand >= self._most:
                raise refuse(503, "busy: too much is asked at once; try again in a second", retry_after_s=1)
            self._in_hand += 1
        future = self._pool.submit(function, *arguments)
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let go of the threads once what is in hand is finished."""
        self._pool.shutdown(wait=True)

    def _done(self, _: Future[_Result]) -> None:
        with self._lock:
            self._in_hand -= 1


class Rate:
    """How often each client may ask: a number at once, and so many a second in the long run."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and when that was

    def wait_s(self, client: str) -> float:
        """How long this client has to wait, in seconds: 0 where it may ask now, which is then counted."""
        now = time.monotonic()
        left, then = self._clients.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._per_s)
        allowed = left >= 1
        self._clients[client] = (left - 1 if allowed else left, now)
        if len(self._clients) > _CLIENTS:
            self._clients.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._per_s


class Uploads:
    """Reads what clients send, bounded in size, in time and over all of them."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._in_memory = 0

    async def read(self, request: Request) -> bytes:
        """The whole body.

        Raises:
            HTTPException: 413 where it is too large, 408 where it does not come, 503 where too much is coming in.
        """
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._most_bytes:
            raise self._too_large()
        parts: list[bytes] = []
        with self._counted(parts):
            try:
                async with asyncio.timeout(_UPLOAD_S):
                    async for part in request.stream():
                        self._take_in(part, parts)
            except TimeoutError:
                raise refuse(408, "the upload took too long; try again") from None
            return b"".join(parts)

    def _take_in(self, part: bytes, parts: list[bytes]) -> None:
        parts.append(part)
        self._in_memory += len(part)
        if sum(map(len, parts)) > self._most_bytes:
            raise self._too_large()
        if self._in_memory > _UPLOADING_BYTES:
            raise refuse(503, "busy: too much is uploaded at once; try again in a second", retry_after_s=1)

    @contextmanager
    def _counted(self, parts: list[bytes]) -> Iterator[None]:
        try:
            yield
        finally:
            self._in_memory -= sum(map(len, parts))

    def _too_large(self) -> Exception:
        return refuse(413, f"larger than {self._most_bytes // 2**20} MB: cut it to the few seconds that matter")
