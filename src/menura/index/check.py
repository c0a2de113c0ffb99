"""Whether an index is whole: proved in itself, and against its files and its model on a sample or on all of them.

Nothing is written, and an indexer that is at work is not in the way.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from menura.audio.files import open_regular
from menura.audio.walk import Stamp
from menura.audio.windows import Windows
from menura.errors import AudioError, LibraryError, UsageError
from menura.index.changes import name_and_folder
from menura.index.codes import Codes, encoded
from menura.index.copied import CopiedIndex, copied_index
from menura.index.database import DATABASE_FILE, failures_of
from menura.index.examine import embedded_windows
from menura.index.homes import MAP_FILE
from menura.index.identity import IndexIdentity
from menura.index.notices import absent_folders, absent_in
from menura.index.snapshot import ids_below, is_duration
from menura.index.sound import COLUMNS, Sound, leaves_folder, unpacked_starts
from menura.index.twins import ALONE, cells_of
from menura.index.twins import TOLERANCE as TWINS_TOLERANCE
from menura.model.bundle import Bundle
from menura.model.quantiser import BLOCK_ROWS
from menura.progress import Progress

TOLERANCE = 1e-3
"""By how much a projection may differ from one computed anew, relative to its sound's largest: processors differ."""

_TOLERANCE_S = 1e-3
_SAMPLE_SOUNDS = 50
_SAMPLE_BLOCKS = 4
_FINITE_ROWS = 65_536
_SHOWN = 5  # of faults of one kind


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        faults: What is wrong, and the command that mends it; none if the index is whole.
        notes: What there is to know that does no harm.
        sounds: How many sounds the index holds.
        hashed: How many of their files were read and compared with the hash of what was indexed.
        recomputed: How many of these had their projections computed anew and compared.
    """

    faults: tuple[str, ...]
    notes: tuple[str, ...]
    sounds: int
    hashed: int
    recomputed: int

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def check_index(
    identity: IndexIdentity,
    home: Path,
    bundle: Bundle,
    *,
    everything: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> CheckReport:
    """Check the index of a library.

    Args:
        identity: What the index belongs to.
        home: Its folder.
        bundle: The model that it should have been made with.
        everything: Read every file and compute every projection anew, not those of a sample of 50 sounds.
        seed: Picks the sample.
        progress: Called with the sounds read and their number.

    Raises:
        UsageError: The folder was never indexed.
    """
    if not (home / DATABASE_FILE).exists():
        raise identity.not_indexed()
    with closing(_steps(identity, home, bundle, everything, seed)) as steps:
        while True:
            try:
                with failures_of(identity):
                    step = next(steps)
            except LibraryError as error:  # it is so broken that there is nothing more to look at
                return CheckReport((str(error).removeprefix(f"{identity.folder}: "),), (), 0, 0, 0)
            if isinstance(step, CheckReport):
                return step
            if progress is not None:  # what it raises is not the index's failure
                progress(*step)


def _steps(
    identity: IndexIdentity, home: Path, bundle: Bundle, everything: bool, seed: int
) -> Generator[tuple[int, int] | CheckReport, None, None]:
    """The sounds read so far and their number, again and again, and in the end the report."""
    with copied_index(identity, home) as state:
        yield from _check_state(state, bundle, everything, seed)


def _check_state(
    state: CopiedIndex, bundle: Bundle, everything: bool, seed: int
) -> Iterator[tuple[int, int] | CheckReport]:
    meta, mend, again = state.meta, state.identity.rebuild_advice, state.identity.command("index")
    same_model = (meta.fingerprint, meta.width) == (bundle.fingerprint, bundle.spec.n_hidden)
    faults = [*_shown(_database_faults(state)), *_shown(_row_faults(state)), *_shown(_twin_faults(state))]
    if not same_model:
        faults.append(f"made with another model ({meta.model}), not {bundle.name}; {mend}")
    rng = np.random.default_rng(seed)
    notes = list(_notes(state))
    codes = state.table.codes
    if meta.codes and codes is None:
        notes.append(f"the codes that make searches faster are lost; {again} makes them anew")
    elif codes is not None and same_model:
        faults += _shown(_code_faults(state, codes, bundle, everything, rng))
    away = absent_folders(meta, state.identity)
    notes += [f"{absent.what}: {absent.reason}" for absent in absent_in(state.db, away)]
    ids = np.setdiff1d(state.table.sound_ids, ids_below(state.db, away))
    chosen = ids if everything or len(ids) <= _SAMPLE_SOUNDS else np.sort(rng.choice(ids, _SAMPLE_SOUNDS, False))
    files = _Files(state, bundle if same_model else None)
    for done, sound_id in enumerate(chosen, start=1):
        files.check(int(sound_id))
        yield done, len(chosen)
    if files.changed:
        notes.append(f"{files.changed} of {len(chosen)} files looked at have changed or gone since; {again}")
    faults += _shown(files.faults)
    yield CheckReport(tuple(faults), tuple(notes), len(state.table.sound_ids), files.hashed, files.recomputed)


def _shown(faults: Iterator[str] | list[str]) -> list[str]:
    """The first of the faults of a kind, and how many more there are."""
    found = list(faults)
    more = [f"... and {len(found) - _SHOWN:,} more of this kind"] if len(found) > _SHOWN else []
    return found[:_SHOWN] + more


def _database_faults(state: CopiedIndex) -> Iterator[str]:
    mend = state.identity.rebuild_advice
    try:
        state.db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        yield f"the words of its names are not those of its sounds ({error}); {mend}"
    for path, name, folder in state.db.execute("SELECT path, name, folder FROM sounds"):
        text = os.fsdecode(path)
        if leaves_folder(text):
            yield f"{text}: a path that leads out of the library; {mend}"
        elif name_and_folder(text) != (name, folder):
            yield f"{text}: found by another name, {name!r}; {mend}"
    both = "SELECT path FROM sounds WHERE path IN (SELECT path FROM skipped WHERE size IS NOT NULL)"
    for (path,) in state.db.execute(both):
        yield f"{os.fsdecode(path)}: both a sound and unreadable; {mend}"


def _row_faults(state: CopiedIndex) -> Iterator[str]:
    """Faults of the rows, beyond what `read_table` refuses: rows that are not there, or shared."""
    mend = state.identity.rebuild_advice
    for starts_s, *row in state.db.execute(f"SELECT starts_s, {COLUMNS} FROM sounds"):
        sound = Sound.of_row(row)
        if not is_duration(sound.duration_s):
            yield f"{sound.path}: its duration, {sound.duration_s!r}, is out of range; {mend}"
        elif unpacked_starts(starts_s, sound) is None:
            yield f"{sound.path}: the places of its windows are out of range; {mend}"
    rows = state.table.projections
    for start in range(0, len(rows), _FINITE_ROWS):
        if not np.isfinite(rows[start : start + _FINITE_ROWS]).all():
            yield f"rows from {start:,} on hold what is no number; {mend}"


def _twin_faults(state: CopiedIndex) -> Iterator[str]:
    """Sounds that are looked for in other cells than their projections are in, and groups of others than twins."""
    mend, rows = state.identity.rebuild_advice, state.table.projections
    before, low, high = None, rows[:0], rows[:0]
    order = "SELECT path, cell, alike, first_row, n_rows FROM sounds ORDER BY alike, path"
    for path, cell, group, first, n_rows in state.db.execute(order):
        own = rows[first : first + n_rows]
        if cell not in cells_of(own) or not isinstance(group, int) or group < ALONE:
            yield f"{os.fsdecode(path)}: its twins would be looked for elsewhere; {mend}"
        if group != before or group == ALONE:
            before, low, high = group, own, own
        elif own.shape != low.shape:
            yield f"{os.fsdecode(path)}: said to be like sounds that it is not like; {mend}"
        else:
            low, high = np.minimum(low, own), np.maximum(high, own)
            if (high - low).max() > TWINS_TOLERANCE * max(np.abs(low).max(), np.abs(high).max()):
                yield f"{os.fsdecode(path)}: said to be like sounds that it is not like; {mend}"
                low, high = own, own


def _code_faults(
    state: CopiedIndex, codes: Codes, bundle: Bundle, everything: bool, rng: np.random.Generator
) -> Iterator[str]:
    mend = state.identity.rebuild_advice
    if not np.array_equal(codes.quantiser.weight, bundle.output_weight):
        yield f"its codes were made with other weights; {mend}"
    chosen = np.arange(len(codes.blocks))
    if not everything and len(codes.blocks) > _SAMPLE_BLOCKS:
        chosen = np.sort(rng.choice(chosen, _SAMPLE_BLOCKS, replace=False))
    for at in chosen:
        rows = state.table.projections[at * BLOCK_ROWS : (at + 1) * BLOCK_ROWS]
        (again,) = encoded(rows, codes.quantiser)
        if not np.array_equal(again, codes.blocks[at]):
            yield f"the codes from row {at * BLOCK_ROWS:,} on are not those of its projections; {mend}"


def _notes(state: CopiedIndex) -> Iterator[str]:
    again = state.identity.command("index")
    if state.meta.state != "complete":
        yield f"the last indexing did not come to its end; {again} goes on with it"
    own = {
        DATABASE_FILE,
        f"{DATABASE_FILE}-wal",
        f"{DATABASE_FILE}-shm",
        state.meta.projections,
        state.meta.codes,
        MAP_FILE,
    }
    for file in sorted(state.home.iterdir()):
        if file.name not in own:
            left = file.suffix in {".f32", ".u8"}
            advice = f"the next {again} removes it" if left else "it may be removed"
            yield f"{file}: no part of the index; {advice}"


class _Files:
    """Holds sounds against their files: the hash, and the projections computed anew."""

    def __init__(self, state: CopiedIndex, bundle: Bundle | None) -> None:
        self.faults: list[str] = []
        self.changed = self.hashed = self.recomputed = 0
        self._state = state
        self._bundle = bundle

    def check(self, sound_id: int) -> None:
        state = self._state
        sound = Sound.of_row(state.db.execute(f"SELECT {COLUMNS} FROM sounds WHERE id = ?", (sound_id,)).fetchone())
        if leaves_folder(sound.path) or not is_duration(sound.duration_s):
            return  # said already
        path = state.identity.folder / sound.path
        try:
            with open_regular(path) as stream:
                status = os.fstat(stream.fileno())
                digest = hashlib.file_digest(stream, "sha256").digest()
        except (OSError, AudioError):
            self.changed += 1
            return
        if Stamp.of(status) != sound.stamp:
            self.changed += 1
            return
        self.hashed += 1
        mend = state.identity.rebuild_advice
        if digest != sound.sha256:
            self.faults.append(f"{sound.path}: of another content than was indexed, and as old and as large; {mend}")
        elif self._bundle is not None:
            self.recomputed += 1
            rows = state.table.projections[sound.first_row : sound.first_row + sound.n_rows]
            if not _agree(rows, sound.duration_s, path, self._bundle):
                self.faults.append(f"{sound.path}: its projections or its duration are not those of its sound; {mend}")


def _agree(rows: NDArray[np.float32], duration_s: float, path: Path, bundle: Bundle) -> bool:
    """Whether rows are the projections of a file's windows, and this is its length."""
    try:
        windows = Windows(path, bundle.spec.recording.front_end)
        again = np.concatenate([projection for _, projection in embedded_windows(windows, bundle)])
    except (AudioError, UsageError):
        return False
    if again.shape != rows.shape or abs(windows.duration_s - duration_s) > _TOLERANCE_S:
        return False
    return bool(np.abs(again - rows).max() <= TOLERANCE * max(1.0, np.abs(again).max()))
