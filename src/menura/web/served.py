"""A library that is served, and its index, which grows in the background while it is searched."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from menura.audio.music import has_music
from menura.errors import MenuraError, UsageError
from menura.index.homes import resolve_folder
from menura.index.info import LibraryInfo
from menura.index.sound import Sound
from menura.index.update import IndexProgress
from menura.model.bundle import Bundle
from menura.search.library import Library
from menura.search.ranking import Hit, Page, Question, hit_near
from menura.web import schemas
from menura.web.files import open_inside
from menura.web.maps import ServedMap
from menura.web.names import shown
from menura.web.turns import Turns

_NICENESS = 10  # of an indexing, so that searches come first
_STOP_S = 20.0


class ServedLibrary:
    """One library, and its indexing in the background. Safe to use from several threads.

    Its folder may be absent, as one on a disk that is not connected is. Then nothing of it is found, and all is as it
    was once the folder is back.

    Attributes:
        folder: Its folder.
        id: Its name in requests.
    """

    def __init__(
        self,
        folder: Path,
        bundle: Bundle,
        data_dir: Path,
        turns: Turns,
        *,
        follow_links: bool,
        music: bool = True,
        after_indexing: Callable[[Library], None] | None = None,
    ) -> None:
        """Open it; nothing is indexed yet.

        Args:
            folder: The library's folder.
            bundle: The model.
            data_dir: Where indexes are kept.
            turns: In which libraries are indexed and measured.
            follow_links: Whether sounds are sent to which links lead out of it.
            music: Whether pitch and tempo are measured and told.
            after_indexing: Called when its index was brought up to date.
        """
        self._library = Library(folder, bundle, data_dir, music=music)
        self.folder = folder
        self.id = id_of(os.fsencode(self.folder))
        self._map = ServedMap(self.library, data_dir)
        self._follow_links = follow_links
        self._after_indexing = after_indexing
        self._lock = threading.Lock()
        self._turns = turns
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._error: str | None = None
        self._progress: _Pace | None = None

    @property
    def library(self) -> Library:
        """The library."""
        return self._library

    @property
    def is_in_shards(self) -> bool:
        """Whether it is searched by itself alone, as one that is kept on several machines is."""
        return False

    @property
    def map(self) -> ServedMap:
        """Where its sounds lie."""
        return self._map

    def open(self, path: str) -> BufferedReader:
        """Open a file of it, of which the path relative to the folder is given; errors as for `open_inside`."""
        return open_inside(self.folder, path, follow_links=self._follow_links)

    def page(self, question: Question, *, offset: int, limit: int) -> Page:
        """As `Library.page`; nothing is found while its folder is absent."""
        return Page(0, []) if self.absence() else self.library.page(question, offset=offset, limit=limit)

    def kind_counts(self, question: Question) -> dict[str, int]:
        """As `Library.kind_counts`; there are none while its folder is absent."""
        return {} if self.absence() else self.library.kind_counts(question)

    def folder_counts(self) -> dict[str, int]:
        """As `Library.folder_counts`; there are none while its folder is absent."""
        return {} if self.absence() else self.library.folder_counts()

    def sound(self, sound_id: int) -> Sound | None:
        """As `Library.sound`."""
        return self.library.sound(sound_id)

    def near(self, embedding: NDArray[np.float32], sound_id: int, start_s: float) -> Hit | None:
        """As `menura.search.ranking.hit_near`."""
        with self.library.snapshot() as snapshot:
            return hit_near(snapshot, self.library.bundle, embedding, sound_id, start_s)

    def info(self) -> LibraryInfo:
        """As `Library.info`."""
        return self.library.info()

    def place_of(self, path: str) -> str:
        """Where a sound of it is, for a person."""
        return str(self.folder / path)

    def warm(self) -> None:
        """As `Library.warm`."""
        self.library.warm()

    def close(self) -> None:
        """As `Library.close`."""
        self.library.close()

    def absence(self) -> str | None:
        """Why its sounds are not there now, and what to do; None where they are."""
        folder = shown(str(self.folder))
        try:
            with os.scandir(self.folder) as entries:
                if next(entries, None) is not None or self.library.is_new or not self.library.info().sounds:
                    return None
                fault = "the folder is empty, though there were sounds in it"
        except OSError as error:
            fault = "no such folder" if isinstance(error, FileNotFoundError) else f"{error.strerror}"
        return f"{folder}: {fault}; if it is on another disk, connect that, then look again"

    def fault(self) -> MenuraError | None:
        """Why it cannot be served at all: its folder is neither there nor known, or its index cannot be read."""
        try:
            resolve_folder(self.folder)
        except UsageError as error:
            return error if self.library.is_new else None
        try:
            self.library.info()
        except MenuraError as error:
            return error
        return None

    @property
    def is_indexing(self) -> bool:
        """Whether the index is being brought up to date now."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start_indexing(self) -> None:
        """Bring the index up to date in the background; nothing happens where that is going on."""
        with self._lock:
            if self.is_indexing or self._stopping.is_set() or self.absence() is not None:
                return
            self._error, self._progress = None, None
            self._thread = threading.Thread(target=self._bring_up_to_date, name=f"index-{self.id}", daemon=True)
            self._thread.start()

    def ask_to_stop(self) -> None:
        """Let an indexing end soon; what is finished is kept."""
        self._stopping.set()
        self.map.end()

    def wait_until_stopped(self) -> None:
        """Wait, within reason, for it to have ended."""
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def state(self) -> schemas.LibraryState:
        """What there is to say about it."""
        indexing = self.is_indexing
        absence = None if indexing else self.absence()
        error, info = absence or self._error, None
        try:
            info = None if absence is not None and self.library.is_new else self.library.info()
        except MenuraError as fault:
            error = error or shown(str(fault))
        state: Literal["new", "indexing", "ready", "incomplete", "failed", "absent"]
        if indexing:
            state = "indexing"
        elif absence is not None:
            state = "absent"
        elif error is not None or info is None:
            state = "failed"
        elif info.complete:
            state = "ready"
        else:
            state = "new" if self.library.is_new else "incomplete"
        return schemas.LibraryState(
            id=self.id,
            name=shown(self.folder.name) or shown(str(self.folder)),
            folder=shown(str(self.folder)),
            state=state,
            error=error,
            sounds=info.sounds if info else 0,
            segments=info.windows if info else 0,
            seconds=info.seconds if info else 0.0,
            skipped=len(info.skipped) if info else 0,
            notices=len(info.absent) + len(info.not_read) if info else 0,
            progress=self._progress.told() if indexing and self._progress is not None else None,
        )

    def _bring_up_to_date(self) -> None:
        with suppress(OSError, AttributeError):  # on Linux a thread, and those it starts, can be nicer than the others
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        try:
            is_measured_apart = self.library.music and has_music()
            with self._turns.indexing():
                if not self._stopping.is_set():
                    self.library.index(progress=self._note, music=not is_measured_apart)
                    if self._after_indexing is not None:
                        self._after_indexing(self.library)
            while is_measured_apart:
                is_measured_apart = not self._measure()
        except KeyboardInterrupt:  # raised by `_note`
            pass
        except MenuraError as error:
            self._error = shown(str(error))
        except Exception as error:
            self._error = f"{shown(str(self.folder))}: indexing broke ({error!r}); please report this"
            raise

    def _measure(self) -> bool:
        """Measure pitch and tempo, and index what has changed meanwhile; whether it ended before it had to give way."""
        with self._turns.measuring():
            try:
                if not self._stopping.is_set():
                    self.library.index(progress=self._note)
            except KeyboardInterrupt:  # raised by `_note`; what was measured is kept
                return self._stopping.is_set()
        return True

    def _note(self, progress: IndexProgress) -> None:
        if self._stopping.is_set() or (progress.measuring and self._turns.is_wanted):
            raise KeyboardInterrupt
        self._progress = (self._progress or _Pace()).at(progress)


def id_of(place: bytes) -> str:
    """The name in requests of a library that is there."""
    return hashlib.sha256(place).hexdigest()[:8]


class _Pace:
    """How far an indexing is, and how fast it goes."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._now = IndexProgress(0, 0, 0)

    def at(self, progress: IndexProgress) -> _Pace:
        if self._first is None or progress.measuring != self._now.measuring:
            # What needed no work says nothing about the time that the rest takes.
            self._first = (time.monotonic(), progress.done)
        self._now = progress
        return self

    def told(self) -> schemas.Progress:
        assert self._first is not None
        started, n_before = self._first
        n_done, elapsed_s = self._now.done - n_before, time.monotonic() - started
        left = self._now.total - self._now.done
        return schemas.Progress(
            done=self._now.done,
            total=self._now.total,
            skipped=self._now.skipped,
            measuring=self._now.measuring,
            seconds_left=round(elapsed_s / n_done * left, 1) if n_done else None,
        )
