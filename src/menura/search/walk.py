"""The sound files of a folder, found without ever following a loop or naming a file twice."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple

from menura.audio.files import AUDIO_SUFFIXES
from menura.errors import UsageError
from menura.search.changes import SoundFile, Stamp, Unreadable


class _Child(NamedTuple):
    path: str  # relative to the library folder
    status: os.stat_result | OSError


@dataclass
class Walk:
    """What a walk found.

    Attributes:
        files: The sound files, sorted by path.
        skipped: What could not be looked at, and why.
        is_empty: Whether the library folder holds nothing at all, as the mount point of an absent disk does.
    """

    files: list[SoundFile] = field(default_factory=list)
    skipped: list[Unreadable] = field(default_factory=list)
    is_empty: bool = False

    def may_hold(self, path: str) -> bool:
        """Whether a path that was not found may still be there: it, or a folder above it, could not be looked at."""
        return any(path == skipped.path or path.startswith(f"{skipped.path}/") for skipped in self.skipped)


def walk_sounds(folder: Path) -> Walk:
    """Find the sound files under a folder.

    Folders and files whose name begins with a dot are left out. Symbolic links are followed; a file or folder reached
    in several ways counts once, by its first path in sorted order, so loops end.

    Raises:
        UsageError: The folder does not exist or cannot be listed.
    """
    walk = Walk()
    try:
        pending = _children(folder, "")
    except OSError as error:
        raise UsageError(f"{folder}: cannot be listed ({error.strerror}); name a folder of sounds") from error
    walk.is_empty = not pending
    seen = {_identity(folder.stat())}
    while pending:
        path, status = pending.pop()
        if isinstance(status, OSError):
            walk.skipped.append(Unreadable(path, _reason(status), None))
            continue
        if _identity(status) in seen:
            continue
        seen.add(_identity(status))
        if stat.S_ISDIR(status.st_mode):
            try:
                pending += _children(folder, path)
            except OSError as error:
                walk.skipped.append(Unreadable(path, _reason(error), None))
        elif _is_audio(path):
            if stat.S_ISREG(status.st_mode):
                walk.files.append(SoundFile(path, Stamp(status.st_size, status.st_mtime_ns)))
            else:  # to open a pipe would wait for ever
                walk.skipped.append(Unreadable(path, "not a regular file", Stamp(status.st_size, status.st_mtime_ns)))
    return walk


def _children(folder: Path, path: str) -> list[_Child]:
    """What is in the subfolder `path` of `folder`, hidden ones left out, the first path last."""
    with os.scandir(folder / path) as entries:
        names = [entry.name for entry in entries if not entry.name.startswith(".")]
    children = [_Child(f"{path}/{name}" if path else name, _status(folder / path / name)) for name in names]
    # The path of a folder goes on with a slash: with it, this order is the order of all paths in the end.
    children.sort(key=lambda child: os.fsencode(child.path) + (b"/" if _is_folder(child.status) else b""), reverse=True)
    return children


def _status(path: Path) -> os.stat_result | OSError:
    """What the path leads to, through links; or why that cannot be told."""
    try:
        return path.stat()
    except OSError as error:
        return error


def _is_folder(status: os.stat_result | OSError) -> bool:
    return not isinstance(status, OSError) and stat.S_ISDIR(status.st_mode)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _is_audio(path: str) -> bool:
    return PurePath(path).suffix.lower() in AUDIO_SUFFIXES


def _identity(status: os.stat_result) -> tuple[int, int]:
    return (status.st_dev, status.st_ino)
