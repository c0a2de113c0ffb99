"""What an index has of pitch and tempo, and how it follows its sounds."""

import os
import sqlite3
import sys
from contextlib import closing

import pytest

from bundles import write_sound
from menura import Library
from menura.audio import music as audio_music
from menura.errors import LibraryError, UsageError
from menura.index import measured, measuring
from menura.index.database import DATABASE_FILE
from menura.search.ranking import Only, Question
from musical_sounds import write_loop, write_note


@pytest.fixture
def folder(tmp_path):
    write_note(tmp_path / "sounds" / "a.wav", 220)
    write_note(tmp_path / "sounds" / "f.wav", 185)
    write_sound(tmp_path / "sounds" / "noise.wav", 3)
    write_loop(tmp_path / "sounds" / "loops" / "x.wav", 120)
    return tmp_path / "sounds"


@pytest.fixture
def opened(folder, random_bundle, tmp_path):
    return Library.open(folder, random_bundle, tmp_path / "data")


def music(library):
    """What is told of each sound."""
    found = library.page(Question(), offset=0, limit=100).found
    return {sound.path: tuple(None if value is None else round(value) for value in sound.music) for sound in found}


def paths(library, **only):
    return {sound.path for sound in library.page(Question(only=Only(**only)), offset=0, limit=100).found}


def database(library):
    return closing(sqlite3.connect(library._opened().home / DATABASE_FILE))


def rows(library):
    with database(library) as db:
        return db.execute("SELECT count(*) FROM measured").fetchone()[0]


ALL = {"a.wav": (220, None), "f.wav": (185, None), "noise.wav": (None, None), "loops/x.wav": (None, 120)}


def test_an_indexing_measures_every_sound_once(opened):
    told = []
    report = opened.index(progress=told.append)
    assert report.measured == 4
    assert list(dict.fromkeys((one.done, one.total) for one in told if one.measuring and one.done)) == [
        (n, 4) for n in range(1, 5)
    ]
    assert music(opened) == ALL
    assert opened.index().measured == 0


def test_filters_find_what_is_sure(opened):
    opened.index()
    assert paths(opened, pitch="A3") == {"a.wav"}
    assert paths(opened, pitch="F3-A3") == {"a.wav", "f.wav"}
    assert paths(opened, pitch="180-190 Hz") == {"f.wav"}
    assert paths(opened, pitch="A4") == set()
    assert paths(opened, tempo="120") == paths(opened, tempo="60") == paths(opened, tempo="230-250") == {"loops/x.wav"}
    assert paths(opened, tempo="121-130") == set()
    assert paths(opened, tempo="120", pitch="A3") == set()
    assert paths(opened, pitch="A3", shorter_s=0.1) == set()


@pytest.mark.parametrize("only", [{"pitch": "B3-C3"}, {"tempo": "130-120"}, {"pitch": "loud"}, {"tempo": ""}])
def test_an_impossible_range_is_refused(only):
    with pytest.raises(UsageError):
        Only(**only)


def test_an_index_that_was_filled_before_is_measured_afterwards(opened):
    opened.music = False
    assert opened.index().measured == 0
    with database(opened) as db:  # as it was made by a Menura that did not know of it
        db.execute("DROP TABLE measured")
        db.execute("DROP TRIGGER measured_of_old")
        db.execute("DROP TRIGGER measured_of_changed")
        db.commit()
    opened.music = True
    assert music(opened) == dict.fromkeys(ALL, (None, None))
    assert paths(opened, pitch="A3") == set()
    assert opened.index().measured == 4
    assert music(opened) == ALL


def test_it_follows_what_changes_and_goes(opened, folder):
    opened.index()
    write_note(folder / "a.wav", 110)
    os.utime(folder / "a.wav", ns=(1, 1))
    (folder / "noise.wav").unlink()
    (folder / "f.wav").rename(folder / "moved.wav")
    assert opened.index().measured == 2
    assert music(opened) == {"a.wav": (110, None), "moved.wav": (185, None), "loops/x.wav": (None, 120)}
    assert rows(opened) == 2 * 3


def test_a_name_that_tells_a_tempo_is_read_anew(opened, folder):
    opened.index()
    (folder / "loops" / "x.wav").rename(folder / "loops" / "x 60bpm.wav")
    assert opened.index().measured == 1
    assert music(opened)["loops/x 60bpm.wav"] == (None, 60)


def test_without_the_extra_names_tell_tempos_no_file_is_read_and_the_rest_waits_for_it(opened, folder, monkeypatch):
    write_loop(folder / "loops" / "y_97bpm.wav", 97)
    named = {**dict.fromkeys(ALL, (None, None)), "loops/y_97bpm.wav": (None, 97)}
    with monkeypatch.context() as patched:
        patched.setattr(audio_music, "has_music", lambda: False)
        patched.setattr(measuring, "read_audio", None)
        told = []
        assert opened.index(progress=told.append).measured == 0
        assert not any(one.measuring for one in told)
        assert music(opened) == named
        assert paths(opened, tempo="97") == {"loops/y_97bpm.wav"}
        assert opened.index().measured == 0
    assert opened.index().measured == 5
    assert music(opened) == {**ALL, "loops/y_97bpm.wav": (None, 97)}


@pytest.mark.parametrize("absent", ["librosa", "swift_f0"])
def test_the_extra_is_there_where_both_its_packages_are(absent, monkeypatch):
    assert audio_music.has_music()
    monkeypatch.setitem(sys.modules, absent, None)
    assert not audio_music.has_music.__wrapped__()


def test_what_is_lacking_is_found_in_time_that_grows_with_the_sounds_alone(opened, monkeypatch):
    def instructions(n_sounds):
        """How many tens of SQLite's instructions it takes to go through an index of so many sounds."""
        count = 0

        def one_more():
            nonlocal count
            count += 1

        def connect(file):
            db = sqlite3.connect(file)
            db.set_progress_handler(one_more, 10)
            return db

        with database(opened) as db:
            db.execute("DELETE FROM sounds")
            rows = ((n, b"%d.wav" % n) for n in range(n_sounds))
            db.executemany("INSERT INTO sounds VALUES (?, ?, 'a.wav', '', 1, 1, '', 0.5, '', 0, 0, 0, 1)", rows)
            db.commit()
        with monkeypatch.context() as patched:
            patched.setattr(measured, "connect", connect)
            batches = opened._opened().measured.lacking((measured.PITCH, measured.TEMPO), 16)
            assert sum(map(len, batches)) == n_sounds
        return count

    opened.music = False
    opened.index()
    assert instructions(2_000) < 6 * instructions(500)


def test_what_is_finished_is_kept_where_it_is_interrupted(opened, monkeypatch):
    monkeypatch.setattr(measuring, "_AT_ONCE", 1)

    def stop(told):
        if told.measuring and told.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opened.index(progress=stop)
    assert rows(opened) == 2 * 2
    assert opened.index().measured == 2
    assert music(opened) == ALL


def test_one_odd_sound_ends_nothing(opened, monkeypatch):
    measure = measuring.pitch.pitch_hz

    def odd(samples):
        if (found := measure(samples)) is not None and round(found) == 220:
            raise ValueError("must be finite")
        return found

    monkeypatch.setattr(measuring.pitch, "pitch_hz", odd)
    assert opened.index().measured == 4
    assert music(opened) == {**ALL, "a.wav": (None, None)}


def test_where_what_measures_cannot_be_loaded_the_rest_goes_on(opened, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "librosa.feature", None)
        assert opened.index().measured == 0
    assert opened.is_complete
    assert opened.index().measured == 4


def test_a_first_search_waits_for_measures_only_where_it_asks_for_them(opened, folder):
    query = folder / "a.wav"
    opened.search(query)
    assert rows(opened) == 0
    assert opened.index().measured == 4


def test_another_way_of_measuring_measures_all_anew(opened, monkeypatch):
    opened.index()
    monkeypatch.setattr(measuring, "PITCH", "pitch 2")
    monkeypatch.setattr(measuring, "_MEASURES", ("pitch 2", measured.TEMPO))
    monkeypatch.setattr(measured, "_MEASURES", ("pitch 2", measured.TEMPO, measured.NAMED_TEMPO))
    assert opened.index().measured == 4
    assert rows(opened) == 2 * 4


def test_a_file_that_is_gone_or_another_is_left_for_the_next_indexing(opened, folder):
    opened.music = False
    opened.index()
    index = opened._opened()
    (folder / "a.wav").unlink()
    os.utime(folder / "f.wav", ns=(1, 1))
    assert measuring.measure_missing(index.folder, index.measured, lambda *_: None) == 2
    opened.music = True
    assert opened.index().measured == 1
    assert music(opened) == {path: told for path, told in ALL.items() if path != "a.wav"}


def test_switched_off_nothing_is_measured_told_or_found(folder, random_bundle, tmp_path):
    with_music = Library.open(folder, random_bundle, tmp_path / "data")
    with_music.index()
    without = Library.open(folder, random_bundle, tmp_path / "data", music=False)
    write_note(folder / "new.wav", 440)
    assert without.index().measured == 0
    assert set(music(without).values()) == {(None, None)}
    with pytest.raises(UsageError, match="switched off"):
        paths(without, pitch="A3")
    assert with_music.index().measured == 1


@pytest.mark.parametrize("value", ["'high'", "-1.0", "1e99", "x'00'"])
def test_a_measurement_that_cannot_be_is_damage(opened, value):
    opened.index()
    with database(opened) as db:
        db.execute(f"UPDATE measured SET value = {value} WHERE measure = ?", (measured.PITCH,))
        db.commit()
    with pytest.raises(LibraryError, match="damaged"):
        music(opened)
