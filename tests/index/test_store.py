"""The index on disk: what is committed stays, what is not leaves no trace, and damage is named."""

import errno
import os
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import menura.index.database
import menura.index.store
from menura.audio.walk import SoundFile, Stamp, Unreadable
from menura.errors import LibraryError
from menura.index.changes import Moved, Touched
from menura.index.database import connect, write_ahead
from menura.index.identity import ModelIdentity
from menura.index.projections import ProjectionsFile
from menura.index.store import LibraryIndex
from stores import MODEL, embedded, known, stored


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "my sounds"
    folder.mkdir()
    return folder


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def index(library: Path, data_dir: Path) -> LibraryIndex:
    return LibraryIndex.open(library, data_dir, MODEL)


def known_skips(index: LibraryIndex) -> list[tuple[object, ...]]:
    """The files that are not tried again before their stamp changes."""
    return connect(index.home / "index.sqlite").execute("SELECT * FROM skipped WHERE size IS NOT NULL").fetchall()


def matching(index: LibraryIndex, text: str) -> set[str]:
    with index.snapshot() as snapshot:
        return {sound.path for sound in snapshot.sounds(snapshot.matching(text))}


def check_integrity(index: LibraryIndex) -> None:
    db = connect(index.home / "index.sqlite")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")  # raises unless in step with `sounds`
    db.close()


def test_what_is_written_is_read_back_by_whoever_opens_it_next(index, library, data_dir):
    index.write([embedded("a.wav", 1, 2), embedded("b/c.wav", 3)])
    index.write([embedded("d.wav", 4, 5, 6)])
    again = LibraryIndex.open(library, data_dir, MODEL)
    assert stored(again) == {"a.wav": [1, 2], "b/c.wav": [3], "d.wav": [4, 5, 6]}
    assert known(again, "b/c.wav").stamp == Stamp(7, 1)
    info = again.info()
    assert (info.sounds, info.windows, info.seconds, info.model) == (3, 6, 13.5, "toy")
    check_integrity(again)


def test_the_index_is_in_the_data_directory_and_nowhere_else(index, library, data_dir):
    index.write([embedded("a.wav", 1)])
    assert list(library.iterdir()) == []
    assert index.home.parent == data_dir / "libraries" and index.home.name.endswith("-ffffffffffffffff")
    assert {file.suffix for file in index.home.iterdir()} == {".sqlite", ".f32"}


def test_two_folders_have_two_indexes(index, tmp_path, data_dir):
    other = LibraryIndex.open(tmp_path / "other", data_dir, MODEL)
    index.write([embedded("a.wav", 1)])
    assert stored(other) == {}


def test_a_changed_sound_has_its_new_rows(index):
    index.write([embedded("a.wav", 1, 2), embedded("b.wav", 3)])
    index.write([embedded("a.wav", 7, 8, 9, content="new")])
    assert stored(index) == {"a.wav": [7, 8, 9], "b.wav": [3]}
    check_integrity(index)


def test_a_moved_sound_keeps_its_rows_and_is_found_by_its_new_name_alone(index):
    index.write([embedded("old/name.wav", 1, 2), embedded("b.wav", 3)])
    index.write([Moved(SoundFile("new/title.wav", Stamp(5, 6)), known(index, "old/name.wav"))])
    assert stored(index) == {"new/title.wav": [1, 2], "b.wav": [3]}
    assert (matching(index, "title"), matching(index, "name")) == ({"new/title.wav"}, set())
    assert known(index, "new/title.wav").stamp == Stamp(5, 6)
    check_integrity(index)


def test_a_move_that_another_indexer_made_by_embedding_leaves_one_sound(index):
    index.write([embedded("old.wav", 1)])
    origin = known(index, "old.wav")
    index.write([embedded("new.wav", 1, content="old.wav")])
    index.write([Moved(SoundFile("new.wav", Stamp(5, 6)), origin)])
    assert stored(index) == {"new.wav": [1]}


def test_a_touched_sound_keeps_its_rows(index):
    index.write([embedded("a.wav", 1)])
    index.write([Touched(SoundFile("a.wav", Stamp(5, 99)))])
    assert (stored(index), known(index, "a.wav").stamp) == ({"a.wav": [1]}, Stamp(5, 99))


def test_the_same_sound_from_two_indexers_is_stored_once(index, library, data_dir):
    other = LibraryIndex.open(library, data_dir, MODEL)
    index.write([embedded("a.wav", 1), embedded("b.wav", 2)])
    other.write([embedded("b.wav", 2), embedded("c.wav", 3)])
    assert stored(index) == {"a.wav": [1], "b.wav": [2], "c.wav": [3]}
    with index.snapshot() as snapshot:
        assert len(snapshot.table.projections) == 3


def test_a_sound_that_went_bad_leaves_and_one_that_cannot_be_opened_stays(index):
    index.write([embedded("bad.wav", 1), embedded("locked.wav", 2)])
    index.write(
        [Unreadable("bad.wav", "not a sound", Stamp(1, 2)), Unreadable("locked.wav", "Permission denied", None)]
    )
    assert stored(index) == {"locked.wav": [2]}
    assert known_skips(index) == [(b"bad.wav", 1, 2, "not a sound")]  # the other is tried again each time
    assert [tuple(skipped) for skipped in index.info().skipped] == [
        ("bad.wav", "not a sound"),
        ("locked.wav", "Permission denied"),
    ]
    index.write([embedded("bad.wav", 5, content="mended")])
    assert known_skips(index) == [] and stored(index)["bad.wav"] == [5]


def test_the_state_tells_new_from_begun_from_complete(index):
    assert index.state == "new" and not index.info().complete
    index.write([embedded("a.wav", 1)])
    assert index.state == "indexing" and not index.info().complete
    index.finish([], [])
    assert index.state == "complete" and index.info().complete


def test_dead_rows_are_neither_scored_nor_kept_once_they_are_the_most(index):
    index.write([embedded(f"{n}.wav", n, n + 0.5) for n in range(5)])
    before = sorted(index.home.glob("*.f32"))
    index.finish([known(index, "1.wav")], [])
    assert stored(index) == {"0.wav": [0, 0.5], "2.wav": [2, 2.5], "3.wav": [3, 3.5], "4.wav": [4, 4.5]}
    assert sorted(index.home.glob("*.f32")) == before
    with index.snapshot() as held:
        index.finish([known(index, "0.wav"), known(index, "3.wav")], [])
        assert held.table.projections[4, 0] == 2  # a reader keeps what it has mapped
    assert stored(index) == {"2.wav": [2, 2.5], "4.wav": [4, 4.5]}
    (file,) = index.home.glob("*.f32")
    assert (file.stat().st_size, file not in before) == (4 * 3 * 4, True)
    index.write([embedded("5.wav", 5)])
    assert stored(index) == {"2.wav": [2, 2.5], "4.wav": [4, 4.5], "5.wav": [5]}
    check_integrity(index)


def test_a_sound_moved_by_another_indexer_is_not_gone(index):
    index.write([embedded("old.wav", 1)])
    gone = known(index, "old.wav")
    index.write([Moved(SoundFile("new.wav", Stamp(1, 1)), gone)])
    index.finish([gone], [])
    assert stored(index) == {"new.wav": [1]}


def test_a_failed_compaction_leaves_everything_as_it_was(index, monkeypatch):
    index.write([embedded(f"{n}.wav", n) for n in range(5)])
    gone = [known(index, f"{n}.wav") for n in range(4)]
    copied = ProjectionsFile.copy

    def fail_after_copying(self: ProjectionsFile, rows: np.ndarray) -> str:
        copied(self, rows)
        raise OSError(errno.ENOSPC, "No space left on device", "projections")

    with monkeypatch.context() as patched:
        patched.setattr(ProjectionsFile, "copy", fail_after_copying)
        with pytest.raises(LibraryError, match=r"cannot be read or written \(No space left on device: projections\)"):
            index.finish(gone, [])
    assert len(stored(index)) == 5 and len(list(index.home.glob("*.f32"))) == 2
    index.finish(gone, [])
    assert stored(index) == {"4.wav": [4]} and len(list(index.home.glob("*.f32"))) == 1


def test_a_failed_batch_leaves_no_trace(index, monkeypatch):
    index.write([embedded("a.wav", 1)])
    with monkeypatch.context() as patched:
        patched.setattr(menura.index.store, "apply_change", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index.write([embedded("b.wav", 2, 2, 2)])
    assert stored(index) == {"a.wav": [1]}
    index.write([embedded("c.wav", 3)])
    assert stored(index) == {"a.wav": [1], "c.wav": [3]}


def test_a_process_killed_before_its_commit_leaves_what_was_committed(index, library, data_dir):
    """The rows are on disk, the transaction is open, and the process is gone."""
    index.write([embedded("a.wav", 1)])
    code = f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        import menura.index.store, stores
        from pathlib import Path
        open_index = menura.index.store.LibraryIndex.open
        index = open_index(Path({str(library)!r}), Path({str(data_dir)!r}), stores.MODEL)
        menura.index.store.update_meta = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        index.write([stores.embedded("b.wav", *range(50))])
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -9
    (file,) = index.home.glob("*.f32")
    assert file.stat().st_size == 51 * 12  # the tail is there, and counts for nothing
    assert stored(index) == {"a.wav": [1]}
    index.write([embedded("c.wav", 3, 4)])
    assert stored(index) == {"a.wav": [1], "c.wav": [3, 4]}
    check_integrity(index)


def test_a_snapshot_stays_as_it_is_while_another_commits(index, library, data_dir):
    index.write([embedded("a.wav", 1)])
    with index.snapshot() as snapshot:
        LibraryIndex.open(library, data_dir, MODEL).write([embedded("b.wav", 2)])
        assert len(snapshot.table.sound_ids) == 1
        assert snapshot.matching("wav").tolist() == snapshot.table.sound_ids.tolist()
    assert len(stored(index)) == 2


# Names and text


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"caf\xe9.wav", "café"),  # Latin-1
        ("café.wav".encode(), "cafe"),
        ("cafe\u0301.wav".encode(), "CAFÉ"),  # decomposed, as macOS does
        ("한글.wav".encode(), "한"),
        (b"line\nbreak.wav", "break"),
        (b"snare_rim-shot 3.wav", "rim shot 3"),
        (b"Drums/Snare/01.wav", "snare drum"),
        (b'it\'s "quoted".wav', "quoted"),
    ],
)
def test_any_file_name_is_kept_and_found(index, raw, word):
    path = os.fsdecode(raw)
    index.write([embedded(path, 1), embedded("other.ogg", 2)])
    assert stored(index)[path] == [1]
    assert matching(index, word) == {path}


def test_every_word_must_match_as_a_prefix(index):
    index.write([embedded("animals/dog bark.wav", 1), embedded("animals/dogma.wav", 2), embedded("dog/cat.wav", 3)])
    assert matching(index, "dog") == {"animals/dog bark.wav", "animals/dogma.wav", "dog/cat.wav"}
    assert matching(index, "dog anim") == {"animals/dog bark.wav", "animals/dogma.wav"}
    assert matching(index, "bark anim do") == {"animals/dog bark.wav"}
    assert matching(index, "ark") == set()
    assert matching(index, "dog OR nothing") == set()  # words, not syntax


# Refusals


def test_another_model_has_an_index_of_its_own(index, library, data_dir):
    index.write([embedded("a.wav", 1)])
    other = LibraryIndex.open(library, data_dir, ModelIdentity("e" * 64, "better", 5))
    assert other.state == "new" and stored(other) == {}
    other.finish([], [])
    assert (stored(index), index.state) == ({"a.wav": [1]}, "indexing")


def test_an_index_in_another_models_place_is_refused_with_the_command_that_remakes_it(index, library, data_dir):
    db = connect(index.home / "index.sqlite")
    db.execute("UPDATE meta SET value = ? WHERE key = 'fingerprint'", ("e" * 64,))
    db.close()
    with pytest.raises(
        LibraryError,
        match=r"made with another model \(toy, eeeeeeee\), not toy \(ffffffff\); make it anew with: "
        r"menura index '.*/my sounds' --rebuild --model 'my model'$",
    ):
        LibraryIndex.open(library, data_dir, replace(MODEL, called="my model"))
    with pytest.raises(LibraryError, match="made with another model"):
        index.write([embedded("b.wav", 2)])
    assert stored(LibraryIndex.open(library, data_dir, MODEL, rebuild=True)) == {}


OLDER = "its index is of format 1, and this Menura reads 3; make it anew with: menura index"
NEWER = r"by a newer Menura \(format 7, and this one reads 3\); update this Menura, or make it anew with: menura"


@pytest.mark.parametrize(("version", "said"), [("1", OLDER), ("7", NEWER)])
def test_an_index_of_another_format_is_refused_whatever_else_is_in_it(index, library, data_dir, version, said):
    db = connect(index.home / "index.sqlite")
    db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (version,))
    db.execute("CREATE TABLE what_this_menura_does_not_know (a DEFAULT 1)")
    db.close()
    with pytest.raises(LibraryError, match=said):
        LibraryIndex.open(library, data_dir, MODEL)
    assert LibraryIndex.open(library, data_dir, MODEL, rebuild=True).state == "new"


@pytest.mark.parametrize("damage", ["garbage", "foreign", "no meta row", "bad meta row", "torn"])
def test_a_corrupt_database_is_refused_and_can_be_remade(index, library, data_dir, damage):
    index.write([embedded(f"{n}.wav", n) for n in range(500)])
    file = index.home / "index.sqlite"
    db = connect(file)
    match damage:
        case "foreign":
            db.execute("DROP TABLE meta")
        case "no meta row":
            db.execute("DELETE FROM meta WHERE key = 'rows'")
        case "bad meta row":
            db.execute("UPDATE meta SET value = 'x' WHERE key = 'rows'")
    db.close()
    if damage == "garbage":
        file.write_bytes(b"not a database " * 1_000)
    if damage == "torn":
        content = bytearray(file.read_bytes())
        content[4_096:] = bytes(len(content) - 4_096)
        file.write_bytes(content)
    with pytest.raises(
        LibraryError, match=r"its index is damaged \(.*\); make it anew with: menura index .* --rebuild$"
    ):
        stored(LibraryIndex.open(library, data_dir, MODEL))
    remade = LibraryIndex.open(library, data_dir, MODEL, rebuild=True)
    remade.write([embedded("a.wav", 1)])
    remade.finish([], [])
    assert stored(remade) == {"a.wav": [1]} and len(list(remade.home.glob("*.f32"))) == 1


def test_a_short_projections_file_is_refused_by_readers_and_writers(index):
    index.write([embedded("a.wav", 1, 2)])
    (file,) = index.home.glob("*.f32")
    os.truncate(file, 20)
    with pytest.raises(
        LibraryError, match=r"damaged \(projections-\w+.f32 is shorter than 2 rows\); make it anew with"
    ):
        stored(index)
    with pytest.raises(LibraryError, match="is shorter than 2 rows"):
        index.write([embedded("b.wav", 1)])


def test_a_lost_projections_file_is_refused(index):
    index.write([embedded("a.wav", 1, 2)])
    (file,) = index.home.glob("*.f32")
    file.unlink()
    with pytest.raises(LibraryError, match=r"damaged \(.*projections-\w+.f32 is missing\); make it anew with"):
        stored(index)


def test_a_sound_with_rows_that_are_not_there_is_refused(index):
    index.write([embedded("a.wav", 1, 2)])
    db = connect(index.home / "index.sqlite")
    db.execute("UPDATE sounds SET first_row = 1")
    db.close()
    with pytest.raises(LibraryError, match=r"damaged \(a sound's rows are outside the projections file\)"):
        stored(index)


def test_an_index_that_another_program_holds_is_named(index, monkeypatch):
    monkeypatch.setattr(menura.index.database, "_BUSY_TIMEOUT_S", 0.01)
    db = connect(index.home / "index.sqlite")
    db.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match="another program is using its index; try again when it has ended"):
        index.write([embedded("a.wav", 1)])
    db.close()
    index.write([embedded("a.wav", 1)])


def test_a_data_directory_that_cannot_be_made_is_named(library, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match=r"file/libraries/.*: Menura cannot make the folder .* \(Not a directory\)"):
        LibraryIndex.open(library, tmp_path / "file", MODEL)


def test_an_index_that_another_program_is_making_is_waited_for():
    """Where two programs ask for the same locks at once, SQLite refuses one of them whatever its timeout."""

    class Refusing:
        calls = 0

        def execute(self, statement):
            self.calls += 1
            if self.calls < 4:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error

    db = Refusing()
    write_ahead(db)
    assert db.calls == 4


def test_any_other_failure_is_not_waited_for():
    class Failing:
        def execute(self, statement):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error

    with pytest.raises(sqlite3.OperationalError, match="I/O"):
        write_ahead(Failing())
