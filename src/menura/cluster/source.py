"""Where the sounds of a cluster library are: a folder that every machine sees, or any other address of fsspec.

A folder is walked and read as by an index on one machine. Of other addresses it is the same names that are left out and
the same endings that are read; an object has changed where its size, tag, version or time of modification has.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from menura.audio.kinds import CountedNotRead, NotRead, is_read
from menura.audio.walk import Found, SoundFile, Stamp, Unreadable, Walk, is_left_out
from menura.cluster.store import address_of, opened, reason_of
from menura.errors import UsageError

_TELLING = (
    "ETag",
    "etag",
    "md5Hash",
    "content_md5",
    "generation",
    "VersionId",
    "LastModified",
    "updated",
    "mtime",
    "modify",
)
_LARGEST = 2**63


class Source:
    """The sounds of a library, read only.

    Args:
        address: Where they are.

    Raises:
        UsageError: There is no such kind of address, or it holds credentials.
    """

    def __init__(self, address: str) -> None:
        self.address = address_of(address)
        opened(self.address)

    @property
    def is_folder(self) -> bool:
        """Whether the sounds are files of this machine, or seem so."""
        return "://" not in self.address

    @property
    def folder(self) -> Path:
        """What stands for the library's folder in its index and in messages."""
        return Path(self.address)

    def walk(self) -> Walk | ObjectWalk:
        """A walk through it.

        Raises:
            UsageError: It cannot be listed.
        """
        return Walk(self.folder) if self.is_folder else ObjectWalk(self)

    @contextmanager
    def file(self, path: str) -> Iterator[Path]:
        """A file of this machine that holds what one of the source's holds, for as long as it is needed.

        Raises:
            OSError: It cannot be read.
        """
        if self.is_folder:
            yield self.folder / path
            return
        with tempfile.TemporaryDirectory(prefix="menura-") as folder:
            copy = Path(folder) / f"sound{PurePosixPath(path).suffix[:16]}"
            self.fetch(path, copy)
            yield copy

    def stamp(self, path: str) -> Stamp:
        """What tells that an object has not changed.

        Raises:
            OSError: It is gone, or cannot be asked for.
        """
        fs, root = self._opened
        with _failures():
            return _stamp(fs.info(f"{root}/{path}"))

    def fetch(self, path: str, copy: Path) -> None:
        """Write what an object holds to a file; errors as for `stamp`."""
        fs, root = self._opened
        with _failures():
            fs.get_file(f"{root}/{path}", str(copy))

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        return opened(self.address)


class ObjectWalk:
    """A walk through an address that is no folder of this machine; attributes as of `menura.audio.walk.Walk`."""

    def __init__(self, source: Source) -> None:
        """Look into it.

        Raises:
            UsageError: It cannot be listed.
        """
        self.folder = source.folder
        self.empty: dict[str, int] = {}
        self._not_read = CountedNotRead()
        self._fs, self._root = opened(source.address)
        try:
            self._pending = [self._children("")]
        except Exception as error:  # each kind of storage has errors of its own
            raise UsageError(
                f"{source.address}: cannot be listed ({reason_of(error)}); check the address, and that its credentials "
                "are in the environment"
            ) from error
        self.is_empty = not self._pending[0]

    def __iter__(self) -> Iterator[Found | Unreadable]:
        while self._pending:
            for path, info in self._pending.pop().items():
                if info["type"] == "directory":
                    yield from self._enter(path)
                elif not is_read(path):
                    self._not_read.add(path)
                else:
                    yield Found(SoundFile(path, _stamp(info)), path)

    @property
    def not_read(self) -> tuple[NotRead, ...]:
        """As of `Walk`."""
        return self._not_read.most_frequent_first()

    def _enter(self, path: str) -> Iterator[Unreadable]:
        try:
            self._pending.append(self._children(path))
        except Exception as error:
            yield Unreadable(path, reason_of(error), None)

    def _children(self, path: str) -> dict[str, dict[str, Any]]:
        """What is directly under a path, by its own path, without what is left out."""
        place = f"{self._root}/{path}".rstrip("/")
        found = {}
        for info in self._fs.ls(place, detail=True):
            name = PurePosixPath(info["name"].rstrip("/")).name
            # An object that stands for the folder itself has the folder's name.
            if not is_left_out(name) and info["name"].rstrip("/") != place:
                found[f"{path}/{name}" if path else name] = info
        return found


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as error:  # each kind of storage has errors of its own
        raise OSError(reason_of(error)) from error


def _stamp(info: dict[str, Any]) -> Stamp:
    """What tells that an object has not changed; its time is a number that stands for all that is told of it."""
    told = repr([(key, str(info[key])) for key in _TELLING if info.get(key) is not None])
    number = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "little") % _LARGEST
    return Stamp(int(info.get("size") or 0), number)
