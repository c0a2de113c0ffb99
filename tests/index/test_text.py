"""Names are found as people name sounds and ask for them, and nothing that is typed is anything but words."""

import os
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from menura.errors import UsageError
from menura.index.changes import name_and_folder
from menura.index.database import Meta, create_tables
from menura.index.synonyms import SYNONYMS
from menura.index.text import match_expression, searchable

# Letters of all kinds, and far more often those that names and full-text search are made of.
TYPED = st.text(st.characters(exclude_categories=()) | st.sampled_from('aBbCc#♯♭19 -_"*()^:+/\0{}\udce9ßéØ한ก'))


@pytest.fixture(scope="module")
def db():
    db = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(db, Meta(2, "", "", "", 1, "", 0, 0, "new"))
    yield db
    db.close()


def finds(db, text, path):
    """Whether a text finds the sound of a path."""
    wanted, unwanted = match_expression(text)
    db.execute(
        "INSERT INTO sounds VALUES (1, ?, ?, ?, 0, 0, x'', 0, x'', 0, 0, 0, 1)", (b"path", *name_and_folder(path))
    )
    try:
        found = [
            asked and db.execute("SELECT 1 FROM words WHERE words MATCH ?", (asked,)).fetchall()
            for asked in (wanted, unwanted)
        ]
    finally:
        db.execute("DELETE FROM sounds")
    return bool(found[0] or not wanted) and not found[1]


FOUND = {
    "OpenHat.wav": ["hat", "open", "openhat", "OpenHat", "open hat", "open-hat", "hi-hat", "hihats", "hh"],
    "FXHit.wav": ["fx", "hit", "fxhit", "sfx", "sound effect", "sound effects"],
    "snare808.wav": ["snare", "808", "snare808", "snare-808", "snare_808", "SNARE 8", "sd", "sn"],
    "909kick.wav": ["909", "kick", "909kick", "bd", "bass drum", "kickdrum", "kicks"],
    "TR808SnareLong.wav": ["tr", "808", "tr808", "808snare", "snarelong", "tr808snarelong", "TR-808"],
    "PadC#3.wav": ["c#", "C#3", "C♯", "pad c#", "c sharp", "csharp3", "cs3", "Cs3", "padc#", "3"],
    "cello_Cs4_05.wav": ["c#", "c#4", "cs4"],
    "C# minor/pad.wav": ["c#", "c# minor", '"c# minor"', "C#m"],
    "Bb Horn B♭2.wav": ["bb", "bb2", "Bb horn"],
    "straße.wav": ["strasse", "STRASSE", "straße", "STRAẞE"],
    "Ümläut Ørsted.wav": ["umlaut", "ümläut", "orsted", "ørsted"],
    "ﬁlter Ｄｏｏｒ.wav": ["filter", "door"],
    "Drum_Hi-Hat Closed.wav": ["hat", "hihat", "hi hat", "hi-hat", "HH", "drum hi hat closed", "hi-hats"],
    "hh01.wav": ["hat", "hi-hat", "hihat", "hi hat"],
    "BD_long.wav": ["kick", "Bass Drum", "bass-drum", '"bass drum"', "long bass drum"],
    "big bass drum.wav": ["kick", "bd", "bassdrum", "drum bass"],
    "Lead Vocals.wav": ["vox", "vocal", "lead vox"],
    "Drums/Snares/rim 1.wav": ["snare/rim", "Snares/rim 1.wav", "drums\\snares", "-snare/kick", "snare drum"],
    "doors.wav": ["door", "-bell", "door -bell", "door -hat", '- door - "!!"'],
}
HIDDEN = {
    "OpenHat.wav": ["at", "pen", "-hat", "open -hh", '-"hi hat"', "-open", "open -openhat"],
    "snare808.wav": ["08", "-808", "snare -sd", "kick"],
    "Take #3 VOICE#2.wav": ["c#", "e#", "sharp"],
    "C 3.wav": ["c#", "cs3"],
    "Cs12.wav": ["c#", "c#1", "c#12"],
    "sdcard bdsm hhgg cpu.wav": ["snare", "kick", "hat", "clap"],  # short synonyms are whole words
    "hatch.wav": ["hihat", "hh"],
    "basses.wav": ["kick", "bass drum"],
    "door bell.wav": ["door -bell", "-bell", "-door", '"bell door"', "bell-door", '-"door bell"'],
    "Drums/Snares/rim 1.wav": ["-snare/rim", "kick/rim", "snare//hat"],
    "nothing.wav": ["nothing OR door", "NOT door", "name:nothing", "nothing NEAR door"],
}


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, texts in FOUND.items() for text in texts])
def test_a_name_is_found_as_people_ask_for_it(db, path, text):
    assert finds(db, text, path)


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, texts in HIDDEN.items() for text in texts])
def test_a_name_is_not_found_by_what_it_is_not(db, path, text):
    assert not finds(db, text, path)


def test_words_are_stored_as_they_are_split_and_in_one_piece():
    assert searchable("OpenHat808_a.wav") == "open hat 808 a wav openhat808 hat808"


def test_the_words_of_a_long_run_of_parts_stay_few():
    assert len(searchable("a1" * 120)) < 4 * 240


@pytest.mark.parametrize("word", SYNONYMS)
def test_synonyms_find_each_other_and_exclude_each_other(db, word):
    for other in SYNONYMS[word]:
        assert finds(db, word, f"{other}.wav") and not finds(db, f'-"{word}"', f"{other}.wav")


@pytest.mark.parametrize("text", ["", "  ", "!?", "!!", '"', "*", "_", "\0", "-", "--", '-""', "- -", "#", "\u0301"])
def test_text_without_a_word_is_refused(text):
    with pytest.raises(UsageError, match="holds no word to look for: give a letter or a digit"):
        match_expression(text)


@settings(deadline=None)
@given(text=TYPED, name=TYPED)
def test_no_text_and_no_name_is_a_syntax_error(db, text, name):
    try:
        finds(db, text, name)
    except UsageError:
        assert not searchable(text)


@settings(deadline=None)
@given(name=TYPED)
def test_every_word_of_a_name_finds_it(db, name):
    for word in [*name.split(), *searchable(name).split()]:
        bare = word.lstrip("-")
        if searchable(bare):
            assert finds(db, bare, name)
            assert not finds(db, f"-{bare}", name)


def test_a_text_of_very_many_words_is_a_text(db):
    assert finds(db, "kick " * 5_000, "kick.wav")
    assert finds(db, "-door " * 5_000, "kick.wav")


@settings(deadline=None)
@given(st.binary(min_size=1).map(os.fsdecode))
def test_every_name_can_be_stored_as_text(name):
    searchable(name).encode()
