"""The yardstick of real voices: an imitation follows its sound's slow course, and the corpus reads as a plain one."""

import shutil
import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from benchmarks.corpora import voice_yardstick
from benchmarks.corpora.mosaics import imitate, load_voice
from menura.corpora.plain import load_plain
from menura.corpora.recordings import Split, load_recordings
from menura.errors import UsageError

ROOT = Path(__file__).parents[2]
RATE_HZ = 16_000
TIME_S = np.arange(2 * RATE_HZ) / RATE_HZ
OPTIONS = {"split": "validation", "speakers": ("george",), "takes": 2, "seed": 0}


@pytest.fixture(scope="module")
def few(shared_data, tmp_path_factory):
    """A data folder with short effects, of which one set aside for validation is silent, and 20 clips of a voice."""
    data = tmp_path_factory.mktemp("data")
    (data / "fsdd" / "recordings").mkdir(parents=True)
    for digit in range(10):
        for take in range(2):
            name = f"{digit}_george_{take}.wav"
            shutil.copy(shared_data / "fsdd" / "recordings" / name, data / "fsdd" / "recordings" / name)
    (data / "minetest" / "a b").mkdir(parents=True)
    paths = sorted((shared_data / "minetest").rglob("*.ogg"), key=lambda path: path.stat().st_size)
    for number, path in enumerate(paths[:40]):
        shutil.copy(path, data / "minetest" / "a b" / f"is it {number}.ogg")
    silent = next(item.path for item in load_recordings(data, 0) if item.split == Split.VALIDATION)
    soundfile.write(silent, np.zeros(4000), 8000, format="OGG")
    return data


@pytest.fixture(scope="module")
def voice(few):
    return load_voice(few, "george")


@pytest.fixture(scope="module")
def made(few, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "yardstick"
    voice_yardstick.make_yardstick(few, out, **OPTIONS)
    return out


def harmonic(f0_hz):
    """A sawtooth-like tone, five harmonics, of a course of fundamental frequency."""
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0_hz, TIME_S.shape)) / RATE_HZ
    return sum(np.sin(k * phase) / k for k in range(1, 6)).astype(np.float32) / 4


def noise():
    return np.random.default_rng(5).normal(0, 0.1, len(TIME_S)).astype(np.float32)


def sung_hz(imitation):
    """Fundamental frequency and whether there is one, in frames of 16 ms, by another method than the script's."""
    f0_hz, voiced, _ = librosa.pyin(imitation, fmin=60, fmax=500, sr=RATE_HZ, frame_length=1024, resolution=0.25)
    return f0_hz, voiced


def imitations(voice, samples, n=3):
    return [imitate(samples, voice, np.random.default_rng(seed)) for seed in range(n)]


@pytest.mark.parametrize("direction", [1, -1])
def test_a_glide_stays_a_glide_in_the_same_direction(voice, direction):
    for imitation in imitations(voice, harmonic(400 * 2 ** (direction * (TIME_S - 1) / 2))):
        f0_hz, voiced = sung_hz(imitation)
        slope, _ = np.polyfit(np.flatnonzero(voiced), np.log2(f0_hz[voiced]), 1)
        octaves = slope * np.ptp(np.flatnonzero(voiced))
        assert direction * octaves > 0.4


def test_loudness_is_followed(voice):
    envelope = np.interp(TIME_S, [0, 0.5, 0.7, 1.3, 1.5, 2], [1, 1, 0.1, 0.1, 1, 1])
    for imitation in imitations(voice, (harmonic(150.0) * envelope).astype(np.float32)):
        rms = librosa.feature.rms(y=imitation, frame_length=960, hop_length=80)[0]
        said = np.flatnonzero(rms > 0.1 * rms.max())  # a person takes their own time: from first to last
        course = np.interp(np.linspace(said[0], said[-1], 200), np.arange(len(rms)), rms)
        assert np.corrcoef(course, np.interp(np.linspace(0, 2, 200), TIME_S, envelope))[0, 1] > 0.8


def test_a_noise_is_hissed_and_a_tone_is_sung(voice):
    hissed = [sung_hz(imitation)[1].mean() for imitation in imitations(voice, noise())]
    sung = [sung_hz(imitation)[1].mean() for imitation in imitations(voice, harmonic(220.0))]
    assert max(hissed) < 0.4
    assert min(sung) > 0.6


def test_a_brighter_noise_is_hissed_brighter(voice):
    def centroid_hz(samples):
        return np.mean([librosa.feature.spectral_centroid(y=y, sr=RATE_HZ).mean() for y in samples])

    dull = np.convolve(noise(), np.hanning(65) / 32, "same").astype(np.float32)
    bright = imitations(voice, np.diff(noise()))
    assert centroid_hz(bright) > 1.15 * centroid_hz(imitations(voice, dull))


def test_an_imitation_is_short_enough_level_and_seeded(voice):
    one, again, other = (imitate(noise(), voice, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one[: len(other)], other[: len(one)])
    for samples in (np.tile(noise(), 5), noise()[:300]):
        imitation = imitate(samples, voice, np.random.default_rng(3))
        assert RATE_HZ / 20 < len(imitation) <= 4 * RATE_HZ
        assert 0.1 < np.abs(imitation).max() < 1


def test_the_folder_reads_as_a_plain_corpus(made, few):
    catalogue = load_plain(made)
    validation = [item for item in load_recordings(few, 0) if item.split == Split.VALIDATION]
    assert catalogue.missing == ()
    assert len(catalogue.sounds) == len(validation) - 1
    assert all(len(catalogue.imitations_of(sound.id)) == 2 for sound in catalogue.sounds)
    assert {imitation.speaker for imitation in catalogue.imitations} == {"george"}
    assert {soundfile.info(imitation.path).samplerate for imitation in catalogue.imitations} == {RATE_HZ}
    assert not list(made.rglob(".*"))
    readme = (made / "README.md").read_text()
    for words in (
        "No person made these imitations",
        "CC BY-SA 4.0",
        "Left out because they are silent: minetest__is_it_",
    ):
        assert words in readme


def test_what_is_lost_is_made_again_and_the_rest_left(few, made):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in made.rglob("*.wav")}
    lost = next(path for path in before if path.parent.name == "imitations")
    lost.unlink()
    voice_yardstick.make_yardstick(few, made, **OPTIONS)
    assert lost.read_bytes() == before.pop(lost)[1]
    assert all(path.stat().st_mtime_ns == written for path, (written, _) in before.items())


def test_other_settings_are_refused(few, made):
    with pytest.raises(UsageError, match="other settings"):
        voice_yardstick.make_yardstick(few, made, **{**OPTIONS, "seed": 1})


def test_training_voices_are_never_in_the_held_out_set(few, shared_data, tmp_path):
    held_out = {"split": "held-out", "takes": 1, "seed": 0}
    with pytest.raises(UsageError, match="george: kept for other uses than held-out"):
        voice_yardstick.make_yardstick(few, tmp_path / "out", speakers=("george", "lucas"), **held_out)
    with pytest.raises(UsageError, match="no voice"):
        voice_yardstick.make_yardstick(few, tmp_path / "out", speakers=("nobody",), **held_out)
    assert not (tmp_path / "out").exists()
    assert not set(voice_yardstick.HELD_OUT_SPEAKERS) & set(voice_yardstick.TRAINING_SPEAKERS)
    sounds = voice_yardstick.choose_sounds(
        load_recordings(shared_data, 0), Split.HELD_OUT, voice_yardstick.HELD_OUT_SPEAKERS, 2
    )
    assert all(set(sound.imitations.values()) == set(voice_yardstick.HELD_OUT_SPEAKERS) for sound in sounds)
    assert len({sound.name.casefold() for sound in sounds}) == len(sounds)


def test_it_shares_nothing_with_the_simulator():
    code = "import sys, benchmarks.corpora.voice_yardstick as _; "
    code += "sys.exit(any(name.startswith('menura.simulate') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
