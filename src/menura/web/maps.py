"""The map of a served library: what is kept of it, and its making in the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from menura.errors import UsageError
from menura.index.homes import MAP_FILE
from menura.index.snapshot import Table
from menura.index.store import LibraryIndex
from menura.map.categories import Categories, by_folder, by_kind
from menura.map.kept import read_layout
from menura.map.layout import NEEDS_MAP, has_openTSNE
from menura.map.making import Making
from menura.search.library import Library
from menura.web import schemas
from menura.web.errors import refuse
from menura.web.names import shown

_STALE = 0.05  # of the sounds have come or gone: then a map is made anew by itself
_LARGEST_ID = 2**32 - 1


@dataclass(frozen=True, eq=False)
class Placed:
    """The sounds of a committed state that are on the map.

    Attributes:
        ids: (n,) the sounds.
        places: (n, 2) where each lies.
        paths: (n,) where each is in the library.
        table: The sounds of that state.
        n_sounds: How many there are, those that are not on it included.
        n_gone: How many places belong to sounds that are there no more.
        made: Whether there is a map.
    """

    ids: NDArray[np.int64]
    places: NDArray[np.float32]
    paths: list[str]
    table: Table
    n_sounds: int
    n_gone: int
    made: bool


class ServedMap:
    """The map of one library. Safe to use from several threads.

    Args:
        library: The library.
        data_dir: The data directory under which its index lives.
    """

    def __init__(self, library: Library, data_dir: Path) -> None:
        self._library = library
        self._identity = library.identity
        self._data_dir = data_dir
        self._making: Making | None = None
        self._ended = False
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._known: tuple[object, Placed] | None = None

    def state(self) -> schemas.MapState:
        """What there is to say about it; raises LibraryError where the index is damaged."""
        placed, making = self.placed(), self._making
        pace = making.pace if making is not None and making.is_alive else None
        changed = placed.n_sounds - len(placed.ids) + placed.n_gone
        return schemas.MapState(
            made=placed.made,
            stale=not placed.made or changed > _STALE * placed.n_sounds,
            sounds=placed.n_sounds,
            placed=len(placed.ids),
            colours=list(self._colours),
            progress=None
            if pace is None
            else schemas.MapProgress(done=pace.done, total=pace.total, seconds_left=pace.seconds_left),
            error=None if making is None or making.error is None else shown(making.error),
            advice=None if has_openTSNE() else NEEDS_MAP,
        )

    def start(self) -> None:
        """Make it, or make it anew, in the background; nothing happens where that is going on.

        Raises:
            UsageError: openTSNE is not installed.
            LibraryError: No process can be started.
        """
        if not has_openTSNE():
            raise UsageError(NEEDS_MAP)
        with self._lock:
            if not self._ended and (self._making is None or not self._making.is_alive):
                self._making = Making(self._identity, self._data_dir)

    def cancel(self) -> None:
        """End a making; the map that was there before is kept."""
        with self._lock:
            if self._making is not None:
                self._making.stop()

    def end(self) -> None:
        """End a making, and let none begin any more."""
        self._ended = True
        self.cancel()

    def points(self, by: str) -> bytes:
        """The points of the map as safetensors: `places` (n, 2) float32, `ids` (n,) uint32, `categories` (n,) uint16.

        The names of the categories follow each other in the metadata, under their numbers.

        Args:
            by: What the categories are: "kind" or "folder".

        Raises:
            HTTPException: 404, there is no map; or 422, no kinds are known.
        """
        placed = self._made()
        fits = placed.ids <= _LARGEST_ID
        categories = self._by_kind(placed) if by == "kind" else by_folder(placed.paths)
        tensors: dict[str, NDArray[Any]] = {
            "places": placed.places[fits],
            "ids": placed.ids[fits].astype(np.uint32),
            "categories": categories.codes[fits],
        }
        return save(tensors, {str(number): shown(name) for number, name in enumerate(categories.names)})

    def inside(self, left: float, bottom: float, right: float, top: float) -> NDArray[np.int64]:
        """Ids of the sounds in a box of the map, its edges included; errors as for `points`."""
        placed = self._made()
        x, y = placed.places.T
        inside: NDArray[np.bool_] = (left <= x) & (x <= right) & (bottom <= y) & (y <= top)
        return placed.ids[inside]

    def placed(self) -> Placed:
        """The sounds that are on it: read anew after a commit of the index and for a new map alone."""
        with self._reading:  # of several who ask one reads
            key = (self._index.revision, _version(self._index.home / MAP_FILE))
            if self._known is None or self._known[0] != key:
                self._known = (key, self._read())
            return self._known[1]

    @property
    def _colours(self) -> tuple[Literal["kind", "folder"], ...]:
        return ("folder",) if self._library.bundle.kinds is None else ("kind", "folder")

    def _by_kind(self, placed: Placed) -> Categories:
        likely = self._library.kinds.likely(placed.table)
        if likely is None:
            raise refuse(422, "no kinds of sounds are known here: ask for the map by folder")
        return by_kind(placed.ids, likely.sound_ids, likely.numbers, [kind.name for kind in likely.kinds.names])

    def _made(self) -> Placed:
        placed = self.placed()
        if not placed.made:
            raise refuse(404, "this library has no map yet: open the map on the page, and it is made")
        return placed

    @cached_property
    def _index(self) -> LibraryIndex:
        return LibraryIndex.open(self._identity.folder, self._data_dir, self._identity.model)

    def _read(self) -> Placed:
        layout = read_layout(self._index.home)
        with self._library.snapshot() as snapshot:  # its table is the one whose kinds are known
            ids, paths, keys = snapshot.contents()
            table = snapshot.table
        if layout is None:
            return Placed(ids[:0], np.empty((0, 2), np.float32), [], table, len(ids), 0, made=False)
        places = layout.find(keys)
        on_it = np.isfinite(places[:, 0])
        on_map = [path for path, is_on_it in zip(paths, on_it, strict=True) if is_on_it]
        n_gone = int(np.isin(layout.keys, keys, invert=True).sum())
        return Placed(ids[on_it], places[on_it], on_map, table, len(ids), n_gone, made=True)


def _version(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
