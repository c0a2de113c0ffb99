"""The file of codes follows the projections, and its loss or damage costs time and nothing else."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from menura.audio.walk import SoundFile, Stamp
from menura.index import codes
from menura.index.changes import Embedded
from menura.index.database import connect
from menura.index.identity import ModelIdentity
from menura.index.store import LibraryIndex
from menura.model.quantiser import BLOCK_ROWS
from menura.model.score import logits
from menura.search import scan
from menura.search.scan import Scanner
from stores import known, stored

WIDTH = 6
MODEL = ModelIdentity("f" * 64, "toy", WIDTH)
WEIGHT, QUERY = np.random.default_rng(0).standard_normal((2, WIDTH)).astype(np.float32)


@pytest.fixture(autouse=True)
def any_size(monkeypatch):
    """A library of one block gets codes, and is searched by them."""
    monkeypatch.setattr(codes, "MIN_ROWS", BLOCK_ROWS)
    monkeypatch.setattr(scan, "_SMALL_ROWS", 1)
    monkeypatch.setattr(scan, "_MANY", 0)


def sound(path: str, n_windows: int, scale: float = 1) -> Embedded:
    rng = np.random.default_rng(len(path) + n_windows)
    rows = np.float32(scale) * rng.standard_normal((n_windows, WIDTH), dtype=np.float32)
    return Embedded(SoundFile(path, Stamp(1, 1)), os.fsencode(path), 3.0, 3.0 * np.arange(len(rows)) / len(rows), rows)


def opened(home: Path) -> LibraryIndex:
    return LibraryIndex.open(home / "sounds", home / "data", MODEL)


@pytest.fixture
def index(tmp_path: Path) -> LibraryIndex:
    """Two blocks and a half, in three sounds and a commit each."""
    index = opened(tmp_path)
    for path, n_windows in [("a.wav", BLOCK_ROWS), ("bb.wav", BLOCK_ROWS), ("ccc.wav", BLOCK_ROWS // 2)]:
        index.write([sound(path, n_windows)])
    return index


def files(index: LibraryIndex) -> list[Path]:
    return sorted(index.home.glob("*.u8"))


def n_coded(index: LibraryIndex) -> int:
    """How many rows a search finds codes of; what it finds is held against the reference."""
    with index.snapshot() as snapshot:
        table = snapshot.table
    rows = np.flatnonzero(table.live)
    reference = logits(QUERY, table.projections, WEIGHT, 0.0, rows)
    (found,) = Scanner(WEIGHT, 0.0).best(QUERY[None], table, 1)
    assert found.rows[np.argmax(found.logits)] == rows[np.argmax(reference)]
    assert found.logits.max() == reference.max()
    return 0 if table.codes is None else len(table.codes.blocks) * BLOCK_ROWS


def test_a_library_is_searched_without_codes_until_it_has_some(index):
    assert (n_coded(index), files(index)) == (0, [])
    before = index.info().index_bytes
    index.encode(WEIGHT)
    (file,) = files(index)
    assert n_coded(index) == 2 * BLOCK_ROWS
    assert index.info().index_bytes - before >= file.stat().st_size > 2 * BLOCK_ROWS


def test_a_small_library_gets_none(index, monkeypatch):
    monkeypatch.setattr(codes, "MIN_ROWS", 3 * BLOCK_ROWS)
    index.encode(WEIGHT)
    assert (n_coded(index), files(index)) == (0, [])


def test_the_ranges_hold_no_longer_than_till_the_library_has_doubled(index, tmp_path):
    index.encode(WEIGHT)
    (first,) = files(index)
    content = first.read_bytes()
    index.write([sound("d.wav", BLOCK_ROWS)])
    index.encode(WEIGHT)
    assert files(index) == [first] and n_coded(index) == 3 * BLOCK_ROWS
    assert first.read_bytes()[: len(content)] == content  # appended to, and nothing else
    index.encode(WEIGHT)
    assert files(index) == [first]
    with index.snapshot() as held:
        index.write([sound("e.wav", 3 * BLOCK_ROWS, scale=20)])
        index.encode(WEIGHT)
        (second,) = files(index)
        assert second != first and n_coded(index) == 6 * BLOCK_ROWS
        assert held.table.codes is not None and held.table.codes.blocks.max() > 0  # a reader keeps what it has mapped
    assert n_coded(opened(tmp_path)) == 6 * BLOCK_ROWS


def test_rows_written_since_are_searched_without_codes(index):
    index.encode(WEIGHT)
    index.write([sound("best.wav", BLOCK_ROWS + 5, scale=100)])
    assert n_coded(index) == 2 * BLOCK_ROWS


@pytest.mark.parametrize("damage", ["lost", "cut off", "empty"])
def test_a_lost_file_is_done_without_and_made_anew(index, damage):
    index.encode(WEIGHT)
    (file,) = files(index)
    if damage == "lost":
        file.unlink()
    else:
        os.truncate(file, 0 if damage == "empty" else file.stat().st_size - 1)
    index.release()
    assert n_coded(index) == 0
    index.encode(WEIGHT)
    assert n_coded(index) == 2 * BLOCK_ROWS and len(files(index)) == 1


def test_a_compaction_leaves_codes_of_other_rows_behind(index):
    index.encode(WEIGHT)
    index.finish([known(index, "bb.wav"), known(index, "ccc.wav")], [])
    assert n_coded(index) == 0 and set(stored(index)) == {"a.wav"}
    index.encode(WEIGHT)
    assert n_coded(index) == BLOCK_ROWS and len(files(index)) == 1


def test_codes_of_dead_rows_find_nothing(index):
    index.encode(WEIGHT)
    index.finish([known(index, "bb.wav")], [])
    assert n_coded(index) == 2 * BLOCK_ROWS


def test_an_index_made_before_there_were_codes_goes_on(index):
    db = connect(index.home / "index.sqlite")
    db.execute("DELETE FROM meta WHERE key IN ('codes', 'coded_rows')")
    db.close()
    assert n_coded(index) == 0 and len(stored(index)) == 3
    index.write([sound("d.wav", 10)])
    index.encode(WEIGHT)
    assert n_coded(index) == 2 * BLOCK_ROWS


def test_a_process_killed_before_its_commit_leaves_what_was_committed(index, tmp_path):
    index.encode(WEIGHT)
    (file,) = files(index)
    index.write([sound("d.wav", BLOCK_ROWS)])
    code = f"""
        import os, signal, sys
        sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[1])!r}]
        import menura.index.codes, menura.index.store, test_codes
        from pathlib import Path
        menura.index.codes.MIN_ROWS = 1
        index = test_codes.opened(Path({str(tmp_path)!r}))
        menura.index.store.update_meta = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        index.encode(test_codes.WEIGHT)
    """
    size = file.stat().st_size
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -9 and file.stat().st_size > size  # the tail is there, and counts for nothing
    assert n_coded(index) == 2 * BLOCK_ROWS
    index.encode(WEIGHT)
    assert n_coded(index) == 3 * BLOCK_ROWS
