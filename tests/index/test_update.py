"""Indexing does what has changed and no more, survives everything, and touches nothing of the user's."""

import os
import shutil
import signal
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import soundfile

import menura.index.examine
from bundles import write_sound
from indexes import assert_same_contents, contents, counts, everything_in, index_elsewhere
from menura import Library
from menura.audio.walk import Walk, sound_files
from menura.errors import LibraryError, UsageError
from menura.index.database import connect
from menura.index.examine import Examiner
from menura.index.update import IndexProgress
from menura.model.bundle import Bundle
from stores import known


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of four sounds in three folders."""
    folder = tmp_path / "sounds"
    write_sound(folder / "a.wav", 1)
    write_sound(folder / "b.flac", 2)
    write_sound(folder / "deep/er/c.ogg", 3)
    write_sound(folder / "long.wav", 4, duration_s=5)
    return folder


@pytest.fixture
def library(folder: Path, tmp_path: Path, random_bundle: Bundle) -> Library:
    return Library.open(folder, random_bundle, tmp_path / "data")


# What is found


def test_every_sound_is_found_at_any_depth_and_nothing_else(folder, library):
    for name in (".hidden.wav", ".cache/x.wav", "notes.txt", "a.wav.bak", "mp3"):
        write_sound(folder / "x.wav", 9).rename((folder / name).parent.mkdir(exist_ok=True) or folder / name)
    shutil.copy(write_sound(folder / "x.aiff", 8), folder / "LOUD.AIFF")
    report = library.index()
    assert counts(report) == {"added": 6}
    assert sorted(contents(library)) == ["LOUD.AIFF", "a.wav", "b.flac", "deep/er/c.ogg", "long.wav", "x.aiff"]


def test_a_sound_has_a_row_for_each_window(library):
    library.index()
    assert {path: len(rows) for path, rows in contents(library).items()} == {
        "a.wav": 1,
        "b.flac": 1,
        "deep/er/c.ogg": 1,
        "long.wav": 3,  # 0, 1.5 and 2 s
    }


def test_rows_are_the_projections_of_the_windows_however_long_the_sound(folder, library, random_bundle):
    write_sound(folder / "longer.wav", 5, duration_s=17.2)
    library.index()
    samples, rate_hz = soundfile.read(folder / "longer.wav", dtype="float32")
    starts = range(0, len(samples) - 3 * rate_hz // 2, 3 * rate_hz // 2)
    clips = [samples[start : start + 3 * rate_hz] for start in starts]
    wanted = random_bundle.project_recordings([clip - clip.mean() for clip in clips])
    np.testing.assert_allclose(contents(library)["longer.wav"], wanted, atol=1e-5)


def test_links_are_followed_and_loops_end(folder, library, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    write_sound(elsewhere / "z.wav", 7)
    (folder / "linked").symlink_to(elsewhere)
    (folder / "zz.wav").symlink_to(elsewhere / "z.wav")  # the same file by a later path
    (folder / "again").symlink_to(folder / "deep")  # an earlier path of deep/
    (folder / "deep/loop").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (elsewhere / "back").symlink_to(elsewhere)
    os.link(folder / "a.wav", folder / "hard.wav")
    report = library.index()
    assert sorted(contents(library)) == ["a.wav", "again/er/c.ogg", "b.flac", "linked/z.wav", "long.wav"]
    assert [skipped.path for skipped in report.skipped] == ["self"]


def test_the_walk_is_in_the_order_of_whole_paths(tmp_path):
    for name in ("a/x.wav", "a.wav", "a-b/x.wav", "a b.wav", "é.wav", "Z.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    paths = [file.path for file in sound_files(tmp_path)]
    assert paths == sorted(paths) and len(paths) == 6


@pytest.mark.parametrize(
    "raw", [b"caf\xe9.wav", "ħ♫ 音.wav".encode(), b"line\nbreak.wav", b"-rf *.wav", b"'\"$(x).wav"]
)
def test_any_file_name_is_indexed(folder, library, raw):
    name = os.fsdecode(raw)
    (folder / "a.wav").rename(folder / name)
    assert counts(library.index()) == {"added": 4}
    assert name in contents(library)
    assert counts(library.index()) == {"unchanged": 4}


# What is skipped


def test_what_cannot_be_read_is_skipped_with_its_reason_and_not_tried_again(folder, library, monkeypatch):
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("these are words")
    flac = write_sound(folder / "whole.flac", 5, duration_s=2).read_bytes()
    (folder / "cut.flac").write_bytes(flac[: len(flac) // 2])
    soundfile.write(folder / "nan.wav", np.array([0.1, np.nan, 0.1]), 44_100, subtype="FLOAT")
    os.mkfifo(folder / "pipe.wav")
    report = library.index()
    assert counts(report) == {"added": 5, "skipped": 5}
    reasons = dict(report.skipped)
    assert list(reasons) == ["cut.flac", "empty.wav", "nan.wav", "pipe.wav", "text.wav"]
    assert "cut off" in reasons["cut.flac"] and "empty" in reasons["empty.wav"] and "NaN" in reasons["nan.wav"]
    assert reasons["pipe.wav"] == "not a regular file" and "not a sound file" in reasons["text.wav"]
    assert not any(str(folder) in reason for reason in reasons.values())

    monkeypatch.setattr(Examiner, "examine", lambda *_: pytest.fail("examined again"))
    again = library.index()
    assert (again.skipped, again.unchanged) == (report.skipped, 5)
    assert library.info().skipped == report.skipped


def test_silence_is_left_out_with_a_reason(folder, library):
    soundfile.write(folder / "silence.wav", np.zeros(44_100), 44_100)
    assert counts(library.index()) == {"added": 4, "skipped": 1}
    assert [skipped.reason for skipped in library.info().skipped] == ["silent from beginning to end"]


def test_where_a_sound_is_found_is_where_it_sounds(folder, library):
    late, rate_hz = folder / "late.wav", 44_100
    sound, _ = soundfile.read(write_sound(folder / "early.wav", 5))
    soundfile.write(late, np.concatenate([np.zeros(10 * rate_hz), sound, np.zeros(5 * rate_hz)]), rate_hz)
    hits = {hit.path: hit for hit in library.search(folder / "early.wav", top=10)}
    assert hits["late.wav"].start_s == pytest.approx(10, abs=0.031)
    assert hits["late.wav"].sound.duration_s == pytest.approx(15.3)
    assert library.check(everything=True).whole


def test_a_skipped_file_is_tried_again_when_it_changes_and_forgotten_when_it_goes(folder, library):
    (folder / "x.wav").write_text("words")
    (folder / "y.wav").write_text("words")
    library.index()
    write_sound(folder / "x.wav", 5)
    (folder / "y.wav").unlink()
    assert counts(library.index()) == {"added": 1, "unchanged": 4}
    assert library.info().skipped == ()


def test_a_sound_that_turns_into_something_else_leaves_the_index(folder, library):
    library.index()
    (folder / "a.wav").write_text("words")
    assert counts(library.index()) == {"unchanged": 3, "skipped": 1}
    assert "a.wav" not in contents(library)


def refuse(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, refused: Path) -> None:
    """Make a call fail for one path, as it does for who may not read it (tests may run as root, who may)."""
    original = getattr(owner, name)

    def call(path: Path, *args: object) -> object:
        if Path(path) == refused:
            raise PermissionError(13, "Permission denied", str(path))
        return original(path, *args)

    monkeypatch.setattr(owner, name, call)


def test_a_folder_that_cannot_be_listed_is_reported_and_its_sounds_stay(folder, library, monkeypatch):
    library.index()
    (folder / "a.wav").unlink()
    with monkeypatch.context() as patched:
        refuse(patched, os, "scandir", folder / "deep")
        report = library.index()
    assert counts(report) == {"removed": 1, "unchanged": 2, "skipped": 1}
    assert report.skipped == (("deep", "Permission denied"),)
    assert report.absent == (("deep", 1),) and sorted(contents(library)) == ["b.flac", "long.wav"]
    assert counts(library.index()) == {"unchanged": 3}
    assert sorted(contents(library)) == ["b.flac", "deep/er/c.ogg", "long.wav"]


def test_a_link_to_an_absent_disk_is_reported_and_its_sounds_stay(folder, library, tmp_path):
    disk = tmp_path / "disk"
    write_sound(disk / "z.wav", 7)
    (folder / "usb").symlink_to(disk)
    library.index()
    disk.rename(tmp_path / "unplugged")
    report = library.index()
    assert report.skipped == (("usb", "No such file or directory"),)
    assert report.absent == (("usb", 1),) and report.removed == 0
    (tmp_path / "unplugged").rename(disk)
    assert library.index().absent == () and "usb/z.wav" in contents(library)


def test_a_file_that_cannot_be_opened_keeps_what_the_index_has_and_is_tried_again(folder, library, monkeypatch):
    library.index()
    write_sound(folder / "a.wav", 11)
    write_sound(folder / "new.wav", 12)
    before = contents(library)["a.wav"]
    with monkeypatch.context() as patched:
        refuse(patched, menura.index.examine, "open_regular", folder / "a.wav")
        assert library.index().skipped == (("a.wav", "Permission denied"),)
    np.testing.assert_array_equal(contents(library)["a.wav"], before)
    assert counts(library.index()) == {"updated": 1, "unchanged": 4}
    assert library.info().skipped == ()


# What has changed


def test_a_second_run_reads_no_file(folder, library, monkeypatch):
    first = library.index()
    assert counts(first) == {"added": 4} and first.seconds > 0
    monkeypatch.setattr(Examiner, "examine", lambda *_: pytest.fail("examined again"))
    assert counts(library.index()) == {"unchanged": 4}


def test_changed_deleted_and_new_sounds(folder, library, tmp_path, random_bundle):
    library.index()
    write_sound(folder / "a.wav", 11, duration_s=4)
    (folder / "b.flac").unlink()
    write_sound(folder / "new.wav", 12)
    assert counts(library.index()) == {"added": 1, "updated": 1, "removed": 1, "unchanged": 2}
    fresh = Library.open(folder, random_bundle, tmp_path / "fresh")
    fresh.index()
    assert_same_contents(library, fresh)


def forbid_embedding(monkeypatch: pytest.MonkeyPatch) -> None:
    def embed(self: Bundle, clips: object) -> None:
        raise AssertionError("embedded again")

    monkeypatch.setattr(Bundle, "project_recordings", embed)


def test_a_touched_sound_is_not_embedded_again(folder, library, monkeypatch):
    library.index()
    os.utime(folder / "a.wav", (1, 1))
    forbid_embedding(monkeypatch)
    assert counts(library.index()) == {"unchanged": 4}
    assert known(library._opened(), "a.wav").stamp.changed_ns == (folder / "a.wav").stat().st_ctime_ns


def test_moved_and_renamed_sounds_are_not_embedded_again(folder, library, monkeypatch):
    library.index()
    before = contents(library)
    (folder / "a.wav").rename(folder / "renamed.wav")
    (folder / "deep").rename(folder / "moved")
    forbid_embedding(monkeypatch)
    assert counts(library.index()) == {"moved": 2, "unchanged": 2}
    after = contents(library)
    assert sorted(after) == ["b.flac", "long.wav", "moved/er/c.ogg", "renamed.wav"]
    np.testing.assert_array_equal(after["renamed.wav"], before["a.wav"])
    np.testing.assert_array_equal(after["moved/er/c.ogg"], before["deep/er/c.ogg"])


def test_a_copy_is_a_second_sound_and_one_of_two_copies_takes_the_move(folder, library):
    library.index()
    shutil.copy(folder / "a.wav", folder / "copy.wav")
    assert counts(library.index()) == {"added": 1, "unchanged": 4}
    for name in ("one.wav", "two.wav"):
        shutil.copy(folder / "b.flac", folder / name)
    (folder / "b.flac").unlink()
    assert counts(library.index()) == {"added": 1, "moved": 1, "unchanged": 4}
    assert sorted(contents(library)) == ["a.wav", "copy.wav", "deep/er/c.ogg", "long.wav", "one.wav", "two.wav"]


def test_the_users_folder_is_never_touched(folder, library):
    (folder / "text.wav").write_text("words")
    before = everything_in(folder)
    library.index()
    library.search(folder / "a.wav")
    library.index(rebuild=True)
    assert everything_in(folder) == before


# What goes wrong


def test_a_missing_folder_is_refused_and_the_index_stays(folder, library, tmp_path, random_bundle):
    library.index()
    folder.rename(tmp_path / "away")
    with pytest.raises(UsageError, match=r"sounds: cannot be listed \(No such file or directory\); name a folder of"):
        library.index()
    with pytest.raises(UsageError, match="sounds: no such folder; name a folder of sounds"):
        Library.open(folder, random_bundle, tmp_path / "data")
    (tmp_path / "away").rename(folder)
    assert counts(library.index()) == {"unchanged": 4}


def test_a_file_in_place_of_the_folder_is_refused(folder, random_bundle):
    with pytest.raises(UsageError, match=r"a.wav: not a folder; name a folder of sounds"):
        Library.open(folder / "a.wav", random_bundle)


def test_a_folder_that_is_suddenly_empty_empties_no_index(folder, library, tmp_path):
    library.index()
    folder.rename(tmp_path / "away")
    folder.mkdir()
    with pytest.raises(
        LibraryError, match=r"is empty and its index holds 4 sounds; if its disk is absent, mount it; if"
    ):
        library.index()
    assert library.info().sounds == 4
    assert counts(library.index(rebuild=True)) == {}
    assert library.info().sounds == 0


def test_progress_counts_every_file_up_to_the_total(folder, library):
    (folder / "text.wav").write_text("words")
    seen: list[IndexProgress] = []
    library.index(progress=seen.append)
    files, measured = ([one for one in seen if one.measuring is measuring] for measuring in (False, True))
    assert seen == files + measured
    assert [progress.done for progress in files] == [0, 1, 2, 3, 4, 5]
    assert {progress.total for progress in files} == {5} and files[-1].skipped == 1
    assert measured == [IndexProgress(done, total=4, skipped=1, measuring=True) for done in (1, 2, 3, 4)]
    seen.clear()
    library.index(progress=seen.append)
    assert seen == [IndexProgress(done=5, total=5, skipped=1)]


def test_an_interruption_keeps_what_is_done_and_the_next_run_goes_on(folder, library, tmp_path, random_bundle):
    for seed in range(20):
        write_sound(folder / f"more/{seed}.wav", seed)

    def interrupt_at_five(progress: IndexProgress) -> None:
        if progress.done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.index(progress=interrupt_at_five)
    kept = library.info()
    assert 5 <= kept.sounds < 24 and not kept.complete
    report = library.index()
    assert (report.added, report.unchanged) == (24 - kept.sounds, kept.sounds)
    assert library.info().complete
    fresh = Library.open(folder, random_bundle, tmp_path / "fresh")
    fresh.index()
    assert_same_contents(library, fresh)


def test_a_bug_in_a_worker_is_not_taken_for_a_bad_file(library, monkeypatch):
    forbid_embedding(monkeypatch)
    with pytest.raises(AssertionError, match="embedded again"):
        library.index()


KILL_AFTER_ROWS = """
    from menura.index.projections import ProjectionsFile
    append, batches = ProjectionsFile.append, []
    def kill_in_third_batch(self, batch):
        append(self, batch)
        batches.append(1)
        if len(batches) == 4:  # the first is empty: the walk skipped nothing
            os.kill(os.getpid(), signal.SIGKILL)
    ProjectionsFile.append = kill_in_third_batch
"""


def test_an_indexing_killed_in_the_middle_goes_on_to_the_same_index(tmp_path, random_bundle, random_bundle_folder):
    folder = tmp_path / "sounds"
    for seed in range(12):
        write_sound(folder / f"{seed}.wav", seed, duration_s=0.5 + seed / 2)
    killed = index_elsewhere(folder, random_bundle_folder, tmp_path / "data", KILL_AFTER_ROWS)
    assert killed.wait() == -signal.SIGKILL
    library = Library.open(folder, random_bundle, tmp_path / "data")
    committed = library.info()
    assert 0 < committed.sounds < 12 and not committed.complete
    report = library.index()
    assert counts(report) == {"added": 12 - committed.sounds, "unchanged": committed.sounds}
    fresh = Library.open(folder, random_bundle, tmp_path / "fresh")
    fresh.index()
    assert_same_contents(library, fresh)


def test_two_indexers_at_once_make_one_index(tmp_path, random_bundle, random_bundle_folder):
    folder = tmp_path / "sounds"
    for seed in range(16):
        write_sound(folder / f"{seed}.wav", seed)
    both = [index_elsewhere(folder, random_bundle_folder, tmp_path / "data") for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    library = Library.open(folder, random_bundle, tmp_path / "data")
    assert counts(library.index()) == {"unchanged": 16}
    with library._opened().snapshot() as snapshot:
        assert len(snapshot.table.projections) == 16  # neither stored what the other had
    fresh = Library.open(folder, random_bundle, tmp_path / "fresh")
    fresh.index()
    assert_same_contents(library, fresh)


def test_an_indexing_that_finds_nothing_new_commits_nothing_and_searchers_keep_their_tables(
    folder, library, monkeypatch
):
    (folder / "text.wav").write_text("words")
    (folder / "self").symlink_to(folder / "self")  # looked at each time
    write_sound(folder / "locked.wav", 9)
    refuse(monkeypatch, menura.index.examine, "open_regular", folder / "locked.wav")  # opened each time
    library.index()
    index = library._opened()
    watching = connect(index.home / "index.sqlite")
    before = index.revision, watching.execute("PRAGMA data_version").fetchone()
    with index.snapshot() as snapshot:
        table = snapshot.table
    report = library.index()
    assert counts(report) == {"unchanged": 4, "skipped": 3}
    with index.snapshot() as snapshot:
        assert snapshot.table is table
    assert (index.revision, watching.execute("PRAGMA data_version").fetchone()) == before
    assert library.info().complete
    (folder / "a.wav").unlink()
    assert counts(library.index())["removed"] == 1 and index.revision != before[0]
    watching.close()


@pytest.mark.parametrize("error", [FileNotFoundError(2, "No such file", "theirs.txt"), sqlite3.OperationalError("x")])
@pytest.mark.parametrize("at", [0, 3])
def test_what_the_callers_progress_raises_is_the_callers(folder, library, error, at):
    def fail(progress: IndexProgress) -> None:
        if progress.done == at:
            raise error

    with pytest.raises(type(error)) as raised:
        library.index(progress=fail)
    assert raised.value is error
    assert counts(library.index())["added"] <= 4 and library.info().complete
    with pytest.raises(type(error)) as raised:
        library.check(progress=lambda done, total: fail(IndexProgress(done if at else 0, total, 0)))
    assert raised.value is error


def test_a_fault_of_the_disk_while_the_plan_is_asked_is_the_indexs(folder, library, monkeypatch):
    library.index()
    with library._opened().plan(Walk(folder)) as plan:
        plan._db.execute("DROP TABLE to_examine")
        with pytest.raises(LibraryError, match=r"its index is damaged \(no such table: to_examine\)"):
            plan.take(1)
