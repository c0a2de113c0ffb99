"""Files of every kind become mono float32, and what is not a sound is refused in one line."""

import os
import socket
import struct
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

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


def test_real_files_decode_to_their_length(real_clips):
    for path in real_clips:
        rate_hz, n_frames = soundfile.info(path).samplerate, soundfile.info(path).frames
        assert len(read_audio(path, rate_hz)) == n_frames
        assert len(read_audio(path, RATE)) == pytest.approx(n_frames * RATE / rate_hz, abs=2)
        assert audio_duration_s(path) == pytest.approx(n_frames / rate_hz, abs=1e-3)


def test_a_real_ogg_decodes_to_its_length(shared_data):
    path = next((shared_data / "esc10").glob("001*/1-*.ogg"))
    assert len(read_audio(path, 44_100)) == pytest.approx(5 * 44_100, rel=0.02)
    assert audio_duration_s(path) == pytest.approx(5, rel=0.02)


@pytest.mark.parametrize("from_hz", [RATE, 44_100, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_join_without_a_seam(tmp_path, from_hz, channels):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (round(4.3 * from_hz), channels)).astype(np.float32)
    path = write(tmp_path / "noise.wav", noise, from_hz, subtype="FLOAT")
    expected = soxr.resample(noise.mean(axis=1), from_hz, RATE, quality="HQ")
    np.testing.assert_allclose(read_audio(path, RATE), expected, atol=1e-6)


def with_length(flac, n_frames):
    """The file with another number of frames in its header; 0 stands for unknown, as when it is encoded into a pipe."""
    content = bytearray(flac.read_bytes())
    content[22:26] = struct.pack(">I", n_frames)
    flac.write_bytes(content)
    return flac


@pytest.mark.parametrize("seconds", [0.1, 0.75, 4.0])  # less than a block, just one, and more
def test_a_flac_of_unknown_length_is_read_to_its_end(tmp_path, seconds):
    noise = np.random.default_rng(0).uniform(-1, 1, (round(seconds * RATE), 2))
    path = write(tmp_path / "streamed.flac", noise, subtype="PCM_16")
    expected = read_audio(path, RATE)
    with_length(path, 0)
    assert np.array_equal(read_audio(path, RATE), expected)
    assert audio_duration_s(path) == seconds


def test_damage_is_no_end_of_a_flac_of_unknown_length(tmp_path):
    path = with_length(write(tmp_path / "streamed.flac", np.random.default_rng(0).uniform(-1, 1, 4 * RATE)), 0)
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half : half + 500] = bytes(500)
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"damaged or cut off, readable for (1\.[6-9]|2\.0) s"):
        read_audio(path, RATE)


def test_the_name_does_not_matter(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9 \n.WAV")  # Latin-1, which is no UTF-8, and two lines
    try:
        path.write_bytes(write(tmp_path / "tone.wav", tone(), subtype="FLOAT").read_bytes())
    except OSError:
        pytest.skip("needs a file system that takes any bytes as a name")
    assert np.array_equal(read_audio(path, RATE), tone())


@pytest.mark.parametrize("suffix", ["ogg", "mp3", "flac", "wav"])
def test_durations_are_those_of_the_decoded_sound(tmp_path, suffix):
    path = write(tmp_path / f"tone.{suffix}", tone(3.3, 44_100), 44_100)
    assert audio_duration_s(path) == len(read_audio(path, 44_100)) / 44_100


@pytest.mark.parametrize("duration_s", [0, -1.0, 1e-9])
def test_less_than_a_sample_is_not_a_beginning(tmp_path, duration_s):
    path = write(tmp_path / "tone.wav", tone())
    with pytest.raises(ValueError, match="one sample at least"):
        read_audio(path, RATE, duration_s=duration_s)


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


def beyond_float32(path):
    write(path, 1e300 * tone().astype(np.float64), subtype="DOUBLE")


def too_loud_to_resample(path):
    noise = np.random.default_rng(0).uniform(-1, 1, 44_100)
    write(path, (3.3e38 * noise).astype(np.float32), 44_100, subtype="FLOAT")


def header_alone(path):
    write(path, tone())
    path.write_bytes(path.read_bytes()[:30])


def hours_in_a_hundred_bytes(path):
    write(path, tone(), format="FLAC")
    path.write_bytes(with_length(path, 4 * 3_600 * RATE).read_bytes()[:100])


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
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


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
        (beyond_float32, AudioError, "NaN or infinite"),
        (too_loud_to_resample, AudioError, "NaN or infinite"),
        (header_alone, AudioError, "its header is damaged"),
        (hours_in_a_hundred_bytes, AudioError, r"readable for 0\.0 s"),
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
    path = write(tmp_path / "half.flac", np.random.default_rng(0).uniform(-1, 1, 12 * RATE))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"readable for (5\.[6-9]|6\.0) s"):  # flac's own blocks are of 0.26 s
        read_audio(path, 44_100)
    with pytest.raises(AudioError, match="damaged or cut off"):
        audio_duration_s(path)
    assert len(read_audio(path, 44_100, duration_s=3)) == 3 * 44_100  # the damage comes after


def test_raw_samples_are_refused_for_want_of_a_format(tmp_path):
    path = tmp_path / "sound.raw"
    path.write_bytes(bytes(5_000))
    with pytest.raises(AudioError, match="its format is not known"):
        read_audio(path, RATE)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs permissions as POSIX has them")
def test_a_file_that_may_not_be_read_is_said_to_be_so():
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "private.wav", tone())
        Path(folder).chmod(0o755)
        path.chmod(0)
        user = os.geteuid()
        os.seteuid(user or 65_534)  # nothing is forbidden to root
        try:
            with pytest.raises(AudioError, match=r"cannot be opened \(Permission denied\); check its permissions"):
                read_audio(path, RATE)
        finally:
            os.seteuid(user)
