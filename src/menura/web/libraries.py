"""The libraries that are served, each with its index, which grows in the background while it is searched."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Literal

from menura.errors import MenuraError
from menura.index.update import IndexProgress
from menura.model.bundle import Bundle
from menura.search.library import Library
from menura.web import schemas
from menura.web.files import open_inside
from menura.web.maps import ServedMap
from menura.web.names import shown

_NICENESS = 10  # of an indexing, so that searches come first
_STOP_S = 20.0


class ServedLibrary:
    """One library, and its indexing in the background. Safe to use from several threads.

    Attributes:
        library: The library.
        folder: Its folder.
        id: Its name in requests.
        map: Where its sounds lie.
    """

    def __init__(
        self, folder: Path, bundle: Bundle, data_dir: Path, turn: threading.Lock, *, follow_links: bool
    ) -> None:
        self.library = Library.open(folder, bundle, data_dir)
        self.library.info()  # an index that cannot be read is refused now
        self.folder = self.library.folder
        self.id = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:8]
        self.map = ServedMap(self.library, data_dir)
        self._follow_links = follow_links
        self._lock = threading.Lock()
        self._turn = turn  # one library at a time is indexed: each indexing uses every processor
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._error: str | None = None
        self._progress: _Pace | None = None

    def open(self, path: str) -> BufferedReader:
        """Open a file of it, of which the path relative to the folder is given; errors as for `open_inside`."""
        return open_inside(self.folder, path, follow_links=self._follow_links)

    @property
    def is_indexing(self) -> bool:
        """Whether the index is being brought up to date now."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start_indexing(self) -> None:
        """Bring the index up to date in the background; nothing happens where that is going on."""
        with self._lock:
            if self.is_indexing or self._stopping.is_set():
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
        info = self.library.info()
        state: Literal["new", "indexing", "ready", "incomplete", "failed"]
        if indexing:
            state = "indexing"
        elif self._error is not None:
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
            error=self._error,
            sounds=info.sounds,
            segments=info.windows,
            seconds=info.seconds,
            skipped=len(info.skipped),
            notices=len(info.absent) + len(info.not_read),
            progress=self._progress.told() if indexing and self._progress is not None else None,
        )

    def _bring_up_to_date(self) -> None:
        with suppress(OSError, AttributeError):  # on Linux a thread, and those it starts, can be nicer than the others
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        try:
            with self._turn:
                if not self._stopping.is_set():
                    self.library.index(progress=self._note)
        except KeyboardInterrupt:  # raised by `_note`
            pass
        except MenuraError as error:
            self._error = shown(str(error))
        except Exception as error:
            self._error = f"{shown(str(self.folder))}: indexing broke ({error!r}); please report this"
            raise

    def _note(self, progress: IndexProgress) -> None:
        if self._stopping.is_set():
            raise KeyboardInterrupt
        self._progress = (self._progress or _Pace()).at(progress)


class _Pace:
    """How far an indexing is, and how fast it goes."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._now = IndexProgress(0, 0, 0)

    def at(self, progress: IndexProgress) -> _Pace:
        if self._first is None:  # what needed no work says nothing about the time that the rest takes
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
            seconds_left=round(elapsed_s / n_done * left, 1) if n_done else None,
        )


class Libraries:
    """All libraries of a server, in the order in which they were named."""

    def __init__(self, folders: Sequence[Path], bundle: Bundle, data_dir: Path, *, follow_links: bool) -> None:
        turn = threading.Lock()
        served = (ServedLibrary(folder, bundle, data_dir, turn, follow_links=follow_links) for folder in folders)
        self._by_id = {library.id: library for library in served}

    def all(self) -> list[ServedLibrary]:
        """Every library."""
        return list(self._by_id.values())

    def get(self, library_id: str) -> ServedLibrary | None:
        """The library of this id, if there is one."""
        return self._by_id.get(library_id)

    def stop(self) -> None:
        """End all indexing soon."""
        for library in self.all():
            library.ask_to_stop()
        for library in self.all():
            library.wait_until_stopped()
