"""`menura data` says what is on disk, what is missing and on which terms, and refuses what it does not know."""

import shutil

import pytest

from cli_calls import output_of, refusal_of
from menura.corpora import obtain
from menura.corpora.registry import PUBLISHED


def test_nothing_is_on_disk_at_first(tmp_path):
    listing = output_of("data", "list", "--folder", tmp_path)
    assert listing.count(": absent") == len(PUBLISHED) + 1  # and mn04
    assert "licence: CC BY-NC: not for commercial use" in listing


def test_what_is_there_is_counted_and_what_is_missing_is_said(tmp_path, shared_data):
    shutil.copytree(shared_data / "esc10" / "001 - Dog bark", tmp_path / "esc10" / "001 - Dog bark")
    listing = output_of("data", "list", "--folder", tmp_path)
    assert "esc10: 40 clips of 1 classes in 5 folds" in listing
    assert f"in {tmp_path / 'esc10'}" in listing


def test_getting_states_the_licence_first(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(obtain, "_get_archive", lambda *given: asked.append(given) or tmp_path / "esc10")
    printed = output_of("data", "get", "esc10", "--folder", tmp_path)
    assert printed.splitlines()[0].startswith("ESC-10 (Piczak 2015); licence: CC BY 3.0")
    assert printed.splitlines()[-1] == f"esc10 is in {tmp_path / 'esc10'}"
    assert len(asked) == 1


def test_an_unknown_corpus_is_refused_with_the_names(tmp_path):
    line = refusal_of("data", "get", "esc51", "--folder", tmp_path, code=2)
    assert "esc51: no such corpus; the names are" in line
    assert "vocalsketch-1.0.4" in line


@pytest.fixture(autouse=True)
def _own_data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
