"""Archives (zip and tar) unpacked into a folder that appears whole or not at all.

Members go to .NAME.unpacking beside the folder, each under a temporary name until it is complete, so that a call after
a kill goes on with the rest. Only folders and regular files are taken, and an archive that would write outside its
folder is refused as a whole.
"""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, NamedTuple

from menura.errors import DataError

NOT_CONTENT = frozenset({"__MACOSX", ".DS_Store"})
"""Where macOS puts what it has to say about other files."""

DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError)
WRAP = 1 << 32


class DamagedArchiveError(DataError):
    """An archive that cannot be unpacked, and will not be by trying again."""


class _Member(NamedTuple):
    """A regular file in an archive."""

    name: str
    n_bytes: int
    open: Callable[[], IO[bytes]]


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive, or find it unpacked.

    Args:
        archive: A .zip, .tar, .tar.gz or .tgz file; it stays.
        folder: What shall hold its content. If the archive has everything in one top-level folder, `folder` takes that
            folder's place.

    Returns:
        The folder.

    Raises:
        DamagedArchiveError: The archive is cut off, damaged, empty, or would write outside the folder.
        DataError: The disk is full or cannot be written to; what was unpacked is kept for the next call.
    """
    if folder.is_dir():
        return folder
    unfinished = folder.with_name(f".{folder.name}.unpacking")
    try:
        unfinished.mkdir(parents=True, exist_ok=True)
        tops = _extract_all(archive, unfinished)
    except DamagedArchiveError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    except DAMAGED as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise DamagedArchiveError(f"{archive}: damaged or cut off ({error}); delete it and get it again") from error
    except OSError as error:
        raise DataError(
            f"{archive}: cannot be unpacked to {folder.parent} ({error.strerror or error}); make room or choose "
            "another folder, then run it again"
        ) from error
    return _finish(archive, unfinished, tops, folder)


def _extract_all(archive: Path, folder: Path) -> set[str]:
    """Write all files; what is returned are the names at the top."""
    members = _zip_members if archive.suffix.lower() == ".zip" else _tar_members
    tops: set[str] = set()
    for member in members(archive):
        parts = _parts(member.name)
        if parts is None:
            raise DamagedArchiveError(
                f"{archive}: refused, for it would write outside its folder ({member.name!r}); do not use it, and tell "
                "whoever published it"
            )
        if parts and not NOT_CONTENT & set(parts):
            tops.add(parts[0])
            _extract(member, folder.joinpath(*parts))
    return tops


def _finish(archive: Path, unfinished: Path, tops: set[str], folder: Path) -> Path:
    """Put what was unpacked in its place."""
    if not tops:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise DamagedArchiveError(f"{archive}: holds no files; delete it and get it again")
    content = unfinished / tops.pop() if len(tops) == 1 else unfinished
    if not content.is_dir():
        content = unfinished
    try:
        content.replace(folder)
    except OSError as error:
        if not folder.is_dir():  # else another process was as quick
            raise DataError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from error
    shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _parts(name: str) -> tuple[str, ...] | None:
    """A member's path below the folder, or None if it would leave it, by the rules of any system."""
    windows = PureWindowsPath(name)
    if windows.drive or windows.root or ".." in windows.parts or "\0" in name:
        return None
    return PurePosixPath(name).parts


def _extract(member: _Member, target: Path) -> None:
    """Write one file, unless an earlier call did."""
    if target.is_file() and target.stat().st_size == member.n_bytes:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name[:200]}.part")
    with member.open() as source, unfinished.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    unfinished.replace(target)


def _tar_members(archive: Path) -> Iterator[_Member]:
    with tarfile.open(archive, "r:*") as tar:
        for info in tar:
            if info.isreg():
                yield _Member(info.name, info.size, partial(_opened, tar, info))
        assert tar.fileobj is not None
        while tar.fileobj.read(1 << 20):  # to the end, where gzip has its checksum
            pass


def _opened(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(info)
    assert file is not None  # as it is of a regular file
    return file


def _zip_members(archive: Path) -> Iterator[_Member]:
    with _open_zip(archive) as source:
        for info in _located(source.infolist()):
            is_link = (info.external_attr >> 28) == 0xA  # the Unix mode is in the upper half
            if not info.is_dir() and not is_link:
                yield _Member(info.filename, info.file_size, partial(source.open, info))


def _open_zip(archive: Path) -> zipfile.ZipFile:
    """The zip file, its names read as UTF-8, as macOS writes them without saying so, or else the old way."""
    try:
        return zipfile.ZipFile(archive, metadata_encoding="utf-8")
    except UnicodeDecodeError:
        return zipfile.ZipFile(archive)


def _located(infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The members at their true offsets in the file.

    macOS's Archive Utility writes archives of more than 4 GiB without the zip64 extension: all offsets are modulo 2^32.
    Python then takes the file for one with as many bytes of something else before it, and adds them to every offset.
    Members follow each other and none has 4 GiB, so an offset below the one before has wrapped around.
    """
    excess = min((info.header_offset for info in infos), default=0) // WRAP * WRAP
    if not excess:
        return infos
    located = []
    wraps = previous = 0
    for info in infos:
        offset = info.header_offset - excess
        wraps += offset < previous
        previous = offset
        # A new object: Python keeps notes in the one that it read, such as where it thinks that the member ends.
        true = zipfile.ZipInfo(info.orig_filename, info.date_time)
        for name in ("compress_type", "flag_bits", "CRC", "compress_size", "file_size", "external_attr"):
            setattr(true, name, getattr(info, name))
        true.header_offset = offset + wraps * WRAP
        located.append(true)
    return located
