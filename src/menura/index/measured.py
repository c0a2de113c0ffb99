"""What was measured of the sounds of an index: the pitch of those that have one, and the tempo of loops.

Each is a row of the table `measured`: which sound, which measure, and the value, or NULL where that is not sure. A
sound without a row is one that has not been measured yet. The name of a measure ends with the number of the way in
which it is taken: with another number everything is measured anew. What is known of a sound goes with it, and with its
content and its name, which may tell a tempo; triggers see to that.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import reduce
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from menura.index.database import connect, damaged, failures_of
from menura.index.identity import IndexIdentity
from menura.index.schema import MEASURED
from menura.index.sound import COLUMNS, Music, Sound

PITCH = "pitch 1"
"""In Hz, see `menura.audio.pitch`."""

TEMPO = "tempo 1"
"""In beats a minute, see `menura.audio.tempo`."""

NAMED_TEMPO = "tempo by name 1"
"""The same as far as names tell it, where `menura[music]` is not installed."""

Range = tuple[float, float]
_MEASURES = (PITCH, TEMPO, NAMED_TEMPO)
_LARGEST = 1e6  # Hz, or beats a minute


class Measurement(NamedTuple):
    """A sound, as it was when it was measured, and (measure, value) for each measure that was taken."""

    sound: Sound
    values: tuple[tuple[str, float | None], ...]


class Measured:
    """What was measured of the sounds of an index, to be added to. Every call has its own connection.

    The revision of the index stays as it is: what searches keep in memory is the same with and without.

    Args:
        file: The database of the index.
        identity: What it belongs to.
    """

    def __init__(self, file: Path, identity: IndexIdentity) -> None:
        self._file = file
        self._identity = identity

    def count_lacking(self, measures: Sequence[str]) -> int:
        """How many sounds there are of which one of these measures is missing."""
        with self._connection() as db:
            where, given = _lacking(db, measures)
            (count,) = db.execute(f"SELECT count(*) FROM sounds WHERE {where}", given).fetchone()
            return int(count)

    def lacking(self, measures: Sequence[str], at_once: int) -> Iterator[list[Sound]]:
        """These sounds by id, so many at a time; what is kept meanwhile of those that were given is no matter."""
        after = -1
        while True:
            with self._connection() as db:
                where, given = _lacking(db, measures)
                query = f"SELECT {COLUMNS} FROM sounds WHERE id > ? AND {where} ORDER BY id LIMIT ?"
                sounds = [Sound.of_row(row) for row in db.execute(query, (after, *given, at_once))]
            if not sounds:
                return
            yield sounds
            after = sounds[-1].id

    def keep(self, found: Iterable[Measurement]) -> None:
        """Commit what was found; not of sounds that have changed meanwhile."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            if not has_measured(db):
                for statement in MEASURED:
                    db.execute(statement)
            db.executemany(
                """INSERT OR REPLACE INTO measured (id, measure, value)
                SELECT id, ?, ? FROM sounds WHERE id = ? AND path = ? AND sha256 = ?""",
                (
                    (measure, value, sound.id, os.fsencode(sound.path), sound.sha256)
                    for sound, values in found
                    for measure, value in values
                ),
            )
            db.execute("COMMIT")

    def forget_others(self) -> None:
        """Delete what was measured in other ways than those of now."""
        with self._connection() as db:
            if has_measured(db):
                db.execute(f"DELETE FROM measured WHERE measure NOT IN ({', '.join('?' * len(_MEASURES))})", _MEASURES)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with failures_of(self._identity), closing(connect(self._file)) as db:
            yield db


def has_measured(db: sqlite3.Connection) -> bool:
    """Whether the index has the table: one that was made before there was such a table has none."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'measured'"
    return db.execute(query).fetchone() is not None


def music_of(db: sqlite3.Connection, identity: IndexIdentity, sound_id: int) -> Music:
    """What is sure of a sound.

    Raises:
        LibraryError: The index is damaged: what it has of the sound cannot be.
    """
    if not has_measured(db):
        return Music()
    query = "SELECT measure, value FROM measured WHERE id = ? AND value IS NOT NULL"
    found = dict(db.execute(query, (sound_id,)).fetchall())
    if not all(isinstance(value, float) and 0 < value < _LARGEST for value in found.values()):
        raise damaged(identity, "what was measured of a sound is out of range")
    return Music(found.get(PITCH), found.get(TEMPO, found.get(NAMED_TEMPO)))


def musical(db: sqlite3.Connection, pitch_hz: Range | None, tempo_bpm: Range | None) -> NDArray[np.int64]:
    """Ids of the sounds of which the pitch and the tempo are sure to be from the one to the other; None for any."""
    sets = []
    if pitch_hz is not None:
        sets.append(_between(db, (PITCH,), [pitch_hz]))
    if tempo_bpm is not None:  # or half or double that: nobody can tell these apart
        ranges = [(factor * tempo_bpm[0], factor * tempo_bpm[1]) for factor in (1.0, 0.5, 2.0)]
        sets.append(_between(db, (TEMPO, NAMED_TEMPO), ranges))
    return reduce(np.intersect1d, sets)


def _between(db: sqlite3.Connection, measures: Sequence[str], ranges: Sequence[Range]) -> NDArray[np.int64]:
    if not has_measured(db):
        return np.empty(0, np.int64)
    query = "SELECT id FROM measured WHERE measure = ? AND value >= ? AND value < ?"
    found = (row[0] for measure in measures for range_ in ranges for row in db.execute(query, (measure, *range_)))
    return np.unique(np.fromiter(found, np.int64))


def _lacking(db: sqlite3.Connection, measures: Sequence[str]) -> tuple[str, Sequence[str]]:
    if not has_measured(db):
        return "TRUE", ()
    lacks = "NOT EXISTS (SELECT 1 FROM measured WHERE measured.id = sounds.id AND measure = ?)"
    return f"({' OR '.join([lacks] * len(measures))})", measures
