"""What a library's model knows of the kinds of its sounds: of those shown, to filter by, and behind a text's words.

Of a few sounds it is read off their projections. Of all of them it is worked out once for each state of the index,
when somebody first asks for sounds of a kind.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from menura.errors import UsageError
from menura.index.kinds import LikelyKinds
from menura.index.snapshot import Snapshot, Table
from menura.index.sound import Sound
from menura.model.kinds import Kinds

_WORD = re.compile(r"\w+")


class KnownKinds:
    """The kinds of a library's sounds. Safe to use from several threads.

    Args:
        kinds: Those that its model knows; None for none.
        model: What the model is called, for messages.
    """

    def __init__(self, kinds: Kinds | None, model: str) -> None:
        self._kinds = kinds
        self._model = model
        self._lock = threading.Lock()
        self._known: tuple[Table, LikelyKinds] | None = None

    def numbers(self, words: Iterable[str]) -> list[int]:
        """The kinds that words mean.

        Raises:
            UsageError: The model knows none, or not these.
        """
        words = list(words)
        if self._kinds is None and words:
            raise UsageError(f"no kinds of sounds are known with {self._model}; ask without {', '.join(words)}")
        return [] if self._kinds is None else [self._kinds.number(word) for word in words]

    def told(self, table: Table, sounds: Iterable[Sound]) -> list[Sound]:
        """The same sounds, with their likely kinds."""
        sounds = list(sounds)
        if (kinds := self._kinds) is None or not sounds:
            return sounds
        rows = [table.projections[sound.first_row : sound.first_row + sound.n_rows] for sound in sounds]
        n_windows = np.array([len(of_sound) for of_sound in rows])
        codes = kinds.codes(np.concatenate(rows))  # of all at once: most of the time is spent between the products
        likely: list[list[str]] = [[] for _ in sounds]
        for place, number in zip(*kinds.likely_of(codes, np.cumsum(n_windows) - n_windows, n_windows), strict=True):
            likely[place].append(kinds.names[number].name)
        return [replace(sound, kinds=tuple(names)) for sound, names in zip(sounds, likely, strict=True)]

    def having(self, table: Table, words: Collection[str]) -> NDArray[np.int64]:
        """Ids of the sounds that are likely of one of the kinds that words mean; errors as for `numbers`."""
        likely, numbers = self.likely(table), self.numbers(words)
        found = [np.empty(0, np.int64), *(likely.having(number) for number in numbers if likely is not None)]
        return np.unique(np.concatenate(found))

    def likely(self, table: Table) -> LikelyKinds | None:
        """The likely kinds of all sounds of a table; None where the model knows no kinds."""
        if self._kinds is None:
            return None
        with self._lock:  # of many who ask after a commit one works it out, and the others wait for it
            if self._known is None or self._known[0] is not table:
                self._known = (table, LikelyKinds.of(table, self._kinds))
            return self._known[1]

    def counts(self, table: Table, among: NDArray[np.int64] | None) -> dict[str, int]:
        """How many sounds are likely of each kind, see `LikelyKinds.counts`."""
        likely = self.likely(table)
        return {} if likely is None else likely.counts(among)

    def matching(self, snapshot: Snapshot, text: str) -> NDArray[np.int64]:
        """Ids of the sounds that have every word of `text` in their name or folder, or are what a word of it means.

        A word that means a kind is found in names, too, and the rest of the text has to be there either way. With a
        minus in front a word takes out names alone: a kind is a guess, and what a guess takes away nobody would miss.

        Raises:
            UsageError: `text` holds no letter and no digit.
        """
        by_name = snapshot.matching(text)
        words, rest = self._kinds_in(text)
        if not words:
            return by_name
        likely = self.likely(snapshot.table)
        assert likely is not None and self._kinds is not None  # there are words for kinds
        sets = [likely.having(self._kinds.by_word[word]) for word in words]
        if _WORD.search(rest):
            sets.append(snapshot.matching(rest))
        return np.union1d(by_name, reduce(np.intersect1d, sets))

    def _kinds_in(self, text: str) -> tuple[list[str], str]:
        """The words of a text that mean a kind, two of them where these are one word for it, and what else it says."""
        by_word = {} if self._kinds is None else self._kinds.by_word
        asked = text.lower().split()
        words: list[str] = []
        rest: list[str] = []
        while asked:
            both = " ".join(asked[:2])
            n = 2 if len(asked) > 1 and both in by_word else 1
            word = both if n == 2 else asked[0]
            (words if word in by_word else rest).append(word)
            asked = asked[n:]
        return words, " ".join(rest)

    def release(self) -> None:
        """Let go of what is kept."""
        self._known = None
