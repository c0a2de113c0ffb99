"""Long recordings are cut into windows that cover what sounds in them, without being held in memory."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.audio.files import read_audio
from menura.audio.windows import Windows
from menura.errors import AudioError
from menura.specs import RECORDING_FRONT_END

SPEC = RECORDING_FRONT_END
N, RATE = SPEC.n_samples, SPEC.sample_rate_hz


@pytest.fixture
def written(tmp_path):
    """Writes parts, one after the other: seconds of noise at a level, of nothing where it is 0."""

    def write(*parts: tuple[float, float], offset: float = 0.0) -> Path:
        rng = np.random.default_rng(0)
        lengths = [(round(seconds * RATE), level) for seconds, level in parts]
        sound = np.concatenate([rng.uniform(-level, level, n) if level else np.zeros(n) for n, level in lengths])
        soundfile.write(tmp_path / "sound.wav", (sound + offset).astype(np.float32), RATE, subtype="FLOAT")
        return tmp_path / "sound.wav"

    return write


def spans(path):
    return [(round(window.start_s, 2), round(window.end_s, 2)) for window in Windows(path, SPEC)]


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([(0.5, 0.5)], [(0, 0.5)]),
        ([(3, 0.5)], [(0, 3)]),
        ([(5, 0.5)], [(0, 3), (1.5, 4.5), (3, 5)]),
        ([(10, 0), (0.5, 0.5)], [(10, 10.5)]),
        ([(3.9, 0), (0.5, 0.5), (3.9, 0)], [(3.9, 6.9)]),
        ([(0.5, 0.5), (20, 0), (0.5, 0.5)], [(0, 3), (20.5, 21)]),
        ([(1, 0.002), (2, 0.5)], [(1, 3)]),  # 48 dB below what follows
        ([(1, 0.02), (2, 0.5)], [(0, 3)]),  # 28 dB
        ([(9, 0.002)], [(0, 3), (1.5, 4.5), (3, 6), (4.5, 7.5), (6, 9)]),  # soft all along: that is the sound
    ],
)
def test_windows_begin_where_sound_begins_and_silence_is_passed_over(written, parts, wanted):
    assert spans(written(*parts)) == wanted


def test_what_is_heard_of_a_one_shot_does_not_depend_on_the_silence_about_it(written):
    def heard(*parts):
        (window,) = Windows(written(*parts), SPEC)
        return np.trim_zeros(np.round(window.samples, 6))

    alone = heard((0.5, 0.5))
    for before, after in ((3.9, 0), (3.9, 3.9), (10, 1), (0.333, 0)):
        found = heard((before, 0), (0.5, 0.5), (after, 0))
        at = int(np.argmax(np.correlate(found[:4_000], alone[:2_000], "valid")))
        np.testing.assert_allclose(found[at : at + len(alone)], alone[: len(found) - at], atol=0.01)


def test_an_offset_is_not_heard(written):
    (plain,) = Windows(written((0.5, 0.3)), SPEC)
    (lifted,) = Windows(written((0.5, 0.3), offset=0.5), SPEC)
    np.testing.assert_allclose(lifted.samples, plain.samples, atol=1e-6)
    assert spans(written((2, 0), (0.5, 0.3), offset=0.5)) == [(2, 2.5)]


@given(
    parts=st.lists(
        st.tuples(st.floats(0.02, 4), st.sampled_from([0.0, 0.003, 0.1, 0.9])), min_size=1, max_size=6
    ).filter(lambda parts: any(level for _, level in parts))
)
@settings(max_examples=40, deadline=None)
def test_all_that_sounds_is_heard_but_what_is_soft_before_it(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("parts") / "sound.wav"
    rng = np.random.default_rng(0)
    sound = np.concatenate([rng.uniform(-level, level, round(seconds * RATE)) for seconds, level in parts])
    soundfile.write(path, sound.astype(np.float32), RATE, subtype="FLOAT")
    windows = list(Windows(path, SPEC))
    starts = [round(window.start_s * RATE) for window in windows]
    assert starts == sorted(set(starts))
    heard = np.zeros(len(sound), bool)
    for start, window in zip(starts, windows, strict=True):
        whole = sound[start : start + N]
        assert len(window.samples) == len(whole)
        np.testing.assert_allclose(window.samples, whole - whole.mean(), atol=1e-5)
        assert window.end_s == pytest.approx((start + len(whole)) / RATE)
        heard[start : start + N] = True
    assert heard[np.abs(sound) > 0.05].all()


def test_streamed_windows_are_those_of_the_whole_file(written):
    path = written((7.3, 0.5), (2, 0), (4, 0.1))
    whole = read_audio(path, RATE)
    windows = list(Windows(path, SPEC))
    assert len(windows) > 5
    for window in windows:
        start = round(window.start_s * RATE)
        part = whole[start : start + N]
        np.testing.assert_allclose(window.samples, part - part.mean(), atol=1e-6)


def test_silence_from_beginning_to_end_is_refused(written):
    with pytest.raises(AudioError, match=r"sound\.wav: silent from beginning to end"):
        list(Windows(written((4, 0)), SPEC))
    with pytest.raises(AudioError, match="silent from beginning to end"):
        list(Windows(written((4, 0), offset=0.5), SPEC))


@pytest.mark.parametrize("name", ["lead_3.9s_no_tail.flac", "lead_3.9s_tail_3.9s.flac", "dc_offset.wav"])
def test_inputs_that_went_wrong_are_heard_as_their_twin(name):
    field = Path(__file__).parents[2] / ".." / "shared" / "field"
    if not field.is_dir():
        pytest.skip(f"needs the folder of inputs that went wrong at {field.resolve()}")
    (twin,) = Windows(field / "plain_twin.wav", SPEC)
    (window,) = Windows(field / name, SPEC)
    shift = round((window.end_s - window.start_s - (twin.end_s - twin.start_s)) * RATE) if "no_tail" in name else None
    start = shift if shift is not None else int(np.argmax(np.correlate(window.samples[:4_000], twin.samples[:2_000])))
    part = window.samples[start : start + len(twin.samples)]
    assert np.corrcoef(part, twin.samples[: len(part)])[0, 1] > 0.99


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_a_long_file_is_never_whole_in_memory(tmp_path, level):
    path = tmp_path / "long.flac"
    seconds = 600
    rng = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", samplerate=RATE, channels=1) as file:
        for second in range(seconds):
            file.write(rng.uniform(-1, 1, RATE) * (level if second < seconds - 1 else 0.3))
    tracemalloc.start()
    n_windows = sum(1 for _ in Windows(path, SPEC))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_windows == (399 if level else 1)
    assert peak < 10e6 < seconds * RATE * 4
