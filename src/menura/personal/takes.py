"""The takes that a person has taught: a folder of theirs, which any program can read and nobody else needs.

It is laid out as `menura.corpora.plain` reads it:

    recordings/   the sounds that were imitated, their first ten seconds, as wav
    imitations/   the takes, as wav, cut to what was heard with a little around it
    pairs.csv     imitation, recording, label; and library, path and taken, which say where the sound is, and when

A sound is copied because its library may lose it, and a take without its sound teaches nothing. Every file is there
whole or not at all. A wav is written before the row that names it and removed after it, so that whoever is killed
leaves at most a file that no row names. Programs that write at the same time wait for each other.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import secrets
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from menura.corpora.layout import is_there, read_rows
from menura.corpora.plain import TABLE
from menura.errors import DataError, LibraryError
from menura.index.sound import leaves_folder
from menura.whole import written_whole

_LOCK = ".lock"
_WAIT_S = 10.0
_LONGEST_NAME = 60


@dataclass(frozen=True, eq=False)
class Clip:
    """(n,) samples and their rate."""

    samples: NDArray[np.float32]
    rate_hz: int

    def at(self, rate_hz: int) -> NDArray[np.float32]:
        """(m,) the samples at another rate."""
        samples: NDArray[np.float32] = soxr.resample(self.samples, self.rate_hz, rate_hz)
        return samples


@dataclass(frozen=True, eq=False)
class AskedSound:
    """A sound that is asked for.

    Attributes:
        library: The folder of its library.
        path: Where it is in that, with forward slashes.
        sha256: The hash of its content.
        clip: Its beginning.
    """

    library: str
    path: str
    sha256: bytes
    clip: Clip

    @property
    def recording(self) -> str:
        """The name of its copy: another for another sound, or for other content under the same name."""
        told = hashlib.sha256(os.fsencode(self.library) + b"\0" + os.fsencode(self.path) + b"\0" + self.sha256)
        return f"{_plain_name(self.path)}__{told.hexdigest()[:8]}.wav"


@dataclass(frozen=True)
class TaughtTake:
    """A row of the table.

    Attributes:
        imitation: The take's file in `imitations/`.
        recording: The sound's file in `recordings/`.
        label: What the sound is called.
        library: The folder of the sound's library.
        path: Where the sound is in it.
        taken: When the take was made, as ISO 8601 in UTC.
    """

    imitation: str
    recording: str
    label: str = ""
    library: str = ""
    path: str = ""
    taken: str = ""

    @property
    def sound(self) -> tuple[str, str]:
        """What tells its sound from others."""
        return (self.library, self.path) if self.path else ("", self.recording)


_COLUMNS = tuple(field.name for field in fields(TaughtTake))


class TaughtTakes:
    """The folder. Threads and programs may share it.

    Attributes:
        folder: Where it is; it is made by the first take.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[TaughtTake]:
        """Every take whose two files are there, in the order in which they were made.

        Raises:
            LibraryError: The table cannot be read.
        """
        takes = [_take_of(row) for row in self._rows()]
        return [take for take in takes if is_there(self.imitation(take)) and is_there(self.recording(take))]

    def find(self, imitation: str) -> TaughtTake | None:
        """The take of this name, if there is one; errors as for `all`."""
        return next((take for take in self.all() if take.imitation == imitation), None)

    def imitation(self, take: TaughtTake) -> Path:
        """The file of a take."""
        return self.folder / "imitations" / take.imitation

    def recording(self, take: TaughtTake) -> Path:
        """The file of the sound that it imitates."""
        return self.folder / "recordings" / take.recording

    def keep(self, clip: Clip, sound: AskedSound) -> TaughtTake:
        """Keep a take of a sound.

        Raises:
            LibraryError: It cannot be written; then nothing is kept.
        """
        name = f"{_plain_name(sound.path)}__{secrets.token_hex(4)}.wav"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        take = TaughtTake(name, sound.recording, Path(sound.path).stem, sound.library, sound.path, now)
        with self._alone("the take was not kept"):
            try:
                if not self.recording(take).exists():
                    _write_wav(self.recording(take), sound.clip)
                _write_wav(self.imitation(take), clip)
                self._write([*self._rows(), asdict(take)])
            except BaseException:
                self.imitation(take).unlink(missing_ok=True)
                raise
        return take

    def remove(self, imitations: Collection[str]) -> int:
        """Delete takes, and the copies of sounds that no other take imitates; how many there were.

        Raises:
            LibraryError: The table cannot be read or written.
        """
        if not self.folder.is_dir():
            return 0
        with self._alone("nothing was removed"):
            rows = self._rows()
            left = [row for row in rows if row["imitation"] not in imitations]
            if len(left) < len(rows):
                self._write(left)
            still = {row["recording"] for row in left}
            for take in (_take_of(row) for row in rows if row["imitation"] in imitations):
                self.imitation(take).unlink(missing_ok=True)
                if take.recording not in still:
                    self.recording(take).unlink(missing_ok=True)
        return len(rows) - len(left)

    def _rows(self) -> list[dict[str, str]]:
        """The rows of the table with whatever columns their owner gave them, but for those that lead elsewhere."""
        table = self.folder / TABLE
        if not table.exists():
            return []
        try:
            rows = read_rows(table, ("imitation", "recording"))
        except DataError as error:
            raise LibraryError(str(error)) from error
        found = [{column: cell.strip() for column, cell in row.items()} for row in rows]
        return [row for row in found if not (leaves_folder(row["imitation"]) or leaves_folder(row["recording"]))]

    def _write(self, rows: list[dict[str, str]]) -> None:
        columns = dict.fromkeys([*_COLUMNS, *(column for row in rows for column in row)])
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
        with written_whole(self.folder / TABLE) as unfinished:
            unfinished.write_bytes(text.getvalue().encode("utf-8", errors="replace"))

    @contextmanager
    def _alone(self, failed: str) -> Iterator[None]:
        """While nobody else writes. SQLite's lock is on every system, and falls when its holder is killed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.folder / _LOCK, timeout=_WAIT_S, isolation_level=None)) as lock:
                lock.execute("BEGIN IMMEDIATE")
                yield
        except (OSError, sqlite3.Error, soundfile.SoundFileError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise LibraryError(
                f"{self.folder}: {failed} ({reason}); make room on the disk or check its permissions, then try again"
            ) from error


def _take_of(row: dict[str, str]) -> TaughtTake:
    return TaughtTake(**{name: row.get(name, "") for name in _COLUMNS})


def _write_wav(file: Path, clip: Clip) -> None:
    content = io.BytesIO()
    soundfile.write(content, np.clip(clip.samples, -1.0, 1.0), clip.rate_hz, format="WAV", subtype="PCM_16")
    with written_whole(file) as unfinished:
        unfinished.write_bytes(content.getvalue())


def _plain_name(path: str) -> str:
    """The name of a sound as every file system takes it."""
    return re.sub(r"[^A-Za-z0-9-]+", "_", Path(path).stem)[:_LONGEST_NAME].strip("_") or "sound"
