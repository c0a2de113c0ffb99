"""Opening a file of a library, and nothing else: it stays inside the folder, or where its owner's links lead."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from menura.web.errors import refuse

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # to open a pipe would wait for ever
_LEADS_OUT = (
    "a link leads out of the library to this sound, so it is found and not sent; "
    "if all links in the library are yours, start it again with menura serve --follow-links"
)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)


def open_inside(folder: Path, path: str, *, follow_links: bool = False) -> BufferedReader:
    """Open a regular file of a library.

    Links are followed first, and where they end must be inside, if they may not lead elsewhere. Then the way there is
    walked again, folder by folder and without following links, so that nobody can put one in between.

    Args:
        folder: The library, resolved.
        path: The file, relative to it.
        follow_links: Open it also where a link inside the library leads out of it.

    Raises:
        HTTPException: 404 where it is gone, 403 where it is outside, no regular file, or not to be read.
    """
    try:
        real = Path(os.path.realpath(folder / path, strict=True))
        inside = real.is_relative_to(folder)
        if not (inside or follow_links):
            raise refuse(403, _LEADS_OUT)
        top = folder if inside else Path(real.anchor)
        descriptor = _open_without_links(top, real.relative_to(top).parts)
    except (FileNotFoundError, NotADirectoryError):
        raise refuse(404, "the file is no longer there; bring the index up to date") from None
    except ValueError:  # a NUL in the name
        raise refuse(404, "there is no such file") from None
    except OSError as error:
        raise refuse(403, f"the file cannot be opened ({error.strerror}); check its permissions") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refuse(403, "not a regular file, so it is not sent")
    return os.fdopen(descriptor, "rb")


def version_of(stream: BufferedReader) -> str:
    """Names what an open file holds: another name, and it is another file or has been written to."""
    status = os.fstat(stream.fileno())
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def _open_without_links(folder: Path, parts: tuple[str, ...]) -> int:
    flags = _FLAGS | _NO_LINK | _NO_WAIT
    if os.open not in os.supports_dir_fd:
        return os.open(folder.joinpath(*parts), flags)
    at = os.open(folder, _FLAGS | _DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, flags | _DIRECTORY, dir_fd=at)
            os.close(at)
            at = below
        return os.open(parts[-1], flags, dir_fd=at)
    finally:
        os.close(at)
