"""The libraries of a server: those that were named, or the known ones; more can be added, and any removed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from menura.errors import MenuraError, UsageError
from menura.index.homes import resolve_folder
from menura.index.known import delete_indexes
from menura.model.bundle import Bundle
from menura.search.library import Library
from menura.search.several import Several
from menura.web.folders import Folders
from menura.web.served import ServedLibrary
from menura.web.turns import Turns


class _Settings(TypedDict):
    """What each library is told."""

    follow_links: bool
    after_indexing: Callable[[Library], None]
    music: bool


class Libraries:
    """All libraries of a server, in the order in which they were named or added. Safe to use from several threads.

    Attributes:
        several: What searches several of them as one.
        faults: Why those that were named or known and cannot be served now are not.
    """

    def __init__(
        self,
        named: Sequence[Path] | None,
        folders: Folders,
        bundle: Bundle,
        data_dir: Path,
        *,
        follow_links: bool,
        after_indexing: Callable[[Library], None],
        music: bool = True,
        also: Sequence[ServedLibrary] = (),
    ) -> None:
        """Open them; nothing is indexed yet.

        Args:
            named: The folders; None for those that are known.
            folders: Which are known, and where it is noted that these were opened.
            bundle: The model.
            data_dir: Where indexes are kept.
            follow_links: Whether sounds are sent to which links lead out of their library.
            after_indexing: Called with each library whose index was brought up to date.
            music: Whether pitch and tempo are measured and told.
            also: Libraries that are open already.

        Raises:
            MenuraError: None of the folders that were named can be served: this is why the first cannot.
        """
        self.several = Several()
        self._folders = folders
        self._bundle = bundle
        self._data_dir = data_dir
        self._settings: _Settings = {
            "follow_links": follow_links,
            "after_indexing": after_indexing,
            "music": music,
        }
        self._turns = Turns()
        self._lock = threading.Lock()
        self._by_id = {library.id: library for library in also}
        found = folders.known() if named is None else [folder.expanduser().resolve() for folder in named]
        opened = [self._open(folder) for folder in found]
        faults = [library.fault() for library in opened]
        if named and all(faults):
            raise next(fault for fault in faults if fault is not None)
        self.faults: list[MenuraError] = [fault for fault in faults if fault is not None]
        for folder in found if named else ():
            folders.opened(folder)

    def all(self) -> list[ServedLibrary]:
        """Every library."""
        return list(self._by_id.values())

    def get(self, library_id: str) -> ServedLibrary | None:
        """The library of this id, if there is one."""
        return self._by_id.get(library_id)

    def add(self, path: str) -> ServedLibrary:
        """Serve another folder, and bring its index up to date in the background; one that is served stays as it is.

        Args:
            path: The whole path of the folder; `~` is the home of whoever runs the server.

        Raises:
            UsageError: There is no such folder, or it cannot be looked into.
        """
        folder = _folder_of(path)
        with self._lock:
            library = self._open(folder)
        self._folders.opened(folder)
        library.start_indexing()
        return library

    def remove(self, library: ServedLibrary, *, delete_index: bool) -> None:
        """Serve a library no longer, and forget its folder; nothing in the folder is touched.

        Args:
            library: The library.
            delete_index: Whether to delete Menura's own indexes of it, by whichever model, as well.

        Raises:
            LibraryError: They cannot be deleted; it is served no longer all the same.
            UsageError: It is in shards, which are deleted with its store.
        """
        if delete_index and library.is_in_shards:
            raise UsageError("a library in shards is kept in its store, not on this machine: delete that yourself")
        with self._lock:
            self._by_id.pop(library.id, None)
        library.ask_to_stop()
        library.wait_until_stopped()
        library.close()
        self._folders.forgotten(library.folder)
        if delete_index:
            delete_indexes(library.folder, self._data_dir)

    def known(self) -> list[Path]:
        """The folders that are known and not served."""
        served = {library.folder for library in self.all()}
        return [folder for folder in self._folders.known() if folder not in served]

    def stop(self) -> None:
        """End all indexing soon."""
        for library in self.all():
            library.ask_to_stop()
        for library in self.all():
            library.wait_until_stopped()

    def _open(self, folder: Path) -> ServedLibrary:
        library = ServedLibrary(folder, self._bundle, self._data_dir, self._turns, **self._settings)
        return self._by_id.setdefault(library.id, library)


def _folder_of(path: str) -> Path:
    try:
        given = Path(path.strip()).expanduser()
        if not given.is_absolute():
            raise UsageError(f"{path}: not a whole path; name the folder from its beginning, as in {Path.home()}")
        folder = resolve_folder(given)
        with os.scandir(folder):
            return folder
    except (ValueError, RuntimeError) as error:  # a NUL, or the home of somebody who is not there
        raise UsageError(f"{path!r}: no folder has such a path") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be looked into ({error.strerror}); check its permissions") from error
