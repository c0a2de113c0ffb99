"""Occlusion shares out what hiding a side costs, to where it belongs; the window explained is that of a search."""

import numpy as np
import pytest

from bundles import write_sound
from menura.audio.files import read_audio
from menura.errors import AudioError
from menura.explanation.match import find_match
from menura.explanation.occlusion import TILES_PER_AXIS, explain_by_occlusion, occlude, smoothed
from menura.model.bundle import Bundle
from menura.model.score import logits, sigmoid
from menura.search.library import Library
from menura.search.query import hear_query
from menura.specs import RECORDING_FRONT_END

SHAPE = (24, 60)


def clip_of_noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(SHAPE).astype(np.float32)


def around(at: tuple[int, int]) -> tuple[slice, slice]:
    """Every point that can be in one tile with this one."""
    tile = [size // TILES_PER_AXIS for size in SHAPE]
    return tuple(slice(max(0, place - size), place + size + 1) for place, size in zip(at, tile, strict=True))


def test_attributions_add_up_whatever_the_score():
    weights = np.random.default_rng(1).standard_normal((5, *SHAPE)).astype(np.float32)

    def score(inputs):
        assert len(inputs) <= 8, "memory has to stay bounded"
        hidden = np.tanh(np.einsum("ncmt,hmt->nh", inputs, weights) / 20)
        return (hidden.prod(axis=1) + hidden.max(axis=1)).astype(np.float32)

    clip = clip_of_noise()
    for silence in (0.0, -1.4):
        found = occlude(clip, score, silence=silence)
        heard, silent = score(np.stack([clip, np.full_like(clip, silence)])[:, None])
        assert found.sum(dtype=np.float64) == pytest.approx(heard - silent, abs=1e-5)
    assert np.array_equal(found, occlude(clip, score, silence=-1.4)), "the same clip has the same explanation"


def test_a_score_that_hears_one_point_is_explained_by_its_surroundings():
    at = (15, 20)
    found = occlude(np.ones(SHAPE, np.float32), lambda inputs: 3 * inputs[:, 0, at[0], at[1]] ** 2)
    assert found[around(at)].sum() == pytest.approx(3, abs=1e-5)
    elsewhere = found.copy()
    elsewhere[around(at)] = 0
    assert not elsewhere.any()
    assert found[at] == found.max()


def test_of_two_notes_that_each_suffice_each_is_worth_half():
    """Hidden alone neither costs anything: an occlusion of one place at a time would see nothing at all."""
    first, second = (3, 5), (20, 50)
    found = occlude(np.ones(SHAPE, np.float32), lambda inputs: np.maximum(inputs[:, 0, 3, 5], inputs[:, 0, 20, 50]))
    for note in (first, second):
        assert found[around(note)].sum() == pytest.approx(0.5, abs=1e-5)


def test_each_side_is_worth_its_difference_to_silence(tmp_path):
    bundle = Bundle.load("tl-iminet")
    query = write_sound(tmp_path / "hum.wav", 1, duration_s=1.5, rate_hz=16_000)
    sound = write_sound(tmp_path / "sound.wav", 2, duration_s=1.0)
    match = find_match(query, sound, bundle)
    explanation = explain_by_occlusion(match, bundle)

    silence = np.zeros(100, np.float32)
    match_query = hear_query(query, bundle.spec.imitation.front_end).heard.samples
    embeddings = [bundle.embed_query(samples) for samples in (match_query, silence)]
    heard_of = read_audio(sound, 44_100)
    projections = bundle.project_recordings([heard_of - heard_of.mean(), silence])
    (heard, no_sound), (no_query, _) = (
        logits(embedding, projections, bundle.output_weight, bundle.output_bias) for embedding in embeddings
    )
    assert explanation.score == pytest.approx(float(sigmoid(heard)), abs=1e-6)
    for side, silent in ((explanation.query, no_query), (explanation.recording, no_sound)):
        assert side.gain == pytest.approx(heard - silent, abs=1e-3)
        assert side.attribution.sum(dtype=np.float64) == pytest.approx(side.gain, abs=1e-3)
        assert explanation.score_without(side) == pytest.approx(float(sigmoid(silent)), abs=1e-4)
        assert side.attribution.shape == side.clip.log_mel_db.shape == side.clip.front_end.shape
        assert side.attribution.dtype == np.float32


def test_the_window_explained_is_the_one_that_a_search_shows(random_bundle, tmp_path):
    query = write_sound(tmp_path / "hum.wav", 1)
    sound = write_sound(tmp_path / "sounds" / "long.wav", 2, duration_s=31.0)  # more windows than are scored at once
    with Library.open(tmp_path / "sounds", random_bundle, data_dir=tmp_path / "data") as library:
        (hit,) = library.search(query)
    match = find_match(query, sound, random_bundle)
    assert hit.start_s > 0
    assert (match.recording.start_s, match.recording.end_s) == pytest.approx((hit.start_s, hit.end_s), abs=1e-3)
    assert float(sigmoid(np.array(match.logit))) == pytest.approx(hit.score, abs=1e-6)
    samples = read_audio(sound, 44_100)[round(hit.start_s * 44_100) :][: RECORDING_FRONT_END.n_samples]
    loudest = match.recording.log_mel_db.max(axis=0).argmax() * RECORDING_FRONT_END.hop_s
    assert np.abs(samples[round((loudest - 0.05) * 44_100) :][:4_410]).max() > 0.8 * np.abs(samples).max()


def test_a_silent_sound_has_nothing_to_explain(random_bundle, tmp_path):
    query, silence = write_sound(tmp_path / "hum.wav"), tmp_path / "silence.wav"
    import soundfile

    soundfile.write(silence, np.zeros(44_100), 44_100)
    with pytest.raises(AudioError, match=r"silence\.wav: silent from beginning to end"):
        find_match(query, silence, random_bundle)


def test_what_is_smoothed_stays_the_same_in_all_and_on_its_side_of_the_end():
    attribution = np.random.default_rng(0).normal(0, 1, (24, 60)).astype(np.float32)
    made = smoothed(attribution, 40)
    np.testing.assert_array_equal(made[:, 40:], attribution[:, 40:])
    assert made[:, :40].sum() == pytest.approx(attribution[:, :40].sum(), rel=1e-4)
    assert made[:, :40].std() < 0.3 * attribution[:, :40].std()
