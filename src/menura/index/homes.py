"""Where indexes live: in the user's data directory, a folder for each library and model.

    libraries/LIBRARY-MODEL/index.sqlite      LIBRARY and MODEL are the beginnings of a path's and a model's hash
    libraries/LIBRARY-MODEL/map.safetensors   where each sound lies on the map, if one was made: see `menura.map`

Menura once kept a single index of a library, in `libraries/LIBRARY`. Such a home is moved to the place of the model
that made it when anybody first asks for an index of that library. It is one rename: whoever is killed leaves the home
in the one place or in the other, and of two programs that would move it one finds it moved. One of a format that is not
read any more, as Menura 0.1 made them, is as good as none: it stays until the library has been indexed anew.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import closing, suppress
from pathlib import Path

import platformdirs

from menura.errors import LibraryError, UsageError
from menura.index.database import DATABASE_FILE, WRITE_ADVICE, Meta, OlderFormatError, connect, failures_of, read_meta
from menura.index.identity import IndexIdentity
from menura.index.schema import has_tables

MAP_FILE = "map.safetensors"
"""The file of the map in a home."""

_DIGITS = 16  # of each hash


def resolve_data_dir(data_dir: str | Path | None = None) -> Path:
    """Where indexes are kept: the user's data directory by default."""
    return Path(data_dir or platformdirs.user_data_path("menura", appauthor=False)).resolve()


def resolve_folder(folder: str | Path) -> Path:
    """A library's folder as its index knows it.

    Raises:
        UsageError: There is no such folder.
    """
    resolved = Path(folder).expanduser().resolve()
    if not resolved.is_dir():
        fault = "not a folder" if resolved.exists() else "no such folder"
        raise UsageError(f"{folder}: {fault}; name a folder of sounds")
    return resolved


def index_home(identity: IndexIdentity, data_dir: Path, *, rebuild: bool = False) -> Path:
    """The home of an index, which need not exist.

    Args:
        identity: The library and the model.
        data_dir: The data directory under which all indexes live.
        rebuild: Whether what is there is to be made anew: then an old home that cannot be read is taken for this one.

    Raises:
        LibraryError: There is an old home that is damaged or cannot be moved.
    """
    home = _home(identity.folder, identity.model.fingerprint, data_dir)
    old = libraries_home(data_dir) / _library_digest(identity.folder)
    if (old / DATABASE_FILE).exists():
        with failures_of(identity):
            _move_old_home(old, home, identity, rebuild=rebuild)
    return home


def delete_outdated(home: Path, identity: IndexIdentity) -> None:
    """Delete an old home of the same library that is of a format that is not read any more.

    Args:
        home: The home that takes its place, and is whole.
        identity: What that belongs to.
    """
    old = libraries_home(home.parent.parent) / _library_digest(identity.folder)
    if not (old / DATABASE_FILE).exists():
        return
    try:
        peek(old, identity)
    except OlderFormatError:
        with suppress(OSError):  # it is in nobody's way
            # The database goes last: whoever is killed before that deletes the rest the next time.
            for file in sorted(old.iterdir(), key=lambda file: file.name == DATABASE_FILE):
                file.unlink()
            old.rmdir()
    except LibraryError:
        return


def make_home(home: Path) -> None:
    """Make the home of an index where there is none.

    Raises:
        LibraryError: The data directory cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"{home}: Menura cannot make the folder that an index lives in ({error.strerror}); {WRITE_ADVICE}"
        ) from error


def homes_beside(identity: IndexIdentity, data_dir: Path) -> list[Path]:
    """The homes of this library's indexes by other models."""
    home = _home(identity.folder, identity.model.fingerprint, data_dir)
    found = libraries_home(data_dir).glob(f"{_library_digest(identity.folder)}-*/{DATABASE_FILE}")
    return sorted(file.parent for file in found if file.parent != home)


def homes_of(folder: Path, data_dir: Path) -> list[Path]:
    """The homes of all indexes of a library, by whichever model."""
    digest = _library_digest(folder)
    homes = [libraries_home(data_dir) / digest, *libraries_home(data_dir).glob(f"{digest}-*")]
    return sorted(home for home in homes if home.is_dir())


def is_home_of(home: Path, folder: Path) -> bool:
    """Whether a home is named by this library."""
    return home.name.partition("-")[0] == _library_digest(folder)


def libraries_home(data_dir: Path) -> Path:
    """The folder of all homes."""
    return data_dir / "libraries"


def peek(home: Path, identity: IndexIdentity) -> Meta | None:
    """What an index says of itself, whichever model it is of; None where its making was interrupted.

    Args:
        home: Its folder.
        identity: Whom errors are about.

    Raises:
        LibraryError: It cannot be read.
    """
    with failures_of(identity), closing(connect(home / DATABASE_FILE)) as db:
        return read_meta(db, identity) if has_tables(db) else None


def _move_old_home(old: Path, home: Path, identity: IndexIdentity, *, rebuild: bool) -> None:
    try:
        meta = peek(old, identity)
    except OlderFormatError:
        return
    except LibraryError:
        if not (old / DATABASE_FILE).exists() or (home / DATABASE_FILE).exists():
            return  # it has just been moved; or it is of no use, and nobody needs it
        if not rebuild:
            raise
        meta = None
    target = home if meta is None else home.with_name(f"{old.name}-{meta.fingerprint[:_DIGITS]}")
    try:
        old.rename(target)
    except FileNotFoundError:
        return  # another program was faster
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        # An older Menura has made it again since the first was moved: the index that is there already is used.


def _home(folder: Path, fingerprint: str, data_dir: Path) -> Path:
    return libraries_home(data_dir) / f"{_library_digest(folder)}-{fingerprint[:_DIGITS]}"


def _library_digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:_DIGITS]
