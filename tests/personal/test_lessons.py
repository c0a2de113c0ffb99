"""What takes say among the sounds of a library: its own windows where it has the sound, the copy where not."""

import shutil
from hashlib import sha256

import numpy as np
import pytest
import soundfile

from bundles import write_sound
from menura.audio.files import read_audio
from menura.model.score import logits
from menura.personal.lessons import Ear, Pool, lessons_of, sounds_taught
from menura.personal.takes import AskedSound, Clip, TaughtTakes
from menura.search.library import Library

RATE_HZ = 44_100


@pytest.fixture
def library(tmp_path, random_bundle):
    folder = tmp_path / "sounds"
    for seed in range(8):
        write_sound(folder / f"{seed}.wav", seed, duration_s=0.4)
    shutil.copy(folder / "3.wav", folder / "3 again.wav")
    with Library.open(folder, random_bundle, tmp_path / "data") as opened:
        opened.index()
        yield opened


@pytest.fixture
def takes(tmp_path) -> TaughtTakes:
    return TaughtTakes(tmp_path / "voice")


def teach(takes: TaughtTakes, library: Library, name: str, seed: int = 50):
    """A take of a sound of the library: some noise."""
    file = library.folder / name
    sound = Clip(read_audio(file, RATE_HZ), RATE_HZ)
    noise = np.random.default_rng(seed).normal(0, 0.1, RATE_HZ).astype(np.float32)
    asked = AskedSound(str(library.folder), name, sha256(file.read_bytes()).digest(), sound)
    return takes.keep(Clip(noise, RATE_HZ), asked)


def told(takes, library, bundle):
    with library.snapshot() as snapshot:
        return lessons_of(takes, snapshot, Ear(bundle))


def test_ranks_are_those_of_a_search(takes, library, random_bundle):
    for name in ("1.wav", "6.wav"):
        teach(takes, library, name)
    found = told(takes, library, random_bundle)
    ranks = found.ranks(found.queries, random_bundle.output_weight)
    for take, rank in zip(found.takes, ranks, strict=True):
        hits = library.search(takes.imitation(take))
        assert [hit.path for hit in hits].index(take.path) + 1 == rank


def test_the_twin_of_a_sound_does_not_compete_with_it(takes, library, random_bundle):
    teach(takes, library, "3.wav")
    found = told(takes, library, random_bundle)
    assert len(found.pool.sound_ids) == 8  # nine files, of which two are twins
    assert found.same.sum() == 1
    (rank,) = found.ranks(found.queries, random_bundle.output_weight)
    hits = library.search(takes.imitation(found.takes[0]))
    assert [{hit.path, *hit.alike} >= {"3.wav", "3 again.wav"} for hit in hits].index(True) + 1 == rank


def test_a_sound_that_is_gone_stands_by_its_copy(takes, library, random_bundle):
    teach(takes, library, "2.wav")
    there = told(takes, library, random_bundle)
    (library.folder / "2.wav").unlink()
    library.index()
    gone = told(takes, library, random_bundle)
    assert len(gone.pool.sound_ids) == 7
    assert not gone.same.any()
    np.testing.assert_allclose(gone.targets[0], there.targets[0], atol=0.05 * np.abs(there.targets[0]).max())
    query = gone.queries[0]
    own = logits(query, gone.targets[0], random_bundle.output_weight, 0.0).max()
    others = logits(query, gone.pool.rows, random_bundle.output_weight, 0.0)
    assert gone.ranks(gone.queries, random_bundle.output_weight)[0] == 1 + (others > own).sum()
    with library.snapshot() as snapshot:
        assert sounds_taught(takes.all(), snapshot) == [None]


def test_other_content_under_the_same_name_is_another_sound(takes, library, random_bundle):
    teach(takes, library, "2.wav")
    with library.snapshot() as snapshot:
        (known,) = sounds_taught(takes.all(), snapshot)
        assert snapshot.paths([known]) == ["2.wav"]
    write_sound(library.folder / "2.wav", 77, duration_s=0.5)
    library.index()
    with library.snapshot() as snapshot:
        assert sounds_taught(takes.all(), snapshot) == [None]


def test_takes_of_one_sound_share_its_number_and_one_that_is_unheard_is_said(takes, library, random_bundle):
    one, two = teach(takes, library, "1.wav"), teach(takes, library, "1.wav", seed=51)
    other, silent = teach(takes, library, "4.wav"), teach(takes, library, "5.wav")
    soundfile.write(takes.imitation(silent), np.zeros(RATE_HZ), RATE_HZ)
    found = told(takes, library, random_bundle)
    assert found.takes == (one, two, other)
    assert (found.sounds[0], found.n_sounds) == (found.sounds[1], 2)
    ((left_out, why),) = found.unheard
    assert left_out == silent
    assert "nothing is heard" in why


def test_a_file_is_heard_once(takes, library, random_bundle, monkeypatch):
    teach(takes, library, "1.wav")
    ear = Ear(random_bundle)
    with library.snapshot() as snapshot:
        first = lessons_of(takes, snapshot, ear)
        monkeypatch.setattr(type(random_bundle), "embed_query", lambda *_: pytest.fail("heard again"))
        np.testing.assert_array_equal(lessons_of(takes, snapshot, ear).queries, first.queries)


def test_a_long_recording_has_a_part_of_its_windows(tmp_path, random_bundle):
    write_sound(tmp_path / "sounds" / "long.wav", 1, duration_s=60.0)
    write_sound(tmp_path / "sounds" / "short.wav", 2)
    with Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data") as library:
        library.index()
        with library.snapshot() as snapshot:
            pool = Pool.of(snapshot)
    assert sorted(pool.n_windows.tolist()) == [1, 16]
    assert len(pool.rows) == 17
