"""The table of hits in terminals of several widths: names stay whole, or are broken between their words."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from menura.cli.report import print_hits
from menura.index.sound import Music, Sound
from menura.search.ranking import Hit

SHORT = ("bark_01.wav", "hat_zild.flac", "kick.wav")
LONG = "Funk_Break_120bpm_dirty_room-mic.wav"


def hit(name, *, folder="Loops/Funk Collection Vol 3", n_alike=0):
    sound = Sound(1, f"{folder}/{name}", 1.25, (1, 1), b"", 0, 1, ("dog", "voice"), Music(220.0, None))
    return Hit(sound, 2.0, 0.0, 1.25, tuple(map(str, range(n_alike))), "likely")


@pytest.fixture
def table(capsys, monkeypatch):
    """The lines of a table of hits in a terminal of so many columns, none of which is longer than that."""

    def drawn(columns, *hits, **options):
        monkeypatch.setenv("COLUMNS", str(columns))
        print_hits(hits, "likely", **options)
        lines = capsys.readouterr().out.splitlines()
        assert max(map(cell_len, lines)) <= columns
        return lines

    return drawn


@pytest.mark.parametrize("columns", [80, 99, 100, 139, 140, 200])
def test_short_names_are_whole_beside_a_long_folder_and_a_mark(table, columns):
    lines = table(columns, *map(hit, SHORT), imitated=f"Loops/Funk Collection Vol 3/{SHORT[1]}")
    for name in SHORT:
        assert sum(name in line.split() for line in lines) == 1
    assert sum("◀ imitated" in line for line in lines) == 1


def test_a_long_name_is_broken_between_its_words_at_80_columns(table):
    lines = table(80, hit("kick.wav"), hit(LONG))
    first = next(n for n, line in enumerate(lines) if "Funk_" in line)
    at = lines[first].index("Funk_")
    parts = [line[at:].split()[0] for line in lines[first : first + 2]]
    assert "".join(parts) == LONG
    assert parts[0][-1] in "_-" or parts[1].startswith(".")


@pytest.mark.parametrize("name", ["x" * 60 + ".wav", "犬の鳴き声と鳥のさえずりの長い録音ファイル名.wav", "." * 50])
def test_a_name_without_a_place_to_break_is_told_to_its_end(table, name):
    lines = table(80, hit(name, folder=""))
    assert name == "".join(line[19:].split()[0] for line in lines[3:] if line.strip())


def test_what_is_alike_is_said_in_one_piece(table):
    assert any("+2 alike" in line for line in table(80, hit("bark_04.wav", n_alike=2)))


@pytest.mark.parametrize(
    ("columns", "has_kinds", "has_all"), [(80, False, False), (100, True, False), (140, True, True)]
)
def test_what_there_is_no_room_for_is_left_out(table, columns, has_kinds, has_all):
    text = "\n".join(table(columns, *map(hit, SHORT)))
    assert ("dog, voice" in text, "A3" in text, "█" in text) == (has_kinds, has_all, has_all)


def test_a_name_holds_no_markup_and_no_control_characters(table):
    (line,) = [line for line in table(80, hit("[red]a\x1b[1m.wav")) if "wav" in line]
    assert "[red]a\\x1b[1m.wav" in line


def test_a_model_without_steps_says_no_words(table):
    assert "likely" not in "\n".join(table(80, replace(hit("kick.wav"), word=None)))
