"""The libraries that Menura has indexes of, read from the indexes themselves."""

from __future__ import annotations

import ast
import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from menura.errors import LibraryError
from menura.index.database import DATABASE_FILE, Meta, connect, failures_of, read_meta
from menura.index.homes import homes_of, is_home_of, libraries_home
from menura.index.identity import IndexIdentity, ModelIdentity
from menura.index.schema import has_tables


@dataclass(frozen=True)
class KnownLibrary:
    """A folder that there is an index of.

    Attributes:
        folder: The folder, which need not be there now.
        model: Name of the model that the index is by.
        written_ns: When sounds were last written to it, in ns since 1970.
    """

    folder: Path
    model: str
    written_ns: int


def known_libraries(data_dir: Path) -> list[KnownLibrary]:
    """The folders of which there is an index that an indexing has come to something in, one for each folder and model.

    Indexes that cannot be read are left out, and so are those that say they are of another folder than the one that
    their home is named by.
    """
    found = []
    for file in sorted(libraries_home(data_dir).glob(f"*-*/{DATABASE_FILE}")):
        with suppress(LibraryError, OSError):
            library = _read(file)
            if library is not None:
                found.append(library)
    return found


def delete_indexes(folder: Path, data_dir: Path) -> None:
    """Delete Menura's own indexes of a folder, by whichever model; the folder itself is not touched.

    Raises:
        LibraryError: They cannot be deleted.
    """
    for home in homes_of(folder, data_dir):
        try:
            shutil.rmtree(home)
        except OSError as error:
            raise LibraryError(
                f"{folder}: its index in {home} cannot be deleted ({error.strerror}); delete that folder yourself"
            ) from error


def _read(file: Path) -> KnownLibrary | None:
    # Whose it is, it says itself; until then errors, which nobody sees, are about its home.
    identity = IndexIdentity(file.parent, ModelIdentity("", "", 0))
    with failures_of(identity), closing(connect(file)) as db:
        meta = read_meta(db, identity) if has_tables(db) else None
    folder = None if meta is None or meta.state == "new" else _folder_of(meta)
    if meta is None or folder is None or not is_home_of(file.parent, folder):
        return None
    return KnownLibrary(folder, meta.model, meta.written_ns or file.stat().st_mtime_ns)


def _folder_of(meta: Meta) -> Path | None:
    """The folder, which is written for a person who looks into the file, as Python would write it."""
    try:
        folder = ast.literal_eval(meta.folder)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return Path(folder) if isinstance(folder, str) else None
