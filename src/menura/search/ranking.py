"""What is asked of a library, and the answer: sounds in the order of their scores, a page at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from menura.audio.notes import musical_ranges
from menura.errors import UsageError
from menura.index.snapshot import Placed, Snapshot, Table
from menura.index.sound import Sound
from menura.index.text import match_expression
from menura.model.bundle import Bundle
from menura.model.score import best_windows, chance_of_many, logits, sigmoid, top_positions
from menura.model.steps import Steps, Word
from menura.search.feedback import Feedback, refine
from menura.search.known_kinds import KnownKinds
from menura.search.scan import Windows


@dataclass(frozen=True, slots=True)
class Hit:
    """A sound found, and the window of it that is most like the query.

    Attributes:
        sound: The sound.
        logit: How like the query the window is, less what it owes to being the best of so many (`chance_of_many`). Rank
            by it: scores near 1 are equal where logits are not.
        start_s: Where the window begins in the file, in seconds.
        end_s: Where it ends.
        alike: Paths of the other sounds looked among that are the same to the model, sorted (see `menura.index.twins`).
        word: What its score says of it (`menura.model.steps`); None without steps, or of a query that is no take alone.
    """

    sound: Sound
    logit: float
    start_s: float
    end_s: float
    alike: tuple[str, ...] = ()
    word: Word | None = None

    @property
    def score(self) -> float:
        """The similarity, in [0, 1]."""
        return float(sigmoid(np.array(self.logit)))

    @property
    def path(self) -> str:
        """Where the sound is, relative to the library folder, with forward slashes."""
        return self.sound.path

    @property
    def kinds(self) -> tuple[str, ...]:
        """What kinds of sound it likely is, the surest first."""
        return self.sound.kinds


@dataclass(frozen=True)
class Only:
    """Which sounds to look among: those for which all of this holds.

    Attributes:
        text: Every word of it is in the name or folder, as a prefix, or is a word for a kind that they likely are.
        folder: They are in this folder or one of its subfolders.
        paths: They are among these.
        ids: (n,) theirs are among these.
        kinds: They are likely of one of these kinds, which are given by any word for them.
        longer_s: They last longer than this, in seconds.
        shorter_s: They last shorter than this.
        pitch: They surely have a pitch in this range, as `menura.audio.notes.pitch_range` reads it.
        tempo: They surely are loops of a tempo in this range, or half or double one.
        hidden: They are none of the sounds with these ids, and no twin of one.

    Raises:
        UsageError: The text holds no word, no sound can last so, or a pitch or tempo is none.
    """

    text: str | None = None
    folder: str | None = None
    paths: Collection[str] | None = None
    ids: NDArray[np.int64] | None = field(default=None, compare=False)
    kinds: Collection[str] = ()
    longer_s: float | None = None
    shorter_s: float | None = None
    pitch: str | None = None
    tempo: str | None = None
    hidden: Collection[int] = ()

    def __post_init__(self) -> None:
        if self.text is not None:
            match_expression(self.text)
        least, most = self._lengths_s
        if not 0 <= least < most:  # nor where one is no number
            raise UsageError(f"no sound is longer than {least:g} s and shorter than {most:g} s: give other lengths")
        musical_ranges(self.pitch, self.tempo)  # refuses what is none

    @property
    def _lengths_s(self) -> tuple[float, float]:
        return self.longer_s or 0.0, math.inf if self.shorter_s is None else self.shorter_s

    def choose(self, snapshot: Snapshot, known: KnownKinds) -> NDArray[np.int64] | None:
        """Ids of these sounds; None for all.

        Args:
            snapshot: The state of the index.
            known: What is known of the kinds of its sounds.
        """
        sets = []
        if self.text is not None:
            sets.append(known.matching(snapshot, self.text))
        if self.kinds:
            sets.append(known.having(snapshot.table, self.kinds))
        if self.folder:
            sets.append(snapshot.inside(self.folder))
        if self.paths is not None:
            sets.append(snapshot.named(self.paths))
        if self.ids is not None:
            sets.append(self.ids)
        if self.longer_s or self.shorter_s is not None:
            sets.append(snapshot.lasting(*self._lengths_s))
        if self.pitch is not None or self.tempo is not None:
            sets.append(snapshot.musical(*musical_ranges(self.pitch, self.tempo)))
        if self.hidden:
            sets.append(snapshot.besides(self.hidden))
        if not sets:
            return None
        chosen = sets[0]
        for others in sets[1:]:
            chosen = chosen[np.isin(chosen, others)]
        return chosen

    def distinct(self, snapshot: Snapshot, known: KnownKinds) -> Table:
        """These sounds, one for each group of twins; arguments as for `choose`."""
        chosen = self.choose(snapshot, known)
        return (snapshot.table if chosen is None else snapshot.table.only(chosen)).distinct


@dataclass(frozen=True, eq=False)
class Question:
    """What is looked for; without anything, the sounds are listed by path.

    Attributes:
        embedding: (h,) embedding of an imitation.
        liked: Ids of sounds that are like what is meant.
        unliked: Ids of sounds that are not; neither they nor their twins are found.
        only: Which sounds to look among.
    """

    embedding: NDArray[np.float32] | None = None
    liked: Sequence[int] = ()
    unliked: Sequence[int] = ()
    only: Only = Only()

    @property
    def among(self) -> Only:
        """Which sounds to look among: what is not what is meant need not be seen again."""
        return replace(self.only, hidden=self.unliked)

    def query(self, snapshot: Snapshot, bundle: Bundle) -> NDArray[np.float32] | None:
        """(h,) what to search with: the embedding, moved by the sounds that are liked; None for neither.

        Sounds that are not liked are out of sight, and that is all: they were not found to better the rest of a list,
        neither alone nor beside a liked one (`benchmarks/search/feedback.py`).
        """
        liked = windows_of(snapshot, self.liked)
        if not liked:
            return self.embedding
        return refine(self.embedding, Feedback(liked, [], snapshot.table.sample), bundle.output_weight)


@dataclass(frozen=True)
class Page:
    """A part of an answer.

    Attributes:
        total: The number of sounds in all of it; where they are hits, twins are one.
        found: The part: hits, the best first; sounds by path where nothing was asked that a score could answer.
        nearest: The word of the best hit of all of it, wherever the part begins; None where hits have no word.
        scan_s: How long it took.
        lacks: What is not in it because it does not answer, in words; None where nothing is, as on one machine.
    """

    total: int
    found: Sequence[Hit] | Sequence[Sound]
    nearest: Word | None = None
    scan_s: float = 0.0
    lacks: str | None = None


def rank(
    snapshot: Snapshot,
    table: Table,
    windows: Windows,
    window_s: float,
    *,
    steps: Steps | None,
    offset: int,
    limit: int,
) -> list[Hit]:
    """The hits at places `offset` to `offset + limit` of the ranking; of equal ones the first by path is first.

    Args:
        snapshot: The state of the index that was searched.
        table: The sounds that were looked among, one for each group of twins.
        windows: Every window that is as good as the best of sound number `offset + limit`, and perhaps others.
        window_s: What a window hears.
        steps: What the model's scores say among so many sounds; None where they say nothing of this query.
        offset: How many sounds to leave out at the top, at least 0.
        limit: How many sounds at most.

    Raises:
        LibraryError: The index is damaged: what it has of a sound cannot be.
    """
    sounds, firsts, n_windows = _sounds_of(windows, table)
    best = best_windows(windows.logits, n_windows)
    positions = top_positions(best, offset + limit)
    if offset >= len(positions):
        return []
    # Names, which cost more than scores, are read only of sounds that may be on the page.
    first_logit = -np.partition(-best[positions], offset)[offset]
    n_before = int(np.count_nonzero(best[positions] > first_logit))
    positions = positions[best[positions] <= first_logit]
    candidates = map(snapshot.placed, table.sound_ids[sounds[positions]].tolist())
    found = [(position, one) for position, one in zip(positions, candidates, strict=True) if one is not None]
    ranked = sorted(found, key=lambda one: (-best[one[0]], os.fsencode(one[1].sound.path)))
    ranked = ranked[offset - n_before :][:limit]
    alike = {} if table.twins is None else table.twins.alike(np.array([one.sound.id for _, one in ranked], np.int64))
    hits = []
    for position, placed in ranked:
        sound = placed.sound
        window = firsts[position] + int(np.argmax(windows.logits[firsts[position] :][: n_windows[position]]))
        number = int(windows.rows[window]) - sound.first_row
        hit = hit_of(placed, number, float(best[position]), window_s)
        word = None if steps is None else steps.word(hit.score)
        hits.append(replace(hit, alike=tuple(snapshot.paths(alike.get(sound.id, ()))), word=word))
    return hits


def best_logits(table: Table, windows: Windows) -> NDArray[np.float32]:
    """(n,) how like the query each sound is of which there are windows; arguments as for `rank`."""
    return best_windows(windows.logits, _sounds_of(windows, table)[2])


def nearest_of(best_logit: float, steps: Steps | None) -> Word | None:
    """How near the best of all hits is, in the words of hits; None where the model's scores say nothing.

    Args:
        best_logit: Its logit.
        steps: As they were measured: how near it is does not hang on the size of the library, as how likely it is does.
    """
    return None if steps is None else steps.word(float(sigmoid(np.array(best_logit))))


def hit_of(placed: Placed, window: int, logit: float, window_s: float) -> Hit:
    """The hit of one of a sound's windows, counted from 0."""
    sound, start_s = placed.sound, float(placed.starts_s[window])
    return Hit(sound, logit, start_s, min(start_s + window_s, sound.duration_s))


def hit_near(
    snapshot: Snapshot, bundle: Bundle, embedding: NDArray[np.float32], sound_id: int, start_s: float
) -> Hit | None:
    """The hit of the window of a sound that begins nearest to `start_s`; None without such a sound."""
    placed = snapshot.placed(sound_id)
    if placed is None:
        return None
    window = int(np.abs(placed.starts_s - start_s).argmin())
    rows = rows_of(snapshot.table, placed.sound)
    (logit,) = logits(embedding, rows[window][None], bundle.output_weight, bundle.output_bias)
    logit -= chance_of_many(np.array([len(rows)]), bundle.window_correction)[0]
    return hit_of(placed, window, float(logit), bundle.spec.recording.front_end.duration_s)


def with_kinds(hits: Sequence[Hit], table: Table, known: KnownKinds) -> list[Hit]:
    """The same hits, of sounds of this table, with their likely kinds."""
    told = known.told(table, [hit.sound for hit in hits])
    return [replace(hit, sound=sound) for hit, sound in zip(hits, told, strict=True)]


def _sounds_of(windows: Windows, table: Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(n,) places in the table of the sounds of these windows, the first window of each, and how many it has."""
    owners = np.searchsorted(table.first_rows, windows.rows, side="right") - 1
    sounds, firsts, n_windows = np.unique(owners, return_index=True, return_counts=True)
    return sounds, firsts, n_windows


def windows_of(snapshot: Snapshot, sound_ids: Sequence[int]) -> list[NDArray[np.float32]]:
    """(n, h) projections of each of these sounds that are still there."""
    return [rows_of(snapshot.table, sound) for sound in map(snapshot.sound, sound_ids) if sound is not None]


def rows_of(table: Table, sound: Sound) -> NDArray[np.float32]:
    """(n, h) projections of a sound's windows."""
    return np.array(table.projections[sound.first_row : sound.first_row + sound.n_rows])
