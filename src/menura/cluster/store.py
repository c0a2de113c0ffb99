"""Where a cluster library is kept: an address of fsspec, a folder that all machines see or object storage.

    library.json                              what the library is, see `menura.cluster.card`
    models/MODEL/...                          the model's bundle
    listings/RANDOM/SHARD.jsonl               what a filling that is under way has found, a file a shard
    shards/MODEL/SHARD/manifest-NUMBER.json   the revisions of a shard, see `menura.cluster.revisions`
    shards/MODEL/SHARD/data/SHA256            what they consist of

An object appears whole or not at all, in a folder too. Whoever opens a store brings the credentials in the environment,
as its library for fsspec reads them: an address with credentials in it would be written down, and is refused.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from menura.errors import LibraryError, UsageError

_SCHEME = re.compile("[a-z][a-z0-9+.-]*", re.IGNORECASE)
_MAY_HOLD_SECRETS = ("::", "?", "#", "@")
_LINKED = 2  # names of a file that is where it was to go, and still beside that place


class StoreError(LibraryError):
    """A store cannot be read or written now, as while a network is away."""


class Store:
    """The objects of a cluster library, named by keys relative to its address. Threads may share it.

    Attributes:
        address: The address, whole: `s3://bucket/place`, or the path of a folder.

    Raises:
        UsageError: There is no such kind of address, what reads it is not installed, or it holds credentials.
    """

    def __init__(self, address: str) -> None:
        self._fs, self._root = opened(address)
        self.address = address_of(address)
        self._is_folder = isinstance(self._fs, LocalFileSystem)

    def get(self, key: str) -> bytes | None:
        """What an object holds; None where there is no such object."""
        with self._failures():
            try:
                content: bytes = self._fs.cat_file(self._path(key))
            except FileNotFoundError:
                return None
            return content

    def put(self, key: str, content: bytes) -> None:
        """Write an object, over whatever was there."""
        with self._failures():
            if self._is_folder:
                self._written(key, content).replace(self._path(key))
            else:
                self._fs.pipe_file(self._path(key), content)

    def create(self, key: str, content: bytes) -> bool:
        """Write an object that is not there yet; False where somebody else was faster."""
        with self._failures():
            try:
                if self._is_folder:
                    written = self._written(key, content)
                    try:
                        Path(self._path(key)).hardlink_to(written)
                    except FileExistsError:
                        # Over a network the reply may be lost and the link be there.
                        return written.stat().st_nlink == _LINKED
                    finally:
                        written.unlink()
                else:
                    self._fs.pipe_file(self._path(key), content, mode="create")
            except FileExistsError:
                return False
            return True

    def upload(self, file: Path, key: str) -> None:
        """Write an object that holds what a file holds, over whatever was there."""
        with self._failures():
            if self._is_folder:
                with file.open("rb") as content:
                    self._written(key, content).replace(self._path(key))
            else:
                self._fs.put_file(str(file), self._path(key))

    def download(self, key: str, file: Path) -> bool:
        """Write what an object holds to a file; False where there is no such object."""
        with self._failures():
            try:
                self._fs.get_file(self._path(key), str(file))
            except FileNotFoundError:
                return False
            return True

    def names(self, prefix: str) -> list[str]:
        """The names of the objects directly under a key, sorted; none where there is no such place."""
        with self._failures():
            self._fs.invalidate_cache(self._path(prefix))
            try:
                found = self._fs.ls(self._path(prefix), detail=True)
            except FileNotFoundError:
                return []
            names = (Path(one["name"]).name for one in found if one["type"] == "file")
            return sorted(name for name in names if not name.startswith("."))

    def age_s(self, key: str) -> float:
        """How long ago an object was written, in seconds; 0 where it is gone."""
        with self._failures():
            try:
                written: datetime = self._fs.modified(self._path(key))
            except FileNotFoundError:
                return 0.0
            return (datetime.now(UTC) - written.astimezone(UTC)).total_seconds()

    def delete(self, key: str) -> None:
        """Delete an object, or all below a key; nothing happens where there is none."""
        with self._failures(), suppress(FileNotFoundError):
            self._fs.rm(self._path(key), recursive=True)

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _written(self, key: str, content: Any) -> Path:  # noqa: ANN401  # bytes, or a stream of them
        """A file beside the place of an object that holds what that is to hold, safe on the disk."""
        file = Path(self._path(key))
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".", dir=file.parent)
        with os.fdopen(descriptor, "wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                shutil.copyfileobj(content, stream, 1 << 22)
            stream.flush()
            os.fsync(stream.fileno())
        return Path(name)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each kind of storage has errors of its own
            raise StoreError(
                f"{self.address}: cannot be read or written ({reason_of(error)}); check that it is there, that its "
                "credentials are in the environment, and that they let you write"
            ) from error


def opened(address: str) -> tuple[Any, str]:
    """The file system of fsspec for an address, and the address's place in it; errors as for `Store`."""
    place = address_of(address)
    scheme, is_url, rest = place.partition("://")
    if not is_url:
        return fsspec.filesystem("file"), place
    # What is wrong with an address is told of its kind alone: the rest may hold what is nobody's business.
    kind = f"{scheme}://" if _SCHEME.fullmatch(scheme) else "this address"
    if kind == "this address" or any(mark in rest for mark in _MAY_HOLD_SECRETS):
        raise UsageError(
            f"{kind}: it may hold credentials, which would be written down; leave them out, with ::, ?, # and @, and "
            "give them in the environment"
        )
    try:
        fs, root = fsspec.core.url_to_fs(place, use_listings_cache=False)
    except ValueError as error:
        raise UsageError(f"{kind}: no such kind of address; name a folder, or s3://bucket/place") from error
    except ImportError as error:
        raise UsageError(f"{kind}: what reads it is not installed ({reason_of(error)})") from error
    except Exception as error:  # some kinds call their server at once
        raise LibraryError(f"{kind}: cannot be opened ({type(error).__name__}); check that it is there") from error
    return fs, str(root).rstrip("/")


def address_of(address: str) -> str:
    """An address as it is written down: folders by their whole path, others without a last slash."""
    if address.startswith("file://"):
        address = address.removeprefix("file://")
    return address.rstrip("/") if "://" in address else str(Path(address).expanduser().resolve())


def reason_of(error: Exception) -> str:
    """Why something failed, on one line of reasonable length."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200]
