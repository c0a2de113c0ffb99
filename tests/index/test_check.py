"""A check calls an index whole if it is, and names every way in which it is not."""

import os
import signal
import sqlite3
import time

import numpy as np
import pytest

import menura.index.codes
import menura.index.copied
from bundles import write_sound
from cli_calls import isolate, output_of, refusal_of, run, write_sounds
from indexes import assert_same_contents, everything_in, index_elsewhere
from menura import Library
from menura.audio.walk import Stamp
from menura.errors import LibraryError, UsageError
from menura.index.codes import CodesFile
from menura.index.homes import MAP_FILE
from menura.index.sound import Sound, packed_starts, unpacked_starts
from menura.model.bundle import Bundle


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sounds"
    for seed in range(6):
        write_sound(folder / f"deep {seed % 2}" / f"{seed}.wav", seed, duration_s=0.5 + seed)
    (folder / "notes.wav").write_text("words")
    return folder


@pytest.fixture
def library(folder, tmp_path, random_bundle):
    library = Library.open(folder, random_bundle, tmp_path / "data")
    library.index()
    return library


def spoil(library, statement, *values):
    db = sqlite3.connect(library._opened().home / "index.sqlite", isolation_level=None)
    db.execute(statement, values)
    db.close()


def faults(library):
    """What is wrong, each with its remedy."""
    report = library.check(everything=True)
    assert report.whole == (not report.faults)
    assert all(line.endswith(library.identity.rebuild_advice) for line in report.faults), report.faults
    return report.faults


def projections_file(library):
    (file,) = library._opened().home.glob("*.f32")
    return file


def test_the_map_is_a_part_of_it(library):
    home = library._opened().home
    (home / MAP_FILE).write_bytes(b"whatever")
    (home / "stranger").write_bytes(b"")
    assert [note for note in library.check().notes if "no part of the index" in note] == [
        f"{home / 'stranger'}: no part of the index; it may be removed"
    ]


def test_a_whole_index_is_called_whole_and_left_alone(library, folder):
    before = everything_in(folder), everything_in(library._opened().home)
    seen = []
    report = library.check(everything=True, progress=lambda done, total: seen.append((done, total)))
    assert (report.faults, report.notes) == ((), ())
    assert (report.sounds, report.hashed, report.recomputed) == (6, 6, 6)
    assert seen == [(number, 6) for number in range(1, 7)]
    assert everything_in(folder) == before[0]
    after = everything_in(library._opened().home)
    assert {path: found[0] for path, found in after.items()} == {path: found[0] for path, found in before[1].items()}


def test_of_a_large_library_a_sample_is_looked_at(tmp_path, random_bundle):
    for seed in range(60):
        write_sound(tmp_path / "sounds" / f"{seed}.wav", seed, duration_s=0.05)
    library = Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data")
    library.index()
    assert library.check().recomputed == 50 and library.check(everything=True).recomputed == 60


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM words_data WHERE id > 10", "the words of its names are not those of its sounds"),
        ("UPDATE sounds SET n_rows = n_rows + 1, first_row = 0 WHERE id = 1", "share rows|outside"),
        ("UPDATE sounds SET first_row = 10000 WHERE id = 1", "outside the projections file"),
        ("UPDATE sounds SET duration_s = 60 WHERE id = 1", "its duration are not those of its sound"),
        ("UPDATE sounds SET starts_s = x'00' WHERE id = 1", "the places of its windows are out of range"),
        ("UPDATE sounds SET sha256 = x'00' WHERE id = 1", "of another content than was indexed"),
        ("UPDATE sounds SET path = CAST('../x.wav' AS BLOB) WHERE id = 1", "leads out of the library"),
        ("UPDATE sounds SET name = 'other' WHERE id = 1", "found by another name, 'other'"),
        ("INSERT INTO skipped SELECT path, 1, 1, 'bad' FROM sounds WHERE id = 1", "both a sound and unreadable"),
        ("UPDATE sounds SET cell = cell + 1 WHERE id = 1", "its twins would be looked for elsewhere"),
        ("UPDATE sounds SET alike = 1", "said to be like sounds that it is not like"),
        ("UPDATE sounds SET alike = 'one' WHERE id = 1", "the number of a group of twins is out of range"),
        ("UPDATE sounds SET alike = -1 WHERE id = 1", "its twins would be looked for elsewhere"),
        ("DROP INDEX sounds_by_row", ""),
        ("DELETE FROM meta WHERE key = 'rows'", "damaged"),
        ("UPDATE meta SET value = '9' WHERE key = 'format'", "by a newer Menura (format 9"),
        ("CREATE TABLE evil (x)", "never put there"),
    ],
)
def test_a_spoiled_database_is_named(library, statement, words):
    spoil(library, statement)
    found = faults(library)
    assert bool(found) == bool(words) and (not words or any(w in line for line in found for w in words.split("|")))


def test_a_torn_database_is_named(library):
    file = library._opened().home / "index.sqlite"
    content = bytearray(file.read_bytes())
    content[8_192:20_480] = bytes(12_288)
    file.write_bytes(content)
    assert faults(library)


def test_wrong_projections_are_named(library):
    file = projections_file(library)
    rows = np.fromfile(file, np.float32)
    rows[5 * 108 + 7] += 1
    rows.tofile(file)
    assert any("its projections or its duration are not those of its sound" in line for line in faults(library))
    rows[5 * 108 + 7] = np.nan
    rows.tofile(file)
    assert any("hold what is no number" in line for line in faults(library))
    os.truncate(file, 1_000)
    assert "is shorter than" in faults(library)[0]
    file.unlink()
    assert "is missing" in faults(library)[0]


def test_wrong_codes_are_named_and_lost_ones_noted(library, random_bundle, monkeypatch):
    opened = library._opened()
    rows = np.random.default_rng(0).normal(0, 1, (4_096, 108)).astype(np.float32)
    monkeypatch.setattr(menura.index.codes, "MIN_ROWS", 4_096)
    with opened._transaction() as (db, meta):
        with projections_file(library).open("ab") as stream:
            stream.write(rows.tobytes())
        db.execute("UPDATE meta SET value = ? WHERE key = 'rows'", (str(meta.rows + 4_096),))
    opened.encode(random_bundle.output_weight)
    assert library.check(everything=True).whole
    with opened._connection() as db:
        codes = CodesFile.of(opened._read_meta(db), opened.home)
    content = bytearray(codes.file.read_bytes())
    content[-1] ^= 1
    codes.file.write_bytes(content)
    assert "the codes from row 0 on are not those of its projections" in faults(library)[0]
    codes.file.unlink()
    report = library.check(everything=True)
    assert report.whole and any("are lost; menura index" in note for note in report.notes)


def test_another_model_is_named(folder, tmp_path, library):
    other = Library.open(folder, data_dir=tmp_path / "data")
    with pytest.raises(
        UsageError, match=rf"sounds: not indexed with {Bundle.load().name} yet; menura index .*sounds does"
    ):
        other.check()
    spoil(library, "UPDATE meta SET value = ? WHERE key = 'fingerprint'", other.bundle.fingerprint)  # copied about
    report = library.check()
    assert f"made with another model (random), not random; {library.identity.rebuild_advice}" in report.faults[0]
    assert report.recomputed == 0


def test_changed_files_interrupted_indexings_and_strays_are_noted(library, folder):
    write_sound(folder / "deep 0" / "0.wav", 99)
    (folder / "deep 1" / "1.wav").unlink()
    spoil(library, "UPDATE meta SET value = 'indexing' WHERE key = 'state'")
    home = library._opened().home
    (home / "projections-00.f32").touch()
    (home / "what.txt").touch()
    report = library.check(everything=True)
    assert report.whole and (report.hashed, report.recomputed) == (4, 4)
    notes = "\n".join(report.notes)
    assert "2 of 6 files looked at have changed or gone since" in notes and "goes on with it" in notes
    assert "projections-00.f32: no part of the index; the next menura index" in notes
    assert "what.txt: no part of the index; it may be removed" in notes


def test_the_command(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    sounds = write_sounds(tmp_path / "sounds")
    refusal = refusal_of("check", sounds, code=2)
    assert refusal.endswith(f"{sounds}: not indexed with {Bundle.load().name} yet; menura index {sounds} does it")
    output_of("index", sounds)
    assert "its index is whole: 3 sounds, 3 held against their files, 3 computed anew." in output_of("check", sounds)
    (file,) = tmp_path.rglob("*.f32")
    os.truncate(file, 10)
    result = run("check", sounds, "--all")
    assert result.exit_code == 1 and result.stdout.startswith("wrong: its index is damaged (projections-")


def test_an_index_killed_at_any_moment_is_whole_and_ends_the_same(
    folder, library, tmp_path, random_bundle, random_bundle_folder
):
    """A few moments of what `benchmarks/robustness/killing.py` does two hundred times."""
    rng = np.random.default_rng(3)
    before = everything_in(folder)
    for number in range(3):
        data = tmp_path / f"killed {number}"
        started = index_elsewhere(folder, random_bundle_folder, data)
        give_up = time.monotonic() + 30
        while not list(data.rglob("index.sqlite")) and time.monotonic() < give_up:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.5))
        started.send_signal(signal.SIGKILL)
        started.wait()
        killed = Library.open(folder, random_bundle, data)
        if not killed.is_new:
            assert killed.check(everything=True).faults == ()
        killed.index()
        assert_same_contents(killed, library)
        assert killed.check(everything=True).whole
    assert everything_in(folder) == before


def test_a_compaction_between_the_copy_and_the_mapping_is_no_damage(library, folder, monkeypatch):
    opened, copied = library._opened(), menura.index.copied._copied
    before = projections_file(library)

    def compacted_meanwhile(home):
        copy = copied(home)
        if projections_file(library) == before:
            write_sound(folder / "deep 1" / "5.wav", 5, duration_s=0.5)
            (folder / "deep 0" / "4.wav").unlink()
            (folder / "deep 1" / "3.wav").unlink()
            library.index()
        return copy

    monkeypatch.setattr(menura.index.copied, "_copied", compacted_meanwhile)
    report = library.check(everything=True)
    assert projections_file(library) != before and opened.info().sounds == 4
    assert (report.faults, report.notes, report.sounds) == ((), (), 4)


@pytest.mark.parametrize("duration", [1e13, float("inf"), -1.0, "words", b"bytes"])
def test_a_duration_that_cannot_be_is_named_and_never_believed(library, folder, duration):
    spoil(library, "UPDATE sounds SET duration_s = ? WHERE CAST(path AS TEXT) LIKE '%/5.wav'", duration)
    assert any("5.wav: " in line for line in faults(library))
    with pytest.raises(LibraryError, match=r"damaged \(deep 1/5\.wav: its duration is .*\); make it anew"):
        library.search(folder / "deep 1" / "5.wav")
    with pytest.raises(LibraryError, match="duration"):
        library.info()


@pytest.mark.parametrize("starts_s", [[], [0.0, 1.0], [-1.0], [1e9], [float("nan")], "words", None])
def test_places_of_windows_that_cannot_be_are_named_and_never_believed(library, folder, starts_s):
    found = np.array(starts_s).tobytes() if isinstance(starts_s, list) else starts_s or b""
    spoil(library, "UPDATE sounds SET starts_s = ? WHERE path = CAST('deep 1/5.wav' AS BLOB)", found)
    assert any("5.wav: the places of its windows" in line for line in faults(library))
    with pytest.raises(LibraryError, match=r"damaged \(deep 1/5\.wav: the places of its windows .*\); make it anew"):
        library.search(folder / "deep 1" / "5.wav")


def test_of_several_windows_every_place_is_told():
    places = np.array([0.0, 1.5])
    sounds = [Sound(1, "a.wav", 4.0, Stamp(1, 1), b"", 0, n_rows) for n_rows in (1, 2)]
    assert [unpacked_starts(b"", sound) for sound in sounds] == [np.zeros(1), None]
    assert unpacked_starts(packed_starts(places), sounds[1]).tolist() == places.tolist()
    assert (packed_starts(places[:1]), len(packed_starts(places[1:]))) == (b"", 8)
