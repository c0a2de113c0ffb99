"""One committed state of an index, as a search reads it."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from menura.errors import UsageError
from menura.index.codes import Codes, CodesFile
from menura.index.database import Meta, damaged
from menura.index.identity import IndexIdentity
from menura.index.measured import Range, music_of, musical
from menura.index.notices import paths_below
from menura.index.projections import ProjectionsFile
from menura.index.sound import COLUMNS, Sound, leaves_folder, unpacked_starts
from menura.index.spelling import respelt
from menura.index.text import match_expression
from menura.index.twins import Twins, read_twins

LONGEST_S = 1e12
"""More seconds than any sound has, few enough to count their samples in."""

_SAMPLE_ROWS = 512


@dataclass(frozen=True, eq=False)
class Table:
    """The sounds of an index as arrays, in the order of their rows.

    Attributes:
        sound_ids: (s,) the sounds.
        first_rows: (s,) the first of each sound's rows in `projections`.
        n_windows: (s,) how many rows it has, one a window, next to each other.
        projections: (rows, h) memory-mapped projections, some of them perhaps of sounds that are gone.
        codes: Codes of the first of them, if there are any.
        twins: Which of the sounds are twins, if any are.
    """

    sound_ids: NDArray[np.int64]
    first_rows: NDArray[np.int64]
    n_windows: NDArray[np.int64]
    projections: NDArray[np.float32]
    codes: Codes | None = None
    twins: Twins | None = None

    @property
    def rows(self) -> NDArray[np.int64] | None:
        """The rows of these sounds, one sound after the other; None where they are simply all rows in order."""
        ends = np.cumsum(self.n_windows)
        n_rows = int(ends[-1]) if len(ends) else 0
        if n_rows == len(self.projections):
            return None
        return np.repeat(self.first_rows - (ends - self.n_windows), self.n_windows) + np.arange(n_rows)

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        """(rows,) whether each row of `projections` is one of these sounds'."""
        live = np.full(len(self.projections), (rows := self.rows) is None)
        live[rows if rows is not None else []] = True
        return live

    @cached_property
    def log_windows(self) -> NDArray[np.float64]:
        """(s,) the logarithm of the number of each sound's windows."""
        return np.log(self.n_windows)

    @cached_property
    def sample(self) -> NDArray[np.float32]:
        """Up to 512 of these sounds' rows, (n, h), drawn at random and the same at every call."""
        drawn = np.sort(np.random.default_rng(0).permutation(int(self.n_windows.sum()))[:_SAMPLE_ROWS])
        rows = self.rows
        return np.array(self.projections[drawn if rows is None else rows[drawn]])

    def only(self, sound_ids: NDArray[np.int64]) -> Table:
        """The same table with no other sounds than these."""
        return self._where(np.isin(self.sound_ids, sound_ids))

    def without(self, sound_ids: NDArray[np.int64]) -> Table:
        """The same table without these sounds."""
        return self._where(np.isin(self.sound_ids, sound_ids, invert=True)) if len(sound_ids) else self

    @property
    def distinct(self) -> Table:
        """The same table with one sound of each group of twins, the first by path; `twins` knows the others."""
        return self if self.twins is None else self._distinct

    @cached_property
    def _distinct(self) -> Table:
        assert self.twins is not None
        return replace(self.without(self.twins.ids[~self.twins.is_first]), twins=self.twins)

    def _where(self, chosen: NDArray[np.bool_]) -> Table:
        sound_ids = self.sound_ids[chosen]
        twins = None if self.twins is None else self.twins.only(sound_ids)
        return Table(sound_ids, self.first_rows[chosen], self.n_windows[chosen], self.projections, self.codes, twins)


class Placed(NamedTuple):
    """A sound, and (n,) where its windows begin in its file, in seconds."""

    sound: Sound
    starts_s: NDArray[np.float64]


@dataclass(frozen=True)
class Snapshot:
    """A committed state: it stays as it is, whatever an indexer commits meanwhile.

    Attributes:
        table: Its sounds, without those that are absent.
        identity: What it belongs to.
        tells_music: Whether sounds come with what was measured of them.
    """

    table: Table
    _db: sqlite3.Connection
    identity: IndexIdentity
    tells_music: bool = True

    def matching(self, text: str) -> NDArray[np.int64]:
        """Ids of the sounds that have every word of `text` in their name or folder, as `match_expression` has it.

        Raises:
            UsageError: `text` holds no letter and no digit.
        """
        wanted, unwanted = match_expression(text)
        found = self._having(wanted) if wanted else self.table.sound_ids
        return np.setdiff1d(found, self._having(unwanted)) if unwanted else found

    def _having(self, expression: str) -> NDArray[np.int64]:
        found = self._db.execute("SELECT rowid FROM words WHERE words MATCH ?", (expression,))
        return np.fromiter((sound_id for (sound_id,) in found), np.int64)

    def inside(self, folder: str) -> NDArray[np.int64]:
        """Ids of the sounds in a folder, relative to the library, and in its subfolders; all of them in ""."""
        if not folder:
            return self.table.sound_ids
        return ids_below(self._db, [folder])

    def lasting(self, longer_s: float, shorter_s: float) -> NDArray[np.int64]:
        """Ids of the sounds that last longer than the one and shorter than the other."""
        found = self._db.execute("SELECT id FROM sounds WHERE duration_s > ? AND duration_s < ?", (longer_s, shorter_s))
        return np.fromiter((sound_id for (sound_id,) in found), np.int64)

    def musical(self, pitch_hz: Range | None, tempo_bpm: Range | None) -> NDArray[np.int64]:
        """As `menura.index.measured.musical`; a `UsageError` where neither is told."""
        if not self.tells_music:
            raise UsageError("pitch and tempo are switched off (--no-music); ask without")
        return musical(self._db, pitch_hz, tempo_bpm)

    def besides(self, sound_ids: Iterable[int]) -> NDArray[np.int64]:
        """Ids of the sounds other than these and their twins."""
        ids = np.fromiter(sound_ids, np.int64)
        if self.table.twins is not None:
            ids = self.table.twins.with_twins(ids)
        return np.setdiff1d(self.table.sound_ids, ids)

    def named(self, paths: Iterable[str]) -> NDArray[np.int64]:
        """Ids of those of these paths that are sounds of the library."""
        query = "SELECT id FROM sounds WHERE path = ?"
        found = (self._db.execute(query, (os.fsencode(path),)).fetchone() for path in paths)
        return np.fromiter((row[0] for row in found if row is not None), np.int64)

    def respelt(self, folder: Path, paths: Iterable[str]) -> dict[str, str]:
        """As `menura.index.spelling.respelt`."""
        return respelt(self._db, folder, paths)

    def by_path(self) -> NDArray[np.int64]:
        """Ids of the sounds in the order of their paths."""
        found = self._db.execute("SELECT id FROM sounds ORDER BY path")
        ids = np.fromiter((sound_id for (sound_id,) in found), np.int64)
        if len(ids) > len(self.table.sound_ids):  # some are absent
            ids = ids[np.isin(ids, self.table.sound_ids)]
        return ids

    def cells(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(s,) ids of the sounds of the table, ascending, and (s,) the cell of each, where its twins are."""
        found = np.fromiter(chain.from_iterable(self._db.execute("SELECT id, cell FROM sounds ORDER BY id")), np.int64)
        ids, cells = found.reshape(-1, 2).T
        there = np.isin(ids, self.table.sound_ids)
        return ids[there], cells[there]

    def sound(self, sound_id: int) -> Sound | None:
        """The sound with this id, or None if there is none.

        Raises:
            LibraryError: The index is damaged: what it has of the sound cannot be.
        """
        row = self._db.execute(f"SELECT {COLUMNS} FROM sounds WHERE id = ?", (int(sound_id),)).fetchone()
        return None if row is None else self._checked(Sound.of_row(row))

    def _checked(self, sound: Sound) -> Sound:
        if leaves_folder(sound.path):
            raise damaged(self.identity, "a path leads out of the library")
        if not is_duration(sound.duration_s):
            raise damaged(self.identity, f"{sound.path}: its duration is out of range")
        return replace(sound, music=music_of(self._db, self.identity, sound.id)) if self.tells_music else sound

    def placed(self, sound_id: int) -> Placed | None:
        """The sound with this id and where its windows begin, or None if there is none; errors as for `sound`."""
        query = f"SELECT starts_s, {COLUMNS} FROM sounds WHERE id = ?"
        row = self._db.execute(query, (int(sound_id),)).fetchone()
        if row is None:
            return None
        sound = self._checked(Sound.of_row(row[1:]))
        starts_s = unpacked_starts(row[0], sound)
        if starts_s is None:
            raise damaged(self.identity, f"{sound.path}: the places of its windows are out of range")
        return Placed(sound, starts_s)

    def folder_counts(self) -> dict[str, int]:
        """Every folder that holds sounds, relative to the library and sorted, with their number."""
        counts: Counter[bytes] = Counter()
        present = frozenset(self.table.sound_ids.tolist())
        paths = (path for sound_id, path in self._db.execute("SELECT id, path FROM sounds") if sound_id in present)
        for path in paths:
            counts[path.rpartition(b"/")[0]] += 1
        for folder, n_sounds in list(counts.items()):
            above = folder
            while above:
                above = above.rpartition(b"/")[0]
                counts[above] += n_sounds
        return {os.fsdecode(folder): counts[folder] for folder in sorted(counts)}

    def contents(self) -> tuple[NDArray[np.int64], list[str], NDArray[np.uint64]]:
        """Of every sound, in the order of ids: the id, the path, and the first 8 bytes of the hash of its content.

        Raises:
            LibraryError: The index is damaged: a hash cannot be one.
        """
        present = frozenset(self.table.sound_ids.tolist())
        rows = self._db.execute("SELECT id, path, sha256 FROM sounds ORDER BY id")
        found = [row for row in rows if row[0] in present]
        heads = b"".join(sha256[:8] for *_, sha256 in found if isinstance(sha256, bytes))
        if len(heads) != 8 * len(found):
            raise damaged(self.identity, "the hash of a sound is out of range")
        ids = np.array([sound_id for sound_id, *_ in found], np.int64)
        return ids, [os.fsdecode(path) for _, path, _ in found], np.frombuffer(heads, "<u8").astype(np.uint64)

    def paths(self, sound_ids: Iterable[int]) -> list[str]:
        """The paths of the sounds with these ids, which are all there."""
        query = "SELECT path FROM sounds WHERE id = ?"
        return [os.fsdecode(self._db.execute(query, (sound_id,)).fetchone()[0]) for sound_id in sound_ids]

    def sounds(self, sound_ids: Iterable[int]) -> list[Sound]:
        """The sounds with these ids, which are all there; errors as for `sound`."""
        return [sound for sound in map(self.sound, sound_ids) if sound is not None]


def ids_below(db: sqlite3.Connection, folders: Iterable[str]) -> NDArray[np.int64]:
    """Ids of the sounds in these folders, relative to the library, and in their subfolders."""
    query = "SELECT id FROM sounds WHERE path > ? AND path < ?"
    found = (row[0] for folder in folders for row in db.execute(query, paths_below(folder)))
    return np.fromiter(found, np.int64)


def is_duration(found: object) -> TypeGuard[float]:
    """Whether this may be a sound's length in seconds; a column of SQLite takes anything."""
    return isinstance(found, float) and 0 < found <= LONGEST_S


def read_table(db: sqlite3.Connection, meta: Meta, home: Path, identity: IndexIdentity) -> Table:
    """The table of the state that the connection's transaction sees.

    Raises:
        FileNotFoundError: The projections file has been replaced since the transaction began, or is lost.
        LibraryError: The projections file is shorter than the database says, or a sound has no rows of its own there.
    """
    columns = db.execute("SELECT id, first_row, n_rows FROM sounds ORDER BY first_row")
    try:
        flat = np.fromiter(chain.from_iterable(columns), np.int64)
        twins = read_twins(db)
    except (TypeError, ValueError, OverflowError) as error:  # a column of SQLite takes anything
        raise damaged(identity, f"sounds: {error}") from error
    sound_ids, first_rows, n_windows = np.ascontiguousarray(flat.reshape(-1, 3).T)
    if len(flat) and (n_windows.min() <= 0 or first_rows.min() < 0 or (n_windows > meta.rows - first_rows).any()):
        raise damaged(identity, "a sound's rows are outside the projections file")
    if (n_windows[:-1] > np.diff(first_rows)).any():
        raise damaged(identity, "two sounds share rows")
    codes = CodesFile.of(meta, home)
    return Table(
        sound_ids,
        first_rows,
        n_windows,
        ProjectionsFile.of(meta, home, identity).mapped(),
        None if codes is None else codes.mapped(meta.coded_rows),
        twins,
    )
