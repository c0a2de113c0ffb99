"""What a worker thread does with one file: read, hash, decode, embed. It writes nothing and knows no database."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import open_regular
from menura.audio.walk import SoundFile, Unreadable
from menura.audio.windows import Window, Windows
from menura.errors import AudioError, UsageError
from menura.index.changes import Change, Embedded, Moved, Touched
from menura.index.sound import Sound
from menura.model.bundle import Bundle

_HASH_BYTES = 1 << 20


def embedded_windows(windows: Iterable[Window], bundle: Bundle) -> Iterator[tuple[Window, NDArray[np.float32]]]:
    """Windows of a recording, each with its projection (1, h): what an index holds of it, to the last bit."""
    for window in windows:
        yield window, bundle.project_recordings([window.samples])  # several at once are no faster, and round otherwise


class Examiner:
    """Finds out what has become of files. Safe to use from several threads.

    Args:
        folder: The library.
        bundle: The model that embeds.
        claim: Gives out a sound whose path is gone by its content (SHA-256), if there is one: a new file with that
            content is that sound, moved.
    """

    def __init__(self, folder: Path, bundle: Bundle, claim: Callable[[bytes], Sound | None]) -> None:
        self._folder = folder
        self._bundle = bundle
        self._claim = claim
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make what is running end soon, with a `CancelledError`."""
        self._stopped.set()

    def examine(self, file: SoundFile, known: Sound | None) -> Change:
        """What has become of one file.

        Args:
            file: The file, new or of another stamp than the index has.
            known: What the index has at this path.
        """
        self._check()
        path = self._folder / file.path
        try:
            sha256 = self._hash(path)
            if known is not None and sha256 == known.sha256:
                return Touched(file)
            if known is None and (origin := self._claim(sha256)) is not None:
                return Moved(file, origin)
            return self._embedded(path, file, sha256)
        except AudioError as error:
            return Unreadable(file.path, str(error).removeprefix(f"{path}: "), file.stamp)
        except UsageError as error:  # it was there a moment ago
            return Unreadable(file.path, str(error).removeprefix(f"{path}: "), None)
        except OSError as error:
            return Unreadable(file.path, error.strerror or str(error), None)

    def _hash(self, path: Path) -> bytes:
        digest = hashlib.sha256()
        with open_regular(path) as stream:
            while block := stream.read(_HASH_BYTES):
                self._check()
                digest.update(block)
        return digest.digest()

    def _embedded(self, path: Path, file: SoundFile, sha256: bytes) -> Embedded | Unreadable:
        try:
            return self._embed(path, file, sha256)
        except AudioError as error:
            # A whole file looks cut off where its share goes away or somebody writes it: then it is not at fault.
            reason = str(error).removeprefix(f"{path}: ")
            is_at_fault = self._hash(path) == sha256
            return Unreadable(file.path, reason, file.stamp if is_at_fault else None)

    def _embed(self, path: Path, file: SoundFile, sha256: bytes) -> Embedded:
        windows = Windows(path, self._bundle.spec.recording.front_end)
        starts_s, projections = [], []
        for window, projection in embedded_windows(windows, self._bundle):
            self._check()
            starts_s.append(window.start_s)
            projections.append(projection)
        return Embedded(file, sha256, windows.duration_s, np.array(starts_s), np.concatenate(projections))

    def _check(self) -> None:
        if self._stopped.is_set():
            raise CancelledError
