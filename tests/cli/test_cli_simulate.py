"""`menura simulate` writes imitations that can be played, and never touches a file that is there."""

import subprocess
import sys
import wave

import numpy as np
import pytest
import soundfile

from cli_calls import RATE_HZ, TRAINING, isolate, output_of, refusal_of, run, write_tone


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)


def test_imitations_are_written_and_named(tmp_path):
    sound, out = write_tone(tmp_path / "door.flac", 300), tmp_path / "deep" / "takes"
    lines = output_of("simulate", sound, "-n", 3, "--out", out).splitlines()
    assert sorted(path.name for path in out.iterdir()) == ["door-01.wav", "door-02.wav", "door-03.wav"]
    assert [line.split("  ")[0] for line in lines] == [str(path) for path in sorted(out.iterdir())]
    for line, path in zip(lines, sorted(out.iterdir()), strict=True):
        with wave.open(str(path)) as take:
            assert (take.getframerate(), take.getsampwidth(), take.getnchannels()) == (16_000, 2, 1)
            assert f"  {take.getnframes() / 16_000:.1f} s  " in line


def test_the_seed_decides_and_more_imitations_begin_with_those_of_fewer(tmp_path):
    sound = write_tone(tmp_path / "door.wav", 300)
    for name, arguments in {"two": ("-n", 2), "three": ("-n", 3), "other": ("-n", 2, "--seed", 1)}.items():
        output_of("simulate", sound, "--out", tmp_path / name, *arguments)
    takes = {name: (tmp_path / name / "door-02.wav").read_bytes() for name in ("two", "three", "other")}
    assert takes["two"] == takes["three"] != takes["other"]


def test_what_is_there_is_kept(tmp_path):
    sound, out = write_tone(tmp_path / "door.wav", 300), tmp_path / "takes"
    out.mkdir()
    (out / "door-02.wav").write_text("mine")
    line = refusal_of("simulate", sound, "-n", 3, "--out", out, code=2)
    assert f"{out / 'door-02.wav'}: exists and is not overwritten" in line
    assert [path.name for path in out.iterdir()] == ["door-02.wav"]
    assert (out / "door-02.wav").read_text() == "mine"
    assert "is no folder" in refusal_of("simulate", sound, "--out", sound, code=2)


def test_what_cannot_be_imitated_is_refused_in_words(tmp_path):
    out = tmp_path / "takes"
    silence, spoilt, words = (tmp_path / name for name in ("silence.wav", "nan.wav", "words.wav"))
    soundfile.write(silence, np.zeros(RATE_HZ), RATE_HZ)
    soundfile.write(spoilt, np.full(RATE_HZ, np.nan, np.float32), RATE_HZ, subtype="FLOAT")
    words.write_text("no sound")
    for sound, code, message in (
        (silence, 1, "silent for its first 5 s"),
        (spoilt, 1, "not numbers"),
        (words, 1, "not a sound file"),
        (tmp_path / "absent.wav", 2, "no such file"),
    ):
        assert message in refusal_of("simulate", sound, "--out", out, code=code)
    assert not out.exists()
    for arguments in (("-n", 0), ("--seed", -1)):
        assert run("simulate", silence, "--out", out, *arguments).exit_code == 2


def test_of_an_hour_only_the_beginning_is_read(tmp_path, monkeypatch):
    """Blocks beyond the first 5 s of a file are never asked for."""
    hour, n_read = tmp_path / "hour.flac", []
    read = soundfile.SoundFile.read
    with soundfile.SoundFile(hour, "w", 8_000, 1) as file:
        minute = np.random.default_rng(0).uniform(-0.5, 0.5, 60 * 8_000) * np.linspace(1, 0, 60 * 8_000) ** 8
        file.write(minute)
        for _ in range(59):
            file.write(np.zeros(60 * 8_000))

    def counted(self, *arguments, **options):
        frames = read(self, *arguments, **options)
        n_read.append(len(frames))
        return frames

    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    output_of("simulate", hour, "-n", 2, "--out", tmp_path / "takes")
    assert 4 * 8_000 < sum(n_read) < 8 * 8_000


def test_the_base_install_is_enough(tmp_path):
    sound = write_tone(tmp_path / "door.wav", 300)
    code = f"""
import sys
sys.modules.update(dict.fromkeys({TRAINING!r}))
sys.argv[1:] = ["simulate", {str(sound)!r}, "-n", "1", "--out", {str(tmp_path / "takes")!r}]
from menura.cli import main
main()
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert (tmp_path / "takes" / "door-01.wav").exists()
