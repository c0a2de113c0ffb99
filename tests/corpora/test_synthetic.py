"""The synthesised library: sixty sounds, always the same, made whole or not at all."""

from itertools import combinations

import numpy as np
import pytest
import soundfile as sf

from menura.corpora import synthetic
from menura.corpora.synthetic import synthesise_library
from menura.errors import DataError
from menura.simulate.hear import hear


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic") / "library"
    return folder, synthesise_library(folder)


def contents(paths):
    return [path.read_bytes() for path in paths]


def test_there_are_five_sounds_of_each_of_twelve_kinds(library):
    folder, paths = library
    assert len(paths) == 60
    assert paths == sorted(folder.glob("*/*.wav"))
    kinds = sorted({path.parent.name for path in paths})
    assert len(kinds) == 12
    for kind in kinds:
        names = [path.name for path in paths if path.parent.name == kind]
        assert names == [f"{kind.removesuffix('s')}_{number:02d}.wav" for number in range(1, 6)]


def test_the_files_are_ordinary_recordings(library):
    for path in library[1]:
        info = sf.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (44_100, 1, "PCM_16")
        assert 0.3 <= info.duration <= 4.0, path
        samples, _ = sf.read(path)
        assert 0.5 < np.abs(samples).max() < 1.0, path
        assert np.sqrt(np.mean(samples**2)) > 0.005, path


def test_the_same_seed_gives_the_same_files_and_another_seed_others(library, tmp_path):
    again = synthesise_library(tmp_path / "again")
    other = synthesise_library(tmp_path / "other", seed=1)
    assert contents(again) == contents(library[1])
    assert all(mine != theirs for mine, theirs in zip(contents(other), contents(library[1]), strict=True))


def test_the_five_of_a_kind_differ(library):
    """Some of pitch, brightness, loudness or length sets any two apart, as heard."""

    def heard(path):
        curves = hear(sf.read(path, dtype="float32")[0], 44_100)
        loud = 10 ** (curves.loudness_db / 20)
        return np.array(
            [
                12 * np.average(curves.brightness, weights=loud),
                12 * np.log2(np.median(curves.pitch_hz)),
                12 * np.log2(curves.n_frames),
                curves.loudness_db.mean(),
            ]
        )

    by_kind = {}
    for path in library[1]:
        by_kind.setdefault(path.parent.name, []).append(heard(path))
    for kind, sounds in by_kind.items():
        for one, another in combinations(sounds, 2):
            assert np.abs(one - another).max() > 1.0, kind


def test_a_finished_library_is_not_made_again(library):
    folder, paths = library
    stamps = [path.stat().st_mtime_ns for path in paths]
    assert synthesise_library(folder) == paths
    assert [path.stat().st_mtime_ns for path in paths] == stamps


def test_an_interrupted_library_leaves_nothing_that_looks_finished(tmp_path, monkeypatch):
    written = []

    def write_three(path, *args, **kwargs):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path)
        write(path, *args, **kwargs)

    write = sf.write
    monkeypatch.setattr(synthetic.sf, "write", write_three)
    with pytest.raises(KeyboardInterrupt):
        synthesise_library(tmp_path / "library")
    assert len(written) == 3
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert len(synthesise_library(tmp_path / "library")) == 60


def test_somebody_elses_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "song.wav").write_bytes(b"mine")
    with pytest.raises(DataError, match=r"is not empty, nor the whole synthetic library of seed 0: choose another"):
        synthesise_library(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


def test_another_seeds_library_is_refused(library):
    with pytest.raises(DataError, match="nor the whole synthetic library of seed 9"):
        synthesise_library(library[0], seed=9)


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match=r"cannot be written to .*library"):
        synthesise_library(tmp_path / "file" / "library")
