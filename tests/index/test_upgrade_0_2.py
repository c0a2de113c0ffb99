"""Indexes of Menura 0.2 go on as they are, in fewer bytes, and no sound is read for it.

`menura-0.2.zip` is the home of an index by Menura 0.2, as it was at commit df948af: of sounds made up as `stores` does,
two of them twins, one that begins late, one of three windows, one that is gone, a file that is none, and a pitch.
"""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from menura.errors import LibraryError
from menura.index.check import check_index
from menura.index.homes import index_home
from menura.index.identity import IndexIdentity
from menura.index.info import info_of_home
from menura.index.schema import _plain
from menura.index.store import LibraryIndex
from stores import MODEL, embedded, stored

ROWS = {
    "drums/Kick 1.wav": [2.0],
    "drums/OpenHat.wav": [1.0],
    "drums/copy.wav": [2.0],
    "late.wav": [6.0],
    "pads/long C#3.wav": [3.0, 4.0, 5.0],
}
STARTS_S = {path: [1.5 * number for number in range(len(rows))] for path, rows in ROWS.items()} | {"late.wav": [0.25]}


class Toy:
    """What a check asks of the model, of which there is none."""

    fingerprint = "0" * 64
    name = "none"

    class spec:  # noqa: N801
        n_hidden = 3


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home that 0.2 left behind."""
    (tmp_path / "sounds").mkdir()
    home = index_home(identity(tmp_path), tmp_path / "data")
    with zipfile.ZipFile(Path(__file__).with_name("menura-0.2.zip")) as archive:
        archive.extractall(home)
    return home


def identity(tmp_path: Path) -> IndexIdentity:
    return IndexIdentity(tmp_path / "sounds", MODEL)


def opened(tmp_path: Path) -> LibraryIndex:
    return LibraryIndex.open(tmp_path / "sounds", tmp_path / "data", MODEL)


def asked(home: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "index.sqlite")) as db:
        return db.execute(query, values).fetchall()


def test_all_that_it_holds_is_there_afterwards(tmp_path, home):
    before = asked(home, "SELECT * FROM measured"), asked(home, "SELECT * FROM skipped")
    index = opened(tmp_path)
    assert stored(index) == ROWS
    with index.snapshot() as snapshot:
        ids = {path: int(snapshot.named([path])[0]) for path in ROWS}
        assert {path: snapshot.placed(ids[path]).starts_s.tolist() for path in ROWS} == STARTS_S
        twins = snapshot.table.twins
        assert twins.alike(snapshot.table.sound_ids) == {ids["drums/Kick 1.wav"]: [ids["drums/copy.wav"]]}
        assert set(snapshot.matching("open hat").tolist()) == {ids["drums/OpenHat.wav"]}
        assert set(snapshot.matching("drums -copy").tolist()) == {ids["drums/OpenHat.wav"], ids["drums/Kick 1.wav"]}
        assert set(snapshot.lasting(3.5, 99).tolist()) == {ids["pads/long C#3.wav"]}
        assert snapshot.sound(ids["drums/Kick 1.wav"]).music.pitch_hz == 55
    assert (asked(home, "SELECT * FROM measured"), asked(home, "SELECT * FROM skipped")) == before


def test_it_is_the_index_that_would_be_made_now(tmp_path, home):
    opened(tmp_path)
    schema = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    rows = "SELECT path, cell, alike, starts_s FROM sounds ORDER BY path"
    (tmp_path / "new").mkdir()
    new = LibraryIndex.open(tmp_path / "new", tmp_path / "data", MODEL)
    made = [embedded(path, *values) for path, values in ROWS.items()]
    made[3].starts_s[:] = 0.25
    new.write(made)
    assert plain(asked(home, schema)) == plain(asked(new.home, schema))
    twins = {path for path, _, group, _ in asked(home, rows) if group}
    assert twins == {b"drums/Kick 1.wav", b"drums/copy.wav"}
    upgraded, made_anew = (
        [(path, cell, bool(group), starts) for path, cell, group, starts in asked(one, rows)]
        for one in (home, new.home)
    )
    assert upgraded == made_anew


def plain(listed: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [(kind, name, _plain(sql)) for kind, name, sql in listed]


def test_twins_of_what_0_2_stored_are_found(tmp_path, home):
    index = opened(tmp_path)
    index.write([embedded("again.wav", 2.0), embedded("hat again.wav", 1.0), embedded("another.wav", 9.0)])
    with index.snapshot() as snapshot:
        found = snapshot.table.twins.alike(snapshot.table.sound_ids)
        groups = sorted(snapshot.paths([first, *others]) for first, others in found.items())
    assert groups == [["again.wav", "drums/Kick 1.wav", "drums/copy.wav"], ["drums/OpenHat.wav", "hat again.wav"]]


def test_nobody_has_to_open_it_to_tell_what_it_is(tmp_path, home):
    before = (home / "index.sqlite").read_bytes()
    assert info_of_home(home, identity(tmp_path)).windows == 7
    report = check_index(identity(tmp_path), home, Toy)
    assert [fault for fault in report.faults if "another model" not in fault] == []
    assert (home / "index.sqlite").read_bytes() == before


def test_it_is_done_once_and_takes_fewer_bytes(tmp_path, home):
    before = (home / "index.sqlite").stat().st_size
    revision = opened(tmp_path).revision
    assert opened(tmp_path).revision == revision
    with closing(sqlite3.connect(home / "index.sqlite")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (home / "index.sqlite").stat().st_size < before


@pytest.mark.parametrize("statement", ["CREATE TABLE evil (x)", "UPDATE meta SET value = 'x' WHERE key = 'rows'"])
def test_what_0_2_never_made_is_refused_as_it_was(tmp_path, home, statement):
    with closing(sqlite3.connect(home / "index.sqlite", isolation_level=None)) as db:
        db.execute(statement)
    with pytest.raises(LibraryError, match="damaged"):
        opened(tmp_path)


def test_who_is_killed_meanwhile_leaves_the_index_of_0_2(tmp_path, home, monkeypatch):
    def fail(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("menura.index.upgrade.create_words", fail)
        opened(tmp_path)
    assert asked(home, "SELECT value FROM meta WHERE key = 'format'") == [("2",)]
    assert stored(opened(tmp_path)) == ROWS
