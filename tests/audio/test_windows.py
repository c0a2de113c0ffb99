"""Long recordings are cut into windows that cover them, without being held in memory."""

import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from menura.audio.files import audio_duration_s, read_audio
from menura.audio.windows import iter_windows, window_starts_s
from menura.specs import RECORDING_FRONT_END

SPEC = RECORDING_FRONT_END
N, RATE = SPEC.n_samples, SPEC.sample_rate_hz


@given(duration_s=st.floats(0.001, 10_000))
def test_windows_cover_the_recording_and_overlap_by_half(duration_s):
    starts = window_starts_s(duration_s, 3.0)
    assert starts[0] == 0
    assert starts[-1] == pytest.approx(max(0, duration_s - 3), abs=1e-5)
    steps = np.diff(starts)
    assert (steps > 0).all()
    assert (steps <= 1.5 + 1e-9).all()
    assert len(starts) <= 2 + max(0, duration_s - 3) / 1.5


def test_known_windows():
    assert window_starts_s(0.5, 3.0).tolist() == [0]
    assert window_starts_s(3.0, 3.0).tolist() == [0]
    assert window_starts_s(5.0, 3.0).tolist() == [0, 1.5, 2.0]
    assert window_starts_s(6.0, 3.0).tolist() == [0, 1.5, 3.0]


@pytest.mark.parametrize("n", [1, N // 2, N - 1, N, N + 1, N + N // 2, N + N // 2 + 1, 2 * N, 5 * N + 12_345])
@pytest.mark.parametrize("rate", [RATE, 16_000])
def test_streamed_windows_are_those_of_the_whole_file(tmp_path, n, rate):
    path = tmp_path / "noise.wav"
    noise = np.random.default_rng(n).uniform(-1, 1, max(1, n * rate // RATE)).astype(np.float32)
    soundfile.write(path, noise, rate, subtype="FLOAT")
    whole = read_audio(path, RATE)
    windows = list(iter_windows(path, SPEC))
    expected = window_starts_s(len(whole) / RATE, SPEC.duration_s)
    np.testing.assert_allclose([window.start_s for window in windows], expected, atol=1e-6)
    # The header's duration, which an index keeps, gives the same windows.
    assert len(window_starts_s(audio_duration_s(path), SPEC.duration_s)) in {len(windows), len(windows) + 1}
    for window in windows:
        start = round(window.start_s * RATE)
        assert np.array_equal(window.samples, whole[start : start + N])
        assert window.end_s == pytest.approx(window.start_s + len(window.samples) / RATE)
    assert windows[-1].end_s == pytest.approx(len(whole) / RATE)


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
