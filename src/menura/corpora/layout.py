"""What every corpus needs to be read as it lies on disk: its folder, its tables, and words for what is not there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from menura.errors import DataError, UsageError

NAMED_AT_MOST = 3


def corpus_root(folder: Path, marker: str) -> Path:
    """Where a corpus begins: `folder`, or the one folder in it that an archive was unpacked to.

    Args:
        folder: What the user names.
        marker: A file or folder, relative to the root, that every copy of the corpus has.

    Raises:
        UsageError: There is no such folder.
        DataError: The marker is not to be found.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the folder of the corpus")
    try:
        inner = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror}); check its permissions") from error
    for root in (folder, *inner):
        if (root / marker).exists():
            return root
    raise DataError(
        f"{folder}: {marker} is not here; {held_by(folder)}; name the folder of the corpus, or get it again"
    )


def held_by(folder: Path) -> str:
    """What is in a folder, in a few words: "here are folders 2 (a, b) and files 1 (c.wav)"."""
    try:
        inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    folders = [path.name for path in inside if path.is_dir()]
    files = [path.name for path in inside if not path.is_dir()]
    parts = [f"{what} {named(names)}" for what, names in (("folders", folders), ("files", files)) if names]
    return f"here are {' and '.join(parts)}" if parts else "the folder is empty"


def read_rows(path: Path, columns: Sequence[str], *, skip_lines: int = 0, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a CSV file with a header, each a dictionary of all its columns.

    Bytes that are not UTF-8 are replaced: published tables hold free text that went through other encodings.

    Args:
        path: The file.
        columns: Those that it must have; it may have more.
        skip_lines: Lines above the header.
        delimiter: Between columns.

    Raises:
        DataError: It is not there or unreadable, or has not all of the columns.
    """
    with io.StringIO(_text(path), newline="") as stream:
        for _ in range(skip_lines):
            stream.readline()
        reader = csv.reader(stream, delimiter=delimiter, skipinitialspace=delimiter == ",")
        try:
            header = [name.strip() for name in next(reader, [])]
            absent = [name for name in columns if name not in header]
            if absent:
                raise DataError(
                    f"{path}: has no column {', '.join(absent)}; it must have {', '.join(columns)}, "
                    "so get the corpus again or mend the header"
                )
            return [
                dict(zip(header, row + [""] * (len(header) - len(row)), strict=False)) for row in reader if any(row)
            ]
        except csv.Error as error:
            raise DataError(f"{path}: line {reader.line_num} cannot be read ({error}); get the corpus again") from error


def read_names(path: Path) -> list[str]:
    """The first column of a tab-separated file without a header; errors as for `read_rows`."""
    return [row[0] for row in csv.reader(_text(path).splitlines(), delimiter="\t") if row and row[0]]


def named(names: Iterable[str]) -> str:
    """How many, and the first few by name: `named(["a", "b", "c", "d"]) == "4 (a, b, c, ...)"`."""
    listed = list(names)
    dots = ["..."] if len(listed) > NAMED_AT_MOST else []
    return f"{len(listed):,} ({', '.join(listed[:NAMED_AT_MOST] + dots)})"


def is_true(cell: str) -> bool:
    """Whether a cell says 'true', however it is written."""
    return cell.strip().lower() == "true"


def is_there(path: Path) -> bool:
    """Whether the path is a file; not so if nobody may look, or the table that names it is garbled."""
    try:
        return path.is_file()
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig", errors="replace")
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; get the corpus again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
