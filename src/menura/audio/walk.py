"""The sound files of a folder, found without ever following a loop or naming a file twice."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple

from menura.audio.files import AUDIO_SUFFIXES
from menura.errors import UsageError


class Stamp(NamedTuple):
    """What tells without reading it that a file has not changed: its size in bytes and its time of modification."""

    size: int
    mtime_ns: int


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


class Walk:
    """A walk through a folder, which gives its sound files in the order of their paths, and what cannot be looked at.

    Folders and files whose name begins with a dot are left out. Symbolic links are followed; a folder that is reached
    in several ways counts once, by its first path, so loops end. A file that is reached in several ways is given each
    time, since a walk that knew all files would grow with the library.

    Attributes:
        folder: The folder.
        is_empty: Whether it holds nothing at all, as the mount point of an absent disk does.
    """

    def __init__(self, folder: Path) -> None:
        """Look into the folder.

        Raises:
            UsageError: The folder does not exist or cannot be listed.
        """
        self.folder = folder
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
                    self._enter(path, _identity(status))
                elif _is_audio(path):
                    yield _found(path, status)
            except OSError as error:
                yield Unreadable(path, error.strerror or str(error), None)

    def _enter(self, path: str, identity: str) -> None:
        if identity not in self._seen:
            self._seen.add(identity)
            self._pending += _children(self.folder, path)


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


def _children(folder: Path, path: str) -> list[str]:
    """What is in the subfolder `path`, hidden ones left out, the first path last; folders end in a slash."""
    with os.scandir(folder / path) as entries:
        names = [entry.name + "/" * _is_folder(entry) for entry in entries if not entry.name.startswith(".")]
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
        return Unreadable(path, "not a regular file", Stamp(status.st_size, status.st_mtime_ns))
    return Found(SoundFile(path, Stamp(status.st_size, status.st_mtime_ns)), _identity(status))


def _is_audio(path: str) -> bool:
    return PurePath(path).suffix.lower() in AUDIO_SUFFIXES


def _identity(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"
