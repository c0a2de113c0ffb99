"""Of which kinds recordings are: by their names where these say so, and otherwise as far as mn04 thinks so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from menura.corpora.recordings import Recording
from menura.corpora.sound_kinds import DRUM_COLLECTIONS, audioset_classes, sound_kinds
from menura.index.text import searchable

_BY_INSTRUMENT = frozenset({"oramics-orchestra", "philharmonia"})  # the rest of a name says how it is played
_SETTLED = frozenset({"drums", "instruments"})  # who names one of these has recorded nothing else
_OF_DRUMS = frozenset({"drum", "percussion"})
_AGAINST, _SURE = 0.05, 0.3
_MUSICAL = ("phrase", "long", "very-long")


def kinds_by_name(recording: Recording) -> frozenset[int]:
    """The numbers of the kinds that a recording's name says, or where that says none, the name of its folder."""
    is_drum = recording.corpus in DRUM_COLLECTIONS
    for part in _names(recording):
        text, found = f" {searchable(part)} ", set()
        for phrase, number in _phrases(marks=is_drum):
            if f" {phrase} " in text:  # what is said is said once: a bass drum is no bass
                text = text.replace(f" {phrase} ", " | ")
                found.add(number)
        drums = {number for number in found if sound_kinds()[number].family == "drums"}
        if found:
            return frozenset(drums if is_drum and drums else found)
    return frozenset()


def kinds_by_mn04(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """(n, k) how sure mn04 is of each kind, in [0, 1]: of the surest of its classes, by (n, 527) logits."""
    places = {name: place for place, name in enumerate(audioset_classes())}
    shares = np.zeros((len(logits), len(sound_kinds())), np.float32)
    for number, kind in enumerate(sound_kinds()):
        if kind.classes:
            surest = logits[:, [places[name] for name in kind.classes]].max(axis=1).astype(np.float64)
            shares[:, number] = 1 / (1 + np.exp(-surest))
    return shares


def kinds_of(recordings: Sequence[Recording], logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """(n, k) in how far each recording is of each kind, in [0, 1], by its name and (n, 527) logits of mn04."""
    shares = kinds_by_mn04(logits)
    families = np.array([kind.family for kind in sound_kinds()])
    for row, recording in enumerate(recordings):
        named = sorted(kinds_by_name(recording))
        of_families = {families[number] for number in named}
        shares[row, [family in of_families for family in families]] = 0
        if of_families & _SETTLED:
            shares[row] = 0
        shares[row, named] = 1
    numbers = {kind.name: number for number, kind in enumerate(sound_kinds())}
    for number, kind in enumerate(sound_kinds()):
        for narrower in kind.of:
            np.maximum(shares[:, number], shares[:, numbers[narrower]], out=shares[:, number])
    return shares


def is_open(recordings: Sequence[Recording], shares: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n, k) whether nobody knows if a recording is of a kind.

    No name says it, and mn04 is neither sure of it nor against; or no name says anything, and either mn04 is sure of
    nothing, or a drum is to be judged among drums.

    Args:
        recordings: n of them.
        shares: (n, k) of `kinds_of`.
    """
    unnamed = np.array([not kinds_by_name(recording) for recording in recordings])
    in_drums = np.array([recording.corpus in DRUM_COLLECTIONS for recording in recordings])
    drums = np.array([kind.family == "drums" or kind.name in _OF_DRUMS for kind in sound_kinds()])
    unknown = unnamed & (shares.max(axis=1) < _SURE)
    unsure = (shares > _AGAINST) & (shares < _SURE)
    nobody_knows: NDArray[np.bool_] = unsure | unknown[:, None] | ((unnamed & in_drums)[:, None] & drums)
    return nobody_knows


def kit_of(recording: Recording) -> str:
    """What a recording must not be told apart from: those of one kit, machine or session resemble each other."""
    if recording.corpus == "esc10":
        return f"esc10/{recording.path.name[0]}"  # its published folds
    if recording.corpus == "philharmonia":
        return f"philharmonia/{recording.path.parent.name}"
    return "/".join((recording.corpus, *recording.path.stem.split("__")[:-1]))


def _names(recording: Recording) -> list[str]:
    """What to look for kinds in, the last name of a recording's path first."""
    path = f"{recording.path.parent.name}/{recording.path.stem}".replace("__", "/")
    folder, name = path.split("/")[-2:]
    if recording.corpus in _BY_INSTRUMENT:
        first = name.partition("_")[0]
        return [folder if first[0].isdigit() or first in _MUSICAL else first]
    return [name, folder]


@cache
def _phrases(*, marks: bool) -> tuple[tuple[str, int], ...]:
    """Words and the kinds that they mean: those of several words first, and marks before words."""
    found: list[tuple[int, bool, str, int]] = []
    for number, kind in enumerate(sound_kinds()):
        given = {kind.name, *kind.words}
        words = given | {f"{word}s" for word in given if len(word) > 2}
        found += [(len(word.split()), False, word, number) for word in sorted(words)]
        found += [(len(mark.split()), True, mark, number) for mark in kind.marks if marks]
    found.sort(key=lambda one: (-one[0], not one[1], -len(one[2])))
    return tuple((phrase, number) for _, _, phrase, number in found)
