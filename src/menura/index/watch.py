"""An index that follows its folder: whatever changes there is indexed once it has come to rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import watchfiles

from menura.audio.kinds import is_read
from menura.audio.walk import is_left_out
from menura.errors import LibraryError, MenuraError
from menura.index.mounts import Ground, ground_of
from menura.index.update import IndexReport

# A file that is being written changes many times a second, and a thousand that are copied come one after the other:
# an indexing begins when nothing has changed for the one time, or, where it never stops, after the other.
_QUIET_MS = 500
_LONGEST_MS = 30_000
_LISTEN_MS = 200
_REMOTE_S = 60.0  # between two looks at what stands on a share


def follow_changes(
    folder: Path, index: Callable[[], IndexReport], stop: threading.Event | None = None
) -> Iterator[IndexReport | MenuraError]:
    """Bring an index up to date, and again after each burst of changes in its folder.

    A file that is read while it is still being written changes once more after that, and is read again then. A folder
    that goes away is waited for. What stands on a share is looked through every minute as well, since nobody tells of
    what other machines change there; such a look that finds nothing new gives nothing.

    Args:
        folder: The library, resolved.
        index: Brings its index up to date.
        stop: Ends it when set; without, it goes on until it is interrupted.

    Yields:
        What each indexing did, the first at once; or why it could not be done, where a later one may succeed.

    Raises:
        LibraryError: There is no such folder, or it cannot be watched.
        MenuraError: The first indexing failed.
    """
    stop = stop or threading.Event()
    ground, bursts = ground_of(folder), _bursts(folder, stop)
    if ground.identity is None:
        raise LibraryError(f"{folder}: no such folder; name a folder of sounds")
    next(bursts, False)  # from here on no change is missed
    yield index()
    while True:
        yield from _follow(bursts, ground, folder, index)
        if stop.is_set():
            return
        ground = ground_of(folder)
        if ground.identity is None:
            yield LibraryError(f"{folder}: the folder is gone; it is indexed when it is back")
            while (ground := ground_of(folder)).identity is None:
                if stop.wait(_LISTEN_MS / 1_000):
                    return
        bursts = _bursts(folder, stop)
        try:
            next(bursts, False)
        except LibraryError as error:
            if folder.is_dir():
                raise
            yield error  # it has gone again
            continue
        yield _outcome(index)


def _follow(
    bursts: Iterator[bool], ground: Ground, folder: Path, index: Callable[[], IndexReport]
) -> Iterator[IndexReport | MenuraError]:
    """What the indexings give, until a disk is mounted or taken away, which no burst tells of, or the bursts end."""
    looked_at, before = time.monotonic(), ""
    for burst in bursts:
        if ground_of(folder) != ground:
            return
        if not burst and not (ground.is_remote and time.monotonic() - looked_at > _REMOTE_S):
            continue
        outcome = _outcome(index)
        looked_at = time.monotonic()
        is_news = str(outcome) != before if isinstance(outcome, MenuraError) else outcome.has_changes
        before = str(outcome) if isinstance(outcome, MenuraError) else ""
        if burst or is_news:
            yield outcome


def _outcome(index: Callable[[], IndexReport]) -> IndexReport | MenuraError:
    try:
        return index()
    except MenuraError as error:
        return error


def _bursts(folder: Path, stop: threading.Event) -> Iterator[bool]:
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
