"""A collection as a folder of files: copies of its sounds or links to them, and a table of where they come from.

The folder is there whole or not at all: it is filled under a hidden name beside its own, and then renamed. Nothing that
is there is ever written over: where a name is taken, the next one with a number is.

Programs that show tables take a cell that begins with =, +, -, @, a tab or a line's end for a formula, and may run it
(https://owasp.org/www-community/attacks/CSV_Injection). Such a path is written with `./` before it: it is the same path
to whoever reads the table, which it would not be with the quote that is advised there.
"""

from __future__ import annotations

import csv
import errno
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path, PurePosixPath

from fastapi import HTTPException

from menura.errors import DataError, UsageError
from menura.web.collections import Collected, Collection
from menura.web.files import open_inside
from menura.web.names import shown

TABLE = "collection.csv"
NOTES = "notes.txt"
_MOST_TRIES = 1_000
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|]')
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_IN_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there, or it takes no links: copies may do",
    errno.EROFS: "the disk can only be read",
    errno.ENAMETOOLONG: "a name is too long for that disk",
}


@dataclass(frozen=True)
class Exported:
    """What an export has made.

    Attributes:
        folder: The new folder.
        n_sounds: How many sounds are in it.
        left_out: Those that are not, each with the reason.
    """

    folder: Path
    n_sounds: int
    left_out: list[tuple[Collected, str]] = field(default_factory=list)


def export_sounds(
    collection: Collection, sounds: Sequence[Collected], into: Path, *, links: bool, follow_links: bool
) -> Exported:
    """Make a new folder, called as a collection, with its sounds.

    Args:
        collection: The collection; its notes go into a file beside the sounds if there are any.
        sounds: Its sounds.
        into: The folder in which the new one is made, resolved.
        links: Whether to make links to the sounds, and not copies.
        follow_links: Whether a sound is exported to which a link leads out of its library.

    Raises:
        UsageError: There is no such folder, it is in a library, or no sound could be exported.
        DataError: It cannot be written: the disk is full, or nobody may. Nothing is left of it.
    """
    require_no_library(into, (sound.folder for sound in sounds))
    if not into.is_dir():
        raise UsageError(f"{into}: no such folder; name one that is there, the collection gets a new one in it")
    with _failures(into):
        unfinished = into / f".menura-{secrets.token_hex(6)}"
        unfinished.mkdir()
        try:
            left_out = _fill(unfinished, sounds, links=links, follow_links=follow_links)
            n_sounds = len(sounds) - len(left_out)
            if not n_sounds:
                why = f": {left_out[0][1]}" if left_out else ""
                raise UsageError(f"{collection.name}: no sound of it can be exported{why}")
            if collection.notes:
                (unfinished / NOTES).write_text(collection.notes, encoding="utf-8")
            return Exported(_renamed(unfinished, into, collection.name), n_sounds, left_out)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def require_no_library(into: Path, libraries: Iterable[Path]) -> None:
    """Refuse a folder that is in one of these libraries, which are only ever read."""
    for library in libraries:
        if into.is_relative_to(library):
            raise UsageError(f"{into}: is in the library {library}, where Menura writes nothing; name another")


def _fill(folder: Path, sounds: Sequence[Collected], *, links: bool, follow_links: bool) -> list[tuple[Collected, str]]:
    """Write sounds and table into an empty folder, and tell which are left out."""
    left_out, taken = [], set[str]()
    with (folder / TABLE).open("x", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "library", "path"])
        for sound in sounds:
            try:
                source = open_inside(sound.folder, sound.path, follow_links=follow_links)
            except HTTPException as error:
                left_out.append((sound, str(error.detail)))
                continue
            name = _free_name(PurePosixPath(sound.path).name, taken)
            with source:
                if links:
                    (folder / name).symlink_to(sound.folder / sound.path)
                else:
                    _copy(source, folder / name)
            table.writerow([_no_formula(shown(name)), shown(str(sound.folder)), _no_formula(shown(sound.path))])
    return left_out


def _no_formula(path: str) -> str:
    """The same relative path, of which no table makes a formula."""
    return f"./{path}" if _FORMULA.match(path) else path


def _copy(source: BufferedReader, target: Path) -> None:
    status = os.fstat(source.fileno())
    with target.open("xb") as stream:
        shutil.copyfileobj(source, stream)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _free_name(name: str, taken: set[str]) -> str:
    """The name, or the next with a number where one is taken that some systems take for the same."""
    pure, candidate, number = PurePosixPath(name), name, 1
    while (same := unicodedata.normalize("NFC", candidate).casefold()) in taken:
        number += 1
        candidate = f"{pure.stem} ({number}){pure.suffix}"
    taken.add(same)
    return candidate


def _renamed(unfinished: Path, into: Path, name: str) -> Path:
    """Give the folder its name, or the next with a number that nothing has."""
    name = _NOT_IN_NAMES.sub("_", name).strip(". ") or "collection"
    for number in range(1, _MOST_TRIES):
        target = into / (name if number == 1 else f"{name} ({number})")
        if os.path.lexists(target):
            continue
        try:
            unfinished.rename(target)
        except OSError as error:  # somebody has been faster
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        else:
            return target
    raise UsageError(f"{into}: there are {_MOST_TRIES} folders called {name}; move some away")


@contextmanager
def _failures(into: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = _IN_WORDS.get(error.errno or 0, error.strerror or str(error))
        raise DataError(f"{into}: nothing was exported, {why}") from error
