"""The kinds of sounds that people who use samples look for, and what tells them: words in names, AudioSet's classes.

    sound_kinds.csv   columns name, family, words, classes, marks and of, semicolons between several
    audioset.txt      AudioSet's 527 classes, in the order in which networks answer them (Google)

A name says more than any network where it says anything. Words that mean one thing in a drum kit and others elsewhere
(`crash`, `oh`) are marks, which count in collections of drums alone.

Source: Gemmeke et al., *Audio Set: an ontology and human-labeled dataset for audio events*, ICASSP 2017.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple

DRUM_COLLECTIONS = frozenset(
    {"drum-machines", "hydrogen", "lmms", "oramics-dm", "oramics-drums", "philharmonia", "sonic-pi"}
)

_KINDS_FILE = "sound_kinds.csv"
_CLASSES_FILE = "audioset.txt"


class SoundKind(NamedTuple):
    """A kind of sound.

    Attributes:
        name: What it is called, one or two words in lower case.
        family: What it is one of; a sound whose name says what it is, is nothing else of that family.
        words: Other words for it, in names and for those who search.
        classes: AudioSet's classes that are of this kind.
        marks: What it is called in the names of collections of drums alone.
        of: The kinds that are of it, where it is a wider one.
    """

    name: str
    family: str
    words: tuple[str, ...]
    classes: tuple[str, ...]
    marks: tuple[str, ...]
    of: tuple[str, ...]


@cache
def sound_kinds() -> tuple[SoundKind, ...]:
    """All kinds."""
    rows = csv.DictReader(_text(_KINDS_FILE).splitlines())
    return tuple(
        SoundKind(row["name"], row["family"], *(_several(row[name]) for name in ("words", "classes", "marks", "of")))
        for row in rows
    )


@cache
def audioset_classes() -> tuple[str, ...]:
    """The names of AudioSet's 527 classes."""
    return tuple(_text(_CLASSES_FILE).splitlines())


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _text(name: str) -> str:
    return (resources.files("menura.corpora") / name).read_text(encoding="utf-8")
