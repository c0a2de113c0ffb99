"""What a study measured, sound by sound, in the form that its analysis needs.

A take is heard by every system before its maker sees any result, so places are compared within one take: `rr`, `hit1`,
`hit5` and `hit10` (see `menura.evaluation.metrics`) are there for every system. What people say, `rating`, the mean of
the ratings of all results that they were shown, and `found`, whether they pointed at the sound that was played, is
there for the system that they had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from menura.study.plan import Plan
from menura.study.session import Session
from menura.study.tables import counted, is_found

OF_PLACES = ("rr", "hit1", "hit5", "hit10")
OF_PEOPLE = ("rating", "found")
MEASURES = (*OF_PLACES, *OF_PEOPLE)
NAMES = {
    "rr": "MRR",
    "hit1": "found first",
    "hit5": "among the first 5",
    "hit10": "among the first 10",
    "rating": "rating",
    "found": "found by the person",
}
"""What each measure is called."""


@dataclass(frozen=True)
class Trial:
    """What one system made of one take.

    Attributes:
        person: Who imitated.
        order: As which of their sounds, from 0, practice aside.
        sound: What was imitated.
        category: Its group.
        system: The system.
        assigned: Whether its results were shown.
        rank: The place of the sound, from 1; None where it was gone from the library.
        n_sounds: Among how many.
        found: Whether the person pointed at it; None where its results were not shown.
        rating: The mean rating of what was shown; None likewise.
    """

    person: str
    order: int
    sound: str
    category: str
    system: str
    assigned: bool
    rank: int | None
    n_sounds: int
    found: bool | None
    rating: float | None

    def value(self, measure: str) -> float | None:
        """The value of a measure; None where there is none."""
        if measure == "rating":
            return self.rating
        if measure == "found":
            return None if self.found is None else float(self.found)
        if self.rank is None:
            return None
        return 1 / self.rank if measure == "rr" else float(self.rank <= int(measure.removeprefix("hit")))


@dataclass(frozen=True)
class People:
    """Who took part.

    Attributes:
        begun: How many agreed and began.
        counted: Ids of those who count: they rated half of the sounds or more.
    """

    begun: int
    counted: tuple[str, ...]


def people_of(plan: Plan, sessions: Sequence[Session]) -> People:
    """Who took part in a study, and who of them counts."""
    enough = [one.id for one in sessions if 2 * counted(one) >= len(plan.sounds)]
    return People(len(sessions), tuple(enough))


def trials_of(sessions: Iterable[Session]) -> list[Trial]:
    """All that was rated, practice aside, in the order of the sessions."""
    trials = []
    for session in sessions:
        order = 0
        for at, (turn, done) in enumerate(zip(session.turns, session.done, strict=True)):
            if turn.is_practice or done.ratings is None:
                continue
            given = [one for one in done.ratings if one is not None]
            for system, rank in done.ranks.items():
                own = system == turn.system
                trials.append(
                    Trial(
                        person=session.id,
                        order=order,
                        sound=turn.sound.filename,
                        category=turn.sound.category,
                        system=system,
                        assigned=own,
                        rank=rank,
                        n_sounds=done.n_sounds[system],
                        found=is_found(session, at) if own and rank is not None else None,
                        rating=float(np.mean(given)) if own and given else None,
                    )
                )
            order += 1
    return trials
