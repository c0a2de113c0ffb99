"""While an index fills it answers; a long recording is found by its best moment."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from bundles import write_sound
from menura import Library
from menura.audio.files import read_audio
from menura.index import update as indexing
from menura.index.update import IndexProgress
from menura.model.bundle import Bundle
from menura.model.score import logits
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END

LONG_S = 300
RATE_HZ = 8_000


def test_a_search_during_an_indexing_finds_what_is_committed(tmp_path, random_bundle, monkeypatch):
    monkeypatch.setattr(indexing, "_BATCH_CHANGES", 3)
    for seed in range(24):
        write_sound(tmp_path / f"sounds/{seed:02}.wav", seed)
    library = Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data")
    found: list[tuple[int, set[str]]] = []

    def search(progress: IndexProgress) -> None:
        if progress.done in {7, 14, 21} and not progress.measuring:
            with Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data") as other:
                hits = other.search(tmp_path / "sounds/00.wav", top=100)
            found.append((progress.done, {hit.path for hit in hits}))

    library.index(progress=search)
    assert [done for done, _ in found] == [7, 14, 21]
    for done, paths in found:
        assert len(paths) == done // 3 * 3  # whole batches of three
    assert found[0][1] < found[1][1] < found[2][1]
    assert len(library.search(tmp_path / "sounds/00.wav", 100)) == 24


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of noise that is never twice the same, at a rate at which they are made and read quickly."""
    path = tmp_path_factory.mktemp("long") / "sounds/long.wav"
    path.parent.mkdir()
    rng = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as sound:
        for _ in range(LONG_S):
            at_s = np.arange(RATE_HZ) / RATE_HZ
            tone = np.sin(2 * np.pi * rng.uniform(100, 3_000) * at_s) * rng.uniform(0, 0.5)
            sound.write(tone * np.exp(-at_s * rng.uniform(0, 20)) + 0.02 * rng.standard_normal(RATE_HZ))
    return path


def test_a_long_recording_is_found_by_its_best_moment(long_file, tmp_path, random_bundle: Bundle):
    query = write_sound(tmp_path / "query.wav", 5, duration_s=2)
    library = Library.open(long_file.parent, random_bundle, tmp_path / "data")
    library.index()
    (hit,) = library.search(query)
    assert library.info().windows == 2 * LONG_S / 3 - 1

    whole = read_audio(long_file, RECORDING_FRONT_END.sample_rate_hz)
    hop = RECORDING_FRONT_END.n_samples // 2
    clips = [whole[first : first + 2 * hop] for first in range(0, len(whole) - 2 * hop + 1, hop)]
    projections = np.concatenate([random_bundle.project_recordings([clip]) for clip in clips])
    embedding = random_bundle.embed_query(read_audio(query, IMITATION_FRONT_END.sample_rate_hz))
    scores = logits(embedding, projections, random_bundle.output_weight, random_bundle.output_bias)
    assert np.partition(scores, -2)[-1] - np.partition(scores, -2)[-2] > 1e-5  # there is one best moment
    assert (hit.start_s, hit.end_s) == (1.5 * np.argmax(scores), 1.5 * np.argmax(scores) + 3)
