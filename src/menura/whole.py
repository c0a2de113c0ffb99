"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A path to write to instead, in the same folder, which becomes `file` when the writing has ended without error."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def replace_folder(new: Path, old: Path) -> None:
    """Put `new` where `old` stands, if anything does; both in one folder, and `new` is gone afterwards.

    Where the system can exchange two folders at once, whoever looks sees the one or the other, and a crash leaves
    one of them. Elsewhere there is a moment in which `old` stands under a hidden name beside its own.
    """
    if not old.exists():
        new.replace(old)
    elif _exchange(new, old):
        shutil.rmtree(new)
    else:
        aside = Path(tempfile.mkdtemp(prefix=f".{old.name}-old-", dir=old.parent))
        old.replace(aside / old.name)
        new.replace(old)
        shutil.rmtree(aside)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names at once, by Linux's renameat2; False where it cannot be had."""
    at_current, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, TypeError, OSError):
        return False
    return bool(rename(at_current, os.fsencode(one), at_current, os.fsencode(other), exchange) == 0)
