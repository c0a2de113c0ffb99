"""Long recordings are cut into windows that cover them, without being held in memory."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from menura.audio.files import read_audio
from menura.audio.windows import iter_windows, window_count, window_start
from menura.specs import RECORDING_FRONT_END

SPEC = RECORDING_FRONT_END
N, RATE = SPEC.n_samples, SPEC.sample_rate_hz


ODD = replace(SPEC, sample_rate_hz=22_050, duration_s=1.5, f_max_hz=11_025.0, n_frames=33)  # 33,075 samples


def starts(n_samples, spec):
    return [window_start(number, n_samples, spec) for number in range(window_count(n_samples, spec))]


@given(n_samples=st.integers(1, 10**6), spec=st.sampled_from([SPEC, ODD]))
def test_windows_cover_the_recording_and_overlap_by_half(n_samples, spec):
    found = starts(n_samples, spec)
    regular = range(0, max(1, n_samples - spec.n_samples + 1), spec.n_samples // 2)
    assert found[: len(regular)] == list(regular)
    assert found[len(regular) :] in ([], [n_samples - spec.n_samples])
    assert found[-1] == max(0, n_samples - spec.n_samples)
    assert found == sorted(set(found))


def test_known_windows():
    seconds = {length: [at / RATE for at in starts(length * RATE // 10, SPEC)] for length in (5, 30, 50, 60)}
    assert seconds == {5: [0], 30: [0], 50: [0, 1.5, 2.0], 60: [0, 1.5, 3.0]}


def test_the_windows_of_any_length_of_time_are_counted_without_listing_them():
    assert window_count(10**18, SPEC) == 1 + -(-(10**18 - N) // (N // 2))


@pytest.mark.parametrize("n", [1, N // 2, N - 1, N, N + 1, N + N // 2, N + N // 2 + 1, 2 * N, 5 * N + 12_345])
@pytest.mark.parametrize("rate", [RATE, 16_000])
def test_streamed_windows_are_those_of_the_whole_file(tmp_path, n, rate):
    path = tmp_path / "noise.wav"
    noise = np.random.default_rng(n).uniform(-1, 1, max(1, n * rate // RATE)).astype(np.float32)
    soundfile.write(path, noise, rate, subtype="FLOAT")
    whole = read_audio(path, RATE)
    windows = list(iter_windows(path, SPEC))
    assert [window.start_s * RATE for window in windows] == pytest.approx(starts(len(whole), SPEC), abs=1e-6)
    # The end of the last one, which an index keeps as the duration, gives the same windows.
    assert window_count(round(windows[-1].end_s * RATE), SPEC) == len(windows)
    for window in windows:
        start = round(window.start_s * RATE)
        assert np.array_equal(window.samples, whole[start : start + N])
        assert window.end_s == pytest.approx(window.start_s + len(window.samples) / RATE)
    assert windows[-1].end_s == pytest.approx(len(whole) / RATE)


@pytest.mark.parametrize(
    "n", [ODD.n_samples + extra for extra in (0, 1, 16_537, 16_538, 40 * 16_537 + 20, 41 * 16_538)]
)
def test_a_window_of_an_odd_number_of_samples_is_halved_alike_by_all(tmp_path, n):
    path = tmp_path / "noise.wav"
    soundfile.write(path, np.random.default_rng(n).uniform(-1, 1, n), ODD.sample_rate_hz, subtype="FLOAT")
    windows = list(iter_windows(path, ODD))
    assert [round(window.start_s * ODD.sample_rate_hz) for window in windows] == starts(n, ODD)
    assert windows[-1].end_s == n / ODD.sample_rate_hz


def test_a_long_file_is_never_whole_in_memory(tmp_path):
    path = tmp_path / "long.flac"
    seconds = 600
    with soundfile.SoundFile(path, "w", samplerate=RATE, channels=1) as file:
        for _ in range(seconds):
            file.write(np.zeros(RATE, np.float32))
    tracemalloc.start()
    n_windows = sum(1 for _ in iter_windows(path, SPEC))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_windows == 1 + (seconds - 3) // 1.5
    assert peak < 10e6 < seconds * RATE * 4
