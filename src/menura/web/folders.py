"""Which folders a person has opened in the page, and which forgotten: what `menura serve` without a folder opens."""

from __future__ import annotations

import os
import time
from pathlib import Path

from menura.index.known import known_libraries
from menura.web.kept import Kept

_TABLE = """CREATE TABLE IF NOT EXISTS folders (
    folder BLOB PRIMARY KEY,
    opened_ns INTEGER NOT NULL DEFAULT 0,    -- when it was last named or added, in ns since 1970; 0 for never
    forgotten_ns INTEGER NOT NULL DEFAULT 0  -- when it was last removed
) WITHOUT ROWID"""
_LAST_NS = 2**63 - 1  # that a database can keep
_SET = "INSERT INTO folders (folder, {0}) VALUES (?, ?) ON CONFLICT (folder) DO UPDATE SET {0} = excluded.{0}"


class Folders:
    """The folders that are known. Threads may share it; errors as for `Kept`.

    A folder is known if Menura has an index of it, by whichever model, unless it was removed in the page and neither
    opened nor indexed anew since.
    """

    def __init__(self, kept: Kept, data_dir: Path) -> None:
        self._kept = kept
        self._data_dir = data_dir
        kept.make(_TABLE)

    def known(self) -> list[Path]:
        """The folders, the one that was last opened or written to first."""
        with self._kept.connection() as db:
            rows = db.execute("SELECT folder, opened_ns, forgotten_ns FROM folders")
            noted = {Path(os.fsdecode(folder)): (opened_ns, forgotten_ns) for folder, opened_ns, forgotten_ns in rows}
        latest: dict[Path, int] = {}
        for library in known_libraries(self._data_dir):
            opened_ns, forgotten_ns = noted.get(library.folder, (0, 0))
            used_ns = max(library.written_ns, opened_ns)
            if used_ns > forgotten_ns:
                latest[library.folder] = max(used_ns, latest.get(library.folder, 0))
        return sorted(latest, key=lambda folder: (-latest[folder], os.fsencode(folder)))

    def opened(self, folder: Path) -> None:
        """Note that a folder was named or added now."""
        _, forgotten_ns = self._noted(folder)
        self._note(folder, "opened_ns", after_ns=forgotten_ns)

    def forgotten(self, folder: Path) -> None:
        """Note that a folder was removed now."""
        opened_ns, _ = self._noted(folder)
        written = (library.written_ns for library in known_libraries(self._data_dir) if library.folder == folder)
        self._note(folder, "forgotten_ns", after_ns=max(opened_ns, *written, 0))

    def _noted(self, folder: Path) -> tuple[int, int]:
        with self._kept.connection() as db:
            query = "SELECT opened_ns, forgotten_ns FROM folders WHERE folder = ?"
            return db.execute(query, (os.fsencode(folder),)).fetchone() or (0, 0)

    def _note(self, folder: Path, when: str, *, after_ns: int) -> None:
        """Note a time, which is after the other one even where the clock was ahead then."""
        with self._kept.connection() as db:
            now_ns = min(max(time.time_ns(), after_ns + 1), _LAST_NS)
            db.execute(_SET.format(when), (os.fsencode(folder), now_ns))
