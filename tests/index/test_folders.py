"""What a folder holds besides sounds: recycle bins, kinds that are not read, and folders that are away for now."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from bundles import write_sound
from cli_calls import isolate, output_of
from compressed import encode
from indexes import contents, counts
from menura import Library
from menura.audio.walk import sound_files
from menura.errors import LibraryError
from menura.index.database import DATABASE_FILE, connect, update_meta
from menura.model.bundle import Bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of three sounds, two of them on a disk of their own."""
    folder = tmp_path / "sounds"
    write_sound(folder / "a.wav", 1)
    write_sound(folder / "disk/b.wav", 2)
    write_sound(folder / "disk/deep/c.wav", 3)
    return folder


@pytest.fixture
def library(folder: Path, tmp_path: Path, random_bundle: Bundle) -> Library:
    return Library.open(folder, random_bundle, tmp_path / "data")


def found(library: Library, folder: Path) -> set[str]:
    return {hit.path for hit in library.search(folder / "a.wav", top=100)}


# What is left out


@pytest.mark.parametrize("name", ["#recycle", "$RECYCLE.BIN", "$Recycle.Bin", ".Trash-1000", "__MACOSX", "@eaDir"])
def test_recycle_bins_and_the_like_are_left_out_at_any_depth(folder, name):
    write_sound(folder / name / "gone.wav", 4)
    write_sound(folder / "disk" / name / "deep/gone.wav", 5)
    assert [file.path for file in sound_files(folder)] == ["a.wav", "disk/b.wav", "disk/deep/c.wav"]


def test_a_library_may_itself_be_called_so(tmp_path):
    write_sound(tmp_path / "__MACOSX/a.wav", 1)
    assert [file.path for file in sound_files(tmp_path / "__MACOSX")] == ["a.wav"]


# Kinds that are not read


def test_kinds_that_are_not_read_are_counted_with_one_of_each(folder, library, without_formats):
    for number in range(30):
        (folder / f"loop {number:02}.wav.asd").touch()
    (folder / "disk/memo.M4A").touch()
    (folder / "disk/memo 2.m4a").touch()
    (folder / "notes.txt").touch()
    report = library.index()
    assert counts(report) == {"added": 3}
    asd, m4a = report.not_read
    assert asd == (".asd", 30, "loop 00.wav.asd") and m4a == (".m4a", 2, "disk/memo 2.m4a")
    assert m4a.what == "2 .m4a files, such as disk/memo 2.m4a"
    assert 'pip install "menura[formats]"' in m4a.reason and "holds no sound" in asd.reason
    assert library.info().not_read == report.not_read
    (folder / "disk/memo.M4A").unlink()
    assert library.index().not_read[1].n_files == 1 and library.info().not_read[1].n_files == 1


def test_a_folder_of_nothing_else_says_so(tmp_path, monkeypatch, without_formats):
    isolate(tmp_path, monkeypatch)
    memos = tmp_path / "memos"
    memos.mkdir()
    for number in range(3):
        (memos / f"{number}.m4a").touch()
    (memos / "kit.nki").touch()
    said = output_of("index", memos)
    assert '3 .m4a files, such as 0.m4a: pip install "menura[formats]" to have it read, or convert it' in said
    assert (
        "1 .nki file, such as kit.nki: a Kontakt instrument, no recording that can be read; export its sounds" in said
    )
    assert "3 .m4a files, such as 0.m4a" in output_of("info", memos)
    assert "1 .nki file, such as kit.nki: a Kontakt" in output_of("info", memos, "--skipped")


def test_once_pyav_is_there_its_kinds_are_indexed(folder, library, monkeypatch):
    tone = 0.3 * np.sin(np.arange(44_100) / 10)[:, None].astype(np.float32)
    encode(folder / "memo.m4a", tone, 44_100)
    with monkeypatch.context() as patched:
        patched.setattr("menura.audio.kinds.has_formats", lambda: False)
        assert counts(library.index()) == {"added": 3}
    report = library.index()
    assert counts(report) == {"added": 1, "unchanged": 3} and not report.not_read
    assert "memo.m4a" in contents(library)


@pytest.mark.parametrize("value", ["{}", "[1]", '[["a", "b", "c"]]', "[", "[" * 10_000])
def test_notices_by_a_stranger_are_damage(folder, library, value):
    library.index()
    with connect(library.info().home / DATABASE_FILE) as db:
        update_meta(db, not_read=value, revision=99)
    with pytest.raises(LibraryError, match="damaged"):
        library.info()


# Folders that are away


def away(disk: Path) -> None:
    """Leave the folder as an unmounted disk does: empty, and older than what was on the disk."""
    made_ns = disk.stat().st_mtime_ns - 10**12
    shutil.move(disk, disk.parent.parent / "unplugged")
    disk.mkdir()
    os.utime(disk, ns=(made_ns, made_ns))


def back(disk: Path) -> None:
    disk.rmdir()
    shutil.move(disk.parent.parent / "unplugged", disk)


def test_the_sounds_of_an_absent_disk_are_kept_and_not_found(folder, library, monkeypatch):
    library.index()
    before = contents(library)
    away(folder / "disk")
    report = library.index()
    assert counts(report) == {"unchanged": 1} and report.absent == (("disk", 2),)
    info = library.info()
    assert (info.sounds, info.absent) == (1, (("disk", 2),)) and info.absent[0].what == "2 sounds of disk"
    assert found(library, folder) == {"a.wav"} and library.folder_counts() == {"": 1}
    assert counts(library.index()) == {"unchanged": 1}
    back(folder / "disk")
    monkeypatch.setattr(Bundle, "project_recordings", None)  # nothing is computed again
    report = library.index()
    assert counts(report) == {"unchanged": 3} and report.absent == () == library.info().absent
    assert found(library, folder) == {"a.wav", "disk/b.wav", "disk/deep/c.wav"}
    assert contents(library).keys() == before.keys()


def test_an_absent_disk_is_told_by_a_check_and_is_no_change(folder, library):
    library.index()
    away(folder / "disk")
    library.index()
    report = library.check()
    assert report.whole and report.hashed == 1
    assert [note for note in report.notes if note.startswith("2 sounds of disk: absent")]
    assert not [note for note in report.notes if "have changed or gone" in note]


def test_an_absent_disk_survives_what_makes_the_index_smaller(folder, library):
    for number in range(10):
        write_sound(folder / f"more/{number}.wav", 10 + number)
    library.index()
    before = contents(library)
    away(folder / "disk")
    shutil.rmtree(folder / "more")
    assert counts(library.index()) == {"removed": 10, "unchanged": 1}
    back(folder / "disk")
    library.index()
    for path in ("disk/b.wav", "disk/deep/c.wav"):
        np.testing.assert_array_equal(contents(library)[path], before[path])


def test_a_folder_that_was_emptied_or_removed_is_not_absent(folder, library):
    library.index()
    (folder / "disk/deep/c.wav").unlink()
    report = library.index()
    assert counts(report) == {"removed": 1, "unchanged": 2} and report.absent == ()
    shutil.rmtree(folder / "disk")
    report = library.index()
    assert counts(report) == {"removed": 1, "unchanged": 1} and report.absent == ()


def test_an_absent_disk_that_is_given_up_goes_when_its_folder_is_removed(folder, library):
    library.index()
    away(folder / "disk")
    library.index()
    (folder / "disk").rmdir()
    report = library.index()
    assert counts(report) == {"removed": 2, "unchanged": 1} and report.absent == () == library.info().absent


def test_a_disk_that_a_link_leads_to_is_absent_while_the_link_leads_nowhere(folder, library, tmp_path):
    shutil.move(folder / "disk", tmp_path / "usb")
    (folder / "disk").symlink_to(tmp_path / "usb")
    library.index()
    (tmp_path / "usb").rename(tmp_path / "pulled")
    report = library.index()
    assert report.absent == (("disk", 2),) and report.removed == 0
    assert found(library, folder) == {"a.wav"}
    (tmp_path / "pulled").rename(tmp_path / "usb")
    assert counts(library.index()) == {"unchanged": 3}
    assert len(found(library, folder)) == 3
