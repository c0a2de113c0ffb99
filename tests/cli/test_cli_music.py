"""Pitch and tempo on the command line."""

import json

import pytest

from cli_calls import RUNNER, isolate, output_of, refusal_of, run, write_tone
from menura.audio import music
from menura.cli import app
from musical_sounds import write_loop, write_note


@pytest.fixture
def asked(tmp_path, monkeypatch, random_bundle_folder):
    """A search of a note, another one, and a loop, of which pitch and tempo are not measured yet."""
    isolate(tmp_path, monkeypatch)
    library = tmp_path / "sounds"
    write_note(library / "a.wav", 220)
    write_note(library / "f.wav", 185)
    write_loop(library / "beat.wav", 120)
    query = write_tone(tmp_path / "hum.wav", 300)
    return ("search", query, "--library", library, "--model", random_bundle_folder)


@pytest.fixture
def measured(asked):
    """The search, once they are."""
    _, _, _, library, _, model = asked
    output_of("index", library, "--model", model)
    return asked


def found(*arguments):
    return {hit["path"]: hit for hit in json.loads(output_of(*arguments, "--json"))["results"]}


def test_a_search_is_narrowed_by_pitch_and_by_tempo(measured):
    everything = found(*measured)
    assert everything["a.wav"]["pitch_hz"] == pytest.approx(220, rel=0.01)
    assert everything["beat.wav"]["pitch_hz"] is None
    assert everything["beat.wav"]["tempo_bpm"] == pytest.approx(120, rel=0.01)
    assert found(*measured, "--pitch", "A3").keys() == {"a.wav"}
    assert found(*measured, "--pitch", "F3-A3").keys() == {"a.wav", "f.wav"}
    assert found(*measured, "--tempo", "58-62").keys() == {"beat.wav"}
    assert output_of(*measured, "--pitch", "A3", "--tempo", "120") == "No sound is what is asked for.\n"


def test_the_table_says_what_is_sure_where_there_is_room(measured):
    table = output_of(*measured)
    assert "pitch, tempo" in table
    for told in ("A3", "F#3", "120 bpm"):
        assert told in table
    narrow = RUNNER.invoke(app, [str(argument) for argument in measured], env={"COLUMNS": "80"}).stdout
    assert "bpm" not in narrow
    assert "beat.wav" in narrow


def test_a_first_search_waits_for_no_measuring(asked):
    assert all(hit["pitch_hz"] is None for hit in found(*asked).values())
    assert "sounds that were indexed without measuring are not found so" in run(*asked, "--pitch", "A3").stderr


def test_a_first_search_by_pitch_measures(asked):
    assert found(*asked, "--pitch", "A3").keys() == {"a.wav"}


def test_an_impossible_range_is_refused_in_one_line(asked):
    assert "'low' is no pitch" in refusal_of(*asked, "--pitch", "low", code=2)
    assert "give the slower one first" in refusal_of(*asked, "--tempo", "120-90", code=2)


def test_switched_off_neither_is_told_nor_found(asked):
    assert all(hit["pitch_hz"] is hit["tempo_bpm"] is None for hit in found(*asked, "--no-music").values())
    assert "switched off (--no-music)" in refusal_of(*asked, "--no-music", "--pitch", "A3", code=2)


def test_without_the_extra_a_search_by_pitch_says_what_to_install(asked, monkeypatch):
    monkeypatch.setattr(music, "has_music", lambda: False)
    assert "menura[music]" not in run(*asked).stderr
    result = run(*asked, "--pitch", "A3")
    assert result.stdout == "No sound is what is asked for.\n"
    assert 'pip install "menura[music]"' in result.stderr


def test_what_was_filled_without_is_measured_by_the_next_indexing(asked):
    _, _, _, library, _, model = asked
    assert "measured" not in output_of("index", library, "--model", model, "--no-music")
    assert "3 measured" in output_of("index", library, "--model", model)
    assert "measured" not in output_of("index", library, "--model", model)
