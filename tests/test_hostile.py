"""Whatever bears the name of a sound is indexed or skipped with a reason, and harms nothing else."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import menura.index.examine
from benchmarks.robustness import hostile
from benchmarks.robustness.seeds import make_seeds
from bundles import write_sound
from indexes import contents
from menura import Library
from menura.audio.files import audio_duration_s, open_regular, read_audio
from menura.errors import AudioError, MenuraError, UsageError

RATE = 16_000
SEEDS = make_seeds(np.random.default_rng(0))
QUIETLY = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


def assert_sound_or_refusal(path: Path) -> None:
    """A file gives finite samples, as many as its duration says, or one line that says why not."""
    try:
        samples = read_audio(path, RATE)
        audio_duration_s(path)
    except MenuraError as error:
        line = str(error)
        reason = line.removeprefix(f"{path}: ")
        assert line != reason and len(reason) > 7 and "\n" not in reason and path.name not in reason
    else:
        assert samples.dtype == np.float32 and len(samples) and np.isfinite(samples).all()


@settings(max_examples=150, **QUIETLY)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_a_sound_or_refused(tmp_path, seed):
    rng = np.random.default_rng(seed)
    damaged = hostile.damaged(rng, SEEDS)
    path = tmp_path / f"x{damaged.suffix}"
    path.write_bytes(damaged.content)
    assert_sound_or_refusal(path)


@settings(max_examples=100, **QUIETLY)
@given(
    content=st.binary(max_size=300),
    magic=st.sampled_from(
        [
            *(b"", b"RIFF\0\0\0\0WAVEfmt ", b"RIFF\0\0\0\0WAVEdata\0\0\0\0", b"fLaC", b"OggS\0\2", b"\xff\xfb\x90"),
            *(b"FORM\0\0\0\0AIFFCOMM", b"ID3\3\0\0\0\0\0\0FORM", b"caff\0\1\0\0desc"),
            *(b"\0\0\0\x1cftypM4A ", b"\x1aE\xdf\xa3", b"#!AMR\n", b"\xff\xf1P\x80", b"0&\xb2u\x8ef\xcf\x11\xa6\xd9"),
        ]
    ),
    suffix=st.sampled_from([".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".caf", ".m4a"]),
)
def test_any_bytes_are_a_sound_or_refused(tmp_path, content, magic, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(magic + content)
    assert_sound_or_refusal(path)


def test_a_folder_of_them_is_indexed_and_leaves_its_neighbours_alone(tmp_path, random_bundle):
    """A small part of what `benchmarks/robustness/fuzzing.py` does at length."""
    folder = tmp_path / "sounds"
    for seed in range(3):
        write_sound(folder / f"good/{seed}.wav", seed)
    alone = Library.open(folder, random_bundle, tmp_path / "alone")
    alone.index()
    scores = {hit.path: hit.score for hit in alone.search(folder / "good/0.wav")}
    wanted = contents(alone)

    rng = np.random.default_rng(5)
    for stem in hostile.names(rng, 120):
        damaged = hostile.damaged(rng, SEEDS)
        (folder / f"{stem}{damaged.suffix}").write_bytes(damaged.content)
    (folder / "odd").mkdir()
    must_skip = {f"odd/{path}" for path in hostile.write_oddities(folder / "odd", rng)}
    library = Library.open(folder, random_bundle, tmp_path / "data")
    skipped = dict(library.index().skipped)
    found = contents(library)
    assert must_skip <= skipped.keys() and all(skipped.values())
    for path, rows in wanted.items():
        np.testing.assert_array_equal(found[path], rows)
    hits = {hit.path: hit.score for hit in library.search(folder / "good/0.wav", top=999)}
    assert hits.keys() == found.keys() and all(hits[path] == score for path, score in scores.items())
    named = {path.relative_to(folder).as_posix() for path in folder.iterdir() if path.is_file()}
    assert named <= found.keys() ^ skipped.keys()
    assert library.check(everything=True).whole


def test_a_pipe_that_takes_a_files_place_stops_nothing(tmp_path, random_bundle, monkeypatch):
    """The walk saw a file, and by the time it is opened it is a pipe, which to open would wait for ever."""
    folder = tmp_path / "sounds"
    write_sound(folder / "a.wav", 1)
    write_sound(folder / "b.wav", 2)
    library = Library.open(folder, random_bundle, tmp_path / "data")
    opened = menura.index.examine.open_regular

    def swap(path):
        if path.name == "a.wav" and path.is_file():
            path.unlink()
            os.mkfifo(path)
        return opened(path)

    monkeypatch.setattr(menura.index.examine, "open_regular", swap)
    assert dict(library.index().skipped) == {"a.wav": "is not a regular file; name a sound file"}
    assert list(contents(library)) == ["b.wav"]


def test_a_sound_that_becomes_a_pipe_leaves_the_index(tmp_path, random_bundle):
    write_sound(tmp_path / "sounds" / "a.wav", 1)
    write_sound(tmp_path / "sounds" / "b.wav", 2)
    library = Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data")
    library.index()
    (tmp_path / "sounds" / "a.wav").unlink()
    os.mkfifo(tmp_path / "sounds" / "a.wav")
    assert dict(library.index().skipped) == {"a.wav": "not a regular file"}
    assert list(contents(library)) == ["b.wav"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device that never ends")
def test_a_device_is_refused_at_once(tmp_path):
    with pytest.raises(AudioError, match="is not a regular file"):
        open_regular(Path("/dev/zero"))
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    with pytest.raises(AudioError, match="is not a regular file"):
        read_audio(tmp_path / "zero.wav", RATE)


def test_a_file_that_vanishes_is_said_to_be_gone(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        read_audio(tmp_path / "gone.wav", RATE)


def test_an_mp3_that_begins_with_rubbish_is_read_all_the_same(tmp_path):
    """libsndfile knows one for an mp3 by its name alone."""
    mp3 = next(seed.content for seed in SEEDS if seed.suffix == ".mp3")
    (tmp_path / "x.mp3").write_bytes(b"rubbish " * 4 + mp3)
    assert len(read_audio(tmp_path / "x.mp3", RATE)) > 1_000
