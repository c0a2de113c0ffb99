"""An index that follows its folder: whatever changes there is indexed once it has come to rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import watchfiles

from menura.audio.kinds import is_read
from menura.audio.walk import is_left_out
from menura.errors import LibraryError, MenuraError
from menura.index.update import IndexReport

# A file that is being written changes many times a second, and a thousand that are copied come one after the other:
# an indexing begins when nothing has changed for the one time, or, where it never stops, after the other.
_QUIET_MS = 500
_LONGEST_MS = 30_000
_LISTEN_MS = 200


def follow_changes(
    folder: Path, index: Callable[[], IndexReport], stop: threading.Event | None = None
) -> Iterator[IndexReport | MenuraError]:
    """Bring an index up to date, and again after each burst of changes in its folder.

    A file that is read while it is still being written changes once more after that, and is read again then.

    Args:
        folder: The library.
        index: Brings its index up to date.
        stop: Ends it when set; without, it goes on until it is interrupted.

    Yields:
        What each indexing did, the first at once; or why it could not be done, where a later one may succeed.

    Raises:
        LibraryError: The folder is gone or cannot be watched.
        MenuraError: The first indexing failed.
    """
    bursts = _bursts(folder, stop)
    next(bursts, False)  # from here on no change is missed
    yield index()
    for burst in bursts:
        if not folder.is_dir():
            raise LibraryError(f"{folder}: the folder is gone; watch it again when it is back")
        if burst:
            try:
                yield index()
            except MenuraError as error:
                yield error


def _bursts(folder: Path, stop: threading.Event | None) -> Iterator[bool]:
    """Whether something has changed, several times a second where nothing does."""

    def counts(_: watchfiles.Change, name: str) -> bool:
        path = Path(name)
        parts = path.relative_to(folder).parts if path.is_relative_to(folder) else (path.name,)
        # What is no file may be a folder, or what is gone: nobody can tell any more whether that was one.
        may_hold_sound = is_read(path.name) or not path.is_file()
        return may_hold_sound and not any(map(is_left_out, parts))

    try:
        changes = watchfiles.watch(
            folder,
            watch_filter=counts,
            debounce=_LONGEST_MS,
            step=_QUIET_MS,
            rust_timeout=_LISTEN_MS,
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,  # the indexing tells of those folders
        )
        for change in changes:
            yield bool(change)
    except OSError as error:
        raise LibraryError(
            f"{folder}: cannot be watched ({error}); on Linux, fs.inotify.max_user_watches limits the number of folders"
        ) from error
