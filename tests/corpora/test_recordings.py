"""What a training may see is decided by the files and a seed, and fold 5 of ESC-10 is never part of it."""

import re
import shutil
from pathlib import Path

import pytest

from menura import corpora
from menura.corpora.esc import esc10_fold
from menura.corpora.recordings import TRAINING_CORPORA, Split, load_recordings
from menura.corpora.registry import CORPORA
from menura.errors import DataError


def test_the_split_of_the_real_recordings(shared_data):
    recordings = load_recordings(shared_data, seed=0)
    assert {recording.corpus for recording in recordings} == {corpus.folder for corpus in TRAINING_CORPORA}
    for corpus in TRAINING_CORPORA:
        of_corpus = [recording for recording in recordings if recording.corpus == corpus.folder]
        held_out = sum(recording.split is Split.HELD_OUT for recording in of_corpus)
        assert held_out / len(of_corpus) == pytest.approx(0.2, abs=0.01)
    for recording in recordings:
        if recording.corpus == "esc10":
            assert (recording.split is Split.HELD_OUT) == recording.path.name.startswith("5-")
    assert load_recordings(shared_data, seed=0) == recordings
    other = load_recordings(shared_data, seed=1)
    assert [recording.path for recording in other] == [recording.path for recording in recordings]
    assert other != recordings


def test_labels_are_read_off_the_names(shared_data):
    labels = {recording.path.name: recording.label for recording in load_recordings(shared_data, seed=0)}
    assert labels["bd_808.flac"] == "bd"
    assert labels["1-100032-A.ogg"] == "Dog bark"
    assert labels["env_sounds_water.1.ogg"] == "env_sounds_water"
    assert labels["glitch_001.wav"] == "glitch"


def test_absent_corpora_are_left_out(tmp_path, shared_data):
    folder = tmp_path / "sonic-pi"
    folder.mkdir()
    for path in sorted((shared_data / "sonic-pi").glob("bd_*.flac")):
        shutil.copy(path, folder)
    assert {recording.corpus for recording in load_recordings(tmp_path, seed=0)} == {"sonic-pi"}


def test_a_licence_is_stated_in_one_place():
    package = Path(corpora.__file__).parents[1]
    texts = {path.name: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert {name for name, text in texts.items() if re.search(r"CC BY|CC0|BSD-3", text)} == {"registry.py"}
    assert all(corpus.licence and corpus.source.startswith("http") for corpus in CORPORA.values())
    assert all(name == corpus.folder for name, corpus in CORPORA.items())


def test_no_recordings_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no recordings here; expected at least one of the folders esc10, sonic-pi"):
        load_recordings(tmp_path, seed=0)


def test_a_misnamed_esc10_file_is_an_error(tmp_path):
    with pytest.raises(DataError, match="is named FOLD-CLIPID-TAKE"):
        esc10_fold(tmp_path / "bark.ogg")
