"""The best of many windows is higher by chance: that is taken off everywhere alike, and of single windows nothing."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from bundles import edit_card
from menura import Bundle, Library
from menura.audio.windows import Windows
from menura.errors import ModelError
from menura.explanation.match import find_match
from menura.model.score import best_windows, chance_of_many
from menura.search.ranking import hit_near

CORRECTION = 0.75


@pytest.fixture(scope="module")
def bundle(random_bundle_folder, tmp_path_factory):
    folder = shutil.copytree(random_bundle_folder, tmp_path_factory.mktemp("model") / "corrected")
    edit_card(folder, window_correction=CORRECTION)
    return Bundle.load(folder)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Noises of 1 to 40 s, and a take."""
    folder = tmp_path_factory.mktemp("sounds")
    rng = np.random.default_rng(0)
    for seconds in (1, 2, 9, 40):
        soundfile.write(folder / f"{seconds}.wav", 0.1 * rng.standard_normal(seconds * 22_050), 22_050)
    soundfile.write(folder.parent / "take.wav", 0.1 * rng.standard_normal(44_100), 22_050)
    return folder


def indexed(folder, bundle, home):
    library = Library.open(folder, bundle, data_dir=home)
    library.index()
    return library


def found(library, take):
    return {hit.path: hit for hit in library.search(take, top=10)}


def test_it_grows_with_the_logarithm_and_one_window_loses_nothing():
    assert chance_of_many(np.array([1, 2, 100]), 0.5).tolist() == pytest.approx([0, 0.346574, 2.302585], rel=1e-5)
    scored = np.array([1, 3, 2, 2], np.float32)
    assert best_windows(scored, np.array([3, 1]), 0.5).tolist() == pytest.approx([3 - 0.549306, 2], rel=1e-5)


def test_a_search_takes_it_off_and_changes_nothing_else(bundle, random_bundle, sounds, tmp_path):
    take = sounds.parent / "take.wav"
    plain = found(indexed(sounds, random_bundle, tmp_path / "plain"), take)
    corrected = found(indexed(sounds, bundle, tmp_path / "corrected"), take)
    for path, hit in plain.items():
        n_windows = sum(1 for _ in Windows(sounds / path, bundle.spec.recording.front_end))
        assert (n_windows == 1) == (path in {"1.wav", "2.wav"})
        assert corrected[path].logit == pytest.approx(hit.logit - CORRECTION * np.log(n_windows), abs=1e-5)
        assert replace(corrected[path], logit=0.0, sound=hit.sound) == replace(hit, logit=0.0)
    assert list(corrected) == sorted(corrected, key=lambda path: -corrected[path].logit)


def test_every_way_to_a_hit_gives_it_the_same_logit(bundle, sounds, tmp_path):
    take = sounds.parent / "take.wav"
    library = indexed(sounds, bundle, tmp_path)
    query = bundle.embed_query(library.hear(take).heard.samples)
    for path, hit in found(library, take).items():
        with library.snapshot() as snapshot:
            again = hit_near(snapshot, library.bundle, query, hit.sound.id, hit.start_s)
        assert again is not None and again.logit == hit.logit
        assert find_match(take, sounds / path, bundle).logit == pytest.approx(hit.logit, abs=1e-4)


def test_an_index_is_good_for_both(bundle, random_bundle):
    assert bundle.fingerprint == random_bundle.fingerprint


@pytest.mark.parametrize("stated", [-1, "half", None, True, float("nan"), float("inf")])
def test_a_garbled_one_is_refused_in_one_line(random_bundle_folder, tmp_path, stated):
    folder = shutil.copytree(random_bundle_folder, tmp_path / "bundle")
    edit_card(folder, window_correction=stated)
    with pytest.raises(ModelError, match=r"a window correction of .*, not a number from 0 on") as refused:
        Bundle.load(folder)
    assert "\n" not in str(refused.value)
