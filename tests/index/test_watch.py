"""An index follows its folder, and a burst of changes is one indexing."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from bundles import write_sound
from cli_calls import isolate
from indexes import counts
from menura import Library
from menura.errors import LibraryError, UsageError
from menura.index import mounts, watch
from menura.index.mounts import ground_of
from menura.index.update import IndexReport
from menura.index.watch import follow_changes
from menura.model.bundle import Bundle

PATIENCE_S = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_sound(tmp_path / "sounds/a.wav", 1)
    return tmp_path / "sounds"


@pytest.fixture
def library(folder: Path, tmp_path: Path, random_bundle: Bundle) -> Library:
    return Library.open(folder, random_bundle, tmp_path / "data")


@pytest.fixture
def outcomes(folder: Path, library: Library) -> Iterator[SimpleQueue]:
    """What following the folder gives, which has begun."""
    stop, given = threading.Event(), SimpleQueue()

    def follow() -> None:
        try:
            for outcome in follow_changes(folder, library.index, stop):
                given.put(outcome)
        except LibraryError as error:
            given.put(error)

    thread = threading.Thread(target=follow)
    thread.start()
    assert counts(given.get(timeout=PATIENCE_S)) == {"added": 1}
    yield given
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def next_counts(outcomes: SimpleQueue) -> dict[str, int]:
    report = outcomes.get(timeout=PATIENCE_S)
    assert isinstance(report, IndexReport), report
    return counts(report)


def test_new_changed_moved_and_deleted_sounds_are_followed(folder, outcomes, library):
    write_sound(folder / "new/b.wav", 2)
    assert next_counts(outcomes) == {"added": 1, "unchanged": 1}
    write_sound(folder / "a.wav", 3)
    assert next_counts(outcomes) == {"updated": 1, "unchanged": 1}
    (folder / "new").rename(folder / "old.1")
    assert next_counts(outcomes) == {"moved": 1, "unchanged": 1}
    (folder / "old.1/b.wav").unlink()
    assert next_counts(outcomes) == {"removed": 1, "unchanged": 1}
    assert library.info().sounds == 1


def test_a_burst_of_a_thousand_files_is_one_indexing(folder, outcomes):
    content = (folder / "a.wav").read_bytes()
    (folder / "many").mkdir()
    for number in range(1_000):
        (folder / f"many/{number}.wav").write_bytes(content[:-2] + number.to_bytes(2, "little"))
    assert next_counts(outcomes) == {"added": 1_000, "unchanged": 1}
    time.sleep(1.5)
    assert outcomes.empty()


def test_a_file_that_is_still_being_written_is_read_again_when_it_has_come_to_rest(folder, outcomes, library, tmp_path):
    content = write_sound(tmp_path / "whole.flac", 5, duration_s=2).read_bytes()
    with (folder / "b.flac").open("wb") as stream:
        stream.write(content[:9_000])
        stream.flush()
        assert next_counts(outcomes) == {"unchanged": 1, "skipped": 1}
        assert "cut off" in library.info().skipped[0].reason
        stream.write(content[9_000:])
    assert next_counts(outcomes) == {"added": 1, "unchanged": 1}


def test_what_is_hidden_or_no_sound_is_no_change(folder, outcomes):
    (folder / "notes.txt").write_text("words")
    (folder / ".cache").mkdir()
    write_sound(folder / ".cache/x.wav", 4)
    time.sleep(1.5)
    assert outcomes.empty()


def test_a_failure_is_told_and_the_next_change_is_indexed_again(folder, outcomes):
    (folder / "a.wav").unlink()
    error = outcomes.get(timeout=PATIENCE_S)
    assert isinstance(error, LibraryError) and "the folder is empty and its index holds 1 sounds" in str(error)
    write_sound(folder / "b.wav", 6)
    assert next_counts(outcomes) == {"added": 1, "removed": 1}


def test_a_folder_that_goes_away_is_indexed_and_followed_when_it_is_back(folder, outcomes, tmp_path):
    folder.rename(tmp_path / "elsewhere")
    error = outcomes.get(timeout=PATIENCE_S)
    assert isinstance(error, LibraryError) and "the folder is gone; it is indexed when it is back" in str(error)
    write_sound(tmp_path / "elsewhere/b.wav", 2)
    (tmp_path / "elsewhere").rename(folder)
    assert next_counts(outcomes) == {"added": 1, "unchanged": 1}
    write_sound(folder / "c.wav", 3)
    assert next_counts(outcomes) == {"added": 1, "unchanged": 2}


def test_a_disk_that_is_mounted_in_the_folder_is_indexed_and_followed(folder, small_disk, outcomes):
    """Nobody tells of a mount, and what was followed below its place is out of reach."""
    write_sound(small_disk / "b.wav", 2)
    (folder / "disk").mkdir()
    subprocess.run(["mount", "--bind", str(small_disk), str(folder / "disk")], check=True)
    try:
        assert next_counts(outcomes) == {"added": 1, "unchanged": 1}
        write_sound(small_disk / "c.wav", 3)
        assert next_counts(outcomes) == {"added": 1, "unchanged": 2}
    finally:
        subprocess.run(["umount", str(folder / "disk")], check=True)
    assert isinstance(report := outcomes.get(timeout=PATIENCE_S), IndexReport) and report.absent[0].n_sounds == 2


MOUNTED = rb"""21 1 0:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:2 / {folder} rw - {kind} server:/sounds rw
23 21 0:3 / /elsewhere rw - nfs4 server:/other rw
"""


@pytest.mark.parametrize(
    ("kind", "is_remote"), [(b"nfs4", True), (b"cifs", True), (b"fuse.sshfs", True), (b"ext4", False)]
)
def test_a_share_is_told_from_a_disk(tmp_path, monkeypatch, kind, is_remote):
    folder = tmp_path / "my sounds"
    (folder / "drums").mkdir(parents=True)
    escaped = os.fsencode(folder).replace(b" ", rb"\040")
    (tmp_path / "mounts").write_bytes(MOUNTED.replace(b"{folder}", escaped).replace(b"{kind}", kind))
    monkeypatch.setattr(mounts, "_MOUNTS", tmp_path / "mounts")
    for place in (folder, folder / "drums"):
        assert ground_of(place).is_remote is is_remote
    assert ground_of(tmp_path).is_remote is is_remote and not ground_of(Path("/bin")).is_remote


def test_a_share_is_looked_through_now_and_then_and_only_news_are_told(folder, library, monkeypatch):
    ground = ground_of(folder)._replace(mounts=(mounts.Mount(b"nfs", b"0:9", os.fsencode(folder)),))
    monkeypatch.setattr(watch, "ground_of", lambda _: ground)
    monkeypatch.setattr(watch, "_REMOTE_S", 0.0)
    library.index()

    def quiet() -> Iterator[bool]:
        yield False
        write_sound(folder / "b.wav", 2)
        yield False
        for sound in folder.glob("*.wav"):
            sound.unlink()
        yield from (False, False)

    report, error = watch._follow(quiet(), ground, folder, library.index)
    assert counts(report) == {"added": 1, "unchanged": 1} and isinstance(error, LibraryError)


def test_a_missing_folder_is_refused(tmp_path, library):
    with pytest.raises((LibraryError, UsageError), match="nowhere"):
        list(follow_changes(tmp_path / "nowhere", library.index))


def test_the_command_prints_a_line_for_each_burst_and_ends_with_ctrl_c(folder, tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    command = [sys.executable, "-c", "from menura.cli import main; main()", "watch", str(folder)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
        # A shell lets what it runs in the background ignore Ctrl-C, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdout is not None
    assert "1 sound indexed; 1 added in " in process.stdout.readline()
    write_sound(folder / "b.wav", 2)
    assert "2 sounds indexed; 1 added in " in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=PATIENCE_S) == ("", "")
    assert process.returncode == 0
