"""A map is made by a process beside the others, and is there whole or not at all."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from safetensors.numpy import save_file

from menura.index.homes import MAP_FILE, index_home
from menura.index.identity import IndexIdentity
from menura.index.store import LibraryIndex
from menura.map import making
from menura.map.kept import Layout, read_layout, write_layout
from menura.map.making import Making, make_map
from stores import MODEL, embedded

NEVER_READY = """
import sys, time
import menura.map.making
import menura.map.layout

def lay_out(features, known=None, *, seed, progress):
    progress(0, 750)
    progress(5, 750)
    progress(10, 750)
    time.sleep(600)

menura.map.making.lay_out = lay_out
menura.map.making.serve()
"""


@pytest.fixture
def identity(tmp_path):
    folder = tmp_path / "sounds"
    folder.mkdir()
    return IndexIdentity(folder, MODEL)


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


def fill(identity, data_dir, names):
    index = LibraryIndex.open(identity.folder, data_dir, MODEL)
    index.write([embedded(f"{name}.wav", *values_of(name)) for name in names])
    index.finish((), ())
    return index


def values_of(name):
    rng = np.random.default_rng(list(name.encode()))
    return rng.standard_normal(rng.integers(1, 4))


def keys_of(index):
    with index.snapshot() as snapshot:
        return snapshot.contents()[2]


def files(index):
    return {file.name: file.read_bytes() for file in index.home.iterdir() if not file.name.endswith(("-wal", "-shm"))}


def eventually(holds):
    give_up = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_every_sound_of_the_index_has_a_place(identity, data_dir):
    index = fill(identity, data_dir, [f"sound {n}" for n in range(40)])
    told = []
    make_map(identity, data_dir, progress=lambda done, total: told.append(done))
    layout = read_layout(index.home)
    places = layout.find(keys_of(index))
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == 40
    assert told[-1] == 750
    assert np.isnan(layout.find(np.array([1, 2], np.uint64))).all()


def test_it_does_not_matter_which_sound_was_indexed_first(identity, data_dir, tmp_path):
    names = [f"sound {n}" for n in range(40)]
    one = fill(identity, data_dir, names)
    other = fill(identity, tmp_path / "elsewhere", names[::-1])
    make_map(identity, data_dir)
    make_map(identity, tmp_path / "elsewhere")
    found, wanted = read_layout(other.home), read_layout(one.home)
    np.testing.assert_array_equal(found.keys, wanted.keys)
    np.testing.assert_array_equal(found.places, wanted.places)


def test_the_next_goes_on_from_it(identity, data_dir):
    index = fill(identity, data_dir, [f"sound {n}" for n in range(40)])
    make_map(identity, data_dir)
    keys = keys_of(index)
    before = read_layout(index.home).find(keys)
    fill(identity, data_dir, [f"sound {n}" for n in range(44)])
    told = []
    make_map(identity, data_dir, progress=lambda done, total: told.append(done))
    assert told[-1] == 150
    after = read_layout(index.home)
    moved = np.linalg.norm(after.find(keys) - before, axis=1)
    assert np.median(moved) < 0.1 * np.ptp(before, axis=0).max()
    assert np.isfinite(after.find(keys_of(index))).all()


def test_a_process_does_the_same(identity, data_dir):
    index = fill(identity, data_dir, [f"sound {n}" for n in range(40)])
    make_map(identity, data_dir)
    wanted = read_layout(index.home)
    (index.home / MAP_FILE).unlink()
    begun = Making(identity, data_dir)
    begun.wait()
    assert begun.error is None
    assert (begun.pace.done, begun.pace.total) == (750, 750)
    found = read_layout(index.home)
    np.testing.assert_array_equal(found.keys, wanted.keys)
    np.testing.assert_array_equal(found.places, wanted.places)


@pytest.mark.parametrize("how", ["stopped", "killed", "its asker is gone"])
def test_one_that_is_ended_leaves_everything_as_it_was(identity, data_dir, monkeypatch, how):
    index = fill(identity, data_dir, [f"sound {n}" for n in range(40)])
    make_map(identity, data_dir)
    before = files(index)
    monkeypatch.setattr(making, "_PROGRAM", "import sys; sys.path[:] = {path!r}\n" + NEVER_READY)
    begun = Making(identity, data_dir)
    eventually(lambda: begun.pace.done == 10)
    assert begun.is_alive and begun.error is None
    assert begun.pace.seconds_left >= 0
    process = begun._process
    if how == "stopped":
        begun.stop()
    elif how == "killed":
        process.kill()
    else:
        process.stdin.close()
    begun.wait()
    assert process.poll() is not None
    assert files(index) == before
    if how == "stopped":
        assert begun.error is None
    else:
        assert "making its map broke off" in begun.error


def test_killed_while_it_writes_the_old_map_is_there(identity, data_dir):
    index = fill(identity, data_dir, ["a"])
    old = Layout.of(np.array([1], np.uint64), np.zeros((1, 2), np.float32))
    write_layout(index.home, old, seed=0)
    code = f"""
import os, signal
import numpy as np
import menura.map.kept as kept
from pathlib import Path

def torn(tensors, file, metadata):
    Path(file).write_bytes(b"half of it")
    os.kill(os.getpid(), signal.SIGKILL)

kept.save_file = torn
new = kept.Layout.of(np.arange(9, dtype=np.uint64), np.ones((9, 2), np.float32))
kept.write_layout(Path({str(index.home)!r}), new, seed=0)
"""
    told = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", code], env=told, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert read_layout(index.home).keys.tolist() == [1]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_sounds(identity, data_dir, n):
    index = fill(identity, data_dir, [f"sound {at}" for at in range(n)])
    make_map(identity, data_dir)
    assert len(read_layout(index.home).keys) == n


def test_a_failure_is_told_in_one_line(identity, data_dir):
    index = fill(identity, data_dir, ["a", "b"])
    (projections,) = index.home.glob("*.f32")
    os.truncate(projections, 4)
    begun = Making(identity, data_dir)
    begun.wait()
    assert "its index is damaged" in begun.error
    assert "\n" not in begun.error
    assert read_layout(index.home) is None


@pytest.mark.parametrize(
    "tensors",
    [
        {"keys": np.zeros(2, np.uint64)},
        {"keys": np.zeros(2, np.uint64), "places": np.zeros((3, 2), np.float32)},
        {"keys": np.zeros(2, np.int64), "places": np.zeros((2, 2), np.float32)},
        {"keys": np.zeros(1, np.uint64), "places": np.full((1, 2), np.inf, np.float32)},
        {"keys": np.zeros((1, 1), np.uint64), "places": np.zeros((1, 2), np.float32)},
    ],
)
def test_a_file_that_is_no_map_is_as_none(tmp_path, tensors):
    save_file(tensors, tmp_path / MAP_FILE)
    assert read_layout(tmp_path) is None


def test_a_torn_file_is_as_none_and_made_anew(identity, data_dir):
    fill(identity, data_dir, [f"sound {n}" for n in range(20)])
    home = index_home(identity, data_dir)
    assert read_layout(home) is None
    (home / MAP_FILE).write_bytes(b"no map")
    assert read_layout(home) is None
    make_map(identity, data_dir)
    assert len(read_layout(home).keys) == 20
