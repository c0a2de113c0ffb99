"""Where indexes live: one for each folder and model; homes of the old kind move to their place, whoever is killed."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from menura.errors import LibraryError
from menura.index.homes import homes_beside, index_home
from menura.index.identity import IndexIdentity
from menura.index.store import LibraryIndex
from stores import MODEL, embedded, stored

OTHER = replace(MODEL, fingerprint="e" * 64, name="other")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my sounds").mkdir()
    return tmp_path / "my sounds"


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def old_home(folder, data_dir):
    """An index of MODEL where Menura once kept the only one of a library."""
    index = LibraryIndex.open(folder, data_dir, MODEL)
    index.write([embedded("a.wav", 1, 2)])
    index.finish([], [])
    return index.home.rename(index.home.with_name(index.home.name.partition("-")[0]))


def homes(data_dir):
    return sorted(path.name for path in (data_dir / "libraries").iterdir())


def test_an_old_home_moves_to_its_models_place(old_home, folder, data_dir):
    assert stored(LibraryIndex.open(folder, data_dir, MODEL)) == {"a.wav": [1, 2]}
    assert homes(data_dir) == [f"{old_home.name}-ffffffffffffffff"]


def test_it_does_so_whichever_model_is_asked_for(old_home, folder, data_dir):
    other = LibraryIndex.open(folder, data_dir, OTHER)
    assert stored(other) == {}
    assert homes_beside(IndexIdentity(folder, OTHER), data_dir) == [Path(f"{old_home}-ffffffffffffffff")]
    assert homes_beside(IndexIdentity(folder, MODEL), data_dir) == [other.home]
    assert stored(LibraryIndex.open(folder, data_dir, MODEL)) == {"a.wav": [1, 2]}


def test_one_whose_making_was_interrupted_is_taken_as_it_is(folder, data_dir):
    home = index_home(IndexIdentity(folder, MODEL), data_dir)
    old = home.with_name(home.name.partition("-")[0])
    old.mkdir(parents=True)
    (old / "index.sqlite").touch()
    assert LibraryIndex.open(folder, data_dir, MODEL).state == "new"
    assert homes(data_dir) == [home.name]


def test_a_damaged_one_is_refused_until_it_is_made_anew(old_home, folder, data_dir):
    (old_home / "index.sqlite").write_bytes(b"not a database " * 1_000)
    with pytest.raises(LibraryError, match=r"damaged .*; make it anew with: menura index '.*my sounds' --rebuild$"):
        LibraryIndex.open(folder, data_dir, MODEL)
    assert homes(data_dir) == [old_home.name]
    assert LibraryIndex.open(folder, data_dir, MODEL, rebuild=True).state == "new"
    assert homes(data_dir) == [f"{old_home.name}-ffffffffffffffff"]


def test_one_that_cannot_be_moved_is_refused_in_words(old_home, folder, data_dir, monkeypatch):
    def refuse(self, target):
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", refuse)
        with pytest.raises(LibraryError, match=r"cannot be read or written \(Permission denied: .*\); check the disk"):
            LibraryIndex.open(folder, data_dir, MODEL)
    assert stored(LibraryIndex.open(folder, data_dir, MODEL)) == {"a.wav": [1, 2]}


def test_one_that_an_older_menura_made_again_is_left_alone(old_home, folder, data_dir):
    LibraryIndex.open(folder, data_dir, MODEL).write([embedded("b.wav", 3)])
    again = LibraryIndex.open(folder, data_dir, OTHER)
    again.home.rename(old_home)
    assert stored(LibraryIndex.open(folder, data_dir, MODEL)) == {"a.wav": [1, 2], "b.wav": [3]}


def test_a_fingerprint_that_is_a_path_leads_nowhere(old_home, folder, data_dir):
    import sqlite3

    db = sqlite3.connect(old_home / "index.sqlite", isolation_level=None)
    db.execute("UPDATE meta SET value = '/../../../elsewhere' WHERE key = 'fingerprint'")
    db.close()
    with pytest.raises(LibraryError, match="no model has such a fingerprint"):
        LibraryIndex.open(folder, data_dir, MODEL)
    assert homes(data_dir) == [old_home.name]


def moving(folder: Path, data_dir: Path, prelude: str = "") -> subprocess.Popen[bytes]:
    """Another process that opens the index."""
    code = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import stores
from menura.index.store import LibraryIndex
{textwrap.dedent(prelude)}
index = LibraryIndex.open(Path({str(folder)!r}), Path({str(data_dir)!r}), stores.MODEL)
assert stores.stored(index) == {{"a.wav": [1, 2]}}
"""
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_on_either_side_of_the_move_nothing_is_lost(old_home, folder, data_dir, when):
    killed = moving(
        folder,
        data_dir,
        f"""
        rename = Path.rename
        def killed(self, target):
            if {when == "after"}:
                rename(self, target)
            os.kill(os.getpid(), signal.SIGKILL)
        Path.rename = killed
        """,
    )
    assert killed.wait() == -signal.SIGKILL
    assert stored(LibraryIndex.open(folder, data_dir, MODEL)) == {"a.wav": [1, 2]}
    assert homes(data_dir) == [f"{old_home.name}-ffffffffffffffff"]


@pytest.mark.skipif(os.name == "nt", reason="Windows moves no folder that is open")
def test_several_programs_at_once_find_one_index(old_home, folder, data_dir):
    assert [process.wait() for process in [moving(folder, data_dir) for _ in range(3)]] == [0, 0, 0]
    assert homes(data_dir) == [f"{old_home.name}-ffffffffffffffff"]
