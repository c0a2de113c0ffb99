"""Files of every kind become mono float32, and what is not a sound is refused in one line."""

import os
import socket
import struct
import wave

import numpy as np
import pytest
import soundfile

from menura.audio.files import audio_duration_s, read_audio, stream_audio
from menura.errors import AudioError, MenuraError, UsageError

RATE = 16_000


def tone(seconds=0.5, rate=RATE, hz=440.0, level=0.5):
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write(path, samples, rate=RATE, **options):
    soundfile.write(path, samples, rate, **options)
    return path


@pytest.mark.parametrize(
    ("suffix", "subtype", "tolerance"),
    [
        ("wav", "PCM_U8", 1e-2),
        ("wav", "PCM_16", 1e-4),
        ("wav", "PCM_24", 1e-6),
        ("wav", "PCM_32", 1e-7),
        ("wav", "FLOAT", 0),
        ("wav", "DOUBLE", 0),
        ("flac", "PCM_16", 1e-4),
        ("flac", "PCM_24", 1e-6),
        ("aiff", "PCM_16", 1e-4),
        ("ogg", "VORBIS", 5e-2),
        ("ogg", "OPUS", 1e-1),
        ("mp3", "MPEG_LAYER_III", 5e-2),
    ],
)
def test_every_format_decodes_to_the_same_sound(tmp_path, suffix, subtype, tolerance):
    path = write(tmp_path / f"tone.{suffix}", tone(), subtype=subtype)
    decoded = read_audio(path, RATE)
    assert decoded.dtype == np.float32
    assert abs(len(decoded) - len(tone())) <= 0.1 * RATE  # mp3 pads
    middle = slice(RATE // 8, RATE // 4)
    spectrum = np.abs(np.fft.rfft(decoded[middle] * np.hanning(RATE // 8)))
    assert spectrum.argmax() * 8 == 440
    assert np.abs(decoded).max() == pytest.approx(0.5, abs=max(tolerance, 1e-6))
    if tolerance < 5e-2:  # lossless
        np.testing.assert_allclose(decoded, tone(), atol=tolerance)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_every_rate_becomes_the_rate_asked_for(tmp_path, rate):
    path = write(tmp_path / "tone.wav", tone(0.5, rate), rate, subtype="FLOAT")
    decoded = read_audio(path, RATE)
    assert len(decoded) == pytest.approx(RATE / 2, abs=2)
    middle = slice(2_000, 6_000)
    np.testing.assert_allclose(decoded[middle], tone()[middle], atol=2e-3)


def test_channels_are_averaged(tmp_path):
    channels = np.stack([tone(), -tone(), 0.3 * tone(), 0 * tone(), tone(), 0.7 * tone()], axis=1)
    path = write(tmp_path / "six.wav", channels, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(path, RATE), tone() / 3, atol=1e-6)


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_a_beginning_is_the_beginning_of_the_whole(tmp_path, rate):
    noise = np.random.default_rng(0).uniform(-1, 1, 12 * rate).astype(np.float32)
    path = write(tmp_path / "noise.wav", noise, rate, subtype="FLOAT")
    whole, beginning = read_audio(path, RATE), read_audio(path, RATE, duration_s=1.5)
    assert len(beginning) == 24_000
    assert np.array_equal(beginning, whole[:24_000])
    assert np.array_equal(np.concatenate(list(stream_audio(path, RATE))), whole)


def test_a_real_ogg_decodes_to_its_length(shared_data):
    path = next((shared_data / "esc10").glob("001*/1-*.ogg"))
    assert len(read_audio(path, 44_100)) == pytest.approx(5 * 44_100, rel=0.02)
    assert audio_duration_s(path) == pytest.approx(5, rel=0.02)


def test_one_sample_is_a_sound(tmp_path):
    path = write(tmp_path / "one.wav", np.array([0.25], np.float32), subtype="FLOAT")
    assert read_audio(path, RATE).tolist() == [0.25]


def nothing(path):
    path.write_bytes(b"")


def text(path):
    path.write_text("these are the notes of a meeting, not a sound\n" * 20)


def no_samples(path):
    write(path, np.zeros(0, np.float32))


def not_a_number(path):
    samples = tone()
    samples[1_000] = np.nan
    write(path, samples, subtype="FLOAT")


def infinite(path):
    samples = tone()
    samples[-1] = np.inf
    write(path, samples, subtype="FLOAT")


def truncated_flac(path):
    noise = np.random.default_rng(0).uniform(-1, 1, 3 * RATE)
    write(path, noise, format="FLAC")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def too_slow(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 1, 0, "NONE", ""))
        file.writeframes(b"\0\1" * 50)


def many_channels(path):
    with wave.open(str(path), "wb") as file:
        file.setparams((1_000, 2, RATE, 0, "NONE", ""))
        file.writeframes(b"\0\1" * 5_000)


def a_pipe(path):
    os.mkfifo(path)


def a_socket(path):
    socket.socket(socket.AF_UNIX).bind(str(path))


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda path: None, UsageError, "no such file"),
        (lambda path: path.mkdir(), UsageError, "is a folder"),
        (nothing, AudioError, r"is empty \(0 bytes\)"),
        (text, AudioError, "not a sound file that can be read"),
        (no_samples, AudioError, "holds no samples"),
        (not_a_number, AudioError, "NaN or infinite"),
        (infinite, AudioError, "NaN or infinite"),
        (truncated_flac, AudioError, r"damaged or cut off, readable for \d\.\d s"),
        (too_slow, AudioError, "sample rate is 1 Hz"),
        (many_channels, AudioError, "1,000 channels"),
        (a_pipe, AudioError, "not a regular file"),
        (a_socket, AudioError, "not a regular file"),
    ],
)
def test_what_is_not_a_sound_is_refused_in_one_line(tmp_path, monkeypatch, make, kind, message):
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    path = tmp_path.__class__("sound.wav")
    make(path)
    with pytest.raises(kind, match=message) as caught:
        read_audio(path, RATE)
    assert isinstance(caught.value, MenuraError)
    assert str(caught.value).startswith("sound.wav: ")
    assert "\n" not in str(caught.value)


def test_a_header_that_promises_hours_costs_nothing(tmp_path):
    path = write(tmp_path / "liar.wav", tone(0.01), subtype="PCM_16")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", 4 * 3_600 * RATE * 2)
    path.write_bytes(content)
    try:
        assert len(read_audio(path, RATE)) <= 200
    except AudioError as error:
        assert "cut off" in str(error)


def test_truncation_is_said_with_its_time(tmp_path):
    path = tmp_path / "half.flac"
    write(path, np.random.default_rng(0).uniform(-1, 1, 12 * RATE), format="FLAC")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"readable for [45]\.\d s"):
        read_audio(path, 44_100)
