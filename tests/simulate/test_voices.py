"""Spectra of real voices are measured, put in order from dark to bright, and mixed into simulated imitations."""

import numpy as np
import pytest
from scipy.signal import lfilter

from menura.corpora.fsdd import TRAINING_SPEAKERS, load_fsdd
from menura.errors import DataError, UsageError
from menura.simulate import people, simulate_imitation, simulate_imitations
from menura.simulate.people import load_people, people_licences, save_people
from menura.simulate.voices import N_FFT, RATE_HZ, measure_voices

HZ = np.fft.rfftfreq(N_FFT, 1 / RATE_HZ)


def resonance(hz, width_hz=150):
    """Coefficients of a two-pole resonator."""
    radius = np.exp(-np.pi * width_hz / RATE_HZ)
    return [1.0, -2 * radius * np.cos(2 * np.pi * hz / RATE_HZ), radius**2]


def clips_of(formants_hz, pitch_hz=110, seconds=3.0):
    """Voiced clips with one formant each, and one of noise."""
    pulses = np.zeros(round(seconds * RATE_HZ))
    pulses[:: RATE_HZ // pitch_hz] = 1.0
    source = lfilter([1.0], [1.0, -0.95], pulses)  # falls by 6 dB an octave above some 130 Hz
    noise = np.random.default_rng(0).standard_normal(len(pulses))
    return [lfilter([1.0], resonance(hz), source).astype(np.float32) for hz in formants_hz] + [noise.astype(np.float32)]


def test_a_formant_is_found_where_it_is():
    voices = measure_voices([clips_of([1_200])], known_to_hz=8_000)
    peaks_hz = HZ[np.argmax(voices.voiced[0], axis=1)]
    assert np.median(np.abs(peaks_hz - 1_200)) < 80
    level_db = 20 * np.log10(voices.unvoiced[0][:, (HZ > 500) & (HZ < 7_000)])
    assert level_db.std() < 6  # white noise has no formants


def test_envelopes_go_from_dark_to_bright():
    voices = measure_voices([clips_of([500, 1_000, 2_000, 3_000])], known_to_hz=8_000)
    brightness = np.linspace(0, 1, 20)
    tract = voices.tract(0, brightness)
    assert tract.shape == (20, len(HZ))
    peaks_hz = HZ[np.argmax(tract, axis=1)]
    assert (np.diff(peaks_hz) >= -40).all()
    assert peaks_hz[0] < 700
    assert peaks_hz[-1] > 2_700


def test_what_a_telephone_cannot_hold_is_continued_downwards():
    voices = measure_voices([clips_of([1_200])], known_to_hz=4_000)
    fall = voices.unvoiced[0][:, -1] / voices.unvoiced[0][:, np.searchsorted(HZ, 4_000)]
    assert (fall < 0.4).all()  # 12 dB an octave


def test_too_little_speech_is_refused():
    with pytest.raises(ValueError, match="frames of a kind; 48 are needed"):
        measure_voices([[np.ones(2_000, np.float32)]], known_to_hz=8_000)


def test_real_voices_change_some_imitations_and_only_their_timbre():
    recording = np.sin(2 * np.pi * 300 * np.arange(44_100) / 44_100).astype(np.float32)
    voices = measure_voices([clips_of([700]), clips_of([2_500])], known_to_hz=8_000)
    plain = list(simulate_imitations(recording, 44_100, range(12)))
    mixed = list(simulate_imitations(recording, 44_100, range(12), voices))
    again = list(simulate_imitations(recording, 44_100, range(12), voices))
    changed = [not np.array_equal(one, other) for one, other in zip(plain, mixed, strict=True)]
    assert 3 <= sum(changed) < 12
    for one, other, same in zip(plain, mixed, again, strict=True):
        assert np.array_equal(other, same)
        assert len(one) == len(other)  # the same person, at the same tempo
    assert np.array_equal(plain[0], simulate_imitation(recording, 44_100, 0))


def test_people_come_with_menura():
    ours = load_people()
    assert ours.voiced.shape == ours.unvoiced.shape == (len(people_licences()), 48, len(HZ))
    assert np.isfinite(ours.voiced).all()
    assert (ours.voiced > 0).all()
    centroid_hz = (ours.unvoiced @ HZ) / ours.unvoiced.sum(axis=2)
    assert (centroid_hz[:, -1] > 1.5 * centroid_hz[:, 0]).all()  # from dark to bright
    differ = np.abs(np.log(ours.voiced[:, None]) - np.log(ours.voiced)).mean(axis=(2, 3))
    assert (differ[~np.eye(len(differ), dtype=bool)] > 0.1).all()  # nobody is there twice


def test_people_are_kept_within_a_tenth_of_a_db(tmp_path, monkeypatch):
    measured = measure_voices([clips_of([700]), clips_of([2_500])], known_to_hz=8_000)
    save_people(measured, {"one": "CC0", "other": "CC0"}, tmp_path / people.FILE)
    monkeypatch.setattr(people.resources, "files", lambda _: tmp_path)
    kept = load_people()
    assert people_licences() == {"one": "CC0", "other": "CC0"}
    for kind in ("voiced", "unvoiced"):
        error_db = 20 * np.log10(getattr(kept, kind) / getattr(measured, kind))
        assert np.abs(error_db).max() < 0.1


def test_digits_are_read_with_their_speakers(shared_data, tmp_path):
    catalogue = load_fsdd(shared_data / "fsdd")
    assert {clip.speaker for clip in catalogue.clips} == set(TRAINING_SPEAKERS)
    assert (len(catalogue.clips), len(catalogue.labels)) == (1_000, 10)
    assert len(load_fsdd(shared_data / "fsdd", None).clips) == 2_000
    with pytest.raises(UsageError, match="no such folder"):
        load_fsdd(tmp_path / "none")
    with pytest.raises(DataError, match="no recordings of george and jackson"):
        load_fsdd(tmp_path)
