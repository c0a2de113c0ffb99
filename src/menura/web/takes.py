"""The takes of now, in memory alone: the latest few, each with what the network makes of it."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from menura.audio.hear import Take


@dataclass(frozen=True, eq=False)
class KnownTake:
    """A take, its (h,) embedding, and the milliseconds that this took."""

    id: str
    take: Take
    embedding: NDArray[np.float32]
    embed_ms: float


class Takes:
    """The latest takes; the one not used for the longest time goes first. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._takes: OrderedDict[str, KnownTake] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, take: Take, embedding: NDArray[np.float32], embed_ms: float) -> KnownTake:
        """Keep a take under a new random id."""
        known = KnownTake(secrets.token_urlsafe(12), take, embedding, embed_ms)
        with self._lock:
            self._takes[known.id] = known
            while len(self._takes) > self._most:
                self._takes.popitem(last=False)
        return known

    def get(self, take_id: str) -> KnownTake | None:
        """The take of this id, if it is still there."""
        with self._lock:
            known = self._takes.get(take_id)
            if known is not None:
                self._takes.move_to_end(take_id)
            return known

    def forget(self, take_id: str) -> bool:
        """Forget a take; whether it was there."""
        with self._lock:
            return self._takes.pop(take_id, None) is not None
