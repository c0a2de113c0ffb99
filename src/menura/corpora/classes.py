"""Clips with their classes, and the two splits that the source tasks of pre-training are measured under."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from menura.corpora.catalogue import unreadable_line
from menura.corpora.layout import is_there, named
from menura.errors import DataError


@dataclass(frozen=True)
class Clip:
    """One file with its class; `fold` or `speaker` says what it may not be separated from, as the corpus has it."""

    path: Path
    label: str
    fold: int | None = None
    speaker: str | None = None


@dataclass(frozen=True)
class ClassCatalogue:
    """Clips sorted by path, all on disk, and a line about each kind of thing that was left out."""

    name: str
    clips: tuple[Clip, ...]
    missing: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files."""
        return tuple(clip.path for clip in self.clips)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The classes in alphabetical order; a class's index here is its number."""
        return tuple(sorted({clip.label for clip in self.clips}))

    @cached_property
    def folds(self) -> tuple[int, ...]:
        """The published folds, in order; empty where the corpus has none."""
        return tuple(sorted({clip.fold for clip in self.clips if clip.fold is not None}))

    def without(self, unreadable: Mapping[Path, str]) -> ClassCatalogue:
        """What is left if these files, each given with its reason, are left out.

        Raises:
            DataError: Nothing is left.
        """
        if not unreadable:
            return self
        left = tuple(clip for clip in self.clips if clip.path not in unreadable)
        line = unreadable_line(unreadable, len(self.clips))
        if not left:
            raise DataError(f"{self.name}: {line}; nothing is left, so get the corpus again")
        return replace(self, clips=left, missing=(*self.missing, line))

    def split_fold(self, fold: int) -> tuple[ClassCatalogue, ClassCatalogue]:
        """All other folds for training, and this one for testing.

        Raises:
            DataError: There is no such fold or no other, or fewer than two classes.
        """
        if fold not in self.folds or len(self.folds) < 2:
            there = ", ".join(map(str, self.folds)) or "none"
            raise DataError(f"{self.name}: cannot test on fold {fold} and train on others; the folds here are {there}")
        self._require_classes()
        return self._keep(lambda clip: clip.fold != fold), self._keep(lambda clip: clip.fold == fold)

    def split_speakers(self, seed: int, *, test_share: float = 0.3) -> tuple[ClassCatalogue, ClassCatalogue]:
        """Training and testing clips such that nobody speaks on both sides (paper, section 3.1: 70 % and 30 %).

        The speakers, in an order that `seed` decides, go to the testing side as long as no class has more than its
        share there; so a speaker of very many clips trains. A class without a testing clip then gives up its speaker
        of fewest clips.

        Args:
            seed: The same catalogue and seed (0 or more) give the same split.
            test_share: Share of each class's clips for testing, between 0 and 1; met as nearly as whole speakers allow.

        Raises:
            DataError: The clips do not say who speaks, too few people speak a class, or there is one class only.
        """
        self._require_classes()
        counts: dict[str, Counter[str]] = {}
        for clip in self.clips:
            if clip.speaker is None:
                raise DataError(f"{self.name}: {clip.path} has no speaker, so it cannot be split by speaker")
            counts.setdefault(clip.speaker, Counter())[clip.label] += 1
        speakers = sorted(counts)
        order = [speakers[position] for position in np.random.default_rng(seed).permutation(len(speakers))]
        testing = _testing_speakers(order, counts, test_share)
        training_half = self._keep(lambda clip: clip.speaker not in testing)
        testing_half = self._keep(lambda clip: clip.speaker in testing)
        for label in self.labels:
            if label not in training_half.labels or label not in testing_half.labels:
                raise DataError(
                    f"{self.name}: too few people speak class {label!r} for separate training and testing speakers; "
                    "get more of it"
                )
        return training_half, testing_half

    @property
    def summary(self) -> str:
        """What there is, in a few words."""
        folds = f" in {len(self.folds):,} folds" if self.folds else ""
        return f"{len(self.clips):,} clips of {len(self.labels):,} classes{folds}"

    def _require_classes(self) -> None:
        if len(self.labels) < 2:
            raise DataError(f"{self.name}: only {self.labels[0]!r} is here, and telling classes apart needs two")

    def _keep(self, wanted: Callable[[Clip], bool]) -> ClassCatalogue:
        return replace(self, clips=tuple(clip for clip in self.clips if wanted(clip)))


def _testing_speakers(order: Sequence[str], counts: Mapping[str, Counter[str]], share: float) -> set[str]:
    """Who tests, of speakers with their clips of each class."""
    totals = Counter[str]()
    for clips in counts.values():
        totals.update(clips)
    quota = {label: share * n for label, n in totals.items()}
    taken = Counter[str]()
    testing: set[str] = set()
    for speaker in order:
        if all(taken[label] + n <= quota[label] for label, n in counts[speaker].items()):
            testing.add(speaker)
            taken.update(counts[speaker])
    for label in sorted(quota):
        if not taken[label]:
            smallest = min((speaker for speaker in order if counts[speaker][label]), key=lambda who: counts[who][label])
            testing.add(smallest)
            taken.update(counts[smallest])
    return testing


def collect(name: str, folder: Path, clips: Iterable[Clip], *, missing: Sequence[str] = ()) -> ClassCatalogue:
    """The catalogue of the clips that are on disk.

    Raises:
        DataError: None of them is.
    """
    listed = sorted(clips, key=lambda clip: clip.path)
    there = [clip for clip in listed if is_there(clip.path)]
    lines = list(missing)
    if len(there) < len(listed):
        gone = [clip.path.name for clip in listed if not is_there(clip.path)]
        lines.append(f"clips not on disk: {named(gone)} of {len(listed):,}")
    if not there:
        raise DataError(
            f"{folder}: no clip of {name} is here; get the corpus again ({'; '.join(lines) or 'none listed'})"
        )
    return ClassCatalogue(name, tuple(there), tuple(lines))


def fold_number(table: Path, clip: str, cell: str) -> int:
    """The fold that a table states; a `DataError` if it is not a number."""
    if not cell.isdecimal():
        raise DataError(f"{table}: the fold of {clip} is {cell!r}, not a number; get the corpus again")
    return int(cell)
