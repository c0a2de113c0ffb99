"""The words of file names, and the words a person asks for, in the form that full-text search compares.

A name is split wherever a person sees a new word: at whatever is no letter and no digit, at a change of case
(`OpenHat`) and between letters and digits (`snare808`). What was written in one piece is a word as well. A sharp is
one, too: `C#3` is "c sharp 3". Case, accents and the forms of letters make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from menura.errors import UsageError
from menura.index.synonyms import SYNONYMS

_ACCENTS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})  # these are no accents
# A note is a letter that is no part of a word: `C#`, `PadC#3`, but not `VOICE#2`.
_FLAT = re.compile("(?<![A-Za-z])([A-Ga-g])\N{MUSIC FLAT SIGN}")
_NO_SHARP = re.compile("(?<!(?<![A-Za-z])[A-Ga-g])(?<![a-z][A-G])#")
_PIECE = re.compile("[A-Za-z0-9#]+")
_PART = re.compile("[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|#")  # `FXHit` is "fx hit"
_MOST_JOINED = 8  # a hexadecimal name may have a part for every letter
_SLASH = re.compile(r"[/\\]")  # names of folders are words of their own
_ASKED = re.compile(r'-?"[^"]*"(?!\S)|\S+')
_OCTAVES = tuple("012345678")


class MatchExpression(NamedTuple):
    """What to ask of full-text search, as FTS5 expressions; an empty one asks nothing."""

    wanted: str
    unwanted: str


@lru_cache(1_024)  # sounds lie together in folders
def searchable(name: str) -> str:
    """The words of a file or folder name with spaces between: first as they are split, then those in one piece.

    `OpenHat808_a.wav` is "open hat 808 a wav openhat808 hat808". The beginning of any of them finds the name.
    """
    pieces = _pieces(name)
    parts = [part for piece in pieces for part in piece]
    return " ".join([*parts, *(word for piece in pieces if len(piece) > 1 for word in _joined(piece))])


def match_expression(text: str) -> MatchExpression:
    """What finds the names that have every word of `text`, and none of those with a minus in front.

    A word is found by its beginning, and where it is in the table of synonyms by each of them as well. A word with a
    hyphen, and words in quotes, stand together. Each word is quoted and of letters and digits alone, so that whatever
    a person types is a word and never syntax.

    Raises:
        UsageError: `text` holds no letter and no digit.
    """
    wanted: list[list[str]] = []
    unwanted: list[list[list[str]]] = []
    for asked in _ASKED.findall(text):
        written = [[part for piece in _pieces(word) for part in piece] for word in _SLASH.split(asked)]
        if words := [parts for parts in written if parts]:
            if asked.startswith("-"):
                unwanted.append(words)
            else:
                wanted += words
    if not wanted and not unwanted:
        raise UsageError(f"the text {text!r} holds no word to look for: give a letter or a digit")
    return MatchExpression(_all_of(wanted), " OR ".join(f"({_all_of(words)})" for words in unwanted))


def same_words_expression(path: str) -> str:
    """What finds, among others, every path that is this one but for cases and the forms of letters."""
    words = {"".join(piece) for part in _SLASH.split(path) for piece in _pieces(part)}
    return " AND ".join(f'"{word}"' for word in sorted(words)) or '""'


def _pieces(name: str) -> list[list[str]]:
    """Each piece of a name without a separator in it, as the parts that it is made of."""
    text = _NO_SHARP.sub(" ", _plain(name))
    if text.isascii():  # nearly all are, and this takes a quarter of the time
        return [[_folded(part) for part in _PART.findall(piece)] for piece in _PIECE.findall(text)]
    kinds = "".join(map(_kind, text))
    pieces = []
    for piece in _PIECE.finditer(kinds):
        parts = (text[slice(*part.span())] for part in _PART.finditer(kinds, *piece.span()))
        pieces.append([_folded(part) for part in parts if part == "#" or any(map(str.isalnum, part))])
    return [piece for piece in pieces if piece]


def _plain(name: str) -> str:
    """A name as text without accents and compatibility forms, in upper and lower case.

    Python holds the bytes of a name that is not UTF-8 as lone surrogates, which no database takes: such a byte is read
    as Latin-1, the most common 8-bit character set. macOS decomposes the accents of names, which makes no difference.
    """
    if name.isascii():
        return name
    text = "".join(chr(ord(char) - 0xDC00) if "\udc80" <= char <= "\udcff" else char for char in name)
    text = text.encode("utf-8", "replace").decode().replace("\N{MUSIC SHARP SIGN}", "#")
    decomposed = unicodedata.normalize("NFKD", _FLAT.sub("\\1b", text))
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed))


@cache
def _kind(char: str) -> str:
    """The ASCII character of a character's kind: a capital letter, any other letter, a digit, or a separator."""
    if char == "#":
        return char
    category = unicodedata.category(char)
    if category in {"Lu", "Lt"}:
        return "A"
    return {"L": "a", "M": "a", "N": "0"}.get(category[0], " ")


def _folded(part: str) -> str:
    if part.isascii():
        return "sharp" if part == "#" else part.lower()
    return part.casefold().translate(_LETTERS)


def _joined(piece: list[str]) -> list[str]:
    """What a piece of a name is from its beginning, and from each of its parts but the last, to its end."""
    starts = range(1 if len(piece) > _MOST_JOINED else len(piece) - 1)
    return ["".join(piece[start:]) for start in starts]


def _all_of(words: list[list[str]]) -> str:
    """The expression for every one of some words; two that are one name, such as "bass drum", are asked for as one."""
    expressions = []
    at = 0
    while at < len(words):
        first, *second = words[at : at + 2]
        synonyms = SYNONYMS.get(" ".join([*first, *second[0]])) if second else None
        expression = f"({_found_by(first)})"
        if synonyms is not None:
            expression = f"(({expression} AND ({_found_by(second[0])})) OR {_any_of(synonyms)})"
        expressions.append(expression)
        at += 1 if synonyms is None else 2
    return " AND ".join(expressions)


def _found_by(parts: list[str]) -> str:
    """The expression for what a person has written in one piece: in parts next to each other, joined, or otherwise."""
    spaced, joined = " ".join(parts), "".join(parts)
    beginnings = " OR ".join(f'"{word}"*' for word in sorted({spaced, joined}))
    others = [*SYNONYMS.get(spaced, SYNONYMS.get(joined, ())), *_other_notes(parts)]
    others = [word for word in others if not word.startswith((spaced, joined))]
    return f"{beginnings} OR {_any_of(others)}" if others else beginnings


def _any_of(words: Iterable[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)


def _other_notes(parts: list[str]) -> list[str]:
    """A sharp as some write it: `Cs4` for `C#4`."""
    match parts:
        case [note, "sharp"] if note in "abcdefg":
            return [f"{note}s{octave}" for octave in _OCTAVES]
        case [note, "sharp", octave] if note in "abcdefg" and octave in _OCTAVES:
            return [f"{note}s{octave}"]
        case [note, octave] if re.fullmatch("[a-g]s", note) and octave in _OCTAVES:
            return [f"{note[0]} sharp {octave}"]
    return []
