"""What tests ask of an index: what it holds, and whether two hold the same."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np

from menura import Library
from menura.index.update import IndexReport


def contents(library: Library) -> dict[str, np.ndarray]:
    """Every sound's projections by its path."""
    with library._opened().snapshot() as snapshot:
        table = snapshot.table
        spans = zip(snapshot.sounds(table.sound_ids), table.first_rows, table.n_windows, strict=True)
        return {sound.path: np.array(table.projections[first : first + n]) for sound, first, n in spans}


def assert_same_contents(found: Library, wanted: Library) -> None:
    ours, theirs = contents(found), contents(wanted)
    assert ours.keys() == theirs.keys()
    for path, projections in theirs.items():
        np.testing.assert_array_equal(ours[path], projections)


def counts(report: IndexReport) -> dict[str, int]:
    """The numbers of a report that are not 0."""
    names = ("added", "updated", "moved", "removed", "unchanged")
    found = {name: getattr(report, name) for name in names} | {"skipped": len(report.skipped)}
    return {name: number for name, number in found.items() if number}


def everything_in(folder: Path) -> dict[Path, tuple[object, ...]]:
    """What could be told from a folder: names, bytes, modes and times."""
    return {
        path: (path.read_bytes() if path.is_file() else None, path.lstat().st_mode, path.lstat().st_mtime_ns)
        for path in [folder, *folder.rglob("*")]
    }


def index_elsewhere(folder: Path, bundle: Path, data_dir: Path, prelude: str = "") -> subprocess.Popen[bytes]:
    """Index in another process, which commits every other sound."""
    code = f"""
import os, signal
import menura.index.update
from menura import Library
menura.index.update._BATCH_CHANGES = 2
library = Library.open({str(folder)!r}, {str(bundle)!r}, {str(data_dir)!r})
{textwrap.dedent(prelude)}
library.index()
"""
    return subprocess.Popen([sys.executable, "-c", code])
