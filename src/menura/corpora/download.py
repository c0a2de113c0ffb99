"""Downloads that resume by file: each comes with its SHA-256, and only what matches it is ever kept.

A file that is already there and intact is not asked for again, so a second call goes on where the first one stopped.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import pooch

from menura.errors import DataError

ANSWER_WITHIN_S = 3.0
READ_TIMEOUT_S = 30.0


class RemoteFile(NamedTuple):
    """One published file: its name below the base URL, its size in bytes and its SHA-256 (hex)."""

    name: str
    n_bytes: int
    sha256: str


def fetch_all(
    files: Sequence[RemoteFile], base_url: str, folder: Path, *, progress: Callable[[int], None] | None = None
) -> list[Path]:
    """Fetches the files that `folder` does not hold yet; nobody is asked for anything if it holds them all.

    Args:
        files: What to fetch, in order.
        base_url: The address of the folder that has them, over http or https.
        folder: Where they go; made if need be.
        progress: Called with each file's size in bytes as soon as it is there.

    Returns:
        The files' paths, in the same order.

    Raises:
        DataError: At the first file that cannot be had: no answer, the connection broke, or what came is not the
            published file. The files finished so far stay.
    """
    paths = [folder / file.name for file in files]
    server_answers = False
    for file, path in zip(files, paths, strict=True):
        if not _is_intact(path, file):
            url = f"{base_url.rstrip('/')}/{quote(file.name)}"
            if not server_answers:
                _require_answer(url)
                server_answers = True
            _fetch(url, file, folder)
        if progress is not None:
            progress(file.n_bytes)
    return paths


def _is_intact(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and bool(pooch.file_hash(str(path)) == file.sha256)


def _require_answer(url: str) -> None:
    """Bounds the wait for the first answer as a whole.

    A connection's own timeout holds for each address of the host in turn and not at all for looking up its name, so
    an unplugged machine could wait for minutes; a thread that is left to itself cannot make anybody wait.
    """
    answers: queue.Queue[OSError | None] = queue.Queue()

    def ask() -> None:
        try:
            pooch.HTTPDownloader(timeout=ANSWER_WITHIN_S)(url, None, None, check_only=True)
        except OSError as error:
            answers.put(error)
        else:
            answers.put(None)

    threading.Thread(target=ask, daemon=True).start()
    try:
        error = answers.get(timeout=ANSWER_WITHIN_S)
    except queue.Empty:
        error = TimeoutError()
    if error is not None:
        raise DataError(f"cannot reach {urlsplit(url).netloc}; check the network connection and try again") from error


def _fetch(url: str, file: RemoteFile, folder: Path) -> None:
    pooch.get_logger().setLevel("WARNING")  # the caller tells what is going on
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{file.sha256}",
            fname=file.name,
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=(ANSWER_WITHIN_S, READ_TIMEOUT_S)),
        )
    except ValueError as error:
        raise DataError(f"{url} is not the published file: its SHA-256 differs, so it was not kept") from error
    except OSError as error:
        if error.errno is not None:  # the disk's own; those of the network carry no number
            raise
        reason = " ".join(str(error).split())
        raise DataError(f"the download of {url} failed ({reason}); try again, finished files are kept") from error
