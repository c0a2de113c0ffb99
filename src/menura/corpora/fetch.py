"""Downloads: they survive a kill, go on where they stopped, and are kept only if they are what was published.

What has come so far lies in NAME.part, and NAME.part.json says which version of the file that is part of (ETag, date
and size). The next call asks for the rest by HTTP Range; where the server does not know ranges, or has another version
by now, it starts over. Size and checksum are verified before NAME appears.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import requests
import urllib3

from menura.corpora.http import at_mirror, get, require_answer
from menura.errors import DataError

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and, where the server says so, how many there will be."""

ATTEMPTS = 5
CHUNK_BYTES = 1 << 18


class RemoteFile(NamedTuple):
    """A published file: its name on disk, its address and, where they are published, size and checksum.

    `checksum` is "md5:HEX" or "sha256:HEX".
    """

    name: str
    url: str
    n_bytes: int | None = None
    checksum: str | None = None


class _Version(NamedTuple):
    """Which version of a file a server offers, as far as it says."""

    url: str
    etag: str | None
    modified: str | None
    n_bytes: int | None


class _BrokenError(Exception):
    """The connection broke after the answer had begun."""


def fetch(file: RemoteFile, folder: Path, *, progress: Progress | None = None) -> Path:
    """Download a file, or find it downloaded.

    A connection that breaks is taken up again at once, a few times; after that, and after a kill, the next call does.

    Args:
        file: What to fetch, over http or https.
        folder: Where it goes; made if need be.
        progress: Called as bytes arrive.

    Returns:
        The file, `folder / file.name`.

    Raises:
        DataError: The server cannot be reached or refuses, the connection keeps breaking, the disk is full, or what
            came is not the published file. What came is kept for the next call, except in the last case.
    """
    path = folder / file.name
    if not _is_there(path, file):
        try:
            _fetch_missing(file, folder, progress or _untold)
        except OSError as error:
            raise DataError(
                f"{folder}: cannot write {file.name} ({error.strerror or error}); make room or choose another folder, "
                "then run it again: what has come is kept"
            ) from error
    return path


def fetch_all(
    files: Sequence[RemoteFile],
    folder: Path,
    *,
    base_url: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Download the files that `folder` does not hold yet, or say within seconds that there is no network.

    Args:
        files: What to fetch, in order, each with its size.
        folder: Where they go; made if need be.
        base_url: A mirror, http://HOST, in place of the published host.
        progress: Called with each file's size in bytes as soon as it is there.

    Raises:
        DataError: At the first file that cannot be had, as `fetch` does; the files finished so far stay.
        OSError: The disk is full or cannot be written to.
    """
    server_answers = False
    for published in files:
        file = published._replace(url=at_mirror(published.url, base_url))
        if not _is_there(folder / file.name, file):
            if not server_answers:
                require_answer(file.url)
                server_answers = True
            _fetch_missing(file, folder, _untold)
        if progress is not None:
            progress(file.n_bytes or 0)


def _fetch_missing(file: RemoteFile, folder: Path, progress: Progress) -> None:
    """As `fetch` does; an `OSError` is the disk's."""
    part = folder / f"{file.name}.part"
    folder.mkdir(parents=True, exist_ok=True)
    _fetch_part(file, part, progress)
    difference = _difference(part, file)
    if difference is not None:
        _forget(part)
        raise DataError(f"{file.url} is not the published file: {difference}; it was not kept, try again later")
    part.replace(folder / file.name)
    _label(part).unlink(missing_ok=True)


def _fetch_part(file: RemoteFile, part: Path, progress: Progress) -> None:
    """All of the file in `part`."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _fetch_rest(file, part, progress)
            return
        except _BrokenError as error:
            if attempt == ATTEMPTS:
                raise DataError(
                    f"the download of {file.url} keeps breaking off, now after {_size(part.stat().st_size)}; "
                    "run it again to go on from there"
                ) from error
            time.sleep(attempt - 1)


def _fetch_rest(file: RemoteFile, part: Path, progress: Progress) -> None:
    """What `part` lacks, in one connection."""
    done, kept = _kept(part, file.url)
    if kept is not None and done == kept.n_bytes:
        return
    response = get(file.url, {"Range": f"bytes={done}-"} if done else None)
    if done and not _continues(response, kept, done):
        done = 0
        if response.status_code != 200:  # the rest of another version, or nothing
            response.close()
            response = get(file.url)
    version = _version(file.url, response)
    with response:
        _check_before(file, version, part, done)
        if not done:
            # In this order: a label must never stand beside bytes of another version.
            part.write_bytes(b"")
            _write_label(part, version)
        with part.open("ab", buffering=0) as unfinished:
            for chunk in _chunks(response):
                _write(unfinished.write, chunk)
                done += len(chunk)
                progress(done, version.n_bytes)
    if version.n_bytes is not None and done < version.n_bytes:  # of which older versions of urllib3 say nothing
        raise _BrokenError


def _continues(response: requests.Response, kept: _Version | None, done: int) -> bool:
    """Whether the answer is the rest, from `done` on, of the version of which that much is kept."""
    begins_there = response.headers.get("Content-Range", "").startswith(f"bytes {done}-")
    return response.status_code == 206 and begins_there and kept is not None and _version(kept.url, response) == kept


def _check_before(file: RemoteFile, version: _Version, part: Path, done: int) -> None:
    """Refuse what cannot succeed before gigabytes have come."""
    if version.n_bytes is None:
        return
    if file.n_bytes is not None and version.n_bytes != file.n_bytes:
        raise DataError(
            f"{file.url} is not the published file: it has {version.n_bytes:,} bytes instead of "
            f"{file.n_bytes:,}; nothing was fetched"
        )
    free, needed = shutil.disk_usage(part.parent).free, version.n_bytes - done
    if needed > free:
        raise DataError(
            f"{part.parent}: {file.name} needs {_size(needed)} more and the disk has {_size(free)} free; make room "
            "or choose another folder, then run it again: what has come is kept"
        )


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """The body as it was sent: a server that labels a .tgz as a compressed .tar must not have it unpacked."""
    try:
        yield from response.raw.stream(CHUNK_BYTES, decode_content=False)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _BrokenError from error


def _write(write: Callable[[memoryview], int], chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[write(rest) :]


def _version(url: str, response: requests.Response) -> _Version:
    headers = response.headers
    # "Content-Range: bytes 100-199/200" or "bytes */200"; "Content-Length: 200" of a whole answer.
    stated = headers.get("Content-Range", "").rpartition("/")[2] or headers.get("Content-Length", "")
    n_bytes = int(stated) if stated.isdecimal() else None
    return _Version(url, headers.get("ETag"), headers.get("Last-Modified"), n_bytes)


def _kept(part: Path, url: str) -> tuple[int, _Version | None]:
    """How many bytes an earlier call left, and of which version; none if that is not known for certain."""
    try:
        version = _Version(**json.loads(_label(part).read_text()))
        done = part.stat().st_size
    except (OSError, ValueError, TypeError):
        return 0, None
    return (done, version) if version.url == url else (0, None)


def _label(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _write_label(part: Path, version: _Version) -> None:
    unfinished = part.with_name(f"{part.name}.json.new")
    unfinished.write_text(json.dumps(version._asdict()))
    unfinished.replace(_label(part))


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _label(part).unlink(missing_ok=True)


def _untold(_done: int, _total: int | None) -> None:
    pass


def _is_there(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and _difference(path, file) is None


def _difference(path: Path, file: RemoteFile) -> str | None:
    """How a file differs from what was published, or None."""
    n_bytes = path.stat().st_size
    if file.n_bytes is not None and n_bytes != file.n_bytes:
        return f"it has {n_bytes:,} bytes instead of {file.n_bytes:,}"
    if file.checksum is not None:
        algorithm, _, published = file.checksum.partition(":")
        with path.open("rb") as content:
            if hashlib.file_digest(content, algorithm).hexdigest() != published:
                return f"its {algorithm.upper()} differs"
    return None


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"
