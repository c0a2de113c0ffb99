"""Large downloads: they survive a kill, go on where they stopped, and are kept only if they are what was published.

What has come so far lies in NAME.part, and NAME.part.json says which version of the file that is part of (ETag, date
and size). The next call asks for the rest by HTTP Range; where the server does not know ranges, or has another version
by now, it starts over. Size and checksum are verified before NAME appears.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import pooch
import requests
import urllib3

from menura.errors import DataError

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and, where the server says so, how many there will be."""

ATTEMPTS = 5
CONNECT_WITHIN_S = 10.0
READ_WITHIN_S = 60.0
CHUNK_BYTES = 1 << 18


class Archive(NamedTuple):
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


def fetch(archive: Archive, folder: Path, *, progress: Progress | None = None) -> Path:
    """Download an archive, or find it downloaded.

    A connection that breaks is taken up again at once, a few times; after that, and after a kill, the next call does.

    Args:
        archive: What to fetch, over http or https.
        folder: Where it goes; made if need be.
        progress: Called as bytes arrive.

    Returns:
        The file, `folder / archive.name`.

    Raises:
        DataError: The server cannot be reached or refuses, the connection keeps breaking, the disk is full, or what
            came is not the published file. What came is kept for the next call, except in the last case.
    """
    path = folder / archive.name
    if path.is_file() and _difference(path, archive) is None:
        return path
    part = folder / f"{archive.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch_part(archive, part, progress or (lambda _done, _total: None))
        difference = _difference(part, archive)
        if difference is not None:
            _forget(part)
            raise DataError(f"{archive.url} is not the published file: {difference}; it was not kept, try again later")
        part.replace(path)
        _label(part).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot write {archive.name} ({error.strerror or error}); make room or choose another folder, "
            "then run it again: what has come is kept"
        ) from error
    return path


def at_mirror(url: str, base_url: str | None) -> str:
    """The address at another host: `base_url` (http://HOST) in place of the address's own; None leaves it as it is."""
    if base_url is None:
        return url
    scheme, host, *_ = urlsplit(base_url)
    return urlunsplit(urlsplit(url)._replace(scheme=scheme, netloc=host))


def get(url: str, headers: dict[str, str] | None = None) -> requests.Response:
    """The answer to a GET, its body not yet read; a `DataError` if there is none or it is not a success.

    Who asks for a range may also be told that there is no such range (416).
    """
    # Offsets count the bytes as published, so no compression on the way.
    asked = {"Accept-Encoding": "identity", **(headers or {})}
    try:
        response = requests.get(url, headers=asked, stream=True, timeout=(CONNECT_WITHIN_S, READ_WITHIN_S))
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise DataError(
            f"cannot reach {urlsplit(url).netloc} ({type(error).__name__}); check the network connection and try again"
        ) from error
    if response.status_code not in ((200, 206, 416) if "Range" in asked else (200,)):
        response.close()
        raise DataError(f"{url}: the server answered {response.status_code} {response.reason}; try again later")
    return response


def get_text(url: str) -> str:
    """A page as text; a `DataError` if it cannot be had whole."""
    try:
        with get(url) as response:
            return response.text
    except requests.RequestException as error:
        raise DataError(f"{url}: the connection broke ({type(error).__name__}); try again") from error


def _fetch_part(archive: Archive, part: Path, progress: Progress) -> None:
    """All of the file in `part`."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _fetch_rest(archive, part, progress)
            return
        except _BrokenError as error:
            if attempt == ATTEMPTS:
                raise DataError(
                    f"the download of {archive.url} keeps breaking off, now after {_size(part.stat().st_size)}; "
                    "run it again to go on from there"
                ) from error
            time.sleep(attempt - 1)


def _fetch_rest(archive: Archive, part: Path, progress: Progress) -> None:
    """What `part` lacks, in one connection."""
    done, kept = _kept(part, archive.url)
    if kept is not None and done == kept.n_bytes:
        return
    response = get(archive.url, {"Range": f"bytes={done}-"} if done else None)
    if done and not _continues(response, kept, done):
        done = 0
        if response.status_code != 200:  # the rest of another version, or nothing
            response.close()
            response = get(archive.url)
    version = _version(archive.url, response)
    with response:
        _check_before(archive, version, part, done)
        if not done:
            # In this order: a label must never stand beside bytes of another version.
            part.write_bytes(b"")
            _write_label(part, version)
        with part.open("ab", buffering=0) as file:
            for chunk in _chunks(response):
                _write(file.write, chunk)
                done += len(chunk)
                progress(done, version.n_bytes)
    if version.n_bytes is not None and done < version.n_bytes:  # of which older versions of urllib3 say nothing
        raise _BrokenError


def _continues(response: requests.Response, kept: _Version | None, done: int) -> bool:
    """Whether the answer is the rest, from `done` on, of the version of which that much is kept."""
    begins_there = response.headers.get("Content-Range", "").startswith(f"bytes {done}-")
    return response.status_code == 206 and begins_there and kept is not None and _version(kept.url, response) == kept


def _check_before(archive: Archive, version: _Version, part: Path, done: int) -> None:
    """Refuse what cannot succeed before gigabytes have come."""
    if version.n_bytes is None:
        return
    if archive.n_bytes is not None and version.n_bytes != archive.n_bytes:
        raise DataError(
            f"{archive.url} is not the published file: it has {version.n_bytes:,} bytes instead of "
            f"{archive.n_bytes:,}; nothing was fetched"
        )
    free, needed = shutil.disk_usage(part.parent).free, version.n_bytes - done
    if needed > free:
        raise DataError(
            f"{part.parent}: {archive.name} needs {_size(needed)} more and the disk has {_size(free)} free; make room "
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


def _difference(path: Path, archive: Archive) -> str | None:
    """How a file differs from what was published, or None."""
    n_bytes = path.stat().st_size
    if archive.n_bytes is not None and n_bytes != archive.n_bytes:
        return f"it has {n_bytes:,} bytes instead of {archive.n_bytes:,}"
    if archive.checksum is not None:
        algorithm, _, published = archive.checksum.partition(":")
        if pooch.file_hash(str(path), alg=algorithm) != published:
            return f"its {algorithm.upper()} differs"
    return None


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"
