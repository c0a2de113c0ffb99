"""Favourites and collections go on with sounds whose names a share gives back spelt otherwise."""

from __future__ import annotations

import os

from menura.search.library import Library
from menura.web.kept import Kept

_KEPT = "SELECT path FROM favourites WHERE folder = :folder UNION SELECT path FROM collected WHERE folder = :folder"
_TABLES = ("favourites", "collected")


def follow_spelling(kept: Kept, library: Library) -> None:
    """Spell what is kept of a library's sounds as its index does; errors as for `Kept` and for `Library.snapshot`.

    Args:
        kept: What is kept, with the tables of `Favourites` and `Collections`.
        library: The library, whose index is up to date.
    """
    folder = os.fsencode(library.folder)
    with kept.connection() as db:
        paths = [os.fsdecode(path) for (path,) in db.execute(_KEPT, {"folder": folder})]
    with library.snapshot() as snapshot:
        found = snapshot.respelt(library.folder, paths)
    if not found:
        return
    with kept.transaction() as db:
        for before, now in found.items():
            for table in _TABLES:
                query = f"UPDATE OR REPLACE {table} SET path = ? WHERE folder = ? AND path = ?"
                db.execute(query, (os.fsencode(now), folder, os.fsencode(before)))
