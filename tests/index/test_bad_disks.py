"""Shares that go away while they are read, and clocks that tick slowly or jump."""

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

import menura.index.examine
from bundles import write_sound
from indexes import contents, counts
from menura import Library
from menura.audio.walk import Stamp
from menura.errors import AudioError
from menura.index.database import DATABASE_FILE, connect, update_meta
from menura.index.examine import Examiner
from menura.model.bundle import Bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of three sounds as large as one another, two of them on a disk of their own."""
    for seed, name in enumerate(("a.wav", "disk/b.wav", "disk/c.wav")):
        write_sound(tmp_path / "sounds" / name, seed)
    return tmp_path / "sounds"


@pytest.fixture
def library(folder: Path, tmp_path: Path, random_bundle: Bundle) -> Library:
    return Library.open(folder, random_bundle, tmp_path / "data")


# Stamps that say too little


def test_a_rewrite_of_the_same_size_within_a_tick_of_the_clock_is_found(folder, library, tmp_path, monkeypatch):
    first, second = (write_sound(tmp_path / "other.wav", seed).read_bytes() for seed in (8, 9))
    exact, examine = Stamp.of, Examiner.examine

    def by_a_slow_clock(status: os.stat_result) -> Stamp:
        size, changed_ns = exact(status)
        return Stamp(size, changed_ns // (2 * 10**9) * 2 * 10**9)

    def and_then_rewrite(self: Examiner, file: object, known: object) -> object:
        change = examine(self, file, known)
        (folder / "a.wav").write_bytes(second)
        return change

    library.index()
    monkeypatch.setattr(Stamp, "of", by_a_slow_clock)
    assert counts(library.index()) == {"unchanged": 3}
    time.sleep(2.05 - time.time() % 2)
    (folder / "a.wav").write_bytes(first)
    with monkeypatch.context() as patched:
        patched.setattr(Examiner, "examine", and_then_rewrite)
        assert counts(library.index()) == {"updated": 1, "unchanged": 2}
    assert counts(library.index()) == {"updated": 1, "unchanged": 2}


def test_sounds_that_change_places_with_the_same_size_and_time_are_found(folder, library):
    for name in ("b.wav", "c.wav"):
        os.utime(folder / "disk" / name, (1_000, 1_000))
    library.index()
    before = contents(library)
    (folder / "disk/b.wav").rename(folder / "disk/x.wav")
    (folder / "disk/c.wav").rename(folder / "disk/b.wav")
    (folder / "disk/x.wav").rename(folder / "disk/c.wav")
    assert counts(library.index()) == {"updated": 2, "unchanged": 1}
    np.testing.assert_array_equal(contents(library)["disk/b.wav"], before["disk/c.wav"])


@pytest.mark.parametrize("when_ns", [-(10**18), 15 * 10**18])  # 1938 and 2446: the last is beyond what databases keep
def test_times_that_no_clock_should_show_are_times(folder, library, when_ns):
    os.utime(folder / "a.wav", ns=(when_ns, when_ns))
    assert counts(library.index()) == {"added": 3}
    assert counts(library.index()) == {"unchanged": 3}


# Disks that go away


def test_a_share_that_goes_away_while_a_sound_is_decoded_takes_none_with_it(folder, library, tmp_path, monkeypatch):
    library.index()
    before = contents(library)
    write_sound(folder / "disk/b.wav", 11)

    def cut_off(path: Path, _: object) -> None:
        (folder / "disk").rename(tmp_path / "unplugged")
        raise AudioError(f"{path}: damaged or cut off, readable for 0.1 s; copy it again from its source")

    with monkeypatch.context() as patched:
        patched.setattr(menura.index.examine, "Windows", cut_off)
        assert [skipped.path for skipped in library.index().skipped] == ["disk/b.wav"]
    np.testing.assert_array_equal(contents(library)["disk/b.wav"], before["disk/b.wav"])
    (tmp_path / "unplugged").rename(folder / "disk")
    assert counts(library.index()) == {"updated": 1, "unchanged": 2}


def test_a_disk_is_told_to_be_away_although_this_machines_clock_was_behind(folder, library, tmp_path):
    library.index()
    with connect(library.info().home / DATABASE_FILE) as db:
        update_meta(db, written_ns=1_000)  # as if in 1970
    mounted_at_s = time.time() - 3_600
    shutil.move(folder / "disk", tmp_path / "unplugged")
    (folder / "disk").mkdir()
    os.utime(folder / "disk", (mounted_at_s, mounted_at_s))
    report = library.index()
    assert report.absent == (("disk", 2),) and report.removed == 0
