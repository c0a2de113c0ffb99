"""Who uses every processor: one library at a time, and what makes sounds findable before what is told of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Turns of several libraries. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._n_waiting = 0  # to index

    @property
    def is_wanted(self) -> bool:
        """Whether a library waits to be indexed, so that a measuring should give its turn up."""
        return self._n_waiting > 0

    @contextmanager
    def indexing(self) -> Iterator[None]:
        """A turn to index files, after those that others have now."""
        with self._changed:
            self._n_waiting += 1
            try:
                self._changed.wait_for(lambda: not self._taken)
            finally:
                self._n_waiting -= 1
            self._taken = True
        with self._until_done():
            yield

    @contextmanager
    def measuring(self) -> Iterator[None]:
        """A turn to measure pitch and tempo, once nobody waits to index."""
        with self._changed:
            self._changed.wait_for(lambda: not self._taken and not self._n_waiting)
            self._taken = True
        with self._until_done():
            yield

    @contextmanager
    def _until_done(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()
