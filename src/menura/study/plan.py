"""The plan of a study: which sounds are played, which systems are compared, and who hears what by which of them.

Everybody imitates the same sounds, each in an order of their own. Each sound is searched for by one of the systems: the
one that a person has for it, the next person has not, so that over as many people as there are systems each sound meets
each system once (a Latin square), and each person meets every system equally often, in every category as in all. Within
a session, of as many sounds in a row as there are systems each has another one: none of them comes early or late.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from menura.errors import UsageError
from menura.study.words import Asked, consent_version

LONGEST_S = 10.0
"""Nobody imitates more of a sound than this."""

SHORTEST_S = 0.05
ONE_CATEGORY = "all"
SHOWN = 5
"""How many of the best results are rated."""

BREAK_FROM = 8  # sounds; who has fewer needs no break


@dataclass(frozen=True)
class Candidate:
    """A sound of the library: where it is in it, its length, and what tells it from its copies."""

    path: str
    duration_s: float
    sha256: str

    @property
    def category(self) -> str:
        """The folder at the top of the library that it is in."""
        parts = PurePosixPath(self.path).parts
        return parts[0] if len(parts) > 1 else ONE_CATEGORY


@dataclass(frozen=True)
class PlannedSound:
    """A sound that is imitated.

    Attributes:
        path: Where it is in the library.
        filename: What it is called among the study's recordings.
        label: What kind of sound it is, by its name; people do not see it.
        category: Its group.
    """

    path: str
    filename: str
    label: str
    category: str


@dataclass(frozen=True)
class System:
    """A system that searches: what it was called when the study was made, and the fingerprint of its model."""

    name: str
    fingerprint: str


@dataclass(frozen=True)
class Plan:
    """All that is decided before the first person comes.

    Attributes:
        seed: Decides which sounds, and who hears what.
        systems: The systems, one or more.
        sounds: What everybody imitates.
        practice: What is imitated first, and does not count; None where the library has no sound to spare.
        consent: What people agree to.
        questions: What they are asked.
    """

    seed: int
    systems: tuple[System, ...]
    sounds: tuple[PlannedSound, ...]
    practice: PlannedSound | None
    consent: str
    questions: tuple[Asked, ...]

    @property
    def consent_version(self) -> str:
        """The version of the consent."""
        return consent_version(self.consent)

    @property
    def break_after(self) -> int | None:
        """The number of sounds, practice aside, after which there is a break; None without one."""
        return len(self.sounds) // 2 if len(self.sounds) >= BREAK_FROM else None


@dataclass(frozen=True)
class Turn:
    """A sound, and the name of the system that searches for it; `is_practice` does not count."""

    sound: PlannedSound
    system: str
    is_practice: bool = False


def turns_of(plan: Plan, number: int, arrangement: int) -> list[Turn]:
    """What one person hears, in its order, the practice first.

    Args:
        plan: The plan.
        number: The number of the session, which decides the order.
        arrangement: Which of as many arrangements as there are systems: who has which system for which sound.
    """
    rng = np.random.default_rng([plan.seed, number])
    n_systems = len(plan.systems)
    by_system: list[list[PlannedSound]] = [[] for _ in plan.systems]
    for place, sound in enumerate(plan.sounds):
        by_system[(place + arrangement) % n_systems].append(sound)
    for sounds in by_system:
        rng.shuffle(sounds)
    turns = []
    for row in range(-(-len(plan.sounds) // n_systems)):
        here = [system for system in rng.permutation(n_systems) if row < len(by_system[system])]
        turns += [Turn(by_system[system][row], plan.systems[system].name) for system in here]
    if plan.practice is not None:
        first = plan.systems[int(rng.integers(n_systems))].name
        turns.insert(0, Turn(plan.practice, first, is_practice=True))
    return turns


def choose_sounds(
    candidates: Iterable[Candidate], count: int, seed: int
) -> tuple[tuple[PlannedSound, ...], PlannedSound | None]:
    """Sounds to imitate, as evenly over the categories as they go, and one to practise with.

    Sounds of the same category stand together, so that by turns each system has as many of a category as the others. A
    category with one sound is left out where there are others: nothing could be learned from one half of it and tested
    on the other.

    Args:
        candidates: All sounds; those longer than 10 s, and copies of others, are not chosen.
        count: How many.
        seed: The same sounds and seed give the same choice.

    Raises:
        UsageError: There are not so many.
    """
    distinct = {one.sha256: one for one in sorted(candidates, key=lambda one: one.path, reverse=True)}
    fitting = [one for one in distinct.values() if SHORTEST_S <= one.duration_s <= LONGEST_S]
    rng = np.random.default_rng([seed, 1])
    groups: dict[str, list[Candidate]] = {}
    for one in sorted(fitting, key=lambda one: one.path):
        groups.setdefault(one.category, []).append(one)
    if any(len(group) > 1 for group in groups.values()):
        groups = {category: group for category, group in groups.items() if len(group) > 1}
    else:
        groups = {ONE_CATEGORY: [one for group in groups.values() for one in group]}
    queues = [[group[at] for at in rng.permutation(len(group))] for group in groups.values()]
    queues = [queues[at] for at in rng.permutation(len(queues))][: max(1, count // 2)]
    there = sum(map(len, queues))
    if there < count:
        raise UsageError(
            f"{there:,} sounds of at most {LONGEST_S:g} s are there to choose from, not {count:,}; ask for no more"
        )
    taken: list[list[Candidate]] = [[] for _ in queues]
    while sum(map(len, taken)) < count:
        for queue, of_category in zip(queues, taken, strict=True):
            if queue and sum(map(len, taken)) < count:
                of_category.append(queue.pop())
    chosen = [one for of_category in taken for one in of_category]
    spare = next((queue[0] for queue in queues if queue), None)
    planned = _planned([*chosen, *([spare] if spare else [])], set(groups))
    return tuple(planned[: len(chosen)]), planned[-1] if spare else None


def _planned(chosen: Sequence[Candidate], categories: set[str]) -> list[PlannedSound]:
    """The sounds with names for the study's folder of recordings, no two of which differ by case alone."""
    planned, used = [], set[str]()
    for one in chosen:
        path = PurePosixPath(one.path)
        stem = re.sub(r"[^\w.-]+", "_", "_".join(path.with_suffix("").parts)).strip("._") or "sound"
        name = f"{stem[:100]}{path.suffix.lower()}"
        number = 2
        while name.lower() in used:
            name, number = f"{stem[:100]}-{number}{path.suffix.lower()}", number + 1
        used.add(name.lower())
        label = re.sub(r"[\d_\-.\s]+", " ", path.stem).strip() or path.stem
        category = one.category if one.category in categories else ONE_CATEGORY
        planned.append(PlannedSound(one.path, name, label, category))
    return planned
