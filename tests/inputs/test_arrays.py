"""Arrays of inputs are made whole, gone on with where their making stopped, and read from the cache after that."""

import resource
from functools import partial

import numpy as np
import pytest

from menura.errors import AudioError
from menura.inputs.arrays import cached_array

SHAPE = (3, 5)


def numbers(path, log):
    """The number in a file, many times; each call leaves a line in the log."""
    with log.open("a") as lines:
        lines.write(f"{path.name}\n")
    if not (text := path.read_text()):
        raise AudioError(f"{path}: empty")
    return np.full(SHAPE, float(text), np.float16)


@pytest.fixture
def paths(tmp_path):
    paths = [tmp_path / f"{index:02}" for index in range(12)]
    for index, path in enumerate(paths):
        path.write_text(str(index))
    return paths


def make(paths, tmp_path):
    work = partial(numbers, log=tmp_path / "log")
    return cached_array(tmp_path / "cache" / "a.npy", SHAPE, "making", work, paths)


def wanted(n):
    return np.arange(n, dtype=np.float16)[:, None, None] * np.ones(SHAPE, np.float16)


def test_rows_come_in_the_order_of_the_paths(paths, tmp_path):
    assert np.array_equal(make(paths, tmp_path), wanted(12))
    again = make(paths, tmp_path)
    assert np.array_equal(again, wanted(12))
    assert len((tmp_path / "log").read_text().splitlines()) == 12


def test_what_was_made_before_an_error_is_not_made_again(paths, tmp_path):
    paths[9].write_text("")
    with pytest.raises(AudioError, match="09: empty"):
        make(paths, tmp_path)
    assert not (tmp_path / "cache" / "a.npy").exists()
    paths[9].write_text("9")
    (tmp_path / "log").unlink()
    assert np.array_equal(make(paths, tmp_path), wanted(12))
    made = (tmp_path / "log").read_text().split()
    assert "00" not in made
    assert made.count("11") == 1


def test_a_row_cut_off_in_the_middle_is_made_again(paths, tmp_path):
    make(paths, tmp_path)
    whole = tmp_path / "cache" / "a.npy"
    content = whole.read_bytes()
    whole.unlink()
    (tmp_path / "cache" / ".a.npy.part").write_bytes(content[:-7])
    (tmp_path / "log").unlink()
    assert np.array_equal(make(paths, tmp_path), wanted(12))
    assert (tmp_path / "log").read_text().split() == ["11"]


def test_a_full_disk_is_an_error_that_can_be_gone_on_from(paths, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            make(paths, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert np.array_equal(make(paths, tmp_path), wanted(12))
