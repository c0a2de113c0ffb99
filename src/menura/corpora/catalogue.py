"""What a corpus holds, whichever it is: recordings with their imitations, or clips with their classes.

A `Catalogue` is for search by vocal imitation: every sound in it has at least one imitation, unless it is there to be
mistaken for one that has; every imitation has its sound, and all files are on disk; what was left out for want of a
file is said in `missing`. A `ClassCatalogue` is for the two source tasks of pre-training. Both know the splits under
which the published figures were measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from menura.corpora.layout import is_there, named
from menura.errors import DataError


@dataclass(frozen=True)
class Sound:
    """A recording that people imitated; `id` is unique in its corpus, `category` is the group it is ranked in."""

    id: str
    path: Path
    label: str
    category: str


@dataclass(frozen=True)
class Imitation:
    """One person's vocal imitation of the sound `sound_id`; `speaker` is None where the corpus does not say who."""

    id: str
    path: Path
    sound_id: str
    speaker: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """Sounds and their imitations, both sorted by id, and a line about each kind of thing that was left out.

    `ranked_within_category` tells how the corpus's published figures rank: every imitation against its own category
    (VocalSketch, as in the paper's table 1), or against all sounds.
    """

    name: str
    sounds: tuple[Sound, ...]
    imitations: tuple[Imitation, ...]
    missing: tuple[str, ...] = ()
    ranked_within_category: bool = True

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories in alphabetical order, which is also that of the paper's table 1: AI, CS, ED, SS."""
        return tuple(sorted({sound.category for sound in self.sounds}))

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files: those of the sounds, then those of the imitations."""
        return (*(sound.path for sound in self.sounds), *(item.path for item in self.imitations))

    @cached_property
    def _imitations_by_sound(self) -> dict[str, tuple[Imitation, ...]]:
        by_sound: dict[str, list[Imitation]] = {sound.id: [] for sound in self.sounds}
        for imitation in self.imitations:
            by_sound[imitation.sound_id].append(imitation)
        return {sound_id: tuple(imitations) for sound_id, imitations in by_sound.items()}

    def imitations_of(self, sound_id: str) -> tuple[Imitation, ...]:
        """All imitations of a sound."""
        return self._imitations_by_sound[sound_id]

    @property
    def imitated(self) -> Catalogue:
        """What is left without the recordings that nobody imitated."""
        return self._keep(lambda sound: bool(self.imitations_of(sound.id)))

    def sounds_in(self, category: str) -> tuple[Sound, ...]:
        """All sounds of a category."""
        return tuple(sound for sound in self.sounds if sound.category == category)

    def split_half(self, seed: int) -> tuple[Catalogue, Catalogue]:
        """A training half and a testing half, by sound, every imitation on the side of its sound (paper, section 4).

        Each category is halved by itself; where it has an odd number of sounds the testing half gets one more.

        Args:
            seed: The same catalogue and seed (0 or more) give the same halves.

        Raises:
            DataError: A category has a single sound.
        """
        training: set[str] = set()
        for index, category in enumerate(self.categories):
            ids = [sound.id for sound in self.sounds_in(category)]
            if len(ids) < 2:
                raise DataError(
                    f"{self.name}: category {category!r} has one sound ({ids[0]}), which cannot be halved into "
                    "training and testing; add sounds to it or move this one to another category"
                )
            order = np.random.default_rng([seed, index]).permutation(len(ids))
            training.update(ids[position] for position in order[: len(ids) // 2])
        return self.of_sounds(training), self._keep(lambda sound: sound.id not in training)

    def of_sounds(self, ids: Set[str]) -> Catalogue:
        """Some of the sounds, with their imitations."""
        return self._keep(lambda sound: sound.id in ids)

    def choose_imitations(self, per_sound: int, seed: int) -> Catalogue:
        """The same sounds with `per_sound` imitations each, chosen by `seed`; of a sound with fewer, all."""
        chosen: list[Imitation] = []
        for index, sound in enumerate(self.sounds):
            imitations = self.imitations_of(sound.id)
            order = np.random.default_rng([seed, index]).permutation(len(imitations))
            chosen += [imitations[position] for position in order[:per_sound]]
        return replace(self, imitations=_by_id(chosen))

    def few_imitations(self, per_sound: int) -> str:
        """A line about the sounds with fewer than `per_sound` imitations; empty where there are none."""
        few = [sound.id for sound in self.sounds if 0 < len(self.imitations_of(sound.id)) < per_sound]
        return f"fewer than {per_sound} imitations, all of them used: {named(few)}" if few else ""

    def without(self, unreadable: Mapping[Path, str]) -> Catalogue:
        """What is left if these files are left out, with a line about them in `missing`.

        Args:
            unreadable: The files, each with the reason.

        Raises:
            DataError: Nothing is left.
        """
        return self._left(unreadable.keys(), unreadable_line(unreadable, len(self.paths))) if unreadable else self

    def leave_out(self, files: Set[Path], why: str) -> Catalogue:
        """What is left without these files, with a line in `missing` that says why; errors as for `without`."""
        return self._left(files, f"{why}: {named(sorted(path.name for path in files))}") if files else self

    def _left(self, gone: Set[Path], line: str) -> Catalogue:
        return pair(
            self.name,
            Path(self.name),
            [sound for sound in self.sounds if sound.path not in gone],
            [item for item in self.imitations if item.path not in gone],
            missing=[*self.missing, line],
            ranked_within_category=self.ranked_within_category,
            keep_unimitated=any(not self.imitations_of(sound.id) for sound in self.sounds),
        )

    @property
    def summary(self) -> str:
        """What there is, in a few words."""
        groups = "1 category" if len(self.categories) == 1 else f"{len(self.categories):,} categories"
        return f"{len(self.imitations):,} imitations of {len(self.sounds):,} sounds in {groups}"

    def _keep(self, wanted: Callable[[Sound], bool]) -> Catalogue:
        sounds = tuple(sound for sound in self.sounds if wanted(sound))
        kept = {sound.id for sound in sounds}
        return replace(self, sounds=sounds, imitations=tuple(item for item in self.imitations if item.sound_id in kept))


def pair(
    name: str,
    folder: Path,
    sounds: Iterable[Sound],
    imitations: Iterable[Imitation],
    *,
    missing: Sequence[str] = (),
    ranked_within_category: bool = True,
    keep_unimitated: bool = False,
) -> Catalogue:
    """The catalogue of what a corpus lists, as far as both files of a pair are on disk.

    Args:
        name: The corpus.
        folder: Where it lies, for messages.
        sounds: All that it lists; a repeated id counts once.
        imitations: Likewise.
        missing: Lines about what the corpus itself lacks, put first.
        ranked_within_category: As in `Catalogue`.
        keep_unimitated: Whether recordings without imitations stay, as candidates.

    Raises:
        DataError: No pair is complete.
    """
    all_sounds = {sound.id: sound for sound in sounds}
    all_imitations = {imitation.id: imitation for imitation in imitations}
    there = {sound_id for sound_id, sound in all_sounds.items() if is_there(sound.path)}
    kept = {item.id: item for item in all_imitations.values() if item.sound_id in there and is_there(item.path)}
    imitated = {item.sound_id for item in kept.values()}
    kept_ids = there if keep_unimitated else imitated
    lines = [*missing, *_left_out(all_sounds, all_imitations, there, kept, kept_ids)]
    if not kept:
        raise DataError(
            f"{folder}: no recording of {name} is here together with an imitation of it; get the corpus again "
            f"({'; '.join(lines) or 'it lists none'})"
        )
    kept_sounds = sorted((all_sounds[sound_id] for sound_id in kept_ids), key=lambda sound: sound.id)
    return Catalogue(name, tuple(kept_sounds), _by_id(kept.values()), tuple(lines), ranked_within_category)


def unreadable_line(unreadable: Mapping[Path, str], n_files: int) -> str:
    """Files that are there and cannot be read, in a line that gives the first reason."""
    first = next(iter(unreadable.values()))
    return f"files that cannot be read: {named([path.name for path in unreadable])} of {n_files:,} (first: {first})"


def _left_out(
    sounds: Mapping[str, Sound],
    imitations: Mapping[str, Imitation],
    there: Set[str],
    kept: Mapping[str, Imitation],
    kept_sounds: Set[str],
) -> Iterator[str]:
    """A line about each kind of thing that is not kept, `there` being the sounds that are on disk."""
    dropped = [item for item in imitations.values() if item.id not in kept]
    if absent := [sound_id for sound_id in sounds if sound_id not in there]:
        yield f"recordings not on disk: {named(absent)} of {len(sounds):,}"
    if widowed := [item.id for item in dropped if item.sound_id not in there]:
        yield f"imitations left out because their recording is not there: {named(widowed)}"
    if gone := [item.id for item in dropped if item.sound_id in there]:
        yield f"imitations not on disk: {named(gone)} of {len(imitations):,}"
    if silent := [sound_id for sound_id in sounds if sound_id in there and sound_id not in kept_sounds]:
        yield f"recordings left out because no imitation of them is there: {named(silent)}"


def _by_id(imitations: Iterable[Imitation]) -> tuple[Imitation, ...]:
    return tuple(sorted(imitations, key=lambda imitation: imitation.id))
