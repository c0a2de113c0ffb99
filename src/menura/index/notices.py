"""What an indexing notes of a folder besides its sounds: kinds of files that are not read, and absent folders."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from menura.audio.kinds import NotRead
from menura.index.changes import Skipped
from menura.index.database import Meta, damaged
from menura.index.identity import IndexIdentity


class Absent(NamedTuple):
    """A folder whose sounds are not there now, as on a disk that is not connected: they are kept, and not searched.

    Attributes:
        folder: Where it is, relative to the library.
        n_sounds: How many sounds of it the index keeps.
    """

    folder: str
    n_sounds: int

    @property
    def what(self) -> str:
        """How many sounds of which folder."""
        return f"{self.n_sounds:,} {'sound' if self.n_sounds == 1 else 'sounds'} of {self.folder}"

    @property
    def reason(self) -> str:
        """Why they are not found, and what to do."""
        return (
            "absent, as on a disk that is not connected: the folder is empty, a link to nothing, or cannot be read; "
            "they are kept for when it returns, and go if it is removed"
        )


def in_words(absent: Iterable[Absent], not_read: Iterable[NotRead]) -> list[Skipped]:
    """What is not found, each with the reason and what to do."""
    away = [Skipped(folder.what, folder.reason) for folder in absent]
    return away + [Skipped(kind.what, kind.reason) for kind in not_read]


def noted(not_read: Sequence[NotRead], absent: Sequence[Absent]) -> dict[str, str]:
    """What to write of these into the fields `not_read` and `absent` of `Meta`."""
    return {"not_read": json.dumps(not_read) if not_read else "", "absent": json.dumps([a.folder for a in absent])}


def not_read_in(meta: Meta, identity: IndexIdentity) -> tuple[NotRead, ...]:
    """The kinds of files that are not read.

    Raises:
        LibraryError: They are not as `noted` writes them.
    """
    kinds = []
    for item in _listed(meta.not_read, identity):
        match item:
            case [str(suffix), int(n_files), str(example)]:
                kinds.append(NotRead(suffix, n_files, example))
            case _:
                raise damaged(identity, "meta: no kinds of files")
    return tuple(kinds)


def absent_folders(meta: Meta, identity: IndexIdentity) -> tuple[str, ...]:
    """The absent folders; errors as for `not_read_in`."""
    folders = _listed(meta.absent, identity)
    if not all(isinstance(folder, str) for folder in folders):
        raise damaged(identity, "meta: no absent folders")
    return tuple(map(str, folders))


def absent_in(db: sqlite3.Connection, folders: Iterable[str]) -> tuple[Absent, ...]:
    """Those of these folders that the index has sounds of, with their number."""
    query = "SELECT count(*) FROM sounds WHERE path > ? AND path < ?"
    found = (Absent(folder, db.execute(query, paths_below(folder)).fetchone()[0]) for folder in folders)
    return tuple(absent for absent in found if absent.n_sounds)


def paths_below(folder: str) -> tuple[bytes, bytes]:
    """Between which two every path is that lies in a folder or below it, and no other."""
    return os.fsencode(f"{folder}/"), os.fsencode(f"{folder}0")  # the character after the slash is 0


def _listed(text: str, identity: IndexIdentity) -> list[object]:
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError) as error:
        raise damaged(identity, f"meta: {error}") from error
    if not isinstance(found, list):
        raise damaged(identity, "meta: no list")
    return found
