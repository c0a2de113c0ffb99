"""Twins are one hit: the first by path of those that are looked among, which names the others."""

import os
import shutil

import numpy as np
import pytest
import soundfile

import menura.search.scan
from bundles import write_sound
from menura import Library
from menura.audio.walk import SoundFile, Stamp
from menura.index import twins
from menura.index.changes import Embedded, Moved
from menura.index.twins import TOLERANCE, Twins, are_twins, cells_of
from menura.model.score import logits
from menura.search.ranking import Only, Question, hit_near

QUERY = np.random.default_rng(0).standard_normal(108).astype(np.float32)


def rows_of(seed, n_windows=1):
    return np.random.default_rng(seed).standard_normal((n_windows, 108), dtype=np.float32)


def made_up(path, rows, first_s=0.0):
    """A sound with these projections, in whose file it begins at `first_s`."""
    file = SoundFile(path, Stamp(1, 1))
    starts_s = first_s + 1.5 * np.arange(len(rows))
    return Embedded(file, os.urandom(32), float(starts_s[-1]) + 3, starts_s, rows)


def nearly(rows, by=0.5):
    """The same projections, off by a share of what makes them others."""
    return rows + np.float32(by * TOLERANCE * np.abs(rows).max()) * np.sign(rows_of(99, len(rows)))


@pytest.fixture
def library(tmp_path, random_bundle):
    """Forty sounds; of sound 7 there are four more copies, of sound 8 two that are nearly it."""
    (tmp_path / "sounds").mkdir()
    library = Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data")
    add(library, *(made_up(f"{seed:02}.wav", rows_of(seed, 1 + seed % 3)) for seed in range(40)))
    add(library, *(made_up(path, rows_of(7, 2), 5.0) for path in ("z/1.wav", "00/7.wav", "b.wav", "z/0.wav")))
    add(library, made_up("near/8.wav", nearly(rows_of(8, 3))), made_up("08 again.wav", nearly(rows_of(8, 3), -0.3)))
    return library


def add(library, *changes):
    library._opened().write(list(changes))


def page(library, offset=0, limit=100, **only):
    return library.page(Question(QUERY, only=Only(**only)), offset=offset, limit=limit)


def alike(found):
    return {hit.path: hit.alike for hit in found if hit.alike}


@pytest.fixture(params=["NumPy", "compiled"])
def scanned(request, monkeypatch):
    if request.param == "compiled":
        for name in ("_SMALL_ROWS", "_MANY"):
            monkeypatch.setattr(menura.search.scan, name, 0)


@pytest.mark.usefixtures("scanned")
def test_twins_are_one_hit(library):
    found = page(library)
    assert found.total == len(found.found) == 40
    assert alike(found.found) == {
        "00/7.wav": ("07.wav", "b.wav", "z/0.wav", "z/1.wav"),
        "08 again.wav": ("08.wav", "near/8.wav"),
    }


@pytest.mark.usefixtures("scanned")
def test_a_hits_score_and_place_are_those_of_the_sound_that_is_shown(library):
    hits = {hit.path: hit for hit in page(library).found}
    shown = hits["08 again.wav"]
    own = nearly(rows_of(8, 3), -0.3)
    assert shown.logit == logits(QUERY, own, library.bundle.output_weight, library.bundle.output_bias).max()
    assert hits["00/7.wav"].start_s in (5.0, 6.5)
    with library.snapshot() as snapshot:
        for hit in hits.values():
            again = hit_near(snapshot, library.bundle, QUERY, hit.sound.id, hit.start_s)
            assert again.logit == pytest.approx(hit.logit, abs=1e-6)


@pytest.mark.usefixtures("scanned")
def test_pages_are_parts_of_one_ranking(library):
    whole = page(library).found
    for limit in (1, 3, 7):
        pages = [page(library, offset, limit).found for offset in range(0, 42, limit)]
        assert [hit for part in pages for hit in part] == list(whole)


@pytest.mark.usefixtures("scanned")
def test_of_twins_those_that_are_looked_among_count(library):
    found = page(library, paths=["z/1.wav", "b.wav", "08.wav", "09.wav"])
    assert found.total == 3 and alike(found.found) == {"b.wav": ("z/1.wav",)}
    assert alike(page(library, folder="z").found) == {"z/0.wav": ("z/1.wav",)}
    (only,) = page(library, paths=["07.wav"]).found
    assert (only.path, only.alike) == ("07.wav", ())
    assert page(library, paths=[]).total == 0


def test_without_a_query_every_sound_is_listed(library):
    listed = library.page(Question(), offset=0, limit=100)
    assert listed.total == len(listed.found) == 46


def test_of_equal_sounds_that_are_no_twins_the_first_by_path_is_first(library):
    """Where a query and a projection add up to less than 0, how much less changes no score."""
    rows = np.where(np.arange(108) < 54, rows_of(50), -10)
    names = "hcbagdfe"
    add(library, *(made_up(f"{name}.wav", rows - np.float32(1 + number)) for number, name in enumerate(names)))
    rows = np.full((1, 108), -10, np.float32)
    add(library, *(made_up(f"tie/{name}.wav", rows * (1 + number)) for number, name in enumerate(names)))
    pages = [page(library, offset, 3).found for offset in range(0, 60, 3)]
    paths = [hit.path for part in pages for hit in part]
    assert [path for path in paths if path.startswith("tie/")] == [f"tie/{name}.wav" for name in sorted(names)]


def test_keys_outlast_a_move_a_compaction_and_a_change(library):
    before = alike(page(library).found)
    index = library._opened()
    with index.snapshot() as snapshot:
        (origin,) = snapshot.sounds(snapshot.named(["b.wav"]))
        gone = [sound for sound in snapshot.sounds(snapshot.table.sound_ids) if sound.path[:1] in "123"]
    add(library, Moved(SoundFile("c.wav", Stamp(1, 1)), origin))
    rows = index.info().windows
    index.finish(gone, [])
    add(library, made_up("new.wav", rows_of(7, 2)))
    found = page(library).found
    assert index.info().windows < rows / 2 and index.revision[0] != ""
    assert alike(found) == before | {"00/7.wav": ("07.wav", "c.wav", "new.wav", "z/0.wav", "z/1.wav")}
    add(library, made_up("00/7.wav", rows_of(60, 2)))  # its content is another's now
    assert alike(page(library).found) == {
        "07.wav": ("c.wav", "new.wav", "z/0.wav", "z/1.wav"),
        "08 again.wav": ("08.wav", "near/8.wav"),
    }


def test_a_group_holds_none_but_twins(library):
    """Of sounds each of which is the twin of the next, not of the one after it."""
    rows, step = rows_of(70), np.float32(0.7 * TOLERANCE * np.abs(rows_of(70)).max())
    chain = [rows + step * number for number in range(6)]
    assert are_twins(chain[0], chain[1]) and not are_twins(chain[0], chain[2])
    add(library, *(made_up(f"chain/{number}.wav", own) for number, own in enumerate(chain)))
    found = [(hit.path, *hit.alike) for hit in page(library, folder="chain").found]
    groups = [[chain[int(path.removesuffix(".wav")[-1])] for path in paths] for paths in found]
    assert all(are_twins(one, other) for group in groups for one in group for other in group)
    assert sum(map(len, groups)) == 6 and max(map(len, groups)) == 2


def test_a_twin_is_in_one_of_the_cells_that_are_looked_in():
    for seed in range(200):
        rows = rows_of(seed, 2)
        assert cells_of(nearly(rows, 0.1 * (1 if seed % 2 else -1)))[0] in cells_of(rows)
    assert len({cells_of(rows_of(seed, 2))[0] for seed in range(200)}) == 200
    assert cells_of(np.zeros((1, 108), np.float32)) != cells_of(np.zeros((2, 108), np.float32))
    assert len(cells_of(np.zeros((1, 108), np.float32))) == 1


def test_not_every_sound_is_read_to_find_twins(library):
    with library._opened()._connection() as db:
        for query in (twins._ITSELF, twins._GROUP, twins._LAST_GROUP, twins._TWINS):
            steps = [step for *_, step in db.execute(f"EXPLAIN QUERY PLAN {query}", (1,) if "?" in query else ())]
            assert not any(step == "SCAN sounds" for step in steps), steps


def test_who_is_first_and_who_is_alike():
    known = Twins(np.array([5, 3, 9, 8, 1, 2]), np.array([1, 1, 4, 7, 7, 7]))
    assert known.is_first.tolist() == [True, False, True, True, False, False]
    assert known.alike(np.array([5, 9, 8, 3])) == {5: [3], 8: [1, 2]}
    assert known.only(np.array([3, 1, 2])).alike(np.array([3, 1])) == {1: [2]}
    assert known.only(np.array([], np.int64)).is_first.tolist() == []


def test_a_table_without_twins_is_its_own(library, tmp_path, random_bundle):
    (tmp_path / "others").mkdir()
    other = Library.open(tmp_path / "others", random_bundle, tmp_path / "data")
    add(other, *(made_up(f"{seed}.wav", rows_of(seed)) for seed in range(5)))
    for opened, same in ((other, True), (library, False)):
        with opened._opened().snapshot() as snapshot:
            assert (snapshot.table.distinct is snapshot.table) == same
            assert snapshot.table.distinct is snapshot.table.distinct


def test_a_sound_that_is_left_out_stands_for_none(library):
    with library._opened().snapshot() as snapshot:
        table = snapshot.table.without(snapshot.named(["00/7.wav", "08.wav", "near/8.wav"])).distinct
        (first,), (alone,) = snapshot.named(["07.wav"]), snapshot.named(["08 again.wav"])
        others = table.twins.alike(table.sound_ids)
        assert {id_: snapshot.paths(ids) for id_, ids in others.items()} == {first: ["b.wav", "z/0.wav", "z/1.wav"]}
    assert len(table.sound_ids) == 40 and {first, alone} <= set(table.sound_ids)


def test_copies_in_other_formats_are_twins_and_other_takes_are_not(tmp_path):
    """With the model that Menura ships."""
    folder = tmp_path / "sounds"
    samples, rate_hz = soundfile.read(write_sound(folder / "a.wav", 1, duration_s=2.5))
    soundfile.write(folder / "in 24 bits.wav", samples, rate_hz, subtype="PCM_24")
    soundfile.write(folder / "b.flac", samples, rate_hz)
    shutil.copy(folder / "a.wav", folder / "copy.wav")
    write_sound(folder / "other.wav", 2, duration_s=2.5)
    with Library.open(folder, data_dir=tmp_path / "data") as library:
        library.index()
        assert library.check(everything=True).whole
        hits = library.search(folder / "other.wav")
    assert len(hits) == 2 and alike(hits) == {"a.wav": ("b.flac", "copy.wav", "in 24 bits.wav")}
