"""What libsndfile reads and what PyAV reads is read alike; what is odd about a file is set right or named."""

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from compressed import COMPRESSED, encode, natural_rate_hz
from menura.audio.containers import open_sound
from menura.audio.files import audio_duration_s, decoded_blocks, read_audio, read_frames, stream_audio
from menura.audio.kinds import AUDIO_SUFFIXES, FORMATS_SUFFIXES, is_read, reason_not_read
from menura.errors import AudioError

RATE = 44_100


def tone(seconds=1.3, rate=RATE, channels=1):
    time_s = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * 440 * time_s)[:, None] * np.ones(channels)).astype(np.float32)


def noise(n, channels=1):
    return np.random.default_rng(0).uniform(-0.5, 0.5, (n, channels)).astype(np.float32)


def in_memory(content: bytes, rate=RATE):
    with open_sound(io.BytesIO(content), Path("the take")) as sound:
        return np.concatenate(list(decoded_blocks(sound, Path("the take"), rate)))


def peak_hz(samples, rate):
    middle = samples[len(samples) // 4 :][: rate // 2]
    return float(np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * rate / len(middle))


# What libsndfile reads


@pytest.mark.parametrize(
    ("suffix", "format_name", "subtype"),
    [
        ("caf", "CAF", "PCM_16"),
        ("caf", "CAF", "ALAC_16"),
        ("w64", "W64", "PCM_16"),
        ("au", "AU", "PCM_16"),
        ("snd", "AU", "PCM_16"),
        ("wave", "WAV", "PCM_16"),
        ("bwf", "WAV", "PCM_16"),
        ("rf64", "RF64", "PCM_16"),
        ("aifc", "AIFF", "PCM_16"),
        ("voc", "VOC", "PCM_16"),
        ("avr", "AVR", "PCM_16"),
        ("paf", "PAF", "PCM_16"),
        ("pvf", "PVF", "PCM_16"),
        ("ircam", "IRCAM", "PCM_16"),
        ("nist", "NIST", "PCM_16"),
        ("svx", "SVX", "PCM_16"),
    ],
)
def test_every_container_of_libsndfile_is_read(tmp_path, suffix, format_name, subtype):
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone()[:, 0], RATE, format=format_name, subtype=subtype)
    assert is_read(path.name) and path.suffix in AUDIO_SUFFIXES
    for decoded in (read_audio(path, RATE), in_memory(path.read_bytes())):
        n = min(len(decoded), len(tone()))
        np.testing.assert_allclose(decoded[:n], tone()[:n, 0], atol=1e-3)
        assert abs(len(decoded) - len(tone())) < 200  # some come in packets


def test_an_mp2_is_read(tmp_path):
    path = encode(tmp_path / "tone.mp2", tone(channels=2), RATE)
    assert peak_hz(read_audio(path, RATE), RATE) == pytest.approx(440, abs=2)


# What PyAV reads


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("suffix", COMPRESSED)
def test_every_compressed_kind_is_read_by_its_content(tmp_path, suffix, channels):
    rate = natural_rate_hz(suffix)
    channels = 1 if suffix == ".amr" else channels
    path = encode(tmp_path / f"tone{suffix}", tone(rate=rate, channels=channels), rate)
    decoded = read_audio(path, rate)
    assert decoded.dtype == np.float32 and len(decoded) == pytest.approx(1.3 * rate, abs=0.06 * rate)
    assert peak_hz(decoded, rate) == pytest.approx(440, abs=3)
    assert np.abs(decoded[rate // 4 : rate]).max() == pytest.approx(0.5, abs=0.1)
    assert audio_duration_s(path) == len(decoded) / rate
    np.testing.assert_array_equal(in_memory(path.read_bytes(), rate), decoded)
    np.testing.assert_array_equal(read_audio(path, rate, duration_s=0.5), decoded[: rate // 2])
    assert len(read_audio(path, 16_000)) == pytest.approx(len(decoded) * 16_000 / rate, abs=2)


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_compressed_sound_is_the_same_from_wherever_it_is_read(tmp_path, suffix):
    rate = natural_rate_hz(suffix)
    sweep = 0.4 * np.sin(2 * np.pi * np.cumsum(np.linspace(200, 2_000, 5 * rate)) / rate)
    path = encode(tmp_path / f"sweep{suffix}", sweep[:, None].astype(np.float32), rate)
    with path.open("rb") as stream, open_sound(stream, path) as sound:
        whole = read_frames(sound, 10 * rate).samples.copy()
        assert sound.tell() == len(whole)
        assert abs(sound.frames - len(whole)) < 0.05 * rate
        for at in (4 * rate, 12_345, 12_400, 3 * rate + 7, 0, len(whole) - 10):
            assert sound.seek(at) == at
            part = read_frames(sound, 500).samples
            np.testing.assert_allclose(part, whole[at : at + 500], atol=0.02)
        assert sound.seek(len(whole) + rate) == len(whole)


def test_a_lossless_m4a_is_read_to_the_last_bit(tmp_path):
    samples = (noise(50_000, 2) * 2**15).round() / 2**15
    path = encode(tmp_path / "noise.m4a", samples.astype(np.float32), RATE, codec="alac")
    with path.open("rb") as stream, open_sound(stream, path) as sound:
        assert (sound.format, sound.subtype, sound.frames) == ("M4A", "ALAC", 50_000)
        np.testing.assert_array_equal(read_frames(sound, 60_000).samples, samples.astype(np.float32))


def test_an_m4a_that_is_cut_off_is_refused_with_its_time(tmp_path):
    path = encode(tmp_path / "memo.m4a", tone(4), RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"damaged or cut off, readable for [12]\.\d s"):
        read_audio(path, RATE)


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_a_damaged_compressed_file_is_a_sound_or_refused(tmp_path, suffix):
    rate = natural_rate_hz(suffix)
    content = encode(tmp_path / f"whole{suffix}", tone(0.6, rate), rate).read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / f"x{suffix}"
    for number in range(30):
        damaged = bytearray(content)
        if number % 3:
            for at in rng.integers(0, len(content) if number % 2 else 200, 5):
                damaged[at] ^= 1 << rng.integers(8)
        path.write_bytes(damaged[: rng.integers(1, len(content))] if number % 3 == 0 else damaged)
        try:
            samples = read_audio(path, 16_000)
            audio_duration_s(path)
        except AudioError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
        else:
            assert len(samples) and np.isfinite(samples).all()


def test_a_film_without_sound_is_refused(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 32, 32
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        file.mux(stream.encode(frame) + stream.encode(None))
    with pytest.raises(AudioError, match="no sound in it"):
        read_audio(path, RATE)


def test_a_playlist_opens_no_other_file(tmp_path):
    """FFmpeg would follow it, whatever it is called."""
    soundfile.write(tmp_path / "other.wav", tone(), RATE)
    for text in ("ffconcat version 1.0\nfile other.wav\n", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.wav\n"):
        path = tmp_path / "list.m4a"
        path.write_text(text)
        with pytest.raises(AudioError, match="its format is not known"):
            read_audio(path, RATE)


def test_a_pyav_that_does_not_load_is_none(tmp_path):
    """As where a system's libraries do not fit the wheel; the rest of a folder is indexed all the same."""
    (tmp_path / "av").mkdir()
    (tmp_path / "av" / "__init__.py").write_text("raise ImportError('libavcodec is of another kind')")
    code = "from menura.audio.kinds import is_read; print(is_read('x.m4a'), is_read('x.wav'))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "True"]


def test_without_pyav_a_compressed_file_is_named_with_what_to_do(tmp_path, without_formats):
    memo = tmp_path / "memo.m4a"
    memo.write_bytes(b"\0\0\0\x1cftypM4A \0\0\0\0" + bytes(100))
    misnamed = tmp_path / "memo.wav"
    misnamed.write_bytes(memo.read_bytes())
    for path in (memo, misnamed):
        with pytest.raises(
            AudioError, match=r'm4a .* is not read by this installation; pip install "menura\[formats\]"'
        ):
            read_audio(path, RATE)
    for suffix in FORMATS_SUFFIXES:
        assert not is_read(f"x{suffix}") and "menura[formats]" in (reason_not_read(suffix) or "")


@pytest.mark.parametrize(
    ("name", "words"),
    [("kit.nki", "a Kontakt instrument"), ("loop.RX2", "REX loops"), ("pack.zip", "unpack it"), ("a.asd", "no sound")],
)
def test_what_is_no_recording_is_named_as_what_it_is(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"\x12\x34" * 500)
    with pytest.raises(AudioError, match=words):
        read_audio(tmp_path / name, RATE)


# What is odd about a file


def wav(samples=None, **options):
    stream = io.BytesIO()
    soundfile.write(stream, tone()[:, 0] if samples is None else samples, RATE, format="WAV", **options)
    return stream.getvalue()


def id3v2(n_bytes):
    size = bytes((n_bytes >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + bytes(n_bytes)


@pytest.mark.parametrize("format_name", ["AIFF", "WAV", "FLAC"])
def test_a_tag_in_front_takes_nothing_away(tmp_path, format_name):
    stream = io.BytesIO()
    soundfile.write(stream, tone()[:, 0], RATE, format=format_name)
    path = tmp_path / f"tagged.{format_name.lower()}"
    path.write_bytes(id3v2(30_000) + stream.getvalue())
    for decoded in (read_audio(path, RATE), in_memory(path.read_bytes())):
        np.testing.assert_allclose(decoded, tone()[:, 0], atol=1e-4)
    assert audio_duration_s(path) == 1.3


def test_a_tag_behind_a_flac_does_it_no_harm_and_damage_is_still_seen(tmp_path):
    path = tmp_path / "ripped.flac"
    soundfile.write(path, noise(3 * RATE)[:, 0], RATE)
    whole = path.read_bytes()
    wanted = read_audio(path, RATE)
    path.write_bytes(whole + b"TAGcrow" + bytes(121))
    np.testing.assert_array_equal(read_audio(path, RATE), wanted)
    np.testing.assert_array_equal(in_memory(path.read_bytes()), wanted)
    path.write_bytes(whole[:-5_000] + b"TAGcrow" + bytes(121))
    with pytest.raises(AudioError, match="damaged or cut off"):
        read_audio(path, RATE)


@pytest.mark.parametrize("riff_size", [0, 36, 0xFFFFFFFF])
def test_a_wav_whose_recorder_lost_power_is_read_to_its_end(tmp_path, riff_size):
    content = bytearray(wav())
    content[4:8] = struct.pack("<I", riff_size)
    content[40:44] = bytes(4)
    path = tmp_path / "lost.wav"
    path.write_bytes(content)
    for decoded in (read_audio(path, RATE), in_memory(bytes(content))):
        np.testing.assert_allclose(decoded, tone()[:, 0], atol=1e-4)
    assert audio_duration_s(path) == 1.3


def test_an_empty_wav_with_something_behind_it_stays_empty(tmp_path):
    content = bytearray(wav(np.zeros(0)))
    content += b"LIST" + struct.pack("<I", 400) + bytes(400)
    content[4:8] = struct.pack("<I", len(content) - 8)
    path = tmp_path / "empty.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match="holds no samples"):
        read_audio(path, RATE)


def wav_of_tag(tag):
    content = bytearray(wav())
    content[20:22] = struct.pack("<H", tag)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (wav_of_tag(0x45), "G.726"),
        (wav_of_tag(0x674F), "Vorbis in wav"),
        (wav_of_tag(0x161), "Windows Media Audio"),
        (wav_of_tag(0x4242), "number 0x4242"),
        (b"OggS\0\2" + bytes(20) + b"\x01\x33\x7fFLAC\1\0" + bytes(60), "FLAC in Ogg"),
        (b"OggS\0\2" + bytes(20) + b"\x01\x50Speex   1.2" + bytes(60), "Speex"),
    ],
)
def test_an_encoding_that_is_not_read_is_named(tmp_path, content, name):
    path = tmp_path / "odd.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=f"its encoding, {name}, is not read"):
        read_audio(path, RATE)


# How channels are mixed


def test_opposite_channels_are_heard_by_one_of_them(tmp_path):
    samples = np.concatenate([noise(RATE), -0.9 * noise(RATE)], axis=1)
    path = tmp_path / "wide.wav"
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    np.testing.assert_allclose(read_audio(path, RATE), samples[:, 0], atol=1e-6)


@pytest.mark.parametrize("cancels_first", [True, False])
def test_how_channels_are_mixed_does_not_change_within_a_file(tmp_path, cancels_first):
    """The first 8 s that sound decide for all."""
    same = np.repeat(noise(9 * RATE), 2, axis=1)
    opposite = same * [1, -1]
    silence = np.zeros((3 * RATE, 2))
    parts = [silence, opposite, same] if cancels_first else [silence, same, opposite]
    samples = np.concatenate(parts).astype(np.float32)
    path = tmp_path / "changing.wav"
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    wanted = samples[:, 0] if cancels_first else samples.mean(axis=1)
    np.testing.assert_allclose(np.concatenate(list(stream_audio(path, RATE))), wanted, atol=1e-6)


# Files as people have them


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("plain_twin.wav", 0.4806),
        ("plain_pcm.caf", 0.4806),
        ("plain_pcm.w64", 0.4806),
        ("flac_with_id3v1_tag.flac", 0.4806),
        ("unfinalised_data_size_0.wav", 0.4806),
        ("id3_before_form.aif", 0.4806),
        ("antiphase_stereo.wav", 0.4806),
        ("phone.m4a", 0.4806),
        ("query_memo.m4a", 0.7761),
    ],
)
def test_odd_files_of_the_field_are_whole(shared_field, name, seconds):
    if name.endswith(".m4a"):
        pytest.importorskip("av")
    twin = read_audio(shared_field / "plain_twin.wav", RATE)
    decoded = read_audio(shared_field / name, RATE)
    assert len(decoded) / RATE == pytest.approx(seconds, abs=1e-3)
    np.testing.assert_array_equal(in_memory((shared_field / name).read_bytes()), decoded)
    if seconds == 0.4806:
        n = min(len(twin), len(decoded))
        assert np.corrcoef(decoded[:n], twin[:n])[0, 1] > 0.95


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ogg_in_wav_0x674f.wav", "its encoding, Vorbis in wav, is not read"),
        ("g726_in_wav.wav", "its encoding, G.726, is not read"),
        ("flac_in_ogg.oga", "its encoding, FLAC in Ogg, is not read"),
        ("odd_list_chunk_no_pad.wav", "its header is damaged"),
        ("aiff_odd_name_no_pad.aif", "its header is damaged"),
        ("leading_zeros.wav", "its format is not known"),
    ],
)
def test_odd_files_of_the_field_are_refused_with_a_reason(shared_field, name, reason):
    with pytest.raises(AudioError, match=reason):
        read_audio(shared_field / name, RATE)


def test_a_recording_that_says_it_has_no_channels_is_refused(tmp_path):
    path = encode(tmp_path / "memo.m4a", 0.1 * np.ones((5_000, 1), np.float32), 44_100)
    content = bytearray(path.read_bytes())
    entry = content.find(b"mp4a")
    content[entry + 20 : entry + 22] = bytes(2)  # the channels of the container
    content[content.find(bytes.fromhex("1208"), entry) + 1] = 0  # and those of the encoding
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"memo\.m4a: has 0 channels; from 1 to 64 can be read"):
        read_audio(path, 16_000)


def test_a_wma_that_leads_to_places_before_its_beginning_is_refused(tmp_path, capfd):
    header = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6cc601000000000000")
    (tmp_path / "memo.wma").write_bytes(header + np.random.default_rng(0).bytes(600))
    with pytest.raises(AudioError, match=r"memo\.wma: damaged, or no sound in it \(wma: "):
        read_audio(tmp_path / "memo.wma", 16_000)
    assert "Traceback" not in capfd.readouterr().err
