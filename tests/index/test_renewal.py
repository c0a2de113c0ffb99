"""An index of the former format is found by the words of today from its next opening on, and has lost nothing."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import menura.index.renewal
from menura.audio.walk import SoundFile, Stamp
from menura.errors import LibraryError
from menura.index.changes import Moved
from menura.index.store import LibraryIndex
from stores import MODEL, embedded, known, make_former, stored

PATHS = ("Hats/OpenHat.wav", "snare808.wav", "Pads/C#3 straße.wav", os.fsdecode(b"caf\xe9.wav"))


@pytest.fixture
def former(tmp_path: Path) -> LibraryIndex:
    index = LibraryIndex.open(tmp_path / "sounds", tmp_path / "data", MODEL)
    index.write([embedded(path, number) for number, path in enumerate(PATHS)])
    index.finish([], [])
    make_former(index.home)
    return index


def opened(index: LibraryIndex) -> LibraryIndex:
    return LibraryIndex.open(index.folder, index.home.parents[1], MODEL)


def found(index: LibraryIndex, text: str) -> set[str]:
    with index.snapshot() as snapshot:
        return {sound.path for sound in snapshot.sounds(snapshot.matching(text))}


def read(index: LibraryIndex, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(index.home / "index.sqlite")) as db:
        return db.execute(query).fetchall()


def test_a_former_index_is_found_by_the_words_of_today(former):
    assert found(former, "open") == {PATHS[0]} and found(former, "808") == set()
    rest = "SELECT id, path, size, mtime_ns, sha256, duration_s, first_row, n_rows FROM sounds"
    before, revision = read(former, rest), former.revision
    index = opened(former)
    for text, path in {"hat": PATHS[0], "808": PATHS[1], "c#": PATHS[2], "strasse": PATHS[2], "cafe": PATHS[3]}.items():
        assert found(index, text) == {path}
    assert found(index, "-hat -808") == set(PATHS[2:])
    assert read(index, rest) == before and stored(index) == {path: [n] for n, path in enumerate(PATHS)}
    assert read(index, "SELECT value FROM meta WHERE key = 'format'") == [("2",)] and index.revision != revision
    assert opened(index).revision == index.revision  # once, and not again


def test_the_words_of_a_renewed_index_are_kept(former):
    index = opened(former)
    index.write([Moved(SoundFile("FXHit.wav", Stamp(5, 6)), known(index, PATHS[0])), embedded("BD.wav", 9)])
    index.finish([known(index, PATHS[1])], [])
    assert [found(index, text) for text in ("hat", "sfx", "kick", "808")] == [set(), {"FXHit.wav"}, {"BD.wav"}, set()]
    with closing(sqlite3.connect(index.home / "index.sqlite")) as db:
        db.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


def test_a_process_killed_while_it_renews_leaves_the_former_index(former):
    before = read(former, "SELECT * FROM sounds"), read(former, "SELECT * FROM meta")
    code = f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parents[1])!r})
        import menura.index.renewal, stores
        from pathlib import Path
        from menura.index.store import LibraryIndex
        menura.index.renewal.update_meta = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        LibraryIndex.open(Path({str(former.folder)!r}), Path({str(former.home.parents[1])!r}), stores.MODEL)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (read(former, "SELECT * FROM sounds"), read(former, "SELECT * FROM meta")) == before
    assert found(opened(former), "808") == {PATHS[1]}


def test_of_many_who_open_it_at_once_one_renews(former, monkeypatch):
    times = []
    renew = menura.index.renewal.renew_words
    monkeypatch.setattr("menura.index.renewal.renew_words", lambda db: times.append(renew(db)))
    with ThreadPoolExecutor(4) as pool:
        indexes = list(pool.map(lambda _: opened(former), range(4)))
    assert len(times) == 1 and all(found(index, "808") == {PATHS[1]} for index in indexes)


def test_a_former_index_of_a_stranger_is_refused_and_left_alone(former):
    with closing(sqlite3.connect(former.home / "index.sqlite")) as db:
        db.execute("CREATE TRIGGER evil AFTER UPDATE ON sounds BEGIN DELETE FROM skipped; END")
    before = read(former, "SELECT * FROM sounds")
    with pytest.raises(LibraryError, match="it holds what Menura never put there, 'evil'"):
        opened(former)
    assert read(former, "SELECT * FROM sounds") == before


def test_an_empty_former_index_is_renewed(tmp_path):
    index = LibraryIndex.open(tmp_path / "sounds", tmp_path / "data", MODEL)
    make_former(index.home)
    opened(index).write([embedded("BD.wav", 1)])
    assert found(index, "kick") == {"BD.wav"}
