"""A process that lays out the map of a library, while others search it.

It is a process of its own, so that its work takes no turns with a server's threads; it gives way to all other work,
has one thread, and writes nothing but the finished layout, into the place of the old one. It ends when its standard
input does: when the one who asked ends it, or has been killed.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from menura.errors import LibraryError, MenuraError
from menura.index.child import start_child
from menura.index.identity import IndexIdentity
from menura.index.store import LibraryIndex
from menura.map.kept import Layout, read_layout, write_layout
from menura.map.layout import SEED, lay_out
from menura.map.sounds import features_of, shown_by
from menura.progress import Progress

_PROGRAM = "import sys; sys.path[:] = {path!r}; from menura.map.making import serve; serve()"
_NICENESS = 15


@dataclass(frozen=True)
class Pace:
    """How far a making is.

    Attributes:
        done: Iterations done.
        total: Their number; 0 while it is not known.
        seconds_left: How long the rest takes; None until there is something to tell it by.
    """

    done: int = 0
    total: int = 0
    seconds_left: float | None = None


class Making:
    """A making of a map as the one sees it who asked for it. It begins at once.

    Args:
        identity: The library and the model.
        data_dir: The data directory under which its index lives.

    Raises:
        LibraryError: No process can be started.
    """

    def __init__(self, identity: IndexIdentity, data_dir: Path) -> None:
        self._folder = identity.folder
        self._stopped = False
        self._error: str | None = None
        self._pace = Pace()
        try:
            self._process = start_child(_PROGRAM)
        except OSError as error:
            raise LibraryError(f"{self._folder}: its map cannot be made ({error}); try again later") from error
        self._thread = threading.Thread(target=self._follow, args=(identity, data_dir), name="menura-map", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it is going on."""
        return self._thread.is_alive()

    @property
    def error(self) -> str | None:
        """What went wrong, once it has ended; None if nothing did, or it was stopped."""
        return None if self.is_alive else self._error

    @property
    def pace(self) -> Pace:
        """How far it is."""
        return self._pace

    def stop(self) -> None:
        """End it, whatever it is doing; the map is then the one that was there before."""
        self._stopped = True
        self._process.kill()
        self._thread.join()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _follow(self, identity: IndexIdentity, data_dir: Path) -> None:
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None and answers is not None
        with suppress(OSError), self._process:  # it may have ended before it was told what to do
            pickle.dump((identity, data_dir), questions)
            questions.flush()
            begun: tuple[float, int] | None = None
            for line in answers:
                told = json.loads(line)
                if "error" in told:
                    self._error = told["error"]
                    continue
                done, total, now = told["done"], told["total"], time.monotonic()
                begun = begun if begun is not None or done == 0 else (now, done)  # the first come after other work
                n_timed = done - begun[1] if begun is not None else 0
                left_s = (now - begun[0]) / n_timed * (total - done) if begun is not None and n_timed else None
                self._pace = Pace(done, total, left_s)
        if self._process.returncode and not self._stopped and self._error is None:
            how = f"status {self._process.returncode}"
            self._error = f"{self._folder}: making its map broke off ({how}); the map that was there before is kept"


def make_map(identity: IndexIdentity, data_dir: Path, *, seed: int = SEED, progress: Progress | None = None) -> None:
    """Lay out all sounds of a library and keep the layout, which goes on from the one that is there.

    Args:
        identity: The library and the model.
        data_dir: The data directory under which its index lives.
        seed: See `lay_out`.
        progress: Called as by `lay_out`.

    Raises:
        UsageError: openTSNE is not installed.
        LibraryError: The index is damaged, or the map cannot be written.
    """
    index = LibraryIndex.open(identity.folder, data_dir, identity.model)
    with index.snapshot() as snapshot:
        table = snapshot.table
        ids, _, keys = snapshot.contents()
        by_row = keys[ids.searchsorted(table.sound_ids)]
        features = features_of(table.distinct)
        of_distinct = keys[ids.searchsorted(table.distinct.sound_ids)]
    order = of_distinct.argsort(kind="stable")  # rows come as an indexing happens to be done with them
    before = read_layout(index.home)
    known = None if before is None else before.find(of_distinct[order])
    places = np.empty((len(order), 2), np.float32)
    places[order] = lay_out(features[order], known, seed=seed, progress=progress)
    try:
        write_layout(index.home, Layout.of(by_row, places[shown_by(table)]), seed=seed)
    except OSError as error:
        raise LibraryError(f"{index.home}: the map cannot be written ({error}); check the disk") from error


def serve() -> None:
    """The whole life of the process."""
    identity, data_dir = pickle.load(sys.stdin.buffer)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed is not an answer
    with suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        make_map(identity, data_dir, progress=lambda done, total: _tell(answers, done=done, total=total))
    except MenuraError as error:
        _tell(answers, error=str(error))
    os._exit(0)  # at once: as soon as the answers end, the input does


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def _tell(answers: TextIO, **what: object) -> None:
    print(json.dumps(what), file=answers, flush=True)
