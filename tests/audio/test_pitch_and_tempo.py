"""What is said of sounds whose pitch and tempo are known because they were made so, and of those that have none."""

import sys

import numpy as np
import pytest

from menura.audio import pitch
from menura.audio.pitch import HEARD_S, pitch_hz
from menura.audio.pitch import RATE_HZ as PITCH_RATE_HZ
from menura.audio.tempo import RATE_HZ, has_pulse, may_be_loop, named_bpm, tempo_bpm


def note(hz, duration_s=1.0, rate_hz=PITCH_RATE_HZ):
    """A tone of ten partials that dies away."""
    at_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    partials = sum(np.sin(2 * np.pi * hz * n * at_s) / n for n in range(1, 11) if hz * n < rate_hz / 2)
    return (0.1 * partials * np.exp(-2 * at_s)).astype(np.float32)


def loop(bpm, n_beats, *, longer_s=0.0, seed=0):
    """Kicks on the beats, noises on every second, hats between them."""
    rng = np.random.default_rng(seed)
    beat = 60 / bpm * RATE_HZ
    played = np.zeros(round(n_beats * beat + longer_s * RATE_HZ), np.float32)
    at_s = np.arange(RATE_HZ // 5) / RATE_HZ
    kick = np.sin(2 * np.pi * 60 * at_s) * np.exp(-20 * at_s)
    noise = rng.normal(0, 0.3, len(at_s)) * np.exp(-25 * at_s)
    for half in range(2 * n_beats):
        stroke = (0.2 * noise, kick, 0.2 * noise, noise)[(half + 1) % 4]
        at = round(half * beat / 2)
        played[at : at + len(stroke)] += stroke[: len(played) - at].astype(np.float32)
    return played


@pytest.mark.parametrize("hz", [65.4, 110.0, 185.0, 440.0, 987.8, 1_500.0])
@pytest.mark.parametrize("level", [1e-3, 1.0])
def test_the_pitch_of_a_note_is_found_however_loud_it_is(hz, level):
    assert pitch_hz(np.float32(level) * note(hz)) == pytest.approx(hz, rel=0.01)


def test_the_beginning_of_a_long_sound_counts():
    after = np.concatenate([note(220.0, HEARD_S), note(330.0, 20.0)])
    assert pitch_hz(after) == pytest.approx(220, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_noise_a_glide_and_a_melody_have_no_pitch(seed):
    rng = np.random.default_rng(seed)
    at_s = np.arange(PITCH_RATE_HZ) / PITCH_RATE_HZ
    glide = np.sin(2 * np.pi * 100 * 2 ** (2 * at_s) / np.log(4)).astype(np.float32)
    melody = np.concatenate([note(hz, 0.3) for hz in rng.choice([220, 262, 330, 392], 4, replace=False)])
    for sound in (rng.normal(0, 0.1, PITCH_RATE_HZ).astype(np.float32), glide, melody):
        assert pitch_hz(sound) is None


@pytest.mark.parametrize("n", [0, 1, 10, 500])
def test_silence_and_a_click_have_no_pitch(n):
    assert pitch_hz(np.zeros(n, np.float32)) is None
    assert pitch_hz(np.ones(n, np.float32)) is None


@pytest.mark.parametrize("bpm", [84, 97, 120, 133.7, 170])
def test_the_tempo_of_a_loop_is_found_to_the_last_digit_but_for_half_and_double(bpm):
    found = tempo_bpm(loop(bpm, 8))
    assert found is not None
    assert min(abs(found / bpm / factor - 1) for factor in (0.5, 1, 2)) < 1e-3


def test_a_beat_that_does_not_fill_whole_bars_is_no_loop():
    assert tempo_bpm(loop(120, 8)) is not None
    assert tempo_bpm(loop(120, 8, longer_s=0.7)) is None
    assert tempo_bpm(loop(120, 2)) is None


def test_noise_silence_and_a_held_tone_have_no_tempo():
    at_s = np.arange(4 * RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * 220 * at_s).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)
    for sound in (tone, noise, np.zeros(4 * RATE_HZ, np.float32), np.zeros(0, np.float32)):
        assert tempo_bpm(sound) is None


@pytest.mark.parametrize("seed", range(4))
def test_noise_and_clicks_do_not_come_to_swiftf0(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.1, PITCH_RATE_HZ).astype(np.float32)
    step = noise * np.exp(-np.arange(PITCH_RATE_HZ) / 400).astype(np.float32)
    click = np.zeros(PITCH_RATE_HZ, np.float32)
    click[rng.integers(PITCH_RATE_HZ)] = 1.0
    monkeypatch.setattr(pitch, "_detector", None)
    for sound in (noise, step, click, noise[:50]):
        assert pitch_hz(sound) is None
    with pytest.raises(TypeError):
        pitch_hz(note(220.0))


@pytest.mark.parametrize("level", [1e-15, 1e-3, 1.0])
def test_what_has_no_pulse_does_not_come_to_librosa(level, monkeypatch):
    rng = np.random.default_rng(0)
    at_s = np.arange(4 * RATE_HZ) / RATE_HZ
    struck = np.sin(2 * np.pi * 220 * at_s) * np.exp(-3 * at_s)
    for sound in (rng.normal(0, 0.1, len(at_s)), np.sin(2 * np.pi * 220 * at_s), struck):
        assert not has_pulse((level * sound).astype(np.float32))
    assert not has_pulse(np.full(len(at_s), level, np.float32))
    assert has_pulse(np.float32(level) * loop(120, 8))
    monkeypatch.setitem(sys.modules, "librosa", None)
    assert tempo_bpm(rng.normal(0, 0.1, len(at_s)).astype(np.float32)) is None
    with pytest.raises(ImportError):
        tempo_bpm(loop(120, 8))


@pytest.mark.parametrize(
    ("name", "bpm"),
    [
        ("Funk_120bpm_Am.wav", 120),
        ("break 87.5 BPM.wav", 87.5),
        ("LOOP-BPM140-01.wav", 140),
        ("bpm_90.aif", 90),
        ("kick120.wav", None),
        ("1120bpm.wav", None),
        ("999bpm.wav", None),
        ("12bpm.wav", None),
        ("bpmx 120.wav", None),
    ],
)
def test_a_name_tells_a_tempo_where_it_says_bpm(name, bpm):
    assert named_bpm(name, 8.0) == bpm


def test_a_name_is_not_believed_of_what_has_no_four_beats():
    assert named_bpm("kick 120bpm.wav", 0.4) is None
    assert named_bpm("loop 120bpm.wav", 2.0) == 120


def test_a_loop_is_neither_a_stroke_nor_a_song():
    assert [may_be_loop(duration_s) for duration_s in (0.5, 1.5, 30, 180)] == [False, True, True, False]
