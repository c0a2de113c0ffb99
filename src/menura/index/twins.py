"""Twins: sounds that the model cannot tell apart, such as copies of one file, or a file and its FLAC.

Two sounds are twins if they have as many windows and no number of their projections differs by more than `TOLERANCE`
allows. A file in 16 bits, in 24 and in FLAC are twins; two takes of one word by one voice are ten times too far apart.

**How they are found.** A sound that is stored is held against few others: those of its cell. Sums of its mean window,
each number with a sign of its own, are the coordinates of a grid, and a twin is in the same cell or, near a border, in
the next; a copy always is, and one that differs by nearly all that is allowed may be missed. Where a sound is a twin of
every member of a group it joins the group; with a twin that is alone it begins one. So a group holds twins alone,
whatever is taken out of it later.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from hashlib import blake2b, shake_128
from itertools import product

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 2e-3
"""By how much the projections of twins may differ, relative to the largest of the smaller one."""

_N_COORDINATES = 12
_CELL = 0.04  # so that of a million real sounds some thirty are held against a new one
_MARGIN = 0.05  # of a cell: a twin may be on the other side of a border that is so near
_CELL_BYTES = 4  # of ten million sounds, one in four hundred is held against one that is in another cell after all
_LARGEST = 2**48  # more groups than there will ever be
# SQLite takes the index of groups for those queries alone that say what it holds: groups above 0.
_ITSELF = "SELECT first_row, n_rows FROM sounds WHERE id = ?"
_GROUP = "SELECT first_row, n_rows FROM sounds WHERE alike = ? AND alike > 0"
_LAST_GROUP = "SELECT coalesce(max(alike), 0) FROM sounds WHERE alike > 0"
_TWINS = """
    SELECT id, alike FROM sounds
    WHERE alike > 0 AND alike IN (SELECT alike FROM sounds WHERE alike > 0 GROUP BY alike HAVING count(*) > 1)
    ORDER BY alike, path
"""
ALONE = 0
"""The group of a sound that has no twin."""


@dataclass(frozen=True, eq=False)
class Twins:
    """Which sounds are twins.

    Attributes:
        ids: (t,) the sounds that have a twin, one group after the other, each in the order of paths.
        groups: (t,) the number of each one's group.
    """

    ids: NDArray[np.int64]
    groups: NDArray[np.int64]

    def only(self, sound_ids: NDArray[np.int64]) -> Twins:
        """The same without other sounds than these; some are then alone in their group."""
        chosen = np.isin(self.ids, sound_ids)
        return Twins(self.ids[chosen], self.groups[chosen])

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """(t,) whether each one is the first of its group by path, the one that is shown."""
        return np.concatenate(([True], self.groups[1:] != self.groups[:-1]))[: len(self.groups)]

    def with_twins(self, sound_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """These sounds and all their twins."""
        groups = self.groups[np.isin(self.ids, sound_ids)]
        return np.union1d(sound_ids, self.ids[np.isin(self.groups, groups)])

    def alike(self, sound_ids: NDArray[np.int64]) -> dict[int, list[int]]:
        """The others of the groups that these sounds are the first of, by path; sounds without any are left out."""
        firsts = np.flatnonzero(self.is_first)
        ends = np.append(firsts[1:], len(self.ids))
        asked = np.isin(self.ids[firsts], sound_ids)
        spans = zip(firsts[asked].tolist(), ends[asked].tolist(), strict=True)
        return {int(self.ids[first]): self.ids[first + 1 : end].tolist() for first, end in spans if end > first + 1}


def read_twins(db: sqlite3.Connection) -> Twins | None:
    """The twins of the state that the connection's transaction sees; None if there are none.

    Raises:
        sqlite3.DatabaseError: The number of a group cannot be one.
    """
    if _last_group(db) == ALONE:
        return None
    found = db.execute(_TWINS).fetchall()
    return Twins(*np.array(found, np.int64).T.copy()) if found else None


def place(db: sqlite3.Connection, projections: NDArray[np.float32], rows: NDArray[np.float32]) -> tuple[int, int]:
    """The cell and the group of a sound that is to be stored. A twin of it that was alone gets the same group.

    Args:
        db: The index, in a transaction.
        projections: The rows of its sounds, and perhaps others.
        rows: (n, h) the sound's own.

    Raises:
        sqlite3.DatabaseError: What the index has of a sound cannot be.
    """
    cells, refused = cells_of(rows), set()
    for cell in cells:
        for sound_id, group in db.execute("SELECT id, alike FROM sounds WHERE cell = ?", (cell,)):
            members = (_ITSELF, sound_id) if group == ALONE else (_GROUP, group)
            if members not in refused and _fits(db, projections, rows, *members):
                return cells[0], group if group != ALONE else _begun(db, sound_id)
            refused.add(members)
    return cells[0], ALONE


def _begun(db: sqlite3.Connection, sound_id: int) -> int:
    """A new group, with a sound that was alone as its first."""
    group = _last_group(db) + 1
    db.execute("UPDATE sounds SET alike = ? WHERE id = ?", (group, sound_id))
    return group


def _last_group(db: sqlite3.Connection) -> int:
    (last,) = db.execute(_LAST_GROUP).fetchone()
    if not isinstance(last, int) or last > _LARGEST:  # a column of SQLite takes anything
        raise sqlite3.DatabaseError("the number of a group of twins is out of range")
    return last


def _fits(
    db: sqlite3.Connection, projections: NDArray[np.float32], rows: NDArray[np.float32], query: str, value: int
) -> bool:
    """Whether a sound is the twin of every sound that a query, `_ITSELF` or `_GROUP`, finds of a value."""
    for first, n_rows in db.execute(query, (value,)):
        if not isinstance(first, int) or not isinstance(n_rows, int):  # a column of SQLite takes anything
            raise sqlite3.DatabaseError("a sound's rows are outside the projections file")
        member = projections[first : first + n_rows]
        if np.array_equal(member, rows):  # then it is as near to the others as this one
            return True
        if not are_twins(member, rows):
            return False
    return True


def are_twins(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two sounds with these projections, (n, h) each, are twins."""
    if one.shape != other.shape:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.abs(one - other).max() <= TOLERANCE * min(np.abs(one).max(), np.abs(other).max()))


def cells_of(rows: NDArray[np.float32]) -> list[int]:
    """The cell of a sound with these projections (n, h), and then those that a twin of it may be in."""
    mean = rows.mean(axis=0, dtype=np.float64)
    n_bits = _N_COORDINATES * len(mean)
    bits = np.unpackbits(np.frombuffer(shake_128(b"twins").digest(-(-n_bits // 8)), np.uint8))[:n_bits]
    signs = 1.0 - 2.0 * bits.reshape(_N_COORDINATES, len(mean))
    scale = _CELL * np.sqrt(len(mean)) * max(float(np.abs(rows).max()), np.finfo(np.float32).tiny)
    with np.errstate(over="ignore", invalid="ignore"):
        at = np.nan_to_num(signs @ mean / scale) + 0.5  # silence, 0 throughout, is in the middle of a cell
    low, own, high = np.floor([at - _MARGIN, at, at + _MARGIN]).astype(np.int64).tolist()
    choices = [list(dict.fromkeys((b, a, c))) for a, b, c in zip(low, own, high, strict=True)]
    return [_number(len(rows), cell) for cell in product(*choices)]


def _number(n_rows: int, cell: tuple[int, ...]) -> int:
    digest = blake2b(np.array((n_rows, *cell), "<i8").tobytes(), digest_size=8).digest()
    return int.from_bytes(digest[:_CELL_BYTES], "little", signed=True)
