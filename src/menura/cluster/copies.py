"""Copies of sounds that are in object storage, kept while they are looked at and played.

A page asks for a sound several times, and its player for one part after the other, which have to be of one file. So an
object is fetched once, and again where it has changed meanwhile.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from menura.audio.walk import Stamp
from menura.cluster.source import Source

_MOST_BYTES = 1 << 29


class _Copy(NamedTuple):
    stamp: Stamp
    file: Path
    n_bytes: int


class Copies:
    """The copies of one source, those that were asked for last. Safe to use from several threads.

    Args:
        source: The source, an address that is no folder.
        most_bytes: How much they take together; the last one is kept whatever its size.
    """

    def __init__(self, source: Source, most_bytes: int = _MOST_BYTES) -> None:
        self._source = source
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Copy] = OrderedDict()
        self._folder = tempfile.mkdtemp(prefix="menura-")
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def open(self, path: str) -> BufferedReader:
        """Open a copy of a sound; as long as that has not changed, of the same file.

        Raises:
            OSError: It cannot be read.
        """
        stamp = self._source.stamp(path)
        with self._lock:
            known = self._kept.get(path)
            if known is not None and known.stamp == stamp:
                self._kept.move_to_end(path)
                return known.file.open("rb")
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as new:
            file = Path(new.name)
        try:
            self._source.fetch(path, file)
        except BaseException:
            file.unlink()
            raise
        with self._lock:
            known = self._kept.get(path)
            if known is not None and known.stamp == stamp:  # somebody else was faster
                file.unlink()
                return known.file.open("rb")
            self._keep(path, _Copy(stamp, file, file.stat().st_size))
            return file.open("rb")

    def release(self) -> None:
        """Delete all; what is open can be read on."""
        with self._lock:
            while self._kept:
                self._drop_first()

    def _keep(self, path: str, copy: _Copy) -> None:
        old = self._kept.pop(path, None)
        if old is not None:
            old.file.unlink()
        self._kept[path] = copy
        while len(self._kept) > 1 and sum(one.n_bytes for one in self._kept.values()) > self._most_bytes:
            self._drop_first()

    def _drop_first(self) -> None:
        _, copy = self._kept.popitem(last=False)
        copy.file.unlink()
