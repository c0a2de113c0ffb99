"""The sound files of a folder, found without ever following a loop or naming a file twice."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from menura.audio.kinds import CountedNotRead, NotRead, is_read
from menura.errors import UsageError

_LEFT_OUT = frozenset({"#recycle", "$recycle.bin", "__macosx", "@eadir"})  # recycle bins, and what systems keep there


_LAST_NS = 2**63 - 1  # in the year 2262; some systems have times after it, and no database can keep them


class Stamp(NamedTuple):
    """What tells without reading it that a file is as it was: its size in bytes, and when it changed in ns since 1970.

    The later of two times is that of the change: the time of modification, which programs may set, and the one that
    the system keeps of any change, another name among them. On Windows the second is when the file was made.
    """

    size: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file."""
        return cls(status.st_size, min(max(status.st_mtime_ns, status.st_ctime_ns), _LAST_NS))


class SoundFile(NamedTuple):
    """A file of the library as the walk found it: its path relative to the library folder, and its stamp."""

    path: str
    stamp: Stamp


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be used.

    Where its content is at fault it is not a sound, and is not tried again before its stamp changes. Where the system
    refused to open it there is no stamp, because nothing is known of the content: what the index has of it stays, and
    it is tried again each time.
    """

    path: str
    reason: str
    stamp: Stamp | None


class Found(NamedTuple):
    """A sound file, and what tells it from others by whatever path it is reached."""

    file: SoundFile
    identity: str


class Walked(Protocol):
    """What an indexing needs of a walk, attributes as of `Walk`; those that grow are whole at its end."""

    folder: Path
    is_empty: bool
    empty: dict[str, int]

    def __iter__(self) -> Iterator[Found | Unreadable]: ...

    @property
    def not_read(self) -> tuple[NotRead, ...]:
        """The kinds of files that are not read."""


class Walk:
    """A walk through a folder, which gives its sound files in the order of their paths, and what cannot be looked at.

    Folders and files whose name begins with a dot are left out, and so are recycle bins and what systems keep beside
    the files: `#recycle`, `$RECYCLE.BIN`, `__MACOSX`, `@eaDir`. Symbolic links are followed; a folder that is reached
    in several ways counts once, by its first path, so loops end. A file that is reached in several ways is given each
    time, since a walk that knew all files would grow with the library.

    Attributes:
        folder: The folder.
        is_empty: Whether it holds nothing, as the mount point of an absent disk does.
        empty: The folders within it that hold nothing at all, as far as the walk has come, each with its time of
            modification in ns.
    """

    def __init__(self, folder: Path) -> None:
        """Look into the folder.

        Raises:
            UsageError: The folder does not exist or cannot be listed.
        """
        self.folder = folder
        self.empty: dict[str, int] = {}
        self._not_read = CountedNotRead()
        try:
            self._pending = _children(folder, "")
            self._seen = {_identity(folder.stat())}
        except OSError as error:
            raise UsageError(f"{folder}: cannot be listed ({error.strerror}); name a folder of sounds") from error
        self.is_empty = not self._pending

    def __iter__(self) -> Iterator[Found | Unreadable]:
        while self._pending:
            path = self._pending.pop().removesuffix("/")
            try:
                status = (self.folder / path).stat()
                if stat.S_ISDIR(status.st_mode):
                    self._enter(path, status)
                elif is_read(path):
                    yield _found(path, status)
                else:
                    self._not_read.add(path)
            except OSError as error:
                yield Unreadable(path, error.strerror or str(error), None)

    def _enter(self, path: str, status: os.stat_result) -> None:
        identity = _identity(status)
        if identity not in self._seen:
            self._seen.add(identity)
            children = _children(self.folder, path)
            if not children and not any((self.folder / path).iterdir()):
                self.empty[path] = status.st_mtime_ns
            self._pending += children

    @property
    def not_read(self) -> tuple[NotRead, ...]:
        """What looks like sounds and is of kinds that are not read, the most frequent first, as far as it has come."""
        return self._not_read.most_frequent_first()


def sound_files(folder: Path) -> list[SoundFile]:
    """The sound files under a folder, each once, sorted by path.

    Raises:
        UsageError: The folder does not exist or cannot be listed.
    """
    files: dict[str, SoundFile] = {}
    for found in Walk(folder):
        if isinstance(found, Found):
            files.setdefault(found.identity, found.file)
    return list(files.values())


def is_left_out(name: str) -> bool:
    """Whether nothing is looked for in a folder, and nothing seen in a file, of this name."""
    return name.startswith(".") or name.lower() in _LEFT_OUT


def _children(folder: Path, path: str) -> list[str]:
    """What is in the subfolder `path`, hidden ones left out, the first path last; folders end in a slash."""
    with os.scandir(folder / path) as entries:
        names = [entry.name + "/" * _is_folder(entry) for entry in entries if not is_left_out(entry.name)]
    # The path of a folder goes on with a slash: with it, this order is the order of all paths in the end.
    names.sort(key=os.fsencode, reverse=True)
    return [f"{path}/{name}" for name in names] if path else names


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, for example
        return False


def _found(path: str, status: os.stat_result) -> Found | Unreadable:
    if not stat.S_ISREG(status.st_mode):  # to open a pipe would wait for ever
        return Unreadable(path, "not a regular file", Stamp.of(status))
    return Found(SoundFile(path, Stamp.of(status)), _identity(status))


def _identity(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"
