"""A cluster library as the page and the API serve it, like any other; what only one machine can do, it says."""

from __future__ import annotations

from functools import cached_property
from io import BufferedReader
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from menura.cluster.copies import Copies
from menura.cluster.library import ClusterLibrary
from menura.errors import LibraryError, MenuraError, UsageError
from menura.index.info import LibraryInfo
from menura.index.sound import Sound
from menura.search.library import Library
from menura.search.ranking import Hit, Page, Question
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.files import open_inside
from menura.web.maps import ServedMap
from menura.web.names import shown
from menura.web.served import ServedLibrary, id_of

_NO_MAP = "a library in shards has none; open a folder of it with menura serve"


class ServedShards(ServedLibrary):
    """A library in shards. It is filled by `menura cluster fill` alone.

    Args:
        library: The library.
        store: Address of its store.
    """

    def __init__(self, library: ClusterLibrary, store: str) -> None:
        self._shards = library
        self._copies = Copies(library.source)
        self.folder = library.folder
        self.id = id_of(store.encode())

    @property
    def library(self) -> Library:
        """What only one machine has.

        Raises:
            UsageError: Always.
        """
        raise UsageError("a library in shards cannot do this; open a folder of it with menura serve")

    @property
    def is_in_shards(self) -> bool:
        """It is."""
        return True

    @cached_property
    def map(self) -> ServedMap:
        """A map that there is not."""
        return _NoMap()

    def open(self, path: str) -> BufferedReader:
        """Open a file of its source; errors as for `open_inside`."""
        source = self._shards.source
        if source.is_folder:
            return open_inside(self.folder, path)
        try:
            return self._copies.open(path)
        except OSError as error:
            raise refuse(404, f"{shown(path)}: cannot be fetched; it may be gone from where the sounds are") from error

    def page(self, question: Question, *, offset: int, limit: int) -> Page:
        """As `ClusterLibrary.page`."""
        return self._shards.page(question, offset=offset, limit=limit)

    def kind_counts(self, question: Question) -> dict[str, int]:
        """As `ClusterLibrary.kind_counts`."""
        return self._shards.kind_counts(question)

    def folder_counts(self) -> dict[str, int]:
        """As `ClusterLibrary.folder_counts`."""
        return self._shards.folder_counts()

    def sound(self, sound_id: int) -> Sound | None:
        """As `ClusterLibrary.sound`."""
        return self._shards.sound(sound_id)

    def near(self, embedding: NDArray[np.float32], sound_id: int, start_s: float) -> Hit | None:
        """As `ClusterLibrary.near`."""
        return self._shards.near(embedding, sound_id, start_s)

    def info(self) -> LibraryInfo:
        """As `ClusterLibrary.info`."""
        return self._shards.info()

    def place_of(self, path: str) -> str:
        """Where a sound of it is, for a person."""
        return f"{self._shards.source.address}/{path}"

    def warm(self) -> None:
        """As `ClusterLibrary.warm`."""
        self._shards.warm()

    def close(self) -> None:
        """As `ClusterLibrary.close`."""
        self._shards.close()
        self._copies.release()

    def absence(self) -> None:
        """Its sounds are there, as far as this machine knows."""
        return

    def fault(self) -> MenuraError | None:
        """None: what is wrong is said where it is asked for."""
        return None

    @property
    def is_indexing(self) -> bool:
        """Not by this server."""
        return False

    def start_indexing(self) -> None:
        """Nothing: `menura cluster fill` does it."""

    def ask_to_stop(self) -> None:
        """Nothing is going on."""

    def wait_until_stopped(self) -> None:
        """Nothing is going on."""

    def state(self) -> schemas.LibraryState:
        """What there is to say about it."""
        info, error = None, None
        try:
            info = self._shards.info()
            error = self._shards.lacks
        except LibraryError as fault:
            error = str(fault)
        address = self._shards.source.address
        return schemas.LibraryState(
            id=self.id,
            name=shown(address.rpartition("/")[2] or address),
            folder=shown(address),
            state="failed" if info is None else "ready" if info.complete else "incomplete",
            error=None if error is None else shown(error),
            sounds=info.sounds if info else 0,
            segments=info.windows if info else 0,
            seconds=info.seconds if info else 0.0,
            skipped=len(info.skipped) if info else 0,
            notices=len(info.absent) + len(info.not_read) if info else 0,
            progress=None,
        )


class _NoMap(ServedMap):
    """The map of a library that has none."""

    def __init__(self) -> None:
        pass

    def state(self) -> schemas.MapState:
        """That there is none, and none can be made."""
        return schemas.MapState(
            made=False, stale=False, sounds=0, placed=0, colours=[], progress=None, error=None, advice=_NO_MAP
        )

    def start(self) -> NoReturn:
        """Refuse it."""
        raise UsageError(f"no map: {_NO_MAP}")

    def cancel(self) -> None:
        """Nothing is going on."""

    def end(self) -> None:
        """Nothing is going on."""

    def placed(self) -> NoReturn:
        """Refuse it."""
        raise UsageError(f"no map: {_NO_MAP}")
